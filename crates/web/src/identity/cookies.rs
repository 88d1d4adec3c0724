//! The two cookies: a login, and what a browser keeps while it is logging in.

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// How long a login may take, in seconds: GitHub's codes live as long.
const LOGIN_SECONDS: i64 = 600;

/// A cookie of ours. Scripts do not see it, and other sites do not send it with anything but a link that is followed. Over
/// https its name begins with `__Host-`, so that neither a neighbouring host nor plain http can set it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Cookie {
    /// The secret of a login.
    Session,
    /// What a login that is under way has to remember.
    Login,
}

impl Cookie {
    fn name(self, public_url: &str) -> String {
        let name = match self {
            Self::Session => "packflow-session",
            Self::Login => "packflow-login",
        };
        if is_https(public_url) { format!("__Host-{name}") } else { name.to_owned() }
    }

    /// What the browser sent of it. Two of one name are none: somebody else set one of them.
    pub(super) fn read(self, public_url: &str, headers: &HeaderMap) -> Option<String> {
        let name = self.name(public_url);
        let sent = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs = sent.flat_map(|value| value.split(';')).filter_map(|pair| pair.trim().split_once('='));
        let mut values = pairs.filter(|(found, _)| *found == name).map(|(_, value)| value.to_owned());
        values.next().filter(|_| values.next().is_none())
    }

    /// A header that sets it.
    pub(super) fn set(self, public_url: &str, value: &SecretString) -> Option<HeaderValue> {
        let seconds = match self {
            Self::Session => store::sessions::LONGEST.num_seconds(),
            Self::Login => LOGIN_SECONDS,
        };
        self.header(public_url, value.expose_secret(), seconds)
    }

    /// A header that removes it.
    pub(super) fn clear(self, public_url: &str) -> Option<HeaderValue> {
        self.header(public_url, "", 0)
    }

    fn header(self, public_url: &str, value: &str, seconds: i64) -> Option<HeaderValue> {
        let secure = if is_https(public_url) { "; Secure" } else { "" };
        let name = self.name(public_url);
        let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}");
        let mut header = HeaderValue::from_str(&text).ok()?;
        header.set_sensitive(true);
        Some(header)
    }
}

/// The secret of the login that came with a request.
pub(super) fn session(public_url: &str, headers: &HeaderMap) -> Option<SecretString> {
    Cookie::Session.read(public_url, headers).filter(|secret| !secret.is_empty()).map(SecretString::from)
}

fn is_https(public_url: &str) -> bool {
    public_url.starts_with("https://")
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://packflow.example";

    #[test]
    fn a_cookie_is_hidden_from_scripts_and_other_sites() {
        let header = Cookie::Session.set(URL, &SecretString::from("s3cret")).unwrap();
        assert!(header.is_sensitive());
        let text = header.to_str().unwrap();
        assert_eq!(
            text,
            "__Host-packflow-session=s3cret; Path=/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure"
        );
        let plain = Cookie::Login.clear("http://127.0.0.1:8080").unwrap();
        assert_eq!(plain, "packflow-login=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn a_cookie_is_read_by_its_whole_name_and_only_once() {
        let read = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::from_str(text).unwrap());
            Cookie::Session.read(URL, &headers)
        };
        assert_eq!(read("a=b; __Host-packflow-session=s3cret; c=d"), Some("s3cret".to_owned()));
        for none in [
            "packflow-session=s3cret",
            "x__Host-packflow-session=s3cret",
            "__Host-packflow-session=one; __Host-packflow-session=two",
            "",
        ] {
            assert_eq!(read(none), None, "{none}");
        }
    }
}
