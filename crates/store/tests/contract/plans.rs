//! Plans as the domain makes them, small and large.

use domain::details::{Configured, CoprBuild, JobDetails, SrpmBuild, TargetDetails, TestRun};
use domain::plan::{Omission, Plan, PlannedInput, PlannedJob, PlannedPipeline, PlannedStep, PlannedTarget};
use domain::words::{JobKind, Needs};

/// SRPM, then a build of each chroot, then a test of each build; one omission.
pub(crate) fn build_and_test(chroots: &[&str]) -> Plan {
    let targets = |inputs_of: &dyn Fn(usize) -> usize| {
        chroots.iter().enumerate().map(|(index, name)| target(name, &[inputs_of(index)])).collect::<Vec<_>>()
    };
    let steps = vec![
        step(None, JobKind::SrpmBuild, vec![target("srpm", &[])]),
        step(Some(0), JobKind::CoprBuild, targets(&|_| 0)),
        step(Some(1), JobKind::TestRun, targets(&|index| index)),
    ];
    Plan {
        pipelines: vec![PlannedPipeline { package: None, steps }],
        omissions: vec![Omission {
            kind: "tests".to_owned(),
            identifier: Some("full".to_owned()),
            name: Some("epel-9-x86_64".to_owned()),
            reason: "no build of epel-9-x86_64 is planned".to_owned(),
        }],
    }
}

/// As many chroots as asked for.
pub(crate) fn of_size(chroots: usize) -> Plan {
    let names: Vec<String> = (0..chroots).map(|index| format!("fedora-{index}-x86_64")).collect();
    build_and_test(&names.iter().map(String::as_str).collect::<Vec<_>>())
}

/// Two Koji builds and one update that needs both.
pub(crate) fn two_builds_one_update() -> Plan {
    let steps = vec![
        step(None, JobKind::KojiBuild, vec![target("f42", &[]), target("f43", &[])]),
        step(Some(0), JobKind::BodhiUpdate, vec![target("sidetag", &[0, 1])]),
    ];
    Plan { pipelines: vec![PlannedPipeline { package: None, steps }], omissions: Vec::new() }
}

fn step(previous: Option<usize>, kind: JobKind, targets: Vec<PlannedTarget>) -> PlannedStep {
    let configured =
        Configured { package: "ogr".to_owned(), index: Some(0), labels: Vec::new(), ..Configured::default() };
    let details = match kind {
        JobKind::SrpmBuild => JobDetails::SrpmBuild(SrpmBuild { configured, ..SrpmBuild::default() }),
        JobKind::CoprBuild => JobDetails::CoprBuild(CoprBuild { configured, ..CoprBuild::default() }),
        JobKind::TestRun => JobDetails::TestRun(Box::new(TestRun { configured, ..TestRun::default() })),
        _ => JobDetails::Other(domain::details::Other { configured, ..Default::default() }),
    };
    PlannedStep { previous, job: PlannedJob { kind, identifier: Some("full".to_owned()), details, targets } }
}

fn target(name: &str, inputs: &[usize]) -> PlannedTarget {
    let inputs = inputs.iter().map(|target| PlannedInput { target: *target, needs: Needs::Success });
    PlannedTarget { name: name.to_owned(), details: TargetDetails::default(), inputs: inputs.collect() }
}
