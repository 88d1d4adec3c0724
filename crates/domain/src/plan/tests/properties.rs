//! What holds for the plan of every configuration.

use std::collections::BTreeSet;
use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::support::*;
use crate::package_config::PackageConfig;
use crate::plan::Plan;
use crate::releases::{TestingFarmRanch, test_distributions};
use crate::words::JobKind;

const TARGETS: &[&str] = &[
    "fedora-all",
    "fedora-stable",
    "fedora-42",
    "fedora-43-x86_64",
    "f43",
    "epel-all",
    "epel-9",
    "epel-8-aarch64",
    "fedora-42-aarch64",
    "centos-stream",
    "opensuse-tumbleweed",
    "no/chroot",
    "--rm",
    "x",
];
const DISTROS: &[&str] = &["rhel-9", "centos-stream-9", "fedora-42", "Alma OS 9", "b@d"];

/// A configuration of one or two packages with up to eight jobs, as text.
fn texts() -> impl Strategy<Value = String> {
    let kinds = &["copr_build", "copr_build", "tests", "tests", "upstream_koji_build", "propose_downstream"];
    let targets = prop::collection::btree_map(select(TARGETS), subsequence(DISTROS, 0..3), 0..4);
    let extras = &[
        "manual_trigger: true",
        "branch: main",
        "branch: rhel",
        "skip_build: true",
        "release_suffix: mine",
        "use_internal_tf: true",
        "packit_instances: [stg]",
        "labels: [a]",
        "require: {label: {present: [ci]}}",
        "enable_net: true",
        "packages: [one]",
    ];
    let job = (
        select(&kinds[..]),
        select(&["pull_request", "pull_request | commit | release", "commit", "ignore"][..]),
        prop::option::of(select(&["a", "b"][..])),
        targets,
        prop::collection::vec(any::<Index>(), 0..3),
    );
    (any::<bool>(), prop::collection::vec(job, 0..8)).prop_map(move |(monorepo, jobs)| {
        let mut text = "packages:\n  one: {specfile_path: one.spec}\n".to_owned();
        if monorepo {
            text.push_str("  two: {specfile_path: two.spec}\n");
        }
        text.push_str(if jobs.is_empty() { "jobs: []\n" } else { "jobs:\n" });
        for (kind, trigger, identifier, targets, chosen) in jobs {
            let trigger = if kind == "propose_downstream" { "release" } else { trigger };
            writeln!(text, "- job: {kind}\n  trigger: {trigger}").unwrap();
            if kind == "upstream_koji_build" {
                text.push_str("  scratch: true\n");
            }
            if let Some(identifier) = identifier {
                writeln!(text, "  identifier: {identifier}").unwrap();
            }
            if !targets.is_empty() {
                let key = if kind == "propose_downstream" { "dist_git_branches" } else { "targets" };
                writeln!(text, "  {key}:").unwrap();
                for (target, distros) in targets {
                    let options = if kind == "tests" && !distros.is_empty() {
                        format!("{{distros: {distros:?}}}")
                    } else {
                        "{}".to_owned()
                    };
                    writeln!(text, "    {target:?}: {options}").unwrap();
                }
            }
            // Two lines with one key would be no configuration.
            let lines: BTreeSet<_> = chosen.iter().map(|index| extras[index.index(extras.len())]).collect();
            let mut keys = BTreeSet::new();
            for line in lines {
                if keys.insert(line.split(':').next()) {
                    writeln!(text, "  {line}").unwrap();
                }
            }
        }
        text
    })
}

fn cases() -> [Case; 5] {
    let mut labeled = pull_request();
    labeled.pull_request.labels = vec!["ci".to_owned()];
    labeled.rules.internal_tests = true;
    let mut small = push("main");
    small.rules.max_targets = 6;
    [pull_request(), labeled, push("main"), small, release("1.0")]
}

