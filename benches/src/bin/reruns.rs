//! What a rerun costs: to plan a large workflow, to carry one out, and fifty at once.

use std::collections::BTreeMap;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use benches::{DatabaseOption, Kind, Spread, Table, milliseconds, repeat, section, shapes};
use chrono::{DateTime, TimeDelta, Utc};
use clap::Parser;
use domain::details::{CoprBuild, JobDetails, SrpmBuild, TargetDetails};
use domain::event::{ProjectFacts, PullRequest, PullRequestAction};
use domain::ids::{EventId, JobId, PipelineId, StepId, TargetId};
use domain::plan::{Occasion, Rules, Trigger, plan};
use domain::releases::Releases;
use domain::rerun::{ArtifactLife, Asked, Basis, JobFacts, Pipeline, Planned, Selection, Step};
use domain::words::{
    EventKind, JobKind, Needs, ProjectKey, Reference, ReferenceKind, RerunVia, TargetStatus, Visibility,
};
use domain::workflow::{Input, Job, Seen, Target, Workflow};
use store::events::{self, NewEvent};
use store::reruns::{self, Answer, Request};
use store::{Db, verify, workflows};
use tokio::task::JoinSet;

/// Planning and carrying out of reruns.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(flatten)]
    database: DatabaseOption,
    /// Reruns of each kind that are measured
    #[arg(long, default_value_t = 200)]
    reruns: u64,
    /// Reruns that are asked for at once
    #[arg(long, default_value_t = 50)]
    at_once: usize,
}

#[tokio::main]
async fn main() -> Result<()> {
    let arguments = Arguments::parse();
    planning()?;
    section(
        "Reruns carried out",
        "A workflow of one SRPM, builds in five chroots and tests of three, all ended; `store` alone. One chroot is its build and \
         its test. Each rerun is one transaction, which is one commit.",
    );
    let mut table = Table::new(&["database", "what", "targets", "statements", "commits", "p50", "p99"]);
    let mut crowds = Table::new(&["database", "at once", "carried out", "refused", "faults found"]);
    for kind in arguments.database.kinds().await? {
        let place = kind.place().await?;
        carrying_out(&arguments, &kind, &place.db, &mut table).await?;
        crowd(&arguments, &kind, &place.db, &mut crowds).await?;
        place.db.close().await;
    }
    table.print();
    repeat("reruns");
    section(
        "Reruns asked for at once",
        "Overlapping parts of one workflow; what somebody else redoes already is refused. Then `store::verify` derives every rule again.",
    );
    crowds.print();
    repeat("reruns");
    Ok(())
}

