//! The demo's workflows as they move.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use anyhow::Result;
use domain::ids::EventId;
use domain::words::{EventStatus, TargetStatus};
use engine::Engine;
use serde_json::{Value, json};
use store::reads::{self, EventFilter, Viewer, WorkflowView};
use store::{DatabaseUrl, inbox};

use crate::terminal;

/// How often the workflows are looked at.
const LOOK: Duration = Duration::from_millis(250);
/// Events that are shown.
const SHOWN: i64 = 50;
/// Puts the cursor home and clears what is below it.
const CLEAR: &str = "\u{1b}[H\u{1b}[J";

/// Shows the workflows until all work has ended: on a terminal as trees that are drawn anew, elsewhere a line for each change.
pub(super) async fn until_ended(engine: &Engine, public_url: &str, quiet: bool) -> Result<()> {
    let is_terminal = std::io::stdout().is_terminal();
    let mut seen: BTreeMap<i64, TargetStatus> = BTreeMap::new();
    let mut drawn = String::new();
    loop {
        let workflows = workflows(engine).await?;
        let (waiting, _) = inbox::pending(&engine.db).await?;
        let ended = waiting == 0 && workflows.iter().all(|workflow| has_ended(workflow.status));
        if !quiet && is_terminal {
            let trees: Vec<String> = workflows
                .iter()
                .map(|workflow| terminal::workflow(workflow, Some(&page(public_url, workflow))))
                .collect();
            let trees = trees.join("\n");
            if trees != drawn {
                terminal::write_now(format!("{CLEAR}{trees}"));
                drawn = trees;
            }
        } else if !quiet {
            tell_changes(&workflows, &mut seen);
        }
        if ended {
            if !quiet && !is_terminal {
                for workflow in &workflows {
                    let page = page(public_url, workflow);
                    say!("\n{}", terminal::workflow(workflow, Some(&page)).trim_end());
                }
            }
            return Ok(());
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn tell_changes(workflows: &[WorkflowView], seen: &mut BTreeMap<i64, TargetStatus>) {
    for workflow in workflows {
        for target in &workflow.targets {
            if seen.insert(target.id, target.status) != Some(target.status) {
                let name = terminal::clean(&target.name);
                say!("event {}: {} {name} {}", workflow.event.id, target.kind, target.status);
            }
        }
    }
}

/// Every workflow, oldest first.
async fn workflows(engine: &Engine) -> Result<Vec<WorkflowView>> {
    let mut ids: Vec<i64> = reads::events(&engine.db, &Viewer::Public, &EventFilter::default(), None, SHOWN)
        .await?
        .rows
        .iter()
        .map(|event| event.id)
        .collect();
    ids.sort_unstable();
    let mut workflows = Vec::new();
    for id in ids {
        workflows.extend(reads::workflow(&engine.db, EventId(id)).await?);
    }
    Ok(workflows)
}

/// The workflows for programs.
pub(super) async fn summary(engine: &Engine, public_url: &str) -> Result<Value> {
    let workflows: Vec<Value> = workflows(engine)
        .await?
        .iter()
        .map(|workflow| {
            json!({
                "event_id": workflow.event.id,
                "project": workflow.project,
                "reference": workflow.reference,
                "commit": workflow.commit,
                "kind": workflow.event.kind,
                "status": workflow.status,
                "url": page(public_url, workflow),
            })
        })
        .collect();
    Ok(json!({ "workflows": workflows }))
}

/// Tells where to look and what to try now.
pub(super) fn what_next(public_url: &str, given: Option<&str>, url: &DatabaseUrl, once: bool) {
    let database = given.map_or_else(|| url.to_string(), str::to_owned);
    say!("\nall work has ended");
    if once {
        say!("try: packflow show 1 --database {database}");
        return;
    }
    say!("open {public_url}/; log in as jan, who may write, to run parts of a workflow again");
    say!("try in another terminal: packflow show 1 --database {database}");
    say!("Ctrl-C ends the demo");
}

fn page(public_url: &str, workflow: &WorkflowView) -> String {
    format!("{public_url}/events/{}", workflow.event.id)
}

fn has_ended(status: EventStatus) -> bool {
    !matches!(status, EventStatus::Running | EventStatus::Waiting)
}
