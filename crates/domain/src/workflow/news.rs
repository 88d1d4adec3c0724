use std::collections::{BTreeMap, BTreeSet};

use super::{Target, Workflow};
use crate::ids::{JobId, TargetId};
use crate::text_enum::text_enum;
use crate::words::{JobKind, TargetStatus};

text_enum! {
    /// What a configuration may want told in words, beside the checks (`notifications` of `docs/package-configuration.md`).
    pub enum NewsKind("kind of news") {
        /// A target of a job failed or errored.
        Failure = "failure",
        /// All builds of a job succeeded.
        Success = "success",
    }
}

/// Something that may be told in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct News {
    /// What it is.
    pub kind: NewsKind,
    /// The job that it is of.
    pub job: JobId,
    /// The first target that brought it.
    pub target: TargetId,
}

impl Workflow {
    /// What there is to tell of the jobs of these targets, which have ended. It may be found again when more of a job ends:
    /// whoever tells it has to tell it once for each job.
    pub fn news(&self, ended: &BTreeSet<TargetId>) -> Vec<News> {
        let mut failed: BTreeMap<JobId, TargetId> = BTreeMap::new();
        let mut succeeded: BTreeMap<JobId, TargetId> = BTreeMap::new();
        for (id, target) in ended.iter().filter_map(|id| Some((*id, self.targets.get(id)?))) {
            match target.status {
                TargetStatus::Failed | TargetStatus::Errored if tells_failure(target.kind) => {
                    failed.entry(target.job).or_insert(id);
                }
                TargetStatus::Succeeded if target.kind == JobKind::CoprBuild => {
                    succeeded.entry(target.job).or_insert(id);
                }
                _ => {}
            }
        }
        if !succeeded.is_empty() {
            let incomplete = self.incomplete_builds();
            succeeded.retain(|_, id| !incomplete.contains(&self.first_job(&self.targets[id])));
        }
        let news = |kind| move |(job, target)| News { kind, job, target };
        let failed = failed.into_iter().map(news(NewsKind::Failure));
        failed.chain(succeeded.into_iter().map(news(NewsKind::Success))).collect()
    }

    /// The folded steps of Copr (`docs/design.md` section 2, "Chains") in which a newest attempt has not succeeded.
    fn incomplete_builds(&self) -> BTreeSet<JobId> {
        let builds = self.newest().filter(|(_, target)| target.kind == JobKind::CoprBuild);
        let others = builds.filter(|(_, target)| target.status != TargetStatus::Succeeded);
        others.map(|(_, target)| self.first_job(target)).collect()
    }

    /// The job of the first attempt of a target's chain, which names its folded step.
    fn first_job(&self, target: &Target) -> JobId {
        self.targets.get(&target.chain).map_or(target.job, |first| first.job)
    }
}

/// What is carried into dist-git has an issue that tells what failed.
fn tells_failure(kind: JobKind) -> bool {
    matches!(kind, JobKind::SrpmBuild | JobKind::CoprBuild | JobKind::TestRun | JobKind::KojiBuild)
}
