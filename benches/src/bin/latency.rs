//! How long it takes from a delivery, or from a click that asks for a rerun, to the submission at the build system, while nothing
//! else is to be done.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use benches::{
    DatabaseOption, Kind, Outside, Sender, Service, ServiceOptions, Spread, Table, milliseconds, repeat,
    section, shapes, unfinished,
};
use chrono::{DateTime, Utc};
use clap::Parser;
use domain::ids::EventId;
use domain::words::JobKind;
use secrecy::ExposeSecret;
use serde_json::json;
use simulator::{Behaviour, System};
use store::tokens::{self, NewToken};
use store::{Db, reads};

/// How often it is looked whether a workflow has ended.
const LOOK: Duration = Duration::from_millis(25);
/// A workflow that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(20);

/// From a delivery to its submission, at rest.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseOption,
    /// Deliveries, one after another
    #[arg(long, default_value_t = 200)]
    deliveries: usize,
    /// Milliseconds of rest between the end of a workflow and the next delivery
    #[arg(long, default_value_t = 50)]
    pause: u64,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    section(
        "From a delivery to its submission, at rest",
        &format!(
            "From the moment that GitHub begins to send a delivery to the moment that Copr receives the build of its source \
             package and first chroots: {} deliveries to `packflow serve`, each {} ms after the one before has been carried \
             through; forge and build systems are the simulator, without latency. In between lie the reading of the \
             configuration at the forge and the making of the project in Copr. Aim: under 1 s.",
            arguments.deliveries, arguments.pause
        ),
    );
    let columns = ["database", "p50", "p99", "longest"];
    let (mut deliveries, mut clicks, mut answers) =
        (Table::new(&columns), Table::new(&columns), Table::new(&columns));
    for kind in arguments.database.kinds().await? {
        measure(&arguments, &kind, [&mut deliveries, &mut clicks, &mut answers]).await?;
    }
    deliveries.print();
    repeat("latency");
    section(
        "From a click to its submission, at rest",
        "Then one chroot of each of these workflows is redone by a request to the API, one after another: from the moment that it is \
         sent to the moment that Copr receives the new build, of the source package that is there.",
    );
    clicks.print();
    println!("\nThe answers to these requests, after which the rerun is kept whatever happens:\n");
    answers.print();
    repeat("latency");
    Ok(())
}

async fn measure(
    arguments: &Arguments,
    kind: &Kind,
    [deliveries, clicks, answers]: [&mut Table; 3],
) -> Result<()> {
    let place = kind.place().await?;
    let outside = Outside::start(Behaviour::immediate(), 0, arguments.deliveries, shapes::WORKFLOW).await?;
    let options = ServiceOptions { workers: 1, poll_at_least_seconds: Some(0.01) };
    let service = Service::start(&place, &outside, options).await?;
    let sender = Sender::new(&service.url)?;
    let mut sent = Vec::new();
    for number in 0..arguments.deliveries {
        let body = shapes::delivery(number, number + 1);
        tokio::time::sleep(Duration::from_millis(arguments.pause)).await;
        sent.push(Utc::now());
        sender.send(&format!("measured-{number}"), body).await?;
        rest(&place.db, number + 1).await?;
    }
    let builds: Vec<_> = outside.began().into_iter().filter(|entry| entry.system == System::Copr).collect();
    let mut took = Vec::new();
    for (number, sent) in sent.iter().enumerate() {
        // Each delivery is of a project of its own, which names the project in Copr.
        let project = shapes::project(number);
        let build = builds.iter().find(|entry| entry.body.to_string().contains(&project));
        let build = build.with_context(|| format!("no build of {project} was submitted"))?;
        took.push((build.at - *sent).to_std().context("a submission came before its delivery")?);
    }
    row(deliveries, kind, took);
    let (submitted, answered) = click(arguments, &place.db, &outside, &service.url).await?;
    row(clicks, kind, submitted);
    row(answers, kind, answered);
    drop(service);
    place.db.close().await;
    Ok(())
}

fn row(table: &mut Table, kind: &Kind, took: Vec<Duration>) {
    let spread = Spread::of(took);
    table.row(&[
        kind,
        &milliseconds(spread.percentile(50)),
        &milliseconds(spread.percentile(99)),
        &milliseconds(spread.longest()),
    ]);
}

/// Redoes a build of each event. How long it took until it was submitted, and until it was answered.
async fn click(
    arguments: &Arguments,
    db: &Db,
    outside: &Outside,
    url: &str,
) -> Result<(Vec<Duration>, Vec<Duration>)> {
    let scopes = "rerun".parse().map_err(|_| anyhow::anyhow!("there is no scope rerun"))?;
    let token = NewToken { name: "measured", scopes: &scopes, created_by: "measured", expires_at: None };
    let token = tokens::create(db, token, Utc::now()).await?.context("there is a token of this name")?;
    let http = reqwest::Client::builder().pool_max_idle_per_host(1).timeout(LONGEST).build()?;
    let (mut submitted, mut answered) = (Vec::new(), Vec::new());
    for number in 1..=arguments.deliveries {
        let event = i64::try_from(number)?;
        let view = reads::workflow(db, EventId(event)).await?.context("an event is missing")?;
        let build = view.targets.iter().find(|target| target.kind == JobKind::CoprBuild);
        let build = build.context("a workflow has no build")?.id;
        let before = outside.began().len();
        tokio::time::sleep(Duration::from_millis(arguments.pause)).await;
        let request = http
            .post(format!("{url}/api/v1/reruns"))
            .bearer_auth(token.expose_secret())
            .json(&json!({ "event": event, "selection": { "targets": [build] } }));
        let (at, began): (DateTime<Utc>, _) = (Utc::now(), Instant::now());
        let answer = request.send().await?;
        answered.push(began.elapsed());
        ensure!(answer.status().as_u16() == 201, "rerun of event {event}: {}", answer.text().await?);
        rest(db, arguments.deliveries).await?;
        let began = outside.began();
        let build = began[before..].iter().find(|entry| entry.path.ends_with("/build/create/url"));
        let build = build.with_context(|| format!("nothing of event {event} was submitted"))?;
        submitted.push((build.at - at).to_std().context("a submission came before its click")?);
    }
    Ok((submitted, answered))
}

/// Waits until nothing is left to do for so many deliveries.
async fn rest(db: &Db, deliveries: usize) -> Result<()> {
    let started = Instant::now();
    while unfinished(db, deliveries).await?.0 > 0 {
        ensure!(
            started.elapsed() < LONGEST,
            "delivery {deliveries} was not carried through in {} s",
            LONGEST.as_secs()
        );
        tokio::time::sleep(LOOK).await;
    }
    Ok(())
}
