//! What people see when something is not there, or went wrong.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::text::Text;
use super::{Frame, show};
use crate::problem::Problem;

/// A problem as a page.
pub(crate) struct ErrorPage(pub(crate) Problem);

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
    frame: Frame,
    status: u16,
    title: &'static str,
    detail: Text,
    advice: &'static str,
}

impl<E: Into<Problem>> From<E> for ErrorPage {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let Self(problem) = self;
        let mut response = show(&Page {
            frame: Frame::bare(),
            status: problem.status.as_u16(),
            title: problem.title,
            detail: Text::new(&problem.detail),
            advice: advice(problem.status),
        });
        *response.status_mut() = problem.status;
        problem.tell_in(response.headers_mut());
        response
    }
}

/// What can be done about it.
fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => {
            "It may belong to a project that is not public. The list of recent workflows shows what can be seen; the search above takes links and ids."
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            "Nothing is lost: what was received is kept. Load this page again in a few seconds; if it stays so, \
             /readyz says whether the server can do its work."
        }
        StatusCode::INTERNAL_SERVER_ERROR => {
            "Tell whoever runs this server, with the time and the address of this page."
        }
        _ => "Go back, or begin at the recent workflows.",
    }
}
