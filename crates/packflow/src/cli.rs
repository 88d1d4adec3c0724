//! The arguments. What is written here is what `--help` teaches.

mod deliveries;
mod looking;
mod running;
pub(crate) mod values;
mod work;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

pub(crate) use self::deliveries::{Comment, Inbox, Replay};
use self::deliveries::{INBOX_EXAMPLES, REPLAY_EXAMPLES};
use self::looking::{ALIASES_EXAMPLES, TOKEN_EXAMPLES};
pub(crate) use self::looking::{Aliases, Config, Token};
pub(crate) use self::running::{Bench, Consume, Demo, Serve, Simulator};
use self::running::{CONSUME_EXAMPLES, SERVE_EXAMPLES};
use self::work::{CANCEL_EXAMPLES, RERUN_EXAMPLES};
pub(crate) use self::work::{Cancel, Import, Rerun};

/// Run, show and rerun packaging workflows: from an event on a forge to builds and tests.
///
/// Begin with `packflow demo`: it needs no account, no network and no configuration.
#[derive(Debug, Parser)]
#[command(version, propagate_version = true, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) logging: Logging,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is logged, and how.
#[derive(Debug, Args)]
pub(crate) struct Logging {
    /// What is logged to standard error: a level (warn, info, debug), or levels by part (`info,sqlx=warn`).
    #[arg(
        long,
        global = true,
        env = "PACKFLOW_LOG",
        default_value = "warn",
        value_name = "LEVELS",
        help_heading = "Logging"
    )]
    pub(crate) log: String,
    /// Log a JSON object a line.
    #[arg(long, global = true, env = "PACKFLOW_LOG_JSON", help_heading = "Logging")]
    pub(crate) log_json: bool,
}

/// The database and the configuration that a command works with.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The database: sqlite://PATH, postgres://USER@HOST/NAME, or @FILE for a file that holds one of these
    /// [default: database.url of the configuration, else a SQLite file in the user's data folder].
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// The configuration file (TOML; see docs/operating.md). Keys can be overridden by environment variables such as
    /// PACKFLOW_SERVER__LISTEN.
    #[arg(long, global = true, value_name = "FILE", env = "PACKFLOW_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

const SHOW_EXAMPLES: &str = "Examples:
  packflow show 12
  packflow show pipeline/3 --json
  packflow show https://packflow.example.org/events/12";

const DOCTOR_EXAMPLES: &str = "Examples:
  packflow doctor --config packflow.toml
  packflow doctor --config packflow.toml --verify";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take deliveries, run workflows, and show them: server and worker in one process.
    ///
    /// Ends on Ctrl-C or SIGTERM. Exit code 1: the configuration has faults, which are named with their keys.
    #[command(after_help = SERVE_EXAMPLES)]
    Serve(Serve),
    /// Run workflows without serving: a further worker on a shared PostgreSQL.
    ///
    /// Give it the configuration of the server: it needs the same forges, build systems and public address. Ends on Ctrl-C or
    /// SIGTERM after the calls that are under way.
    Worker {
        #[command(flatten)]
        common: Common,
    },
    #[command(after_help = CONSUME_EXAMPLES)]
    Consume(Consume),
    /// Bring the database to this version's schema, or show which migrations it has.
    ///
    /// Doing it again changes nothing. Commands that open a database of an older version do it too, `doctor` apart. Where there is
    /// no database of ours yet, `serve`, `worker`, `consume`, `replay`, `import`, `demo`, `token create` and `bench generate` make
    /// it, the SQLite file too; others refuse to.
    Migrate {
        #[command(flatten)]
        common: Common,
        /// Only show which migrations the database has; it has to be there.
        #[arg(long)]
        state: bool,
    },
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(Replay),
    /// Look at package configurations.
    Config {
        #[command(subcommand)]
        command: Config,
    },
    /// Show what release aliases stand for: fedora-all, epel-9, ...
    ///
    /// The release table ships with this program; --refresh replaces the database's copy by Bodhi's list of today, which the
    /// plan uses from then on.
    #[command(after_help = ALIASES_EXAMPLES)]
    Aliases(Aliases),
    /// Show the whole workflow of an event.
    #[command(after_help = SHOW_EXAMPLES)]
    Show {
        #[command(flatten)]
        common: Common,
        /// The event's id; or `event/ID`, `pipeline/ID`, or the address of one of their pages.
        #[arg(value_name = "EVENT|PIPELINE", required_unless_present = "origin")]
        what: Option<String>,
        /// The workflows that an imported row became part of, by its old table and id: copr_build_targets:2545.
        #[arg(long, value_name = "TABLE:ID", conflicts_with = "what")]
        origin: Option<String>,
        /// Print JSON, the same as /api/v1/events/ID/workflow (docs/workflow.md has every key).
        #[arg(long)]
        json: bool,
    },
    /// Look at what was delivered, and try again what came to nothing.
    #[command(after_help = INBOX_EXAMPLES)]
    Inbox {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        command: Inbox,
    },
    /// Cancel what has not ended; shows first what else that takes along.
    ///
    /// What is not submitted yet ends at once; what is, ends when its build system says so. What has ended stays as it is.
    #[command(after_help = CANCEL_EXAMPLES)]
    Cancel(Cancel),
    /// Do part of a workflow again, and exactly that part; `--dry-run` shows first what that is.
    ///
    /// Exit code 0: carried out, shown, or nothing to do. 1: refused, with the reason. 2: it could not be tried.
    #[command(after_help = RERUN_EXAMPLES)]
    Rerun(Rerun),
    /// Look at comments as commands.
    Comment {
        #[command(subcommand)]
        command: Comment,
    },
    /// Submit nothing new to a build system until `resume`; what is there is followed to its end.
    Pause {
        #[command(flatten)]
        common: Common,
        /// The build system, such as copr or testing-farm.
        system: String,
        /// Why, for those who see work waiting. Of a system that is paused already it replaces what was said before; without it, that stays.
        #[arg(long, value_parser = values::reason)]
        reason: Option<String>,
    },
    /// Let a paused build system go on.
    Resume {
        #[command(flatten)]
        common: Common,
        /// The build system, such as copr or testing-farm.
        system: String,
    },
    /// Say what is wrong with the configuration, the database and the outside systems, and what to do about it.
    ///
    /// Changes nothing outside; each configured forge and build system is asked one cheap question with its credentials. Exit
    /// code 0: nothing is wrong. 1: something is.
    #[command(after_help = DOCTOR_EXAMPLES)]
    Doctor {
        #[command(flatten)]
        common: Common,
        /// Derive every rule and stored status again from the rows; takes as long as the database is large.
        #[arg(long)]
        verify: bool,
    },
    /// Bring the history of a Packit Service here: its database's rows become workflows.
    Import(Import),
    /// Make, list and revoke the tokens that let programs call the API.
    #[command(after_help = TOKEN_EXAMPLES)]
    Token {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        command: Token,
    },
    Demo(Demo),
    /// Measure: fill a database with generated workflows, see how it answers the questions.
    Bench {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        command: Bench,
    },
    /// Run the simulator of GitHub, Copr, Testing Farm and Koji alone.
    ///
    /// What it holds is gone when it ends. docs/simulator.md tells what it answers and how to make it fail.
    Simulator(Simulator),
}
