//! `packflow rerun`: planned, and carried out as planned.

use std::collections::BTreeSet;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use domain::access::AccessRules;
use domain::ids::{EventId, RerunId, TargetId};
use domain::rerun::{Asked, Conflict, Entry, NothingToDo, Plan, Planned, Selection};
use domain::words::RerunVia;
use engine::{Engine, Permit};
use forges::Forges;
use store::reruns::{Answer, Request, Rerun as Done, Told};
use tracing::Level;

use crate::cli::Rerun;
use crate::terminal::{self, clean};
use crate::{configuration, database, logging, wiring};

/// Exit code of what is refused.
const REFUSED: u8 = 1;

/// Plans a rerun, and carries it out unless it is only to be shown.
pub(super) async fn run(arguments: Rerun) -> Result<ExitCode> {
    let selection = selection(&arguments)?;
    let event = event(&arguments.event)?;
    let configuration = configuration::read(arguments.common.config.as_deref())?;
    let db = database::open(&database::url(arguments.common.database.as_deref(), &configuration)?).await?;
    // They are asked what they still have, and what none of them does cannot be redone. Whoever calls may not be able to read
    // their secrets: then its age decides, and nothing is refused.
    let builders = wiring::builders(&configuration, &db, "").unwrap_or_default();
    let settings = wiring::settings(&configuration, &builders, String::new())?;
    let engine =
        wiring::engine(db, Forges::default(), builders, wiring::readers(&configuration, &[]), settings);
    warn_unless_allowed(&engine, event).await?;
    let outcome = outcome(&engine, event, &selection, &arguments).await?;
    if arguments.json {
        say!("{}", terminal::json(&outcome.told())?);
    } else {
        outcome.print();
    }
    Ok(if outcome.is_refused() { ExitCode::from(REFUSED) } else { ExitCode::SUCCESS })
}

fn event(text: &str) -> Result<EventId> {
    let id = text.strip_prefix("event/").unwrap_or(text).parse::<i64>();
    id.map(EventId).with_context(|| format!("`{text}` is no event; write 12 or event/12"))
}

fn selection(arguments: &Rerun) -> Result<Selection> {
    let part = &arguments.part;
    let asked = match part {
        part if part.all => Asked::Everything,
        part if part.failed => Asked::Failed,
        part if part.failed_builds => Asked::FailedBuilds,
        part if part.failed_tests => Asked::FailedTests,
        part if !part.steps.is_empty() => Asked::Steps(part.steps.iter().copied().collect()),
        part if !part.targets.is_empty() => Asked::Targets(part.targets.iter().copied().collect()),
        // All that is of the kinds, identifiers, labels and packages; without any, nothing was asked for.
        _ => Asked::Everything,
    };
    let words =
        |words: &[String]| (!words.is_empty()).then(|| words.iter().cloned().collect::<BTreeSet<_>>());
    let kinds = &arguments.kinds;
    let selection = Selection {
        kinds: (!kinds.is_empty()).then(|| kinds.iter().copied().collect()),
        identifiers: words(&arguments.identifiers),
        labels: words(&arguments.labels),
        packages: words(&arguments.packages),
        follow_ups: !arguments.no_follow_ups,
        cancel_running: arguments.cancel_running,
        ..Selection::of(asked)
    };
    if selection.asked == Asked::Everything && !part.all && !selection.is_filtered() {
        bail!(
            "say what to do again: --failed, --failed-builds, --failed-tests, --step, --target, --all, or what it is \
             of: --kind, --identifier, --label, --package"
        );
    }
    Ok(selection)
}

/// Says where the access rules, if there are any, let nothing start. They are the operator's own, whose command line this is: it
/// is done all the same.
async fn warn_unless_allowed(engine: &Engine, event: EventId) -> Result<()> {
    if engine.settings.access == AccessRules::default() {
        return Ok(());
    }
    if let Some(Permit::Refused { reason, .. }) = engine::may_start(engine, event).await? {
        let warning =
            format!("the access rules let no work start there: {reason}; the command line may all the same");
        logging::tell(Level::WARN, &warning);
    }
    Ok(())
}

/// What came of it.
enum Outcome {
    Shown(Plan),
    Done(Box<Done>),
    Nothing(Box<NothingToDo>),
    Conflict(Conflict),
    Changed(Plan),
    KeyOfAnother(RerunId),
}

