//! The arguments. What is written here is what `--help` teaches.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

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
    #[arg(long, global = true, env = "PACKFLOW_LOG", default_value = "warn", value_name = "LEVELS")]
    pub(crate) log: String,
    /// Log a JSON object a line.
    #[arg(long, global = true, env = "PACKFLOW_LOG_JSON")]
    pub(crate) log_json: bool,
}

/// The database and the configuration that a command works with.
#[derive(Debug, Clone, Args)]
pub(crate) struct Common {
    /// The database: sqlite://PATH, postgres://USER@HOST/NAME, or @FILE for a file that holds one of these
    /// [default: database.url of the configuration, else a SQLite file in the user's data folder].
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// The configuration file (TOML; see docs/operating.md). Keys can be overridden by environment variables such as
    /// PACKFLOW_SERVER__LISTEN.
    #[arg(long, value_name = "FILE", env = "PACKFLOW_CONFIG")]
    pub(crate) config: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take deliveries, run workflows, and show them: server and worker in one process.
    Serve(Serve),
    /// Run workflows without serving: a further worker on a shared PostgreSQL.
    Worker {
        #[command(flatten)]
        common: Common,
    },
    /// Bring the database to this version's schema, or show which migrations it has.
    Migrate {
        #[command(flatten)]
        common: Common,
        /// Only show which migrations the database has.
        #[arg(long)]
        state: bool,
    },
    /// Take recorded deliveries as if they were delivered now.
    Replay(Replay),
    /// Look at package configurations.
    Config {
        #[command(subcommand)]
        command: Config,
    },
    /// Show what release aliases stand for: fedora-all, epel-9, ...
    Aliases(Aliases),
    /// Show the whole workflow of an event.
    Show {
        #[command(flatten)]
        common: Common,
        /// The event's id; or `event/ID`, `pipeline/ID`, or the address of one of their pages.
        #[arg(value_name = "EVENT|PIPELINE")]
        what: String,
        /// Print JSON, the same as /api/v1/events/ID/workflow.
        #[arg(long)]
        json: bool,
    },
    /// Look at what was delivered, and try again what came to nothing.
    Inbox {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        command: Inbox,
    },
    /// Cancel what has not ended; shows first what else that takes along.
    Cancel(Cancel),
    /// Submit nothing new to a build system until `resume`; what is there is followed to its end.
    Pause {
        #[command(flatten)]
        common: Common,
        /// The build system: copr, testing-farm, koji, bodhi, ...
        system: String,
        /// Why, for those who see work waiting.
        #[arg(long)]
        reason: Option<String>,
    },
    /// Let a paused build system go on.
    Resume {
        #[command(flatten)]
        common: Common,
        /// The build system: copr, testing-farm, koji, bodhi, ...
        system: String,
    },
    /// Say what is wrong with the configuration, the database and the outside systems, and what to do about it.
    Doctor {
        #[command(flatten)]
        common: Common,
        /// Derive every rule and stored status again from the rows; takes as long as the database is large.
        #[arg(long)]
        verify: bool,
    },
    /// See it work: a simulator, a server and realistic deliveries, with nothing to install.
    Demo(Demo),
    /// Measure: fill a database with generated workflows, see how it answers the questions.
    Bench {
        #[command(flatten)]
        common: Common,
        #[command(subcommand)]
        command: Bench,
    },
    /// Run the simulator of GitHub, Copr and Testing Farm alone.
    Simulator(Simulator),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// Add generated events and workflows, of the shape of Packit's production. Not to a database that you want to keep.
    Generate {
        /// How many events; nine in ten start a workflow, of about twelve targets.
        #[arg(long)]
        events: u64,
        /// What chance begins with: the same seed on an empty database gives the same rows.
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Ask every question of the dashboard about the busiest project, and print how the database answers, as Markdown.
    Queries,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Where to listen [default: server.listen of the configuration, else 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) listen: Option<String>,
    /// Name each fault of the configuration with its key, and start nothing.
    #[arg(long)]
    pub(crate) check_config: bool,
    /// Only take deliveries and show; leave the work to `packflow worker`.
    #[arg(long)]
    pub(crate) no_worker: bool,
}

/// Recorded deliveries: files, or folders that are searched for .json files. INDEX.tsv (file, kind) and *.headers.json beside
/// them are taken for what they say about the deliveries.
///
/// Nothing is asked for a signature. Without a delivery header, a delivery's id is the SHA-256 of its source and body, so a
/// file replayed again is the same delivery and prints the same line.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Files and folders.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The database, as for the other commands.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// A .toml file is the configuration of the service: its forges are asked for package configurations. A .yaml file is the
    /// package configuration of every project, and you vouch for the deliveries: they may start work unless the access rules
    /// of a .toml file say otherwise. May be given twice.
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Vec<PathBuf>,
    /// Print a JSON object a line: file, outcome, event_id, reason.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Check a .packit.yaml: every fault with line, column, key and the nearest known one.
    ///
    /// Exit code 0: valid. 1: refused. 2: the file cannot be read.
    Check {
        /// The file.
        file: PathBuf,
        /// The repository's name, which is the package's by default [default: the part after `__` of the file's name, else
        /// the folder's name].
        #[arg(long, value_name = "NAME")]
        repo: Option<String>,
        /// Print JSON: the packages and the jobs with all values filled in, or the faults.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Aliases {
    #[command(flatten)]
    pub(crate) common: Common,
    /// A release list as Bodhi gives it, instead of the stored one.
    #[arg(long, value_name = "FILE")]
    pub(crate) releases: Option<PathBuf>,
    /// Also show what these targets and branches stand for, divided by commas.
    #[arg(long, value_delimiter = ',', value_name = "A,B,...")]
    pub(crate) targets: Vec<String>,
    /// Read the release list from Bodhi now, and store it.
    #[arg(long)]
    pub(crate) refresh: bool,
    /// Print JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Inbox {
    /// List deliveries, newest first.
    List {
        /// Only those that came to this: accepted, nothing_planned, ignored, not_handled_yet, refused; or `pending`.
        #[arg(long)]
        outcome: Option<String>,
        /// At most this many.
        #[arg(long, default_value_t = 50)]
        limit: u32,
        /// Only those with a smaller id.
        #[arg(long)]
        before: Option<i64>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one delivery.
    Show {
        /// Its id.
        id: i64,
        /// Print only its body, as it was received.
        #[arg(long)]
        body: bool,
    },
    /// Work once more on a delivery that came to no event.
    Retry {
        /// Its id.
        id: i64,
    },
}

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
pub(crate) struct Demo {
    /// The database [default: a SQLite file in the user's data folder, which the next start continues].
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Where to listen; another port is taken if this one is.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(crate) listen: std::net::SocketAddr,
    /// End when all work has ended.
    #[arg(long)]
    pub(crate) once: bool,
    /// Begin anew: what an earlier demo left is removed.
    #[arg(long)]
    pub(crate) fresh: bool,
    /// Print the workflows as JSON when all work has ended (implies --once).
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Simulator {
    /// Where to listen.
    #[arg(long, default_value = "127.0.0.1:8090", value_name = "ADDRESS:PORT")]
    pub(crate) listen: std::net::SocketAddr,
    /// What it does: a JSON file, as for PUT /simulator/behaviour.
    #[arg(long, value_name = "FILE")]
    pub(crate) behaviour: Option<PathBuf>,
}
