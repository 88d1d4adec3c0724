//! The project's chores: `cargo xtask setup`, `cargo xtask test`, `cargo xtask ci`, `cargo xtask figures`.

mod browser;
mod ci;
mod command;
mod figures;
mod packages;
mod parts;
mod peers;
mod setup;
mod suites;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The project's chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what the tests need; says first what that is, and asks
    Setup(setup::Options),
    /// Run the tests, on both databases
    Test(suites::Options),
    /// Run what has to hold before a change is merged: formatting, lints, documentation, all tests
    Ci,
    /// Take all figures of docs/figures.md anew and print the page
    Figures,
}

fn main() -> Result<()> {
    match Arguments::parse().chore {
        Chore::Setup(options) => setup::run(&options),
        Chore::Test(options) => suites::run(&options),
        Chore::Ci => ci::run(),
        Chore::Figures => figures::run(),
    }
}
