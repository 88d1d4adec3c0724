//! What is asked: each question at the door, and its statement for pgbench and for what it touches.

use anyhow::{Context, Result};
use benches::{Reader, Sent};
use chrono::{DateTime, TimeDelta, Utc};
use domain::ids::{EventId, StepId, TargetId};
use store::reads::measured::Measured;
use store::reads::{EventFilter, Position, Sample};

/// Rows of a page of one project.
const PAGE: i64 = 50;
/// Workflows of the list across all projects.
const NEWEST: i64 = 20;
/// The page of that list that is called deep.
const DEEP_PAGE: usize = 1000;
/// The API's largest page, by which the deep one is reached.
const LARGEST_PAGE: usize = 100;
/// Days of the database in which every page of a busy project is full.
const DAYS: i64 = 600;
/// Targets with an origin that far away.
const TARGETS: usize = 20;
const DEPTH: i64 = 8;
/// How many targets are asked at most until so many are found.
const TRIES: usize = 20_000;

/// A question.
pub(crate) struct Question {
    pub(crate) name: &'static str,
    /// What the median has to stay below at the door, in milliseconds.
    pub(crate) aim_ms: Option<f64>,
    pub(crate) address: Box<dyn Fn(&mut fastrand::Rng) -> String + Sync>,
    /// The same for PostgreSQL alone.
    pub(crate) sent: Vec<Sent>,
    /// The same with other values each time, to see what is touched.
    pub(crate) measured: Box<dyn Fn(&mut fastrand::Rng) -> Measured>,
}

/// Where in the database is asked.
struct Place {
    events: i64,
    steps: i64,
    project: domain::ids::ProjectId,
    newest: DateTime<Utc>,
    deep: Position,
    deep_cursor: String,
    targets: Vec<i64>,
}

/// All questions, about a database of so many events and targets.
pub(crate) fn questions(server: &str, sample: &Sample, events: u64, targets: u64) -> Result<Vec<Question>> {
    let place = look(&mut Reader::connect(server)?, sample, events, targets)?;
    Ok(vec![
        newest(None),
        newest(Some(&place)),
        workflow(&place),
        of_project(&place, true),
        of_project(&place, false),
        at_any_moment(&place, None),
        at_any_moment(&place, Some(place.project)),
        step(&place),
        provenance(&place),
    ])
}

fn newest(deep: Option<&Place>) -> Question {
    let before = deep.map(|place| place.deep);
    let cursor = deep.map_or_else(String::new, |place| format!("&cursor={}", place.deep_cursor));
    let ask = move || Measured::workflows(&EventFilter::default(), before, NEWEST);
    Question {
        name: if deep.is_some() { "page 1,000 of it" } else { "newest 20 workflows with all targets" },
        aim_ms: Some(2.0),
        address: Box::new(move |_| format!("/api/v1/workflows?limit={NEWEST}{cursor}")),
        sent: vec![Sent { script: ask().script(), chosen: None }],
        measured: Box::new(move |_| ask()),
    }
}

fn workflow(place: &Place) -> Question {
    let events = place.events;
    Question {
        name: "one workflow",
        aim_ms: Some(1.0),
        address: Box::new(move |chance| format!("/api/v1/events/{}/workflow", chance.i64(1..=events))),
        sent: vec![Sent {
            script: Measured::workflow(EventId(1)).script(),
            chosen: Some(("p1", format!("random(1, {events})"))),
        }],
        measured: Box::new(move |chance| Measured::workflow(EventId(chance.i64(1..=events)))),
    }
}

fn of_project(place: &Place, workflows: bool) -> Question {
    let (project, newest) = (place.project, place.newest);
    let ask = move |before| {
        let filter = EventFilter::of_project(project);
        if workflows {
            Measured::workflows(&filter, before, PAGE)
        } else {
            Measured::events(&filter, before, PAGE)
        }
    };
    let list = if workflows { "workflows" } else { "events" };
    Question {
        name: if workflows { "50 workflows of a busy project" } else { "50 events of it" },
        aim_ms: Some(2.0),
        address: Box::new(move |_| format!("/api/v1/projects/{project}/{list}?limit={PAGE}")),
        sent: vec![Sent { script: ask(None).script(), chosen: None }],
        // Any page of it: how many of its events have omissions differs from page to page.
        measured: Box::new(move |chance| {
            let days = TimeDelta::days(chance.i64(0..DAYS));
            ask(Some((newest - days, i64::MAX)))
        }),
    }
}

