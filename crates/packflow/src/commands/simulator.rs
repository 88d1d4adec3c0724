//! `packflow simulator`: the simulator alone.

use std::process::ExitCode;

use anyhow::{Context, Result};
use bus::{Certificates, Endpoint, Message};
use simulator::{Announcement, Behaviour, Simulator, SimulatorConfig};
use tokio::sync::{broadcast, mpsc};

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
    say!("GitLab         {}", simulator.gitlab_url());
    say!("Forgejo        {}", simulator.forgejo_url());
    say!("Pagure         {}", simulator.pagure_url());
    say!("Copr           {}", simulator.copr_url());
    say!("Testing Farm   {}", simulator.testing_farm_url());
    say!("Koji           {}", simulator.koji_hub());
    say!("Bodhi          {}", simulator.bodhi_url());
    say!(
        "what it was sent: GET {0}/simulator/log; what it does: PUT {0}/simulator/behaviour",
        simulator.url()
    );
    if let Some(broker) = &arguments.broker {
        let endpoint = Endpoint::new(broker, None, Certificates::default())
            .map_err(|error| anyhow::anyhow!("--broker {error}"))?;
        say!("messages       {endpoint}");
        tokio::spawn(publish(simulator.announcements(), endpoint));
    }
    super::interrupted().await;
    simulator.stop().await;
    Ok(ExitCode::SUCCESS)
}

/// Publishes what is announced, for as long as anything is.
async fn publish(mut announcements: broadcast::Receiver<Announcement>, endpoint: Endpoint) {
    // While the broker is away announcements wait, the oldest of very many excepted.
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(bus::relay(endpoint, EXCHANGE.to_owned(), receiver));
    loop {
        let announcement = match announcements.recv().await {
            Ok(announcement) => announcement,
            Err(broadcast::error::RecvError::Lagged(lost)) => {
                tracing::warn!(lost, "announcements were lost: the broker was away for too long");
                continue;
            }
            Err(broadcast::error::RecvError::Closed) => break,
        };
        if sender.send(Message::new(&announcement.topic, &announcement.body)).await.is_err() {
            break;
        }
    }
}

/// Where Fedora publishes.
const EXCHANGE: &str = "amq.topic";
