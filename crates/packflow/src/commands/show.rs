//! `packflow show`: the whole workflow of an event.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use domain::ids::{EventId, PipelineId, TargetId};
use store::Db;
use store::origins::SourceRow;
use store::reads::{self, Viewer};

use crate::cli::Common;
use crate::{configuration, database, terminal};

/// What is to be shown.
#[derive(Debug, PartialEq, Eq)]
enum What {
    Event(EventId),
    Pipeline(PipelineId),
    Target(TargetId),
}

/// Shows the workflow of an event, or the one that a pipeline or target belongs to, or those that an imported row is in, one after the
/// other.
pub(super) async fn run(
    common: &Common,
    what: Option<&str>,
    origin: Option<&str>,
    json: bool,
) -> Result<ExitCode> {
    let named = what.map(parse).transpose()?;
    let origin: Option<SourceRow> = origin.map(str::parse).transpose()?;
    let configuration = configuration::read(common.config.as_deref())?;
    let db = database::open(&database::url(common.database.as_deref(), &configuration)?).await?;
    let mut wanted: Vec<What> = named.into_iter().collect();
    if let Some(origin) = origin {
        wanted = events_of(&db, &origin).await?;
    }
    for what in &wanted {
        let workflow = read(&db, what).await?;
        if json {
            say!("{}", terminal::json(&workflow)?);
        } else {
            say!("{}", terminal::workflow(&workflow, None).trim_end());
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The events that an imported row is in.
async fn events_of(db: &Db, origin: &SourceRow) -> Result<Vec<What>> {
    let found = reads::origins(db, &Viewer::Everything, origin).await?;
    if found.is_empty() {
        bail!("{origin} was not imported into {}; the report of the import says why", db.url());
    }
    let events: BTreeSet<i64> = found.iter().filter_map(|row| row.event_id).collect();
    if events.is_empty() {
        let rows: Vec<String> = found.iter().map(|row| format!("{} {}", row.our_table, row.our_id)).collect();
        bail!("{origin} is in no workflow; it is {}", rows.join(", "));
    }
    Ok(events.into_iter().map(|id| What::Event(EventId(id))).collect())
}

async fn read(db: &Db, what: &What) -> Result<reads::WorkflowView> {
    let (found, name) = match what {
        What::Event(id) => (reads::workflow(db, *id).await?, format!("event {id}")),
        What::Pipeline(id) => (reads::workflow_of_pipeline(db, *id).await?, format!("pipeline {id}")),
        What::Target(id) => {
            let target = reads::target(db, &Viewer::Everything, *id).await?;
            let workflow = match target {
                Some(target) => reads::workflow(db, EventId(target.event.id)).await?,
                None => None,
            };
            (workflow, format!("target {id}"))
        }
    };
    found.with_context(|| {
        format!("there is no {name} in {}; `packflow inbox list` shows what was delivered", db.url())
    })
}

fn parse(text: &str) -> Result<What> {
    // Addresses of pages go on to a place on them, or to what is chosen there.
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let mut parts = path.trim_end_matches('/').rsplit('/');
    let id = parts.next().and_then(|id| id.parse::<i64>().ok());
    match (parts.next(), id) {
        (None | Some("event" | "events"), Some(id)) => Ok(What::Event(EventId(id))),
        (Some("pipeline" | "pipelines"), Some(id)) => Ok(What::Pipeline(PipelineId(id))),
        (Some("target" | "targets"), Some(id)) => Ok(What::Target(TargetId(id))),
        _ => bail!(
            "`{text}` names no event, pipeline or target; write 12, event/12, pipeline/12, target/12, or the page's address"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::{What, parse};
    use domain::ids::{EventId, PipelineId, TargetId};

    #[test]
    fn an_event_pipeline_or_target_is_named_by_id_or_address() {
        assert_eq!(parse("12").unwrap(), What::Event(EventId(12)));
        assert_eq!(parse("event/12").unwrap(), What::Event(EventId(12)));
        assert_eq!(parse("http://127.0.0.1:8080/pipelines/3/").unwrap(), What::Pipeline(PipelineId(3)));
        let page = "http://127.0.0.1:8080/events/69";
        for place in ["#target-523", "?as_of=1#target-523", "/?x=/pipelines/1", "#a?b"] {
            assert_eq!(parse(&format!("{page}{place}")).unwrap(), What::Event(EventId(69)), "{place}");
        }
        for text in ["target/3", "/targets/3", "http://127.0.0.1:8080/targets/3?x=1#top"] {
            assert_eq!(parse(text).unwrap(), What::Target(TargetId(3)), "{text}");
        }
        for text in ["", "x", "step/3", "event/", "target/", "#3", "?3"] {
            assert!(parse(text).is_err(), "{text}");
        }
    }
}