/// What must hold for every plan, whatever it was made of.
fn check(plan: &Plan, case: &Case, configuration: &PackageConfig) {
    assert!(!plan.pipelines.is_empty() || !plan.omissions.is_empty(), "nothing starts, and nothing says why");
    let targets: usize = JobKind::ALL.iter().map(|kind| plan.count(*kind)).sum();
    assert!(targets <= case.rules.max_targets);
    let packages: Vec<_> = plan.pipelines.iter().map(|pipeline| &pipeline.package).collect();
    assert_eq!(packages.iter().collect::<BTreeSet<_>>().len(), packages.len(), "one pipeline per package");
    for pipeline in &plan.pipelines {
        assert!(!pipeline.steps.is_empty());
        for (place, step) in pipeline.steps.iter().enumerate() {
            let job = &step.job;
            assert!(!job.targets.is_empty(), "a job without targets");
            let names: BTreeSet<_> = job.targets.iter().map(|target| &target.name).collect();
            assert_eq!(names.len(), job.targets.len(), "names are unique within a job");
            // Since the previous step stands before, each step is reachable from a root and nothing goes in a circle.
            let previous = step.previous.map(|previous| {
                assert!(previous < place);
                &pipeline.steps[previous].job
            });
            for target in &job.targets {
                let signs = if job.kind == JobKind::TestRun { "._+- " } else { "._+-" };
                assert!(target.name.chars().all(|one| one.is_ascii_alphanumeric() || signs.contains(one)));
                assert!(!target.name.starts_with(['-', '.']));
                assert_eq!(
                    target.inputs.len(),
                    usize::from(previous.is_some()),
                    "inputs come from the step before"
                );
                let Some(input) = previous.map(|job| &job.targets[target.inputs[0].target]) else { continue };
                let before = previous.unwrap().kind;
                match job.kind {
                    JobKind::CoprBuild | JobKind::KojiBuild => assert_eq!(before, JobKind::SrpmBuild),
                    JobKind::TestRun => {
                        assert_eq!(before, JobKind::CoprBuild);
                        assert!(maps(
                            configuration,
                            job.details.configured().index,
                            &input.name,
                            &target.name
                        ));
                    }
                    kind => panic!("{kind} consumes nothing"),
                }
            }
        }
    }
}

/// Whether a test job sends the build of a chroot to a test target: on a distribution that an entry for the chroot names,
/// else on the usual one; always on the same architecture.
fn maps(configuration: &PackageConfig, index: Option<usize>, chroot: &str, tested: &str) -> bool {
    let job = &configuration.jobs[index.unwrap()];
    let ranch = if job.use_internal_tf { TestingFarmRanch::Internal } else { TestingFarmRanch::Public };
    let releases = releases();
    let entries =
        job.targets.iter().filter(|(name, _)| releases.build_targets(name).iter().any(|one| one == chroot));
    let mut distros: Vec<_> = entries.map(|(_, options)| options.distros()).collect();
    if job.targets.is_empty() {
        distros.push(Vec::new());
    }
    distros
        .iter()
        .any(|distros| test_distributions(chroot, ranch, distros).iter().any(|target| target == tested))
}

proptest! {
    #[test]
    fn every_plan_is_a_forest_of_fitting_inputs(text in texts()) {
        let configuration = configuration(&text);
        for case in cases() {
            let plan = case.plan_of(&configuration);
            check(&plan, &case, &configuration);
            prop_assert_eq!(&plan, &case.plan_of(&configuration), "the same plan again");
        }
    }

    /// Each job with the event's trigger is started or says why not, and none is started twice from one view.
    #[test]
    fn no_job_with_the_events_trigger_is_lost(text in texts()) {
        let configuration = configuration(&text);
        let case = pull_request();
        let plan = case.plan_of(&configuration);
        let planned: BTreeSet<_> = plan
            .pipelines
            .iter()
            .flat_map(|pipeline| &pipeline.steps)
            .filter(|step| step.job.kind != JobKind::SrpmBuild)
            .filter_map(|step| step.job.details.configured().index)
            .collect();
        for (index, job) in configuration.jobs.iter().enumerate() {
            if job.trigger.as_str() != "pull_request" {
                prop_assert!(!planned.contains(&index));
            } else if !planned.contains(&index) {
                let told = plan.omissions.iter().any(|omission| {
                    omission.kind == job.job.as_str() && omission.identifier == job.identifier
                });
                prop_assert!(told, "{} is neither planned nor omitted\n{}", job.job, text);
            }
        }
    }

    #[test]
    fn no_name_makes_a_plan_panic(name in "\\PC{0,120}", branch in "\\PC{0,40}", tag in ".{0,40}") {
        let quoted = serde_json::to_string(&name).unwrap();
        let text = format!(
            "jobs:\n- {{job: copr_build, trigger: pull_request | commit | release, branch: .*, targets: [{quoted}, fedora-42]}}\n\
             - {{job: tests, trigger: pull_request | commit | release, branch: .*, targets: {{fedora-42: {{distros: [{quoted}]}}}}}}\n\
             - {{job: propose_downstream, trigger: release, dist_git_branches: [{quoted}]}}\n"
        );
        let configuration = configuration(&text);
        for case in [pull_request(), push(&branch), release(&tag)] {
            check(&case.plan_of(&configuration), &case, &configuration);
        }
    }
}