/// A workflow of 100 chroots with five tests each, and twenty attempts of everything.
fn planning() -> Result<()> {
    section("Reruns planned", "All of a workflow of 100 chroots with 5 tests each; no database.");
    let mut table = Table::new(&["attempts", "targets", "p50", "p99"]);
    for attempts in [1, 5, 20] {
        let basis = large(attempts);
        let mut took = Vec::new();
        for _ in 0..50 {
            let began = Instant::now();
            let planned = domain::rerun::plan(
                &basis,
                &Selection::of(Asked::Everything),
                &ArtifactLife::default(),
                now(),
            );
            took.push(began.elapsed());
            let Planned::Plan(plan) = planned else { bail!("no plan") };
            ensure!(plan.redo.len() == 601, "{} targets are redone", plan.redo.len());
        }
        let spread = Spread::of(took);
        let targets = basis.workflow.targets.len();
        table.row(&[
            &attempts,
            &targets,
            &milliseconds(spread.percentile(50)),
            &milliseconds(spread.percentile(99)),
        ]);
    }
    table.print();
    repeat("reruns");
    Ok(())
}

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn large(attempts: i64) -> Basis {
    let mut basis = Basis::of(Workflow::empty(EventId(1)));
    let mut next = 0;
    let mut id = || {
        next += 1;
        next
    };
    // By place in the workflow: the first attempts of a job's targets.
    let mut chains: BTreeMap<usize, Vec<TargetId>> = BTreeMap::new();
    let mut origin = None;
    for attempt in 1..=attempts {
        let pipeline = PipelineId(id());
        basis.pipelines.insert(pipeline, Pipeline { package: None, origin });
        origin = origin.or(Some(pipeline));
        let mut above: Vec<(JobId, Vec<TargetId>)> = Vec::new();
        for place in 0..7 {
            let (kind, targets, previous) = match place {
                0 => (JobKind::SrpmBuild, 1, None),
                1 => (JobKind::CoprBuild, 100, Some(0)),
                _ => (JobKind::TestRun, 100, Some(1)),
            };
            let job = JobId(id());
            let before = previous.map(|place: usize| above[place].clone());
            basis.workflow.jobs.insert(job, Job { kind, previous: before.as_ref().map(|(job, _)| *job) });
            let identifier = (place > 1).then(|| format!("tests-{place}"));
            basis.jobs.insert(job, JobFacts { identifier, details: details(kind) });
            basis.steps.insert(StepId(id()), Step { pipeline, job });
            let mut own = Vec::new();
            for number in 0..targets {
                let target = TargetId(id());
                let inputs = before.as_ref().map(|(_, inputs)| Input {
                    target: if place == 1 { inputs[0] } else { inputs[number] },
                    needs: Needs::Success,
                });
                let first = chains.entry(place).or_default();
                if attempt == 1 {
                    first.push(target);
                }
                let row = Target {
                    chain: first[number],
                    attempt,
                    status: TargetStatus::Succeeded,
                    finished_at: Some(now()),
                    inputs: inputs.into_iter().collect(),
                    details: TargetDetails::default(),
                    ..Target::first_attempt(target, job, kind, &format!("fedora-{number}-x86_64"))
                };
                basis.workflow.targets.insert(target, row);
                own.push(target);
            }
            above.push((job, own));
        }
    }
    basis
}

fn details(kind: JobKind) -> JobDetails {
    match kind {
        JobKind::SrpmBuild => JobDetails::SrpmBuild(SrpmBuild::default()),
        JobKind::CoprBuild => JobDetails::CoprBuild(CoprBuild::default()),
        _ => JobDetails::TestRun(Box::default()),
    }
}

async fn carrying_out(arguments: &Arguments, kind: &Kind, db: &Db, table: &mut Table) -> Result<()> {
    for (what, part) in [("everything", None), ("one chroot", Some("fedora-43-x86_64"))] {
        let (mut took, mut statements, mut targets) = (Vec::new(), 0, 0);
        for number in 0..arguments.reruns {
            let event = ended(db, number).await?;
            let asked = match part {
                None => Asked::Everything,
                Some(name) => Asked::Targets([build(db, event, name).await?].into()),
            };
            let selection = Selection::of(asked);
            let before = db.statements();
            let began = Instant::now();
            let answer =
                reruns::carry_out(db, &request(event, &selection, "maria"), &life(), Utc::now()).await?;
            took.push(began.elapsed());
            statements = db.statements() - before;
            let Answer::CarriedOut(done) = answer else { bail!("{answer:?}") };
            targets = done.created.len();
        }
        let spread = Spread::of(took);
        table.row(&[
            kind,
            &what,
            &targets,
            &statements,
            &1,
            &milliseconds(spread.percentile(50)),
            &milliseconds(spread.percentile(99)),
        ]);
    }
    Ok(())
}

/// Overlapping reruns at once: each chain is redone at most once.
async fn crowd(arguments: &Arguments, kind: &Kind, db: &Db, table: &mut Table) -> Result<()> {
    let event = ended(db, 0).await?;
    let targets: Vec<TargetId> = workflow(db, event).await?;
    let mut asking = JoinSet::new();
    for number in 0..arguments.at_once {
        let db = db.clone();
        let target = targets[number % targets.len()];
        asking.spawn(async move {
            let selection = Selection::of(Asked::Targets([target].into()));
            let by = format!("person-{number}");
            reruns::carry_out(&db, &request(event, &selection, &by), &life(), Utc::now()).await
        });
    }
    let (mut done, mut refused) = (0, 0);
    while let Some(answer) = asking.join_next().await {
        match answer?? {
            Answer::CarriedOut(_) => done += 1,
            Answer::Conflict(_) | Answer::NothingToDo(_) => refused += 1,
            other => bail!("{other:?}"),
        }
    }
    let faults = verify::verify(db).await?.len();
    table.row(&[kind, &arguments.at_once, &done, &refused, &faults]);
    ensure!(faults == 0, "the database is not consistent");
    Ok(())
}

