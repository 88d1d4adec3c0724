//! What it costs to look once at everything that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use benches::{
    DatabaseOption, Kind, Outside, Place, SIMULATOR_THREADS, Table, cpu_time, cpu_time_of_threads, repeat,
    section, shapes,
};
use builders::Builder;
use builders::copr::{Copr, CoprConfig};
use builders::testing_farm::{TestingFarm, TestingFarmConfig};
use chrono::{TimeDelta, Utc};
use clap::Parser;
use domain::access::AccessRules;
use domain::ids::EventId;
use domain::words::TargetStatus;
use engine::{Builders, Clock, Engine, Readers, Settings, Tasks, Wake};
use forges::github::{Credentials, GithubClient};
use forges::{Forge, Reader};
use secrecy::SecretString;
use simulator::{Accounts, Behaviour, Latencies};
use store::inbox::{self, NewDelivery};
use store::{Db, queue_fill, reads, workflows};

/// Builds and tests run for longer than the measurement takes.
const LONG_MS: u64 = 24 * 60 * 60 * 1000;
/// The pause between two looks at a submission; the clock is set forward by more than that.
const POLL: Duration = Duration::from_secs(60 * 60);
/// Chroots, or tests, that run in each workflow.
const RUNNING_IN_EACH: usize = 5;
/// A step that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(120);

/// The cost of polling everything that runs, once.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseOption,
    /// Running targets
    #[arg(long, default_value_t = 1_000)]
    targets: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    section(
        "Polling",
        "Everything that runs is due at once and is looked at once by one worker, at the simulator in the same process; nothing \
         has changed there. Targets that ride on one Copr build are looked at together; Testing Farm is asked for each test. CPU \
         time is that of the worker, without the simulator's and PostgreSQL's.",
    );
    let mut table = Table::new(&[
        "running targets",
        "database",
        "submissions",
        "requests",
        "time",
        "CPU time",
        "statements",
        "statements per submission",
    ]);
    for kind in arguments.database.kinds().await? {
        for (what, configuration) in
            [("chroots in Copr", shapes::WORKFLOW), ("tests in Testing Farm", shapes::TESTS_ALONE)]
        {
            measure(&arguments, &kind, what, configuration, &mut table).await?;
        }
    }
    table.print();
    repeat("polls");
    Ok(())
}

async fn measure(
    arguments: &Arguments,
    kind: &Kind,
    what: &str,
    configuration: &str,
    table: &mut Table,
) -> Result<()> {
    let place = kind.place().await?;
    let latencies = Latencies { build_ms: LONG_MS, test_ms: LONG_MS, spread_percent: 0, ..Latencies::ZERO };
    let behaviour = Behaviour { latencies, ..Behaviour::default() };
    let events = arguments.targets.div_ceil(RUNNING_IN_EACH);
    let outside = Outside::start(behaviour, 0, events, configuration).await?;
    let engine = engine(place.db.clone(), &outside)?;
    let submissions = begin(&engine, &place, events).await?;

    let before = (outside.calls(), engine.db.statements(), worker_cpu_time()?);
    engine.clock.advance(TimeDelta::from_std(POLL * 2)?);
    let started = Instant::now();
    look_at_all(&engine, &place).await?;
    let elapsed = started.elapsed();
    let cpu = worker_cpu_time()?.saturating_sub(before.2);
    let statements = engine.db.statements() - before.1;
    table.row(&[
        &format!("{} {what}", events * RUNNING_IN_EACH),
        kind,
        &submissions,
        &(outside.calls() - before.0),
        &format!("{:.2} s", elapsed.as_secs_f64()),
        &format!("{:.2} s", cpu.as_secs_f64()),
        &statements,
        &format!("{:.1}", statements as f64 / submissions as f64),
    ]);
    end_all(&engine, events).await?;
    place.db.close().await;
    Ok(())
}

/// Ends what runs, so that on a named database the next measurement begins with nothing under way.
async fn end_all(engine: &Engine, events: usize) -> Result<()> {
    let now = engine.clock.now();
    for event in open_events(&engine.db, events).await? {
        workflows::change(&engine.db, event, now, |workflow| {
            let open: BTreeSet<_> =
                workflow.targets.values().filter_map(|target| target.submission).collect();
            for submission in open {
                workflow.end(submission, TargetStatus::Canceled, "the measurement has ended", now);
            }
        })
        .await?;
    }
    Ok(())
}

