//! A simulator, and other people's clients to drive it with.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::path::{Path, PathBuf};

use simulator::{Behaviour, Simulator, SimulatorConfig};

pub(crate) async fn simulator(behaviour: Behaviour) -> Simulator {
    Simulator::start(SimulatorConfig { behaviour, ..SimulatorConfig::default() }).await.unwrap()
}

/// The folder with the released clients' programs; none, and a line that says why, if they are not to be run.
pub(crate) fn peers(test: &str) -> Option<PathBuf> {
    if std::env::var_os("PACKFLOW_INTEROP").is_none_or(|value| value != "1") {
        println!("skipped: {test} runs released clients, only with PACKFLOW_INTEROP=1");
        return None;
    }
    let programs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/peers/venv/bin");
    assert!(
        programs.is_dir(),
        "{} is missing: make it with the copr and tft-cli packages",
        programs.display()
    );
    Some(programs)
}
