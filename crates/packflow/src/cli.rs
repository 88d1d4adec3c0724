//! The arguments. What is written here is what `--help` teaches.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use domain::ids::{StepId, TargetId};
use domain::words::{JobKind, Scope};

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

const SERVE_EXAMPLES: &str = "Examples:
  packflow serve --config packflow.toml --check-config
  PACKFLOW_SERVER__LISTEN=0.0.0.0:8080 packflow serve --config packflow.toml
  packflow serve --config packflow.toml --database @/etc/packflow/database-url --no-worker";

const CONSUME_EXAMPLES: &str = "Examples:
  packflow consume --config packflow.toml --check
  packflow consume --config packflow.toml --database @/etc/packflow/database-url
  PACKFLOW_LOG=info packflow consume --config packflow.toml";

const REPLAY_EXAMPLES: &str = "Examples:
  packflow replay deliveries/ --json
  packflow replay pull_request.opened.json --config .packit.yaml
  packflow replay deliveries/ --config packflow.toml --database sqlite://try.sqlite";

const ALIASES_EXAMPLES: &str = "Examples:
  packflow aliases --targets fedora-stable,epel-9
  packflow aliases --releases bodhi-releases.json --json
  packflow aliases --refresh";

const SHOW_EXAMPLES: &str = "Examples:
  packflow show 12
  packflow show pipeline/3 --json
  packflow show https://packflow.example.org/events/12";

const INBOX_EXAMPLES: &str = "Examples:
  packflow inbox list --outcome refused
  packflow inbox show 7
  packflow inbox show 7 --body > delivery.json
  packflow inbox retry 7";

const CANCEL_EXAMPLES: &str = "Examples:
  packflow cancel 12 --dry-run
  packflow cancel target/40 target/41 --yes";

const RERUN_EXAMPLES: &str = "Examples:
  packflow rerun 12 --failed --dry-run
  packflow rerun 12 --failed --plan HASH --idempotency-key retry-1
  packflow rerun 12 --target 40 41 --no-follow-ups
  packflow rerun 12 --kind test_run --identifier full --json";

const DOCTOR_EXAMPLES: &str = "Examples:
  packflow doctor --config packflow.toml
  packflow doctor --config packflow.toml --verify";

const TOKEN_EXAMPLES: &str = "Examples:
  packflow token create --name ci --scope rerun --scope cancel --days 90 > ci-token
  packflow token list
  packflow token revoke ci";

