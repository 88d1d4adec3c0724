//! `packflow simulator`: the simulator alone.

use std::process::ExitCode;

use anyhow::{Context, Result};
use simulator::{Behaviour, Simulator, SimulatorConfig};

use crate::cli;

/// Runs the simulator until it is interrupted.
pub(super) async fn run(arguments: cli::Simulator) -> Result<ExitCode> {
    let behaviour = match &arguments.behaviour {
        None => Behaviour::default(),
        Some(file) => {
            let text =
                std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            serde_json::from_str(&text).with_context(|| file.display().to_string())?
        }
    };
    let config = SimulatorConfig { bind: arguments.listen, behaviour, ..SimulatorConfig::default() };
    let simulator =
        Simulator::start(config).await.with_context(|| format!("cannot listen on {}", arguments.listen))?;
    say!("GitHub         {}", simulator.github_url());
    say!("Copr           {}", simulator.copr_url());
    say!("Testing Farm   {}", simulator.testing_farm_url());
    say!("Koji           {}", simulator.koji_hub());
    say!("Bodhi          {}", simulator.bodhi_url());
    say!(
        "what it was sent: GET {0}/simulator/log; what it does: PUT {0}/simulator/behaviour",
        simulator.url()
    );
    super::interrupted().await;
    simulator.stop().await;
    Ok(ExitCode::SUCCESS)
}
