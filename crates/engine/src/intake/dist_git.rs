//! What happens at dist-git: who it was, by which configuration, and what Koji and Bodhi do of it (`docs/contracts.md` 8.5, 8.6).

use domain::event::{ForgeEvent, ProjectFacts};
use domain::package_config::PackageConfig;
use domain::plan::downstream::{self, Branch, Cause, Downstream, Merged, Questions, Standing};
use domain::plan::{Omission, Plan};
use domain::words::ProjectKey;
use forges::{CommitAt, File, Forge, ForgeError, Permission};

use super::Unsettled;
use super::configuration::{self, Configuration};
use super::prepared::Prepared;
use crate::Engine;

/// The branches whose configuration counts where a project does not say which is its default: Rawhide's.
const DEFAULT_BRANCHES: [&str; 2] = ["rawhide", "main"];

/// A push, as dist-git tells of it.
pub(super) struct Push<'a> {
    pub(super) event: &'a ForgeEvent,
    pub(super) branch: &'a str,
    pub(super) hash: &'a str,
    /// The pull request that was merged by it.
    pub(super) pull_request: Option<i64>,
}

/// The configuration that counts at dist-git.
pub(crate) enum Configured {
    /// There is one.
    Read(Box<PackageConfig>, File),
    /// Why there is none.
    Not(Omission),
}

impl Configured {
    /// What an event keeps of it.
    pub(crate) fn kept(file: &File) -> serde_json::Value {
        serde_json::json!({ "path": file.path, "text": file.text })
    }
}

impl From<Configuration> for Configured {
    fn from(read: Configuration) -> Self {
        match read {
            Configuration::Read(configuration, file) => Self::Read(configuration, file),
            Configuration::Missing(omission) | Configuration::Unusable(omission) => Self::Not(omission),
        }
    }
}

impl Engine {
    /// What a push at dist-git comes to.
    pub(super) async fn prepare_dist_git_push(
        &self,
        forge: &dyn Forge,
        push: &Push<'_>,
    ) -> Result<Prepared, Unsettled> {
        let project = &push.event.project;
        let (configuration, file) = match self.dist_git_configuration(forge, project).await? {
            Configured::Read(configuration, file) => (configuration, file),
            Configured::Not(omission) => {
                return Ok(Prepared::at_dist_git(forge, push.hash, Plan::omitted(omission), None));
            }
        };
        let questions = downstream::questions(&configuration);
        let merged = match push.pull_request {
            Some(number) => merged(forge, &project.key, number, &questions).await?,
            None => None,
        };
        let author = merged.as_ref().and_then(|merged| merged.author.account.as_deref());
        if let Some(reason) = author.and_then(|author| self.refuses(project, Some(author))) {
            let omission = Omission::of_event(reason);
            return Ok(Prepared::at_dist_git(forge, push.hash, Plan::omitted(omission), None));
        }
        let committer = match &merged {
            // Who pressed the button is not asked for.
            Some(_) => Standing { account: push.event.actor.clone(), ..Standing::default() },
            None => standing(forge, &project.key, push.event.actor.as_deref(), &questions).await?,
        };
        let cause = Cause::Push { committer: &committer, merged: merged.as_ref() };
        let branch = Branch::named(push.branch);
        let plan = self.plan_downstream(&project.key, vec![branch], cause, &configuration).await?;
        Ok(Prepared::at_dist_git(forge, push.hash, plan, Some(Configured::kept(&file))))
    }

    /// The configuration of a package: whatever the event is about, that of the default branch counts
    /// (`docs/contracts.md` 8.1).
    pub(crate) async fn dist_git_configuration(
        &self,
        forge: &dyn Forge,
        project: &ProjectFacts,
    ) -> Result<Configured, ForgeError> {
        let Some(hash) = default_head(forge, project).await? else {
            let branches = DEFAULT_BRANCHES.join(" or ");
            let omission =
                Omission::of_event(format!("the package has no branch {branches} to be configured in"));
            return Ok(Configured::Not(omission));
        };
        let at = CommitAt { project: project.key.clone(), hash };
        Ok(configuration::read(forge, &at).await?.into())
    }

    /// The configuration that a pull request would bring: that of its newest commit, in the fork that it comes from. It
    /// counts only for whoever may command the package and asks for it.
    pub(super) async fn pull_request_configuration(
        &self,
        forge: &dyn Forge,
        project: &ProjectKey,
        number: i64,
    ) -> Result<Configured, ForgeError> {
        let head = match forge.pull_request(project, number).await {
            Ok(Some(head)) => head,
            Ok(None) => {
                return Ok(Configured::Not(Omission::of_event("the pull request is not there any more")));
            }
            Err(ForgeError::Refused(reason)) => return Ok(Configured::Not(Omission::of_event(reason))),
            Err(error) => return Err(error),
        };
        let project = head.source.unwrap_or_else(|| project.clone());
        let at = CommitAt { project, hash: head.hash };
        Ok(configuration::read_proposed(forge, &at).await?.into())
    }

    pub(crate) async fn plan_downstream(
        &self,
        project: &ProjectKey,
        branches: Vec<Branch>,
        cause: Cause<'_>,
        configuration: &PackageConfig,
    ) -> store::Result<Plan> {
        let releases = crate::housekeeping::releases(&self.db).await?;
        let happened = Downstream { project, project_url: format!("https://{project}"), branches, cause };
        Ok(downstream::plan(&happened, configuration, &releases, &self.settings.rules))
    }
}

/// The newest commit of the default branch.
async fn default_head(forge: &dyn Forge, project: &ProjectFacts) -> Result<Option<String>, ForgeError> {
    let own = project.default_branch.as_deref().into_iter();
    for branch in own.chain(DEFAULT_BRANCHES) {
        match forge.resolve(&project.key, branch).await {
            Ok(Some(hash)) => return Ok(Some(hash)),
            Ok(None) | Err(ForgeError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// The pull request that was merged; none if dist-git does not know it.
async fn merged(
    forge: &dyn Forge,
    project: &ProjectKey,
    number: i64,
    questions: &Questions,
) -> Result<Option<Merged>, ForgeError> {
    match forge.pull_request(project, number).await {
        Ok(Some(head)) => {
            let author = standing(forge, project, head.author.as_deref(), questions).await?;
            Ok(Some(Merged { number, author, labels: head.labels }))
        }
        Ok(None) | Err(ForgeError::Refused(_)) => Ok(None),
        Err(error) => Err(error),
    }
}

/// What dist-git says of an account, as far as the configuration asks for it. What it will not tell does not count.
pub(crate) async fn standing(
    forge: &dyn Forge,
    project: &ProjectKey,
    account: Option<&str>,
    questions: &Questions,
) -> Result<Standing, ForgeError> {
    let mut standing = Standing { account: account.map(str::to_owned), ..Standing::default() };
    let Some(account) = account else { return Ok(standing) };
    if questions.permission {
        let permission = match forge.permission(project, account).await {
            Err(ForgeError::Refused(_)) => Permission::None,
            answer => answer?,
        };
        standing.is_admin = permission == Permission::Admin;
        standing.is_committer = permission.can_merge();
    }
    for group in &questions.groups {
        match forge.is_member(group, account).await {
            Ok(true) => drop(standing.groups.insert(group.clone())),
            Ok(false) | Err(ForgeError::Refused(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(standing)
}
