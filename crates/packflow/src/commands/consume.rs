//! `packflow consume`, and the consumer beside a worker.

use std::process::ExitCode;

use anyhow::{Result, bail};
use bus::{Consumer, Subscription};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::cli::Consume;
use crate::commands::serve::{Service, configured};
use crate::terminal::clean;
use crate::wiring;

/// Takes messages into the inbox, until it is interrupted.
pub(super) async fn run(arguments: Consume) -> Result<ExitCode> {
    let Some((configuration, public_url)) = configured(&arguments.common)? else {
        return Ok(ExitCode::from(1));
    };
    let Some(subscription) = wiring::subscription(&configuration)? else {
        bail!("no bus is configured: bus.url names the broker (docs/operating.md)");
    };
    if arguments.check {
        say!("{}", clean(&subscription.check().await?));
        return Ok(ExitCode::SUCCESS);
    }
    let service = Service::wire(&arguments.common, &configuration, &public_url).await?;
    let database = service.engine.db.url().to_string();
    say!("packflow takes messages of {} into the database {}", subscription.endpoint, clean(&database));
    let consuming = Consuming::start(wiring::consumer(&service.engine, subscription));
    super::interrupted().await;
    consuming.stop().await;
    service.engine.db.close().await;
    Ok(ExitCode::SUCCESS)
}

/// A consumer that runs beside something else.
#[derive(Debug)]
pub(super) struct Consuming {
    stop: CancellationToken,
    task: JoinHandle<()>,
    pub(super) standings: bus::Standings,
}

impl Consuming {
    pub(super) fn start(consumer: Consumer) -> Self {
        let (stop, standings) = (CancellationToken::new(), consumer.standings());
        let task = tokio::spawn(consumer.run(stop.clone()));
        Self { stop, task, standings }
    }

    /// Starts one if a broker is configured.
    pub(super) fn beside(engine: &engine::Engine, subscription: Option<Subscription>) -> Option<Self> {
        subscription.map(|subscription| Self::start(wiring::consumer(engine, subscription)))
    }

    /// Lets the message in hand be kept, and ends.
    pub(super) async fn stop(self) {
        self.stop.cancel();
        if let Err(error) = self.task.await {
            tracing::error!(%error, "the consumer ended without an end");
        }
    }
}
