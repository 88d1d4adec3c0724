//! What a command asks for and no workflow of the commit has: it starts in a new one.

use std::collections::BTreeSet;

use domain::comments::{Command, CommandName};
use domain::plan::{Omission, Plan, Trigger, Wanted};
use domain::words::{JobKind, ReferenceKind};
use forges::Forge;

use super::super::Unsettled;
use super::super::configuration::Configuration;
use super::super::prepared::Prepared;
use super::known::Known;
use super::place::Place;
use super::{Answer, Commented, replies};
use crate::Engine;

impl Engine {
    /// Prepares a workflow with what is wanted and not known; or what is to be said where that is nothing.
    pub(super) async fn start_missing(
        &self,
        (commented, place): (&Commented<'_>, &Place),
        forge: &dyn Forge,
        command: &Command,
        mut wanted: Wanted,
        known: &[Known],
        configuration: Configuration,
    ) -> Result<Result<Prepared, Answer>, Unsettled> {
        let trigger = match (&place.pull_request, place.reference.kind) {
            (Some(pull_request), _) => Trigger::PullRequest(pull_request),
            (None, ReferenceKind::Release) => Trigger::Release { tag: &place.reference.name },
            (None, _) => Trigger::Push { branch: &place.reference.name },
        };
        wanted.except = places(known, kinds(command.command));
        let mut names = String::new();
        if let Configuration::Read(read, _) = &configuration
            && (command.identifier.is_some() || command.labels.is_some())
        {
            names = replies::names_of_tests(read);
        }
        let at = (&place.reference, place.hash.as_str());
        let mut prepared =
            self.prepare_command(commented.event, forge, at, trigger, wanted, configuration).await?;
        if matches!(command.command, CommandName::Build | CommandName::CoprBuild) {
            keep_builds(&mut prepared.plan);
        }
        Ok(match prepared.nothing_planned() {
            None => Ok(prepared),
            Some(omissions) => {
                Err(replies::nothing_planned(&self.settings.comment_prefix, omissions, &names))
            }
        })
    }
}

/// The kinds of jobs that a command starts only if no workflow has them. Builds that tests need may be needed anew; tests that
/// are there follow the builds of their own workflow.
fn kinds(command: CommandName) -> &'static [JobKind] {
    match command {
        CommandName::Test => &[JobKind::TestRun],
        CommandName::UpstreamKojiBuild => &[JobKind::KojiBuild],
        _ => &[JobKind::CoprBuild, JobKind::TestRun],
    }
}

/// The places in the configuration of the jobs of these kinds that a workflow has.
fn places(known: &[Known], kinds: &[JobKind]) -> BTreeSet<usize> {
    let jobs = known.iter().flat_map(|workflow| &workflow.view.jobs);
    jobs.filter(|job| kinds.contains(&job.kind)).filter_map(|job| job.details.configured().index).collect()
}

/// A command that builds starts nothing where there is nothing to build: tests without a build follow none.
fn keep_builds(plan: &mut Plan) {
    plan.pipelines.retain(|pipeline| pipeline.steps.iter().any(|step| step.job.kind == JobKind::CoprBuild));
    if plan.pipelines.is_empty() && plan.omissions.is_empty() {
        plan.omissions
            .push(Omission::of_event("no copr_build job of the configuration can be started by it"));
    }
}
