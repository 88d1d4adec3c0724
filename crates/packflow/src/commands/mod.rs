//! One file per sub-command.

mod aliases;
mod bench;
mod cancel;
mod comment;
mod config_check;
mod consume;
mod demo;
mod doctor;
mod import;
mod inbox;
mod migrate;
mod pause;
mod replay;
mod rerun;
mod serve;
mod show;
mod simulator;
mod token;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Result;
use engine::Engine;
use web::{Identity, Metrics, Sites, WebState};

use crate::cli::{Command, Comment, Config};
use crate::wiring::{Doors, EngineActions, EngineCallbacks};

/// Runs a command.
pub(crate) async fn run(command: Command) -> Result<ExitCode> {
    match command {
        Command::Serve(arguments) => serve::serve(arguments).await,
        Command::Worker { common } => serve::worker(&common).await,
        Command::Consume(arguments) => consume::run(arguments).await,
        Command::Migrate { common, state } => migrate::run(&common, state).await,
        Command::Replay(arguments) => replay::run(arguments).await,
        Command::Config { command: Config::Check { file, repo, json, .. } } => {
            config_check::run(&file, repo.as_deref(), json)
        }
        Command::Aliases(arguments) => aliases::run(arguments).await,
        Command::Show { common, what, origin, json } => {
            show::run(&common, what.as_deref(), origin.as_deref(), json).await
        }
        Command::Inbox { common, command } => inbox::run(&common, command).await,
        Command::Cancel(arguments) => cancel::run(arguments).await,
        Command::Rerun(arguments) => rerun::run(arguments).await,
        Command::Comment { command: Comment::Parse { prefix, text, json } } => {
            comment::run(&prefix, &text, json)
        }
        Command::Pause { common, system, reason } => pause::pause(&common, &system, reason.as_deref()).await,
        Command::Resume { common, system } => pause::resume(&common, &system).await,
        Command::Doctor { common, verify } => doctor::run(&common, verify).await,
        Command::Import(arguments) => import::run(arguments).await,
        Command::Token { common, command } => token::run(&common, command).await,
        Command::Demo(arguments) => demo::run(arguments).await,
        Command::Bench { common, command } => bench::run(&common, command).await,
        Command::Simulator(arguments) => simulator::run(arguments).await,
    }
}

/// What the web needs of an engine.
fn web_state(
    engine: &Engine,
    doors: Doors,
    sites: Sites,
    identity: Identity,
    bus: Option<Arc<dyn web::Line>>,
    metrics: Metrics,
    public_url: String,
) -> WebState {
    WebState {
        db: engine.db.clone(),
        github: doors.github,
        gitlab: doors.gitlab,
        forgejo: doors.forgejo,
        actions: Arc::new(EngineActions(engine.clone())),
        identity,
        sites,
        callbacks: Arc::new(EngineCallbacks(engine.clone())),
        bus,
        wake: engine.wake.inbox_notify(),
        metrics,
        public_url,
        version: env!("CARGO_PKG_VERSION"),
    }
}

/// Ends when the process is asked to: Ctrl-C, or a service manager's SIGTERM.
async fn interrupted() {
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

/// Who sits at this terminal, as far as the system knows.
fn person() -> String {
    ["SUDO_USER", "USER", "LOGNAME"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|name| !name.is_empty()))
        .unwrap_or_else(|| "the command line".to_owned())
}
