//! The ways from a workflow to running parts of it again.

use axum::http::Uri;

use super::super::state::State;
use super::super::text::Text;
use super::{Part, Wanted};
use crate::identity::{Caller, login_address};
use crate::server::Shared;

/// What is offered under a workflow, to those who are known or can become it.
pub(in super::super) struct Again {
    pub(in super::super) links: Vec<(String, &'static str)>,
    pub(in super::super) login_url: Option<String>,
    /// What there is instead, where no account of those that can log in here is one of the project's forge.
    pub(in super::super) instead: Option<Text>,
}

impl Again {
    /// Of a workflow whose newest attempts stand so. Whether the project lets somebody is asked when they follow a link.
    pub(in super::super) fn of_event(
        web: &Shared,
        caller: &Caller,
        (project, event): (&str, i64),
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
        Self::for_caller(web, caller, project, links)
    }

    /// Of one target.
    pub(in super::super) fn of_target(
        web: &Shared,
        caller: &Caller,
        (project, event): (&str, i64),
        target: i64,
    ) -> Option<Self> {
        let link = (Wanted::target(target).address(event), "Run this again");
        Self::for_caller(web, caller, project, vec![link])
    }

    /// Who is not known is shown how to become it; where that is not possible, nothing is offered. To those whom the project's
    /// forge does not know, nothing is offered that would be refused.
    fn for_caller(
        web: &Shared,
        caller: &Caller,
        project: &str,
        links: Vec<(String, &'static str)>,
    ) -> Option<Self> {
        let login_url = match caller {
            Caller::User(_) => None,
            Caller::Token { .. } => return None,
            Caller::Anonymous => {
                let page: Option<Uri> = links.last().and_then(|(href, _)| href.parse().ok());
                Some(login_address(web, page.as_ref())?)
            }
        };
        let known_at = match caller {
            Caller::User(account) => Some(account.forge.as_str()),
            Caller::Token { .. } | Caller::Anonymous => web.identity.login_forge(),
        };
        if let Some(known_at) = known_at.filter(|known_at| !is_at(project, known_at)) {
            let project_at = forge_of(project);
            let instead = Text::new(format!(
                "People log in here with accounts of {known_at}, and this project is at {project_at}. To run this again, write a \
                 comment there, or use the API with a token, or `packflow rerun`."
            ));
            return Some(Self { links: Vec::new(), login_url: None, instead: Some(instead) });
        }
        let links = if login_url.is_some() { Vec::new() } else { links };
        Some(Self { links, login_url, instead: None })
    }
}

/// Whether a project, named as reads name it, is at this forge.
pub(super) fn is_at(project: &str, forge: &str) -> bool {
    forge_of(project).eq_ignore_ascii_case(forge)
}

fn forge_of(project: &str) -> &str {
    project.split_once('/').map_or(project, |(forge, _)| forge)
}
