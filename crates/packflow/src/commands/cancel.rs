//! `packflow cancel`: shown first, then done.

use std::collections::BTreeSet;
use std::io::IsTerminal;
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use domain::ids::{EventId, TargetId};
use engine::Canceled;
use forges::Forges;
use store::Db;
use store::reads::{self, WorkflowView};

use crate::cli::{Cancel, values};
use crate::terminal::{self, clean};
use crate::{configuration, database, wiring};

/// Cancels an event's targets after showing what that takes along.
pub(super) async fn run(arguments: Cancel) -> Result<ExitCode> {
    let configuration = configuration::read(arguments.common.config.as_deref())?;
    let db = database::open(&database::url(arguments.common.database.as_deref(), &configuration)?).await?;
    let (workflow, targets) = selected(&db, &arguments.what).await?;
    let event = EventId(workflow.event.id);
    let builders = engine::Builders::new();
    let settings = wiring::settings(&configuration, &builders, String::new())?;
    let engine =
        wiring::engine(db, Forges::default(), builders, wiring::readers(&configuration, &[]), settings);
    let by = super::person();
    let preview = engine::cancel(&engine, event, targets.clone(), &by, true).await?;
    show(&preview, &workflow);
    let nothing = preview.plan.ends_now.is_empty() && preview.plan.submissions.is_empty();
    if arguments.dry_run || nothing || !(arguments.yes || confirmed()?) {
        return Ok(ExitCode::SUCCESS);
    }
    let done = engine::cancel(&engine, event, targets, &by, false).await?;
    if done != preview {
        say!("meanwhile it moved on; this was done:");
        show(&done, &workflow);
    }
    if !done.plan.asked.is_empty() {
        say!("what the build systems have ends when they say so: packflow show {event}");
    }
    Ok(ExitCode::SUCCESS)
}

/// The workflow that is named, and the targets of it; none for all.
async fn selected(db: &Db, what: &[String]) -> Result<(WorkflowView, Option<BTreeSet<TargetId>>)> {
    let mut targets = BTreeSet::new();
    let mut events = BTreeSet::new();
    for text in what {
        let id = |text: &str| text.parse::<i64>().with_context(|| format!("`{text}` is no id"));
        if text.starts_with("target/") {
            let target = values::target(text).map_err(|why| anyhow!("`{text}`: {why}"))?;
            let event = store::workflows::event_of_target(db, target).await?;
            events.insert(event.with_context(|| format!("there is no target {target}"))?);
            targets.insert(target);
        } else {
            events.insert(EventId(id(text.strip_prefix("event/").unwrap_or(text))?));
        }
    }
    if events.len() != 1 || (!targets.is_empty() && targets.len() != what.len()) {
        bail!("name one event, or targets of one event");
    }
    let Some(event) = events.pop_first() else { bail!("name an event or targets") };
    let workflow = reads::workflow(db, event).await?.with_context(|| format!("there is no event {event}"))?;
    Ok((workflow, (!targets.is_empty()).then_some(targets)))
}

fn show(canceled: &Canceled, workflow: &WorkflowView) {
    let plan = &canceled.plan;
    let list = |title: &str, ids: &BTreeSet<TargetId>| {
        for id in ids {
            if let Some(target) = workflow.targets.iter().find(|target| target.id == id.0) {
                say!("{title}: {} {} (target {id})", target.kind, clean(&target.name));
            }
        }
    };
    list("ends now", &plan.ends_now);
    list("asked of the build system", &plan.asked);
    list("taken along, since a build system cancels a whole submission", &plan.taken_along);
    list("is skipped then, since it waits for one of these", &plan.skipped);
    list("has ended already", &plan.ended);
    if plan.ends_now.is_empty() && plan.asked.is_empty() {
        say!("nothing to cancel: all of it has ended");
    }
}

fn confirmed() -> Result<bool> {
    if !std::io::stdin().is_terminal() {
        bail!("nobody can be asked here: add --yes to cancel, or --dry-run to look only");
    }
    terminal::write_now("cancel this? [y/N] ");
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}