fn life() -> ArtifactLife {
    ArtifactLife::usual()
}

fn request<'a>(event: EventId, selection: &'a Selection, by: &'a str) -> Request<'a> {
    Request {
        event,
        selection,
        requested_by: by,
        via: RerunVia::Api,
        reason: None,
        idempotency_key: None,
        plan_hash: None,
    }
}

/// A pull request whose workflow ended well.
async fn ended(db: &Db, number: u64) -> Result<EventId> {
    let (key, now) = (ProjectKey::new("github.com", shapes::NAMESPACE, "package"), Utc::now());
    let head = format!("{number:040x}");
    let pull_request = PullRequest {
        action: PullRequestAction::Opened,
        number: 1,
        author: Some("maria".to_owned()),
        head: head.clone(),
        before: None,
        target_branch: "main".to_owned(),
        source: None,
        labels: Vec::new(),
    };
    let occasion = Occasion {
        project: &key,
        default_branch: Some("main"),
        trigger: Trigger::PullRequest(&pull_request),
        project_url: format!("https://{key}"),
        source_url: None,
        target_hash: None,
        wanted: None,
        is_dist_git: false,
    };
    let configuration = shapes::understood(shapes::WORKFLOW);
    let plan = plan(&occasion, &configuration, &Releases::shipped(), &Rules::default());
    let project = ProjectFacts {
        key: key.clone(),
        forge_id: None,
        visibility: Visibility::Public,
        default_branch: Some("main".to_owned()),
    };
    let new = NewEvent {
        project: &project,
        reference: &Reference::new(ReferenceKind::PullRequest, 1),
        hash: Some(&head),
        kind: EventKind::PullRequest,
        actor: Some("maria"),
        occurred_at: now,
        received_at: now,
        before: None,
        after: None,
        config: None,
        inbox: None,
    };
    let mut tx = db.write().await?;
    let event = events::record(&mut tx, &new, &plan, None, now).await?;
    tx.commit().await?;
    // The SRPM, the builds, the tests.
    for _ in 0..3 {
        workflows::change(db, event, now, |workflow| {
            let open: Vec<TargetId> = workflow.unfinished().into_iter().collect();
            for id in open {
                if let Some(submission) = workflow.targets[&id].submission {
                    workflow.submitted(submission, &submission.to_string(), now);
                    workflow.observe(Seen::new(id, TargetStatus::Succeeded), now + TimeDelta::seconds(1));
                }
            }
        })
        .await?;
    }
    Ok(event)
}

/// The targets of an event, all of which have ended.
async fn workflow(db: &Db, event: EventId) -> Result<Vec<TargetId>> {
    let targets = workflows::change(db, event, Utc::now(), |workflow| {
        workflow.targets.iter().map(|(id, target)| (*id, target.status)).collect::<Vec<_>>()
    })
    .await?;
    ensure!(targets.iter().all(|(_, status)| status.is_finished()), "not all has ended: {targets:?}");
    Ok(targets.into_iter().map(|(id, _)| id).collect())
}

/// The build of a chroot.
async fn build(db: &Db, event: EventId, name: &str) -> Result<TargetId> {
    let found = workflows::change(db, event, Utc::now(), |workflow| {
        let is_it = |target: &Target| target.kind == JobKind::CoprBuild && target.name == name;
        workflow.targets.iter().find(|(_, target)| is_it(target)).map(|(id, _)| *id)
    })
    .await?;
    found.with_context(|| format!("no build of {name}"))
}
