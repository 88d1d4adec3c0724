//! Use cases 2, 10 and 11 for steps: what stands before, behind and beside a step, and whose it is.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{PipelineId, StepId};
use serde_json::Value;
use store::Db;
use store::reads::{self, Viewer};

use crate::support::{became, number, one, tables};

/// A step as the answers name it.
type Named = (String, i64);

/// The steps of the answer's pipeline, each read by itself.
pub(crate) async fn match_answers(db: &Db, answer: &Value) {
    let steps = answer["uc2_steps"].as_array().unwrap();
    let pipeline = one(db, "pipelines", &answer["uc1_workflow"]["pipeline_id"], "pipelines").await;
    let ours = steps_of(db, pipeline, steps).await;
    assert_eq!(ours.len(), steps.len());
    let follow_several: BTreeSet<Named> = steps
        .iter()
        .filter(|step| named_all(&step["previous"]).len() > 1)
        .map(|step| named(&step["step"]))
        .collect();
    for expected in steps {
        let name = named(&expected["step"]);
        let id = ours.iter().find(|(_, known)| **known == name).unwrap().0;
        let found = reads::step(db, &Viewer::Public, StepId(*id)).await.unwrap().unwrap();
        let targets = found.run.targets.iter().filter(|target| target.job_id == found.step.job_id);
        let members: BTreeSet<i64> =
            targets.map(|target| target.details.imported.as_ref().unwrap().id).collect();
        let listed: BTreeSet<i64> = expected["members"].as_array().unwrap().iter().map(number).collect();
        // What has no table of groups is listed without members.
        assert_eq!(members, if listed.is_empty() { BTreeSet::from([name.1]) } else { listed }, "{name:?}");
        // Steps that the answers leave out are scans.
        let names = |ids: &mut dyn Iterator<Item = i64>| -> BTreeSet<Named> {
            ids.filter_map(|id| ours.get(&id).cloned()).collect()
        };
        let previous = names(&mut found.previous.into_iter());
        let before = named_all(&expected["previous"]);
        if before.len() > 1 {
            // The answers go by rank; here a step follows the one whose targets its own consume.
            assert!(previous.len() == 1 && previous.is_subset(&before), "{name:?}: {previous:?}");
        } else {
            assert_eq!(previous, before, "{name:?}");
        }
        let next = names(&mut found.next.into_iter());
        let behind = named_all(&expected["next"]);
        assert!(next.is_subset(&behind), "{name:?}: {next:?}");
        let missing: BTreeSet<Named> = behind.difference(&next).cloned().collect();
        assert!(missing.is_subset(&follow_several), "{name:?} is not followed by {missing:?}");
        let mut beside: BTreeSet<Named> = ours.values().cloned().collect();
        beside.remove(&name);
        assert_eq!(names(&mut found.others.into_iter()), beside, "{name:?}");
    }
    whose(db, answer).await;
}

/// The events and projects of each step, in all pipelines that have it.
async fn whose(db: &Db, answer: &Value) {
    let events = answer["uc10_step_events"].as_array().unwrap();
    let projects = answer["uc11_step_projects"].as_array().unwrap();
    assert!(!events.is_empty() && events.len() == projects.len());
    for (of_event, of_project) in events.iter().zip(projects) {
        let name = named(&of_event["step"]);
        assert_eq!(name, named(&of_project["step"]));
        let (mut found_events, mut found_projects) = (BTreeSet::new(), BTreeSet::new());
        for job in became(db, tables(&name.0).1, name.1, "jobs").await {
            let event = domain::ids::EventId(job.event_id.unwrap());
            let workflow = reads::workflow(db, event).await.unwrap().unwrap();
            for step in workflow.steps.iter().filter(|step| step.job_id == job.our_id) {
                let step = reads::step(db, &Viewer::Public, StepId(step.id)).await.unwrap().unwrap();
                found_events.insert(step.run.event.id);
                found_projects.insert(step.run.event.project_id);
            }
        }
        let mut known_events = BTreeSet::new();
        for id in of_event["event_ids"].as_array().unwrap() {
            known_events.insert(one(db, "project_events", id, "events").await);
        }
        assert_eq!(found_events, known_events, "{name:?}");
        let mut known_projects = BTreeSet::new();
        for project in of_project["projects"].as_array().unwrap() {
            let table = format!("{}s", project["kind"].as_str().unwrap());
            known_projects.insert(one(db, &table, &project["id"], "projects").await);
        }
        assert_eq!(found_projects, known_projects, "{name:?}");
    }
}

fn named(step: &Value) -> Named {
    (step["kind"].as_str().unwrap().to_owned(), number(&step["id"]))
}

fn named_all(steps: &Value) -> BTreeSet<Named> {
    steps.as_array().unwrap().iter().map(named).collect()
}

/// The steps of a pipeline that hold the jobs of these old groups, by our id.
async fn steps_of(db: &Db, pipeline: i64, steps: &[Value]) -> BTreeMap<i64, Named> {
    let run = reads::pipeline(db, &Viewer::Public, PipelineId(pipeline)).await.unwrap().unwrap();
    let mut ours = BTreeMap::new();
    for step in steps {
        let name = named(&step["step"]);
        for job in became(db, tables(&name.0).1, name.1, "jobs").await {
            let held = run.steps.iter().filter(|step| step.job_id == job.our_id);
            ours.extend(held.map(|step| (step.id, name.clone())));
        }
    }
    ours
}
