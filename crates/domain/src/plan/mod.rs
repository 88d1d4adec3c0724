//! The plan of an event: which jobs, for which targets, after which; and what was not planned and why.
//!
//! [`plan`] is a pure function: the same event, configuration, releases and rules give the same plan.

mod builds;
pub mod downstream;
mod needed;
mod occasion;
mod others;
mod select;
mod shape;
mod sync;
mod tags;
mod targets;
mod test_runs;
#[cfg(test)]
mod tests;

pub use occasion::{DEFAULT_MAX_TARGETS, Occasion, Rules, Trigger, Wanted};
pub use shape::{Omission, Plan, PlannedInput, PlannedJob, PlannedPipeline, PlannedStep, PlannedTarget};

use crate::package_config::{JobConfig, PackageConfig};
use crate::releases::Releases;

/// A job view of the configuration with its place in the list.
type View<'a> = (usize, &'a JobConfig);

/// Plans what an event starts.
///
/// Jobs are selected as Packit does (`docs/contracts.md` 8.2, 8.3); each package is a pipeline of its own. In a pipeline an
/// SRPM comes before the builds that are made from it, and builds before the tests that consume them.
pub fn plan(
    occasion: &Occasion<'_>,
    configuration: &PackageConfig,
    releases: &Releases,
    rules: &Rules,
) -> Plan {
    let mut omissions = Vec::new();
    let selected = select::select(occasion, configuration, rules, &mut omissions);
    let mut pipelines = Vec::new();
    let is_monorepo = configuration.packages.len() > 1;
    for views in by_package(&selected, is_monorepo) {
        let mut draft =
            Draft { occasion, releases, steps: Vec::new(), srpms: Vec::new(), omissions: &mut omissions };
        let builds = draft.plan_builds(&views);
        draft.plan_test_runs(&views, &builds);
        draft.plan_others(&views);
        let mut steps = draft.steps;
        if occasion.wanted.as_ref().is_some_and(|wanted| wanted.tests) {
            steps = needed::by_tests(steps);
        }
        if !steps.is_empty() {
            let package = views.first().and_then(|(_, job)| job.package.clone()).filter(|_| is_monorepo);
            pipelines.push(PlannedPipeline { package, steps });
        }
    }
    select::elsewhere_last(&mut omissions);
    let mut plan = Plan { pipelines, omissions };
    rules.enforce_limits(&mut plan);
    if plan.pipelines.is_empty() && plan.omissions.is_empty() {
        plan.omissions.push(select::nothing_selected(occasion, configuration));
    }
    plan
}

/// The pipeline of one package while it is planned.
struct Draft<'a> {
    occasion: &'a Occasion<'a>,
    releases: &'a Releases,
    steps: Vec<PlannedStep>,
    /// The planned SRPMs: the job that each is made for, and the place of its step.
    srpms: Vec<(&'a JobConfig, usize)>,
    omissions: &'a mut Vec<Omission>,
}

impl Draft<'_> {
    fn push(&mut self, step: PlannedStep) -> usize {
        self.steps.push(step);
        self.steps.len() - 1
    }

    fn omit(&mut self, job: &JobConfig, name: Option<&str>, reason: impl Into<String>) {
        self.omissions.push(Omission::of_job(job, name, reason));
    }
}

/// The selected views, package by package, in the order of the file. Where there is one package only, some jobs may name
/// it and some not.
fn by_package<'a>(selected: &[View<'a>], is_monorepo: bool) -> Vec<Vec<View<'a>>> {
    if !is_monorepo {
        return Vec::from_iter((!selected.is_empty()).then(|| selected.to_vec()));
    }
    let mut packages: Vec<Vec<View<'a>>> = Vec::new();
    for view in selected {
        match packages.iter_mut().find(|views| views[0].1.package == view.1.package) {
            Some(views) => views.push(*view),
            None => packages.push(vec![*view]),
        }
    }
    packages
}