async fn outcome(
    engine: &Engine,
    event: EventId,
    selection: &Selection,
    arguments: &Rerun,
) -> Result<Outcome> {
    if arguments.dry_run {
        return Ok(match engine::preview_rerun(engine, event, selection).await? {
            Planned::Plan(plan) if arguments.plan.as_ref().is_some_and(|hash| *hash != plan.hash) => {
                Outcome::Changed(plan)
            }
            Planned::Plan(plan) => Outcome::Shown(plan),
            Planned::NothingToDo(nothing) => Outcome::Nothing(Box::new(nothing)),
            Planned::Conflict(conflict) => Outcome::Conflict(conflict),
        });
    }
    let by = super::person();
    let request = Request {
        event,
        selection,
        requested_by: &by,
        via: RerunVia::CommandLine,
        reason: arguments.reason.as_deref(),
        idempotency_key: arguments.idempotency_key.as_deref(),
        plan_hash: arguments.plan.as_deref(),
    };
    Ok(match engine::rerun(engine, &request).await? {
        Answer::CarriedOut(done) => Outcome::Done(done),
        Answer::NothingToDo(nothing) => Outcome::Nothing(nothing),
        Answer::Conflict(conflict) => Outcome::Conflict(conflict),
        Answer::Changed(plan) => Outcome::Changed(*plan),
        Answer::KeyOfAnother(rerun) => Outcome::KeyOfAnother(rerun),
    })
}

impl Outcome {
    fn is_refused(&self) -> bool {
        matches!(self, Self::Conflict(_) | Self::Changed(_) | Self::KeyOfAnother(_))
    }

    fn plan(&self) -> Option<&Plan> {
        match self {
            Self::Shown(plan) | Self::Changed(plan) => Some(plan),
            Self::Nothing(nothing) => Some(&nothing.plan),
            Self::Done(done) => Some(&done.plan),
            Self::Conflict(_) | Self::KeyOfAnother(_) => None,
        }
    }

    /// As the API tells it.
    fn told(&self) -> Told {
        match self {
            Self::Shown(plan) => Told::plan(plan),
            Self::Done(done) => Told::done(done),
            Self::Nothing(nothing) => Told::nothing(nothing),
            Self::Conflict(conflict) => Told::conflict(conflict),
            Self::Changed(plan) => Told::changed(plan),
            Self::KeyOfAnother(rerun) => Told::key_of_another(*rerun),
        }
    }

    fn print(&self) {
        if let Some(reason) = self.told().reason {
            say!("{}", clean(&reason));
        }
        if let Some(plan) = self.plan() {
            print_plan(plan);
        }
        match self {
            Self::Done(done) => {
                let created: Vec<String> = done.created.values().map(TargetId::to_string).collect();
                say!("rerun {}: new targets {}; packflow show {}", done.id, created.join(", "), done.event);
            }
            Self::Shown(plan) => say!("to carry out exactly this: --plan {}", plan.hash),
            _ => {}
        }
    }
}

fn print_plan(plan: &Plan) {
    let list = |title: &str, entries: &[Entry]| {
        for entry in entries {
            let identifier = entry.identifier.as_ref().map(|id| format!(" ({id})")).unwrap_or_default();
            let name = format!("{} {}{identifier}", entry.kind, entry.name);
            say!("{title:<8} {}, target {}: {}", clean(&name), entry.target_id, clean(&entry.why));
        }
    };
    list("redo", &plan.redo);
    list("share", &plan.share);
    list("wait", &plan.wait);
    list("cancel", &plan.cancel);
    list("cannot", &plan.cannot);
    list("outside", &plan.outside);
    if plan.redo.is_empty() {
        return;
    }
    let cost = plan.cost;
    let minutes = match (cost.expected_minutes, cost.without_history) {
        (None, _) => "unknown".to_owned(),
        (Some(minutes), 0) => format!("about {minutes} min"),
        (Some(minutes), unknown) => format!("about {minutes} min and {unknown} unknown"),
    };
    say!(
        "{} builds, {} tests, {} others; {minutes}; {} targets are not touched",
        cost.builds,
        cost.tests,
        cost.others,
        plan.not_needed.len()
    );
}
