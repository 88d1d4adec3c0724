//! The command line: one binary, a sub-command for each thing it does. Here the rooms are wired together.

#[macro_use]
mod terminal;

mod cli;
mod commands;
mod configuration;
mod database;
mod logging;
mod operator;
mod spec_files;
mod wiring;

use std::process::ExitCode;

use clap::Parser;
use tracing::Level;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    logging::start(&cli.logging);
    // Every TLS connection of the process takes the same provider; a second call would be a mistake of ours.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::debug!("a TLS provider is installed already");
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            logging::tell(Level::ERROR, &format!("no runtime: {error}"));
            return ExitCode::from(2);
        }
    };
    match runtime.block_on(commands::run(cli.command)) {
        Ok(code) => code,
        Err(error) => {
            logging::tell(Level::ERROR, &terminal::chain(&error));
            ExitCode::from(2)
        }
    }
}