/// Starts the workflows and waits until everything runs that is to run. Says how many submissions that is.
async fn begin(engine: &Engine, place: &Place, events: usize) -> Result<usize> {
    for number in 0..events {
        let delivery = NewDelivery {
            source: "github.com",
            delivery_id: &format!("measured-{number}-{}", Utc::now().timestamp_micros()),
            kind: "pull_request",
            received_at: engine.clock.now(),
            body: &shapes::delivery(number, number + 1),
            settled: None,
        };
        inbox::receive(&place.db, &delivery).await?;
    }
    let tasks = Tasks::start(engine);
    wait_until(place, events, |target| target.external_id.is_some()).await?;
    engine.clock.advance(TimeDelta::from_std(POLL * 2)?);
    engine.wake.workflow();
    wait_until(place, events, |target| target.status == TargetStatus::Running).await?;
    tasks.stop().await;
    let mut running = 0;
    for event in open_events(&place.db, events).await? {
        running +=
            submissions_of(&place.db, event, |target| target.status == TargetStatus::Running).await?.len();
    }
    Ok(running)
}

/// Waits until in each workflow so many targets are as they should be.
async fn wait_until(place: &Place, events: usize, is: impl Fn(&reads::TargetView) -> bool) -> Result<()> {
    let started = Instant::now();
    loop {
        let open = open_events(&place.db, events).await?;
        let mut ready = 0;
        for event in &open {
            let counts = submissions_of(&place.db, *event, &is).await?;
            ready += usize::from(counts.values().sum::<usize>() >= RUNNING_IN_EACH);
        }
        if ready == events {
            return Ok(());
        }
        if started.elapsed() > LONGEST {
            bail!("after {} s, {ready} of {events} workflows run", LONGEST.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn open_events(db: &Db, events: usize) -> Result<Vec<EventId>> {
    let everything = reads::EventFilter::default();
    let page = reads::events(db, &reads::Viewer::Public, &everything, None, i64::try_from(events)?).await?;
    let rows = page.rows;
    Ok(rows.into_iter().map(|row| EventId(row.id)).collect())
}

/// The submissions of an event with how many of their targets are so.
async fn submissions_of(
    db: &Db,
    event: EventId,
    is: impl Fn(&reads::TargetView) -> bool,
) -> Result<BTreeMap<i64, usize>> {
    let mut found = BTreeMap::new();
    for target in reads::workflow(db, event).await?.into_iter().flat_map(|workflow| workflow.targets) {
        if let Some(submission) = target.submission_id.filter(|_| is(&target)) {
            *found.entry(submission).or_default() += 1;
        }
    }
    Ok(found)
}

/// Lets a worker look at everything that is due.
async fn look_at_all(engine: &Engine, place: &Place) -> Result<()> {
    // Looks of ours are not to be counted among the worker's.
    let db = Db::open(place.db.url()).await?;
    let started = Instant::now();
    let tasks = Tasks::start(engine);
    let is_due = async || anyhow::Ok(queue_fill::due(&db, engine.clock.now()).await? > 0);
    while is_due().await? {
        if started.elapsed() > LONGEST {
            bail!("after {} s, submissions are still due", LONGEST.as_secs());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // All are claimed; this waits for the calls that are under way, and gives back what it could not wait for.
    tasks.stop().await;
    if is_due().await? {
        bail!("calls did not end");
    }
    db.close().await;
    Ok(())
}

/// The CPU time of all threads but the simulator's.
fn worker_cpu_time() -> Result<Duration> {
    Ok(cpu_time()?.saturating_sub(cpu_time_of_threads(SIMULATOR_THREADS)?))
}

/// The real clients, pointed at the simulator; submissions are looked at when the clock is set forward, and not before.
fn engine(db: Db, outside: &Outside) -> Result<Engine> {
    let (simulator, accounts) = (outside.simulator(), Accounts::default());
    let token = Credentials::Token(SecretString::from(accounts.github_token));
    let github: Arc<dyn Forge> = Arc::new(GithubClient::new("github.com", &simulator.github_url(), token)?);
    let copr = Copr::new(CoprConfig {
        url: simulator.copr_url(),
        ..CoprConfig::new(
            accounts.copr_user,
            SecretString::from(accounts.copr_login),
            SecretString::from(accounts.copr_token),
        )
    })?;
    let farm = TestingFarm::new(TestingFarmConfig {
        url: simulator.testing_farm_url(),
        ..TestingFarmConfig::new(SecretString::from(accounts.testing_farm_key))
    })?;
    let mut builders = Builders::new();
    builders.insert(copr.system(), Arc::new(copr));
    builders.insert(farm.system(), Arc::new(farm));
    let access =
        AccessRules { allow: vec![format!("github.com/{}", shapes::NAMESPACE)], ..AccessRules::default() };
    let settings = Settings {
        access,
        look_interval: Duration::from_millis(100),
        poll_at_least: POLL,
        poll_at_most: POLL,
        // The clock is set forward while calls are under way.
        lease: POLL * 24,
        ..Settings::default()
    };
    let host = "github.com".to_owned();
    let reader = Reader::of_host(forges::github::delivery::read, &host);
    let readers: Readers = [(host, reader)].into();
    Ok(Engine {
        db,
        forges: [github].into_iter().collect(),
        readers: Arc::new(readers),
        builders: Arc::new(builders),
        releases: None,
        settings: Arc::new(settings),
        clock: Clock::default(),
        wake: Wake::default(),
    })
}
