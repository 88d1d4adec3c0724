use super::names;
use crate::details::{Configured, CoprBuild, JobDetails, SrpmBuild, TargetDetails, TestRun};
use crate::plan::{Plan, PlannedJob, PlannedPipeline, PlannedStep, PlannedTarget};
use crate::words::{JobKind, Reference, ReferenceKind};

fn step(kind: JobKind, identifier: Option<&str>, template: Option<&str>, targets: &[&str]) -> PlannedStep {
    let configured = Configured {
        package: "ogr".to_owned(),
        status_name_template: template.map(str::to_owned),
        ..Configured::default()
    };
    let details = match kind {
        JobKind::SrpmBuild => JobDetails::SrpmBuild(SrpmBuild { configured, ..SrpmBuild::default() }),
        JobKind::TestRun => JobDetails::TestRun(Box::new(TestRun { configured, ..TestRun::default() })),
        _ => JobDetails::CoprBuild(CoprBuild { configured, ..CoprBuild::default() }),
    };
    let target = |name: &&str| PlannedTarget {
        name: (*name).to_owned(),
        details: TargetDetails::default(),
        inputs: Vec::new(),
    };
    let targets = targets.iter().map(target).collect();
    let identifier = identifier.map(str::to_owned);
    PlannedStep { previous: None, job: PlannedJob { kind, identifier, details, targets } }
}

fn named(package: Option<&str>, steps: Vec<PlannedStep>, kind: ReferenceKind, name: &str) -> Vec<String> {
    let pipelines = vec![PlannedPipeline { package: package.map(str::to_owned), steps }];
    names(&Plan { pipelines, omissions: Vec::new() }, &Reference::new(kind, name))
}

#[test]
fn checks_are_named_as_packit_names_them() {
    let steps = || {
        vec![
            step(JobKind::SrpmBuild, None, None, &["srpm"]),
            step(JobKind::CoprBuild, None, None, &["fedora-43-x86_64"]),
            step(JobKind::TestRun, Some("full"), None, &["fedora-43-x86_64"]),
            step(JobKind::VmImageBuild, None, None, &["fedora-43-x86_64"]),
        ]
    };
    assert_eq!(
        named(None, steps(), ReferenceKind::PullRequest, "7"),
        [
            "srpm-build",
            "rpm-build:fedora-43-x86_64",
            "testing-farm:fedora-43-x86_64:full",
            "vm-image-build:fedora-43-x86_64"
        ]
    );
    assert_eq!(
        named(Some("ogr"), steps(), ReferenceKind::Branch, "release:1"),
        [
            "srpm-build:release-1:ogr",
            "rpm-build:release-1:fedora-43-x86_64",
            "testing-farm:release-1:fedora-43-x86_64:full",
            "vm-image-build:release-1:fedora-43-x86_64"
        ]
    );
}

#[test]
fn a_template_names_them_unless_it_is_bad() {
    let with = |template| {
        let steps = vec![step(JobKind::CoprBuild, Some("x"), Some(template), &["f43"])];
        named(None, steps, ReferenceKind::Release, "v1").remove(0)
    };
    assert_eq!(with("{package}/{job_name} {chroot} {event} {identifier}!"), "ogr/rpm-build f43 v1 x!");
    for bad in ["{unknown}", "{chroot", "chroot}", "", "  "] {
        assert_eq!(with(bad), "rpm-build:v1:f43:x", "{bad}");
    }
}

#[test]
fn names_are_distinct() {
    let steps = vec![
        step(JobKind::CoprBuild, None, None, &["f43", "f44"]),
        step(JobKind::CoprBuild, None, None, &["f43"]),
    ];
    assert_eq!(
        named(None, steps, ReferenceKind::PullRequest, "7"),
        ["rpm-build:f43", "rpm-build:f44", "rpm-build:f43 (2)"]
    );
}
