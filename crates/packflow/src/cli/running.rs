//! Arguments of what runs: servers, the demo, the simulator, benchmarks.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Common;

pub(super) const SERVE_EXAMPLES: &str = "Examples:
  packflow serve --config packflow.toml --check-config
  PACKFLOW_SERVER__LISTEN=0.0.0.0:8080 packflow serve --config packflow.toml
  packflow serve --config packflow.toml --database @/etc/packflow/database-url --no-worker";

pub(super) const CONSUME_EXAMPLES: &str = "Examples:
  packflow consume --config packflow.toml --check
  packflow consume --config packflow.toml --database @/etc/packflow/database-url
  PACKFLOW_LOG=info packflow consume --config packflow.toml";

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

/// See it work: a simulator, a server and realistic deliveries, with nothing to install.
///
/// The next start shows the workflows of this one, if they had ended. What had not ended cannot go on, since the simulator's
/// builds and tests are gone with it: then the demo begins anew by itself. Of two demos at a time each needs a database of its
/// own.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// The database, empty or an earlier demo's [default: a SQLite file in the user's data folder, which the next start
    /// continues].
    #[arg(long, value_name = "URL")]
    pub(crate) database: Option<String>,
    /// Where to listen; another port is taken if this one is.
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS:PORT")]
    pub(crate) listen: std::net::SocketAddr,
    /// End when all work has ended.
    #[arg(long)]
    pub(crate) once: bool,
    /// Begin anew, also where what an earlier demo left had ended: its SQLite file is removed, nobody else's.
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
