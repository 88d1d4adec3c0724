//! The ways from a workflow to running parts of it again.

use axum::http::Uri;

use super::super::state::State;
use super::{Part, Wanted};
use crate::identity::{Caller, login_address};
use crate::server::Shared;

/// What is offered under a workflow, to those who are known or can become it.
pub(in super::super) struct Again {
    pub(in super::super) links: Vec<(String, &'static str)>,
    pub(in super::super) login_url: Option<String>,
}

impl Again {
    /// Of a workflow whose newest attempts stand so. Whether the project lets somebody is asked when they follow a link.
    pub(in super::super) fn of_event(
        web: &Shared,
        caller: &Caller,
        event: i64,
        newest: impl Iterator<Item = State>,
    ) -> Option<Self> {
        let mut newest = newest.peekable();
        newest.peek()?;
        let mut links = Vec::new();
        if newest.any(State::is_to_redo) {
            links.push((Wanted::part(Part::Failed).address(event), Part::Failed.title()));
        }
        links.push((Wanted::part(Part::All).address(event), Part::All.title()));
        links.push((Wanted::default().address(event), "Choose\u{2026}"));
        Self::for_caller(web, caller, links)
    }

    /// Of one target.
    pub(in super::super) fn of_target(
        web: &Shared,
        caller: &Caller,
        event: i64,
        target: i64,
    ) -> Option<Self> {
        let link = (Wanted::target(target).address(event), "Run this again");
        Self::for_caller(web, caller, vec![link])
    }

    /// Who is not known is shown how to become it; where that is not possible, nothing is offered.
    fn for_caller(web: &Shared, caller: &Caller, links: Vec<(String, &'static str)>) -> Option<Self> {
        match caller {
            Caller::User(_) => Some(Self { links, login_url: None }),
            Caller::Token { .. } => None,
            Caller::Anonymous => {
                let page: Option<Uri> = links.last().and_then(|(href, _)| href.parse().ok());
                let login_url = Some(login_address(web, page.as_ref())?);
                Some(Self { links: Vec::new(), login_url })
            }
        }
    }
}
