use std::collections::{BTreeMap, BTreeSet};

use super::{Omission, Plan};
use crate::event::PullRequest;
use crate::package_config::{Deployment, JobConfig, JobType};
use crate::words::{JobKind, ProjectKey};

/// What a plan is made for: the facts of an event that jobs are selected by and carried out with.
#[derive(Debug, Clone)]
pub struct Occasion<'a> {
    /// The project of the event.
    pub project: &'a ProjectKey,
    /// The branch that jobs of pushed commits follow unless they name one.
    pub default_branch: Option<&'a str>,
    /// What happened.
    pub trigger: Trigger<'a>,
    /// The web address of the project: `https://github.com/packit/ogr`.
    pub project_url: String,
    /// The web address of the repository that a pull request's commits come from.
    pub source_url: Option<String>,
    /// The newest commit of the branch that a pull request would be merged into, if the forge told it.
    pub target_hash: Option<String>,
    /// What somebody asked for, if it starts by a command.
    pub wanted: Option<Wanted>,
    /// Whether the project is a package of a distribution: Koji can build what is proposed there.
    pub is_dist_git: bool,
}

/// What somebody asked to be started: jobs with `manual_trigger` start too, and others only if they are meant.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Whether tests are asked for, with the builds that they need and no others; else the builds, and what follows them.
    pub tests: bool,
    /// Whether scratch builds in Koji are asked for, and nothing else.
    pub scratch_builds: bool,
    /// Whether it is asked to propose a release to dist-git, and nothing else.
    pub proposals: bool,
    /// Of this package only.
    pub package: Option<String>,
    /// Of test jobs with this identifier only.
    pub identifier: Option<String>,
    /// Of test jobs with one of these labels only.
    pub labels: Option<Vec<String>>,
    /// Variables for the tests; an empty value takes one away.
    pub variables: BTreeMap<String, String>,
    /// But for the jobs at these places of the configuration: other workflows of the commit have them.
    pub except: BTreeSet<usize>,
}

impl Wanted {
    /// Whether the job at this place of the configuration is meant. A build is, since tests may need it.
    pub(super) fn means(&self, index: usize, job: &JobConfig) -> bool {
        let package = [&job.package, &job.downstream_package_name];
        if self.except.contains(&index) || (self.package.is_some() && !package.contains(&&self.package)) {
            return false;
        }
        match job.job {
            JobType::UpstreamKojiBuild => self.scratch_builds,
            JobType::ProposeDownstream => self.proposals,
            _ if self.scratch_builds || self.proposals => false,
            JobType::CoprBuild => true,
            JobType::Tests if self.tests => self.means_test(job),
            // What follows a build follows it as always.
            JobType::Tests => !job.manual_trigger,
            _ => false,
        }
    }

    /// Whether a test job has the identifier and a label that are asked for. Where the command names none, those count that
    /// the job's own `test_command` names (`docs/contracts.md` 8.2).
    pub fn means_test(&self, job: &JobConfig) -> bool {
        let own = &job.test_command;
        let identifier = self.identifier.as_ref().or(own.default_identifier.as_ref());
        let default_labels = own.default_labels.as_ref().filter(|labels| !labels.is_empty());
        let labels = self.labels.as_ref().or(default_labels);
        let has = |label: &String| job.labels.as_ref().is_some_and(|own| own.contains(label));
        identifier.is_none_or(|wanted| job.identifier.as_ref() == Some(wanted))
            && labels.is_none_or(|wanted| wanted.iter().any(has))
    }
}

/// What happened, as far as jobs can be started by it.
#[derive(Debug, Clone, Copy)]
pub enum Trigger<'a> {
    /// A pull request was opened or got commits.
    PullRequest(&'a PullRequest),
    /// Commits were pushed to a branch.
    Push {
        /// The branch.
        branch: &'a str,
    },
    /// A release was published.
    Release {
        /// The tag's name.
        tag: &'a str,
    },
}

/// What this installation plans.
#[derive(Debug, Clone)]
pub struct Rules {
    /// Which `packit_instances` are ours.
    pub instance: Deployment,
    /// The kinds of jobs that can be carried out here.
    pub kinds: BTreeSet<JobKind>,
    /// Whether what is planned may run in the internal Testing Farm: by project and person, so it is found out for each event.
    pub internal_tests: bool,
    /// The most targets that one event may start.
    pub max_targets: usize,
    /// The account of Fedora that is ours: whose Koji builds, Bodhi updates and dist-git pull requests are made here. A
    /// configuration that allows `packit` allows it.
    pub fedora_account: String,
}

/// The most targets that one event may start, unless configured: ten times the largest real configuration known.
pub const DEFAULT_MAX_TARGETS: usize = 500;

/// What configurations call the service's account.
pub(super) const OUR_ACCOUNT: &str = "packit";

impl Default for Rules {
    fn default() -> Self {
        Self {
            instance: Deployment::Prod,
            kinds: JobKind::ALL.iter().copied().collect(),
            internal_tests: false,
            max_targets: DEFAULT_MAX_TARGETS,
            fedora_account: OUR_ACCOUNT.to_owned(),
        }
    }
}

impl Rules {
    /// A plan with more targets than are allowed is not started at all: half a workflow helps nobody.
    pub(super) fn enforce_limits(&self, plan: &mut Plan) {
        let targets: usize = JobKind::ALL.iter().map(|kind| plan.count(*kind)).sum();
        if targets > self.max_targets {
            plan.pipelines.clear();
            plan.omissions.push(Omission::of_event(format!(
                "the configuration asks for {targets} targets at once; at most {} are started",
                self.max_targets
            )));
        }
    }
}
