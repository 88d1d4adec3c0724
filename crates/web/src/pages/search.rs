//! `/search?q=`: goes to what was pasted, or shows what it could be.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, LOCATION};
use axum::response::{IntoResponse, Response};
use domain::words::{BuildSystem, JobKind, ReferenceKind};
use serde::Deserialize;
use store::reads::{self, Hit, SearchFor};

use super::known::Known;
use super::text::Text;
use super::{ErrorPage, Frame, place, show, titles};
use crate::api::parameters;
use crate::server::Shared;
use crate::viewer::Asker;

/// What is looked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Words {
    q: Option<String>,
}

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    frame: Frame,
    /// What was looked for; none before anything was.
    wanted: Option<Text>,
    /// As what it was understood.
    understood: Vec<Text>,
    found: Vec<Found>,
}

/// One place to go to.
#[derive(PartialEq, Eq)]
struct Found {
    /// What kind of thing it is.
    kind: &'static str,
    what: Text,
    /// Where that is.
    of: Text,
    href: String,
}

/// The page, or the only thing that was found.
pub(crate) async fn search(
    State(web): State<Shared>,
    Asker(viewer): Asker,
    frame: Frame,
    Known(words): Known<Words>,
) -> Result<Response, ErrorPage> {
    let text = words.q.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let Some(text) = parameters::text("q", text)? else {
        let (understood, found) = (Vec::new(), Vec::new());
        return Ok(show(&SearchPage { frame, wanted: None, understood, found }));
    };
    let wanted = crate::search::read(&text);
    let found = places(&reads::search(&web.db, &viewer, &wanted).await?);
    if let [only] = found.as_slice() {
        return Ok((
            StatusCode::SEE_OTHER,
            [(LOCATION, only.href.clone()), (CACHE_CONTROL, "no-store".to_owned())],
        )
            .into_response());
    }
    Ok(show(&SearchPage {
        frame: Frame { searched: Text::new(&text), ..frame },
        wanted: Some(Text::new(&text)),
        understood: understood(&wanted),
        found,
    }))
}

/// The places that hits lead to, each once: a build's targets and its submission are one workflow's.
fn places(hits: &[Hit]) -> Vec<Found> {
    let targets =
        |event: Option<i64>| hits.iter().filter(|hit| hit.found == "target" && hit.event_id == event).count();
    let mut found: Vec<Found> = Vec::new();
    for hit in hits {
        let is_one_of_many = targets(hit.event_id) > 1;
        let Some(place) = Found::of(hit, is_one_of_many) else { continue };
        let is_told = match hit.found.as_str() {
            // Its only target says more.
            "submission" => targets(hit.event_id) == 1,
            _ => false,
        };
        if !is_told && !found.iter().any(|known| known.href == place.href) {
            found.push(place);
        }
    }
    found
}

impl Found {
    fn of(hit: &Hit, is_one_of_many: bool) -> Option<Self> {
        let kind = hit.kind.as_deref().unwrap_or_default();
        let name = hit.name.as_deref().unwrap_or_default();
        let reference =
            || kind.parse::<ReferenceKind>().map_or(name.to_owned(), |kind| titles::reference(kind, name));
        let external_id = hit.external_id.as_deref().unwrap_or_default();
        let project = format!("{}/{}", hit.namespace, hit.project_name);
        let (kind, what, href) = match hit.found.as_str() {
            "project" => ("Project", project.clone(), format!("/projects/{}", hit.id)),
            "reference" => ("Reference", reference(), format!("/references/{}", hit.id)),
            "commit" => {
                let hash = hit.hash.as_deref()?;
                ("Commit", hash.to_owned(), place::commit_here(hash))
            }
            "target" if !is_one_of_many => {
                let title = kind.parse::<JobKind>().map_or("Target", titles::job_kind);
                ("Target", format!("{title} {name}"), format!("/targets/{}", hit.id))
            }
            "target" | "submission" => {
                let system =
                    kind.parse::<BuildSystem>().ok().or_else(|| Some(BuildSystem::of(kind.parse().ok()?)));
                let system = system.map_or("Build system", titles::build_system);
                ("Workflow", format!("with {external_id} at {system}"), format!("/events/{}", hit.event_id?))
            }
            _ => return None,
        };
        let of = if hit.found == "commit" { format!("{project}, {}", reference()) } else { project };
        Some(Self { kind, what: Text::new(what), of: Text::new(format!("{of} at {}", hit.forge)), href })
    }
}

/// In words what was looked for.
fn understood(wanted: &SearchFor) -> Vec<Text> {
    let mut told = Vec::new();
    if let Some(name) = &wanted.project {
        let namespace = wanted.namespace.as_ref().map_or(String::new(), |namespace| format!("{namespace}/"));
        let forge = wanted.forge.as_ref().map_or(String::new(), |forge| format!(" at {forge}"));
        let of = format!("project {namespace}{name}{forge}");
        told.push(match &wanted.reference {
            Some((kind, name)) => format!("{} of {of}", titles::reference(*kind, name)),
            None => of,
        });
    }
    told.extend(wanted.hash.as_ref().map(|hash| format!("a commit whose hash begins with {hash}")));
    told.extend(
        wanted.external_id.as_ref().map(|id| format!("a build, request or task {id} of a build system")),
    );
    told.iter().map(Text::new).collect()
}
