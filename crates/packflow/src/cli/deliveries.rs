//! Arguments of what looks at deliveries and takes them.

use std::path::PathBuf;

use clap::{Args, Subcommand};

pub(super) const REPLAY_EXAMPLES: &str = "Examples:
  packflow replay deliveries/ --json
  packflow replay pull_request.opened.json --config .packit.yaml
  packflow replay deliveries/ --config packflow.toml --database sqlite://try.sqlite";

pub(super) const INBOX_EXAMPLES: &str = "Examples:
  packflow inbox list --outcome refused
  packflow inbox show 7
  packflow inbox show 7 --body > delivery.json
  packflow inbox retry 7 9
  packflow inbox retry --refused --since 2026-03-01";

/// Take recorded deliveries as if they were delivered now.
///
/// PATH is a file, or a folder that is searched for .json files. INDEX.tsv (file, kind) and *.headers.json beside them are taken
/// for what they say about the deliveries.
///
/// Nothing is asked for a signature. Without a delivery header, a delivery's id is the SHA-256 of its source and body, so a
/// file replayed again is the same delivery and prints the same line.
///
/// Exit code 0: each delivery was taken, whatever came of it. 1: one was refused. 2: it could not be tried.
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
    /// of a .toml file say otherwise; spec files beside it are those of the repository. May be given twice.
    #[arg(long, value_name = "FILE", env = "PACKFLOW_CONFIG")]
    pub(crate) config: Vec<PathBuf>,
    /// Print a JSON object a line: file, outcome, event_id, reason.
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
        #[arg(long, default_value_t = 50, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
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
    /// Work once more on deliveries that came to no event.
    ///
    /// Such as one that was refused while its forge was away, or that was not handled yet: by an older version, or since nothing was
    /// configured that reads it. What became an event is not worked on again, whatever has changed since, also where no forge was
    /// configured that its configuration could be read at: replay its body, push again, or comment, where it started nothing (a
    /// redelivery by the forge is known here and does nothing); `packflow rerun EVENT` does again what it started.
    ///
    /// Exit code 0: each is worked on again; with --refused also where a body is not kept any more, which is told. 2: not so.
    Retry {
        /// Their ids.
        #[arg(required_unless_present = "refused", value_name = "ID")]
        ids: Vec<i64>,
        /// All that were refused.
        #[arg(long, conflicts_with = "ids")]
        refused: bool,
        /// Of those, what was received since this day (2026-03-01) or time (2026-03-01T12:00:00Z).
        #[arg(long, requires = "refused", value_name = "TIME")]
        since: Option<String>,
    },
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
