//! Arguments of what changes workflows: cancels, reruns, the import.

use std::path::PathBuf;

use clap::Args;
use domain::ids::{StepId, TargetId};
use domain::words::JobKind;

use super::{Common, values};

pub(super) const CANCEL_EXAMPLES: &str = "Examples:
  packflow cancel 12 --dry-run
  packflow cancel target/40 target/41 --yes";

pub(super) const RERUN_EXAMPLES: &str = "Examples:
  packflow rerun 12 --failed --dry-run
  packflow rerun 12 --failed --plan HASH --idempotency-key retry-1
  packflow rerun 12 --target 40 41 --no-follow-ups
  packflow rerun 12 --kind test_run --identifier full --json";

#[derive(Debug, Args)]
pub(crate) struct Cancel {
    #[command(flatten)]
    pub(crate) common: Common,
    /// An event, of which everything is canceled that has not ended: its id, or `event/ID`. Or targets of one event:
    /// `target/ID`, as often as wanted.
    #[arg(required = true, value_name = "EVENT|TARGET")]
    pub(crate) what: Vec<String>,
    /// Only show what it would do.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask.
    #[arg(long)]
    pub(crate) yes: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Rerun {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The event: its id, or `event/ID`.
    pub(crate) event: String,
    #[command(flatten)]
    pub(crate) part: Part,
    /// Only jobs of these kinds: srpm_build, copr_build, test_run, ...
    #[arg(long = "kind", value_delimiter = ',', value_name = "KIND")]
    pub(crate) kinds: Vec<JobKind>,
    /// Only jobs with one of these identifiers.
    #[arg(long = "identifier", value_delimiter = ',', value_name = "ID")]
    pub(crate) identifiers: Vec<String>,
    /// Only jobs with at least one of these labels.
    #[arg(long = "label", value_delimiter = ',', value_name = "LABEL")]
    pub(crate) labels: Vec<String>,
    /// Only these packages.
    #[arg(long = "package", value_delimiter = ',', value_name = "NAME")]
    pub(crate) packages: Vec<String>,
    /// Leave what consumes the redone targets as it is.
    #[arg(long)]
    pub(crate) no_follow_ups: bool,
    /// Cancel what has not ended, so that it can be redone; without this, such targets are refused.
    #[arg(long)]
    pub(crate) cancel_running: bool,
    /// Only show the plan.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Carry out only if the plan still has this hash, as `--dry-run` showed it.
    #[arg(long, value_name = "HASH")]
    pub(crate) plan: Option<String>,
    /// Names this request among yours, in up to 200 visible ASCII characters: asked once more, it is answered as it was the first
    /// time.
    #[arg(long, value_name = "KEY", value_parser = values::key)]
    pub(crate) idempotency_key: Option<String>,
    /// Why, for those who wonder later; up to 1000 characters.
    #[arg(long, value_parser = values::reason)]
    pub(crate) reason: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// Which part; one of them, or only --kind, --identifier, --label or --package for all that is of those.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Part {
    /// Everything.
    #[arg(long)]
    pub(crate) all: bool,
    /// What failed, errored or was canceled.
    #[arg(long)]
    pub(crate) failed: bool,
    /// The builds that failed, and what follows them.
    #[arg(long)]
    pub(crate) failed_builds: bool,
    /// The tests that failed.
    #[arg(long)]
    pub(crate) failed_tests: bool,
    /// These steps, all their targets in the newest attempts.
    #[arg(long = "step", num_args = 1.., value_name = "STEP")]
    pub(crate) steps: Vec<StepId>,
    /// These targets, which must be newest attempts: their ids, or `target/ID`.
    #[arg(long = "target", num_args = 1.., value_name = "TARGET", value_parser = values::target)]
    pub(crate) targets: Vec<TargetId>,
}

/// Reads a Packit Service database in one read-only transaction, and writes what is not here yet: a run that was cut off goes
/// on, and a later one brings what is new. docs/migrating-from-packit-service.md says what becomes of each table.
///
/// Exit code 0: every row is accounted for. 1: some are not, or the two sides differ (--verify).
#[derive(Debug, Args)]
pub(crate) struct Import {
    #[command(flatten)]
    pub(crate) common: Common,
    /// The database to read: postgres://USER@HOST/NAME, or @FILE for a file that holds it.
    #[arg(value_name = "URL")]
    pub(crate) source: String,
    /// Write nothing; only tell what would be imported.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Only events for which something ran since this day (2026-03-01) or time (2026-03-01T12:00:00Z).
    #[arg(long, value_name = "DATE")]
    pub(crate) since: Option<String>,
    /// Write what became of every table, and of each row that was set aside, to this JSON file.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// For a database from before groups: tests of one commit and reference that were asked for at most so far apart belong
    /// together.
    #[arg(long, value_name = "MINUTES", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=1440))]
    pub(crate) window: u32,
    /// Import nothing; compare both sides by project: events, workflows, builds and tests by status, newest times.
    #[arg(long, conflicts_with_all = ["dry_run", "since", "report", "same_source"])]
    pub(crate) verify: bool,
    /// This is the database that was imported before, although its first project was renamed or removed since: do not refuse it.
    /// Needed once; later runs know it.
    #[arg(long)]
    pub(crate) same_source: bool,
}
