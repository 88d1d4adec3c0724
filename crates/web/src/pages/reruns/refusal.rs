//! Why somebody does not get to run something again, and where they can go from there.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use domain::words::ReferenceKind;
use store::reads::WorkflowView;

use super::super::text::Text;
use super::super::{Frame, show};
use super::again::is_at;
use crate::api::NotLet;
use crate::identity::Caller;
use crate::problem::Problem;

/// Why not.
pub(super) struct Refusal {
    event: i64,
    problem: Problem,
    title: &'static str,
    advice: &'static str,
    ways: Vec<(String, &'static str)>,
}

#[derive(Template)]
#[template(path = "refusal.html")]
struct Page {
    frame: Frame,
    event_id: i64,
    status: u16,
    title: &'static str,
    reason: Text,
    advice: &'static str,
    ways: Vec<(String, &'static str)>,
}

impl Refusal {
    /// Nobody knows who asks.
    pub(super) fn unknown(event: i64, login_url: Option<String>) -> Self {
        let (reason, advice) = match login_url {
            Some(_) => (
                "To run parts of a workflow again, log in.",
                "It is for those who may write to the project, and for the author of the pull request where that is allowed.",
            ),
            None => (
                "To run parts of a workflow again, one has to be known, and nobody can log in here.",
                "Programs use the API with a token; on the server, `packflow rerun` does the same.",
            ),
        };
        Self {
            event,
            problem: Problem::new(StatusCode::UNAUTHORIZED, reason),
            title: "Who are you?",
            advice,
            ways: login_url.map(|url| (url, "Log in")).into_iter().collect(),
        }
    }

    /// They may not ask for it.
    pub(super) fn not_let(view: &WorkflowView, caller: &Caller, refused: NotLet) -> Self {
        let NotLet { problem, writers_may } = refused;
        let mut refusal = Self::of(view.event.id, problem);
        let is_elsewhere = matches!(caller, Caller::User(account) if !is_at(&view.project, &account.forge));
        refusal.advice = match (writers_may, view.reference.kind) {
            (false, _) => refusal.advice,
            (true, _) if is_elsewhere => {
                "Somebody who may write to the project can, by a comment there; so can the API with a token, and `packflow rerun`."
            }
            (true, ReferenceKind::PullRequest) => {
                "Somebody who may write to the project can. A new push to the pull request starts everything anew."
            }
            (true, _) => "Somebody who may write to the project can.",
        };
        refusal
    }

    /// It is refused for this reason.
    pub(super) fn of(event: i64, problem: Problem) -> Self {
        let (title, advice) = match problem.status {
            StatusCode::FORBIDDEN => {
                ("You may not run this again", "That is for the operators of this installation to change.")
            }
            StatusCode::TOO_MANY_REQUESTS => {
                ("Too much at once", "Nothing was done. Load this page again in a moment.")
            }
            StatusCode::SERVICE_UNAVAILABLE => (
                "Nobody can tell whether you may",
                "Nothing was done. Try again in a moment; the forge has to answer first.",
            ),
            _ => (problem.title, "Nothing was done."),
        };
        Self { event, problem, title, advice, ways: Vec::new() }
    }

    /// The same with one more way out.
    pub(super) fn way(mut self, href: String, text: &'static str) -> Self {
        self.ways.push((href, text));
        self
    }

    pub(super) fn answer(self, frame: Frame) -> Response {
        let Self { event, problem, title, advice, ways } = self;
        let status = problem.status.as_u16();
        let reason = Text::new(&problem.detail);
        let mut response = show(&Page { frame, event_id: event, status, title, reason, advice, ways });
        *response.status_mut() = problem.status;
        problem.tell_in(response.headers_mut());
        response
    }
}
