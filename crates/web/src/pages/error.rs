//! What people see when something is not there, or went wrong.

use askama::Template;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::text::Text;
use super::{Frame, show};
use crate::problem::Problem;
use crate::server::Shared;

/// A problem as a page.
#[derive(Debug, Clone)]
pub(crate) struct ErrorPage {
    problem: Box<Problem>,
    /// Where to go from there, if that is known better than from the status.
    way: Option<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "error.html")]
struct Page {
    frame: Frame,
    status: u16,
    title: &'static str,
    detail: Text,
    advice: &'static str,
    way: Option<(String, &'static str)>,
}

impl<E: Into<Problem>> From<E> for ErrorPage {
    fn from(error: E) -> Self {
        Self { problem: Box::new(error.into()), way: None }
    }
}

impl ErrorPage {
    /// The same with a way out in place of advice.
    pub(super) fn way(self, href: String, text: &'static str) -> Self {
        Self { way: Some((href, text)), ..self }
    }

    fn shown(&self, frame: Frame) -> Response {
        let problem = &self.problem;
        let mut response = show(&Page {
            frame,
            status: problem.status.as_u16(),
            title: problem.title,
            detail: Text::new(&problem.detail),
            advice: advice(problem.status),
            way: self.way.clone(),
        });
        *response.status_mut() = problem.status;
        problem.tell_in(response.headers_mut());
        response
    }
}

impl IntoResponse for ErrorPage {
    fn into_response(self) -> Response {
        let mut response = self.shown(Frame::bare());
        response.extensions_mut().insert(self);
        response
    }
}

/// Puts what stands on every page around errors: where they come to be it is not at hand.
pub(crate) async fn framed(State(web): State<Shared>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    // Who asks is found out once more only where it is needed.
    let mut asked = parts.clone();
    let mut response = next.run(Request::from_parts(parts, body)).await;
    let Some(page) = response.extensions_mut().remove::<ErrorPage>() else { return response };
    if let Ok(frame) = Frame::from_request_parts(&mut asked, &web).await {
        let (head, body) = page.shown(frame).into_parts();
        response.headers_mut().extend(head.headers);
        *response.body_mut() = body;
    }
    response
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