/// Lists that nobody asked before: nothing of them is at hand.
fn at_any_moment(place: &Place, project: Option<domain::ids::ProjectId>) -> Question {
    let (newest, oldest) = (place.newest, place.deep.0);
    let any = move |chance: &mut fastrand::Rng| {
        let second = chance.i64(oldest.timestamp()..=newest.timestamp());
        DateTime::from_timestamp(second, 0).unwrap_or(newest)
    };
    let limit = if project.is_some() { PAGE } else { NEWEST };
    let ask = move |until| {
        Measured::workflows(&EventFilter { project, until: Some(until), ..Default::default() }, None, limit)
    };
    let list = project.map_or_else(String::new, |project| format!("/projects/{project}"));
    Question {
        name: if project.is_some() { "50 of the project before any moment" } else { "20 before any moment" },
        aim_ms: Some(2.0),
        address: Box::new(move |chance| {
            let until = any(chance).format("%Y-%m-%dT%H:%M:%SZ");
            format!("/api/v1{list}/workflows?limit={limit}&until={until}")
        }),
        sent: vec![Sent { script: ask(newest).script(), chosen: None }],
        measured: Box::new(move |chance| ask(any(chance))),
    }
}

fn step(place: &Place) -> Question {
    let steps = place.steps;
    Question {
        name: "one step",
        aim_ms: Some(1.0),
        address: Box::new(move |chance| format!("/api/v1/steps/{}", chance.i64(1..=steps))),
        sent: vec![Sent {
            script: Measured::step(StepId(1)).script(),
            chosen: Some(("p2", format!("random(1, {steps})"))),
        }],
        measured: Box::new(move |chance| Measured::step(StepId(chance.i64(1..=steps)))),
    }
}

fn provenance(place: &Place) -> Question {
    let targets = place.targets.clone();
    let any = targets.clone();
    let sent = targets.iter().map(|target| Sent {
        script: Measured::provenance(TargetId(*target), DEPTH).script(),
        chosen: Some(("p1", target.to_string())),
    });
    Question {
        name: "provenance of depth 8",
        aim_ms: None,
        sent: sent.collect(),
        address: Box::new(move |chance| {
            format!("/api/v1/targets/{}/provenance?depth={DEPTH}", targets[chance.usize(..targets.len())])
        }),
        measured: Box::new(move |chance| {
            Measured::provenance(TargetId(any[chance.usize(..any.len())]), DEPTH)
        }),
    }
}

fn look(reader: &mut Reader, sample: &Sample, events: u64, targets: u64) -> Result<Place> {
    let mut path = format!("/api/v1/workflows?limit={LARGEST_PAGE}");
    let mut first = None;
    let mut page = serde_json::Value::Null;
    let pages = DEEP_PAGE * usize::try_from(NEWEST)? / LARGEST_PAGE;
    for number in 1..=pages {
        page = reader.json(&path)?;
        first.get_or_insert_with(|| page["workflows"][0]["event"].clone());
        let next = page["next_cursor"].as_str().with_context(|| format!("there are only {number} pages"))?;
        path = format!("/api/v1/workflows?limit={LARGEST_PAGE}&cursor={next}");
    }
    let position = |event: &serde_json::Value| -> Result<Position> {
        let at = event["occurred_at"].as_str().context("an event has a time")?.parse()?;
        Ok((at, event["id"].as_i64().context("an event has an id")?))
    };
    let newest = position(&first.context("there is a workflow")?)?;
    let deep = position(&page["workflows"][LARGEST_PAGE - 1]["event"])?;
    let deep_cursor = page["next_cursor"].as_str().unwrap_or_default().to_owned();
    let view = reader.json(&format!("/api/v1/events/{}/workflow", newest.1))?;
    let steps = view["steps"].as_array().into_iter().flatten().filter_map(|step| step["id"].as_i64()).max();
    Ok(Place {
        events: i64::try_from(events)?,
        steps: steps.context("a workflow has steps")?,
        project: sample.project,
        newest: newest.0,
        deep,
        deep_cursor,
        targets: far_from_their_origin(reader, i64::try_from(targets)?)?,
    })
}

/// Some targets that came from something eight links away.
fn far_from_their_origin(reader: &mut Reader, targets: i64) -> Result<Vec<i64>> {
    let mut chance = fastrand::Rng::with_seed(8);
    let mut found = Vec::new();
    for _ in 0..TRIES {
        let target = chance.i64(1..=targets);
        let path = format!("/api/v1/targets/{target}/provenance?depth={DEPTH}");
        let reply = reader.get(&path)?;
        if reply.status != 200 {
            continue;
        }
        let told: serde_json::Value = serde_json::from_slice(reply.body)?;
        let links = told["links"].as_array().into_iter().flatten();
        let back = links.filter(|link| link["direction"] == "back");
        if back.filter_map(|link| link["depth"].as_i64()).max() == Some(DEPTH) {
            found.push(target);
            if found.len() == TARGETS {
                return Ok(found);
            }
        }
    }
    anyhow::bail!("only {} targets come from that far", found.len())
}
