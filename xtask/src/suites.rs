//! The test suites: the quick tests of all crates, those with foreign clients, the long runs.

use anyhow::Result;
use test_support::{Cluster, Programs, TEST_POSTGRES_VARIABLE};

use crate::command::{cargo, run as run_command, workspace_root};
use crate::parts::Parts;
use crate::setup;

/// Which suites `cargo xtask test` runs besides the quick tests.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Also drive the foreign clients against the simulator (`crates/*/tests/interop_*.rs`)
    #[arg(long)]
    pub(crate) interop: bool,
    /// Also run the long runs with crashes and outages (`crates/*/tests/soak_*.rs`)
    #[arg(long)]
    pub(crate) soak: bool,
}

/// `cargo xtask test`
pub(crate) fn run(options: &Options) -> Result<()> {
    let mut parts = Parts::default();
    let result = run_parts(options, &mut parts);
    parts.print();
    result
}

/// Runs the suites as parts of a longer run.
pub(crate) fn run_parts(options: &Options, parts: &mut Parts) -> Result<()> {
    parts.run("setup check", setup::check_before_tests)?;
    let cargo_test = CargoTest { offline: setup::dependencies_are_fetched(), server: None };
    parts.run("build", || cargo_test.run(&["--no-run"], None))?;
    // One server for all test programs; it ends with this function.
    let server = parts.run("start PostgreSQL", start_postgres)?;
    let cargo_test = CargoTest { server: server.as_ref(), ..cargo_test };
    parts.run("tests", || cargo_test.run(&["--no-fail-fast"], None))?;
    if options.interop {
        parts.run("tests with foreign clients", || cargo_test.named("interop_", "PACKFLOW_INTEROP"))?;
    }
    if options.soak {
        parts.run("long runs", || cargo_test.named("soak_", "PACKFLOW_SOAK"))?;
    }
    Ok(())
}

/// Without PostgreSQL its tests skip themselves by name.
fn start_postgres() -> Result<Option<Cluster>> {
    if std::env::var_os(TEST_POSTGRES_VARIABLE).is_some() {
        println!("{TEST_POSTGRES_VARIABLE} names a server");
        return Ok(None);
    }
    Programs::find().as_ref().map(Cluster::start).transpose()
}

/// `cargo test` for the whole workspace.
struct CargoTest<'server> {
    /// Nothing is fetched any more: the run shows that it needs no network.
    offline: bool,
    server: Option<&'server Cluster>,
}

impl CargoTest<'_> {
    /// Runs the tests; `switch` is a variable that asks for the guarded ones.
    fn run(&self, arguments: &[&str], switch: Option<&str>) -> Result<()> {
        let mut command = cargo(&["test", "--workspace", "--locked"]);
        if self.offline {
            command.arg("--offline");
        }
        if let Some(server) = self.server {
            command.env(TEST_POSTGRES_VARIABLE, server.url());
        }
        if let Some(switch) = switch {
            command.env(switch, "1");
        }
        run_command(command.args(arguments))
    }

    /// Runs the test programs whose name starts with `prefix`, all of them, with their switch on.
    fn named(&self, prefix: &str, switch: &str) -> Result<()> {
        let names = test_programs(prefix)?;
        if names.is_empty() {
            println!("no test program is named {prefix}*");
            return Ok(());
        }
        let mut arguments = vec!["--no-fail-fast"];
        for name in &names {
            arguments.extend(["--test", name]);
        }
        self.run(&arguments, Some(switch))
    }
}

/// The names of the files `crates/*/tests/PREFIX*.rs`, sorted.
fn test_programs(prefix: &str) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for crate_folder in std::fs::read_dir(workspace_root().join("crates"))? {
        let Ok(tests) = std::fs::read_dir(crate_folder?.path().join("tests")) else { continue };
        for test in tests {
            let file = test?.file_name();
            let name = file.to_str().and_then(|name| name.strip_suffix(".rs"));
            names.extend(name.filter(|name| name.starts_with(prefix)).map(str::to_owned));
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}
