//! What people see around logging in and out.

use askama::Template;
use axum::http::header::WWW_AUTHENTICATE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::{Frame, show};

/// A page that says one thing, and perhaps where to log in.
pub(crate) struct Notice {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
    login_url: Option<String>,
}

#[derive(Template)]
#[template(path = "notice.html")]
struct Page {
    frame: Frame,
    title: &'static str,
    text: &'static str,
    login_url: Option<String>,
}

impl Notice {
    /// Reading is not open.
    pub(crate) fn closed(login_url: Option<String>) -> Self {
        let text = match login_url {
            Some(_) => "Only those who are logged in can read here.",
            None => {
                "Only programs with a token can read here, by the API; whoever runs this server makes one with \
                 `packflow token create`. Nobody can log in, since no forge is configured for it."
            }
        };
        Self { status: StatusCode::UNAUTHORIZED, title: "Not open to everybody", text, login_url }
    }

    /// Reading is open, and nobody can log in.
    pub(crate) fn open() -> Self {
        let text = "Reading is open to everybody here. No forge is configured at which one could log in, and nobody need do so \
                    but to run something again by hand; programs do that by the API, with a token.";
        Self { status: StatusCode::OK, title: "Nobody need log in", text, login_url: None }
    }

    /// A login came to nothing.
    pub(crate) fn not_logged_in(text: &'static str) -> Self {
        let login_url = Some("/login".to_owned());
        Self { status: StatusCode::BAD_REQUEST, title: "You are not logged in", text, login_url }
    }

    /// A login was ended.
    pub(crate) fn logged_out(login_url: Option<String>) -> Self {
        let text = "The forge may still know you: whoever uses this browser next can log in as you there.";
        Self { status: StatusCode::OK, title: "You are logged out", text, login_url }
    }
}

impl IntoResponse for Notice {
    fn into_response(self) -> Response {
        let Self { status, title, text, login_url } = self;
        let mut response = show(&Page { frame: Frame::bare(), title, text, login_url });
        *response.status_mut() = status;
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