const CHECK_EXAMPLES: &str = "Examples:
  packflow config check .packit.yaml
  packflow config check packit__ogr.yaml --json
  packflow config check .packit.yaml --repo hello --json";

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
    /// Doing it again changes nothing. Commands that open a database do it too, `doctor` apart.
    Migrate {
        #[command(flatten)]
        common: Common,
        /// Only show which migrations the database has.
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
        /// Why, for those who see work waiting.
        #[arg(long)]
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
    /// See it work: a simulator, a server and realistic deliveries, with nothing to install.
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

/// Take messages of Fedora messaging into the inbox, and do nothing else.
///
/// `serve` and `worker` do it too where [bus] names a broker; this is for a database of several processes, so that messages are
/// taken while workers are replaced. Kept is what tells of work that is known here, or of what is ours; all else is dropped
/// before the database and counted (PACKFLOW_LOG=info tells each minute). A message is acknowledged once its row is written.
///
/// A broker that is away is tried again by itself, after half a second at first and every half minute later. Several may take
/// from one named queue; each message comes to one of them. Ends on Ctrl-C or SIGTERM.
#[derive(Debug, Args)]
pub(crate) struct Consume {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Only ask the broker whether messages could be taken: its address, our certificate, the exchange, the queue. Exit code 2
    /// if not.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Take recorded deliveries as if they were delivered now.
///
/// PATH is a file, or a folder that is searched for .json files. INDEX.tsv (file, kind) and *.headers.json beside them are taken
/// for what they say about the deliveries.
///
/// Nothing is asked for a signature. Without a delivery header, a delivery's id is the SHA-256 of its source and body, so a
/// file replayed again is the same delivery and prints the same line.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// Files with one recorded body each, and folders of them.
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// The database, as for the other commands.
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// A .toml file is the configuration of the service: its forges are asked for package configurations. A .yaml file is the
    /// package configuration of every project, and you vouch for the deliveries: they may start work unless the access rules
    /// of a .toml file say otherwise. May be given twice.
    #[arg(long, value_name = "FILE", env = "PACKFLOW_CONFIG")]
    pub(crate) config: Vec<PathBuf>,
    /// Print a JSON object a line: file, outcome, event_id, reason.
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Config {
    /// Check a package configuration (.packit.yaml): every fault with line, column, key and the nearest known one.
    ///
    /// Exit code 0: valid. 1: refused. 2: the file cannot be read.
    #[command(after_help = CHECK_EXAMPLES)]
    Check {
        /// No database is needed; taken since every command takes it.
        #[arg(long, value_name = "URL", hide = true)]
        database: Option<String>,
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
        #[arg(long, value_name = "OUTCOME")]
        outcome: Option<String>,
        /// At most this many.
        #[arg(long, default_value_t = 50, value_name = "NUMBER")]
        limit: u32,
        /// Only those with a smaller id: what follows a full list.
        #[arg(long, value_name = "ID")]
        before: Option<i64>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Show one delivery: who sent it when, how often it was tried, what came of it.
    Show {
        /// Its id.
        id: i64,
        /// Print only its body, as it was received.
        #[arg(long)]
        body: bool,
    },
    /// Work once more on a delivery that came to no event: after an outage, or when a forge or access rule was added.
    Retry {
        /// Its id.
        id: i64,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Token {
    /// Make a token. It is printed once, and only its hash is kept.
    Create {
        /// Its name: what is done with it is done by this name.
        #[arg(long)]
        name: String,
        /// What it may be used for: read (what is public, where reading is not open), read_all (every project), rerun, cancel,
        /// admin (all of it). May be given several times; each of them lets read.
        #[arg(long = "scope", required = true, value_delimiter = ',', value_name = "SCOPE")]
        scopes: Vec<Scope>,
        /// It ends after so many days.
        #[arg(long, default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3650))]
        days: u16,
        /// It never ends by itself.
        #[arg(long, conflicts_with = "days")]
        no_expiry: bool,
    },
    /// List all tokens, also those that ended: scopes, who made them, when they were last used.
    List {
        /// Print JSON.
        #[arg(long)]
        json: bool,
    },
    /// Revoke a token: it is nobody's from now on.
    Revoke {
        /// Its name.
        name: String,
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
    #[arg(long, conflicts_with_all = ["dry_run", "since", "report"])]
    pub(crate) verify: bool,
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
    /// Names this request among yours: asked once more, it is answered as it was the first time.
    #[arg(long, value_name = "KEY")]
    pub(crate) idempotency_key: Option<String>,
    /// Why, for those who wonder later.
    #[arg(long)]
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
    /// These targets, which must be newest attempts.
    #[arg(long = "target", num_args = 1.., value_name = "TARGET")]
    pub(crate) targets: Vec<TargetId>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Comment {
    /// Say which command a comment is: the first line that begins with the prefix and has a further word.
    ///
    /// Exit code 0: a command, or none. 1: a syntax error.
    Parse {
        /// The word that a command begins with.
        #[arg(long, default_value = "/packit")]
        prefix: String,
        /// The comment.
        #[arg(allow_hyphen_values = true)]
        text: String,
        /// Print JSON: result, words, and for a command its arguments.
        #[arg(long)]
        json: bool,
    },
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
    /// A broker to publish to what builds do, as Copr does over Fedora messaging: amqp://guest:guest@127.0.0.1/%2F.
    #[arg(long, value_name = "URL")]
    pub(crate) broker: Option<String>,
}
