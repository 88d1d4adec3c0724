//! Whether a change was asked for by one of our own pages.
//!
//! Browsers say where a request comes from and no page can make them lie: `Sec-Fetch-Site` where they know it, else `Origin`.
//! So no form needs a token of its own. What says neither is no browser of the last years, and is refused; programs send a
//! token in a header, which no foreign page can make a browser do.

use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use url::Url;

use crate::problem::Problem;

pub(super) fn is_ours(public_url: &str, headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let ours = Url::parse(public_url).map(|url| url.origin());
    let theirs = headers.get(ORIGIN).and_then(|origin| Url::parse(origin.to_str().ok()?).ok());
    matches!((ours, theirs), (Ok(ours), Some(theirs)) if ours == theirs.origin())
}

pub(super) fn refusal() -> Problem {
    let detail = "A change by a login has to be asked for on one of Packflow's own pages.";
    Problem::new(StatusCode::FORBIDDEN, detail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_pages_ask_for_changes() {
        let ours = |pairs: &[(&'static str, &'static str)]| {
            let headers: HeaderMap =
                pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
            is_ours("https://packflow.example", &headers)
        };
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("origin", "https://packflow.example")]));
        assert!(ours(&[("sec-fetch-site", "same-origin"), ("origin", "null")]));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!ours(&[("sec-fetch-site", site), ("origin", "https://packflow.example")]), "{site}");
        }
        for origin in [
            "null",
            "http://packflow.example",
            "https://packflow.example:8443",
            "https://packflow.example.evil",
            "https://evil",
            "",
        ] {
            assert!(!ours(&[("origin", origin)]), "{origin}");
        }
        assert!(!ours(&[]));
    }
}
