//! Reruns, shared jobs, monorepos.

use domain::words::JobKind;
use domain::words::TargetStatus::{Running, Succeeded, Waiting};

use super::super::story::{self, Story};
use super::*;

/// For each step the ids of its chains' attempts, newest first.
fn attempts(pipeline: &FoldedPipeline<'_>) -> Vec<Vec<Vec<i64>>> {
    let ids =
        |chain: &Chain<'_>| [&chain.newest].into_iter().chain(&chain.older).map(|target| target.id).collect();
    pipeline.steps.iter().map(|step| step.chains.iter().map(ids).collect()).collect()
}

/// The edges inside the event as (from, to, whether outdated).
fn inner(edges: &[Edge<'_>]) -> Vec<(i64, i64, bool)> {
    edges
        .iter()
        .filter_map(|edge| match edge.from {
            Source::Chain { id, is_outdated } => Some((id, edge.to, is_outdated)),
            Source::Outside { .. } => None,
        })
        .collect()
}

#[test]
fn a_rerun_is_on_top_of_what_it_did_again() {
    let view = story::rerun().0;
    let folded = pipelines(&view);
    assert_eq!(folded.len(), 1);
    assert_eq!(folded[0].reruns.iter().map(|rerun| rerun.id).collect::<Vec<_>>(), [2]);
    assert_eq!(attempts(&folded[0]), [vec![vec![1]], vec![vec![6, 2], vec![3]], vec![vec![7, 4], vec![5]]]);
    assert_eq!(
        folded[0].steps.iter().map(|step| step.previous).collect::<Vec<_>>(),
        [None, Some(0), Some(1)]
    );
}

#[test]
fn edges_lead_from_chain_to_chain_whichever_attempt_is_on_top() {
    let view = story::rerun().0;
    let edges = edges(&pipelines(&view));
    assert_eq!(inner(&edges), [(1, 2, false), (1, 3, false), (2, 4, false), (3, 5, false)]);
}

#[test]
fn a_test_that_was_left_behind_says_that_its_build_is_outdated() {
    let mut story = story::rerun();
    let pipeline = story.pipeline(None, Some(1));
    let srpm = story.shared(pipeline, 1, None);
    let copr = story.step(pipeline, JobKind::CoprBuild, Some(srpm.id));
    story.again(copr, 3, Succeeded, &[1]);
    let edges = edges(&pipelines(&story.0));
    assert_eq!(inner(&edges), [(1, 2, false), (1, 3, false), (2, 4, false), (3, 5, true)]);
}

#[test]
fn each_package_of_a_monorepo_has_a_pipeline_of_its_own_and_one_rerun_touches_both() {
    let mut story = Story::new();
    let packages: Vec<(i64, i64)> = ["cli", "lib"]
        .map(|package| {
            let pipeline = story.pipeline(Some(package), None);
            let step = story.step(pipeline, JobKind::SrpmBuild, None);
            (pipeline, story.target(step, "srpm", Succeeded, &[]))
        })
        .into();
    for (pipeline, target) in packages {
        let again = story.pipeline(None, Some(pipeline));
        let step = story.step(again, JobKind::SrpmBuild, None);
        story.again(step, target, Running, &[]);
    }
    let folded = pipelines(&story.0);
    let packages: Vec<_> = folded.iter().map(|pipeline| pipeline.pipeline.package.as_deref()).collect();
    assert_eq!(packages, [Some("cli"), Some("lib")]);
    assert_eq!(attempts(&folded[0]), [[[3, 1]]]);
    assert_eq!(attempts(&folded[1]), [[[4, 2]]]);
}

#[test]
fn what_only_a_rerun_began_stands_in_its_own_pipeline() {
    let mut story = story::rerun();
    let copr_again = story.0.steps[4].clone();
    let step = story::Step { id: copr_again.id, job: copr_again.job_id };
    story.target(step, "fedora-44-x86_64", Waiting, &[1]);
    let folded = pipelines(&story.0);
    assert_eq!(folded.iter().map(|pipeline| pipeline.pipeline.id).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(attempts(&folded[1]), [[[8]]]);
    assert_eq!(folded[1].steps[0].previous, None);
    assert!(inner(&edges(&folded)).contains(&(1, 8, false)));
}

/// What a rerun did again stands in the step that it made, and what it shares is as it was.
#[test]
fn a_pipeline_as_it_ran_has_each_attempt_alone_under_its_job() {
    let mut view = story::rerun().0;
    view.pipelines.remove(0);
    // As it is asked for alone: its steps, and of the first pipeline only what it shares.
    view.steps.retain(|step| step.pipeline_id == 2);
    let held: Vec<i64> = view.steps.iter().map(|step| step.job_id).collect();
    view.targets.retain(|target| held.contains(&target.job_id));
    let shown = as_it_ran(&view);
    assert_eq!(attempts(&shown[0]), [[[1]], [[6]], [[7]]]);
    assert_eq!(inner(&edges(&shown)), [(1, 6, false), (6, 7, false)]);
    // Both at once: nothing is folded, and a job that both hold is told once.
    let view = story::rerun().0;
    let shown = as_it_ran(&view);
    assert_eq!(attempts(&shown[0]), [vec![vec![1]], vec![vec![2], vec![3]], vec![vec![4], vec![5]]]);
    assert_eq!(inner(&edges(&shown)).len(), 6);
}

#[test]
fn what_comes_from_another_event_is_named() {
    let mut story = story::rerun();
    story.0.targets[0].inputs.push(store::reads::InputView {
        target_id: 900,
        needs: domain::words::Needs::Success,
        event_id: Some(77),
        kind: JobKind::KojiBuild,
        identifier: None,
        name: "rawhide".to_owned(),
        status: Succeeded,
        times: store::reads::Times::default(),
    });
    let edges = edges(&pipelines(&story.0));
    let input = &story.0.targets[0].inputs[0];
    assert_eq!(edges[0], Edge { from: Source::Outside { event_id: 77, input }, to: 1 });
}
