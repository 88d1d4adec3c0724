//! Where somebody goes back to after a login: a page of ours, whatever was asked for.

use url::{Position, Url};

/// Longer addresses are nobody's.
const LONGEST: usize = 2000;

/// The path and query of one of our own pages; the first page's for anything else. It is read as browsers read it, and
/// what is given back is what was understood, so that both cannot differ.
pub(super) fn local(asked: &str) -> String {
    let ours = "https://packflow.invalid/";
    let understood = Url::parse(ours)
        .ok()
        .filter(|_| asked.starts_with('/') && asked.len() <= LONGEST)
        .and_then(|base| Some((base.join(asked).ok()?, base)))
        .filter(|(url, base)| url.origin() == base.origin())
        .map(|(url, _)| url[Position::BeforePath..Position::AfterQuery].to_owned());
    understood
        // A path such as `/.//host` is understood as `//host`, which would be a host in an answer.
        .filter(|path| !path.starts_with("//") && !path.contains('\\'))
        .filter(|path| !["/login", "/logout"].iter().any(|own| path.starts_with(own)))
        .unwrap_or_else(|| "/".to_owned())
}

#[cfg(test)]
mod tests {
    use super::local;

    #[test]
    fn nobody_is_sent_to_another_site() {
        for hostile in [
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "/.//evil.example",
            "/x/..//evil.example",
            "/%2e//evil.example",
            "https://evil.example",
            "https:evil.example",
            "javascript:alert(1)",
            " //evil.example",
            "evil.example",
            "",
            "/login?return=/login",
            "/logout",
        ] {
            let path = local(hostile);
            assert_eq!(path, "/", "{hostile}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(3000))), "/");
    }

    #[test]
    fn pages_of_ours_are_gone_back_to() {
        for path in [
            "/",
            "/events/12",
            "/?cursor=abc",
            "/search?q=https://github.com/packit/ogr%20//x",
            "/%2F%2Fevil",
        ] {
            assert_eq!(local(path), path);
        }
        assert_eq!(local("/events/12#target-3"), "/events/12");
        assert_eq!(local("/events/../projects"), "/projects");
    }
}
