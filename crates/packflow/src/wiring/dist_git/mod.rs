//! Releases into dist-git as they are configured: a Pagure to propose at, a sandbox, and where logs are kept.

mod keys;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use builders::dist_git::{
    Bubblewrap, DistGit, DistGitConfig, ErrandLimits, GitAccount, Logs, Lookaside, LookasideLogin,
    NewPullRequest, Publisher, PushTarget,
};
use builders::{Builder, BuilderError};
use chrono::Utc;
use domain::ids::TargetId;
use domain::words::{JobKind, ProjectKey};
use forges::pagure::{PagureClient, WantedPullRequest};
use forges::{Forge, ForgeError};
use secrecy::SecretString;
use store::Db;

use super::{MINUTE, forge, host_of};
use crate::configuration::{self, Configuration, Faults, ForgeKind};

/// Where runs have their folders unless told otherwise.
const WORK_FOLDER: &str = "/var/lib/packflow/dist-git";

/// What makes pull requests of releases, as it is configured; none if it is not.
pub(crate) fn dist_git(
    configuration: &Configuration,
    db: &Db,
    public_url: &str,
) -> Result<Option<Arc<dyn Builder>>, Faults> {
    let Some(configured) = &configuration.dist_git else { return Ok(None) };
    let publisher = Arc::new(publisher(configuration)?);
    let author = configured.author.clone().unwrap_or_else(|| publisher.account.clone());
    let address =
        configured.author_address.clone().unwrap_or_else(|| format!("{author}@{}", publisher.client.host()));
    let config = DistGitConfig {
        programs: programs(configuration),
        work_folder: configured.work_folder.clone().unwrap_or_else(|| PathBuf::from(WORK_FOLDER)),
        upstream: upstream(configuration),
        author: (author, address),
        lookaside: lookaside(configured, &publisher.namespace)?,
    };
    let usual = ErrandLimits::default();
    let wall_clock = configured.minutes.map_or(usual.wall_clock, |minutes| minutes.of(MINUTE));
    let limits = ErrandLimits { wall_clock, ..usual };
    let workshop = Arc::new(Bubblewrap { limits, shown: configured.shown.clone() });
    let logs = Arc::new(StoredLogs { db: db.clone(), public_url: public_url.to_owned() });
    Ok(Some(Arc::new(DistGit::new(config, workshop, publisher, logs))))
}

/// What is wrong with the keys of `[dist_git]`.
pub(crate) fn check(configuration: &Configuration) -> Result<(), Faults> {
    let Some(configured) = &configuration.dist_git else { return Ok(()) };
    let mut faults = keys::faults(configured);
    match publisher(configuration) {
        Ok(publisher) => {
            if let Err(found) = lookaside(configured, &publisher.namespace) {
                faults.extend(found);
            }
        }
        Err(found) => faults.extend(found),
    }
    faults.or(Some(()))
}

/// Where archives are uploaded to, if anywhere.
fn lookaside(configured: &configuration::DistGit, namespace: &str) -> Result<Option<Lookaside>, Faults> {
    let mut faults = Faults::default();
    let Some(url) = &configured.lookaside else {
        if configured.lookaside_kerberos {
            faults.add("dist_git.lookaside", "is missing: the address of its `upload.cgi`");
            return Err(faults);
        }
        return Ok(None);
    };
    let login = if configured.lookaside_kerberos {
        #[cfg(not(feature = "gssapi"))]
        {
            faults.add(
                "dist_git.lookaside_kerberos",
                "needs a packflow that was built with the feature `gssapi`",
            );
            return Err(faults);
        }
        #[cfg(feature = "gssapi")]
        LookasideLogin::Kerberos
    } else {
        LookasideLogin::None
    };
    Lookaside::new(url, namespace, login).map(Some).map_err(|error| {
        faults.add("dist_git.lookaside", error.to_string());
        faults
    })
}

/// The Pagure that is named, with its token, which pushes too.
fn publisher(configuration: &Configuration) -> Result<Pagure, Faults> {
    let mut faults = Faults::default();
    let Some(configured) = &configuration.dist_git else { return Err(faults) };
    let wanted = configured.forge.as_deref().map(str::to_ascii_lowercase);
    let pagures =
        configuration.forge.iter().enumerate().filter(|(_, forge)| forge.kind == Some(ForgeKind::Pagure));
    let meant: Vec<_> =
        pagures.filter(|(_, forge)| wanted.as_ref().is_none_or(|wanted| host_of(forge) == *wanted)).collect();
    if meant.is_empty() {
        faults.add("dist_git.forge", "names no [[forge]] of the kind pagure: releases are proposed at one");
    } else if meant.len() > 1 {
        faults.add("dist_git.forge", "is missing: there are several forges of the kind pagure");
    }
    let account = configured.account.clone().filter(|account| !account.is_empty());
    if account.is_none() {
        faults.add(
            "dist_git.account",
            "is missing: the account whose token the forge has, in whose forks branches are made",
        );
    }
    let ([(index, found)], Some(account)) = (meant.as_slice(), account) else { return Err(faults) };
    let (client, token) = forge::pagure_with_token(found, &format!("forge[{index}]"))?;
    let host = host_of(found);
    Ok(Pagure {
        client,
        host: host.clone(),
        namespace: configured.namespace.clone().unwrap_or_else(|| "rpms".to_owned()),
        git_url: configured.git_url.clone().unwrap_or_else(|| format!("https://{host}")),
        account,
        token,
    })
}

fn programs(configuration: &Configuration) -> BTreeMap<JobKind, Vec<String>> {
    let python = configuration.dist_git.as_ref().and_then(|configured| configured.python.as_deref());
    let mut programs = DistGitConfig::usual_programs(python.unwrap_or("python3"));
    if let Some(configured) = &configuration.dist_git {
        for (kind, program) in [
            (JobKind::ProposeDownstream, &configured.propose_downstream),
            (JobKind::PullFromUpstream, &configured.pull_from_upstream),
        ] {
            if !program.is_empty() {
                programs.insert(kind, program.clone());
            }
        }
    }
    programs
}

/// Upstream sources come from the configured forges, or from what is named as their mirrors.
fn upstream(configuration: &Configuration) -> BTreeMap<String, String> {
    let served =
        configuration.forge.iter().filter(|forge| forge.kind != Some(ForgeKind::Pagure)).map(host_of);
    let mut upstream: BTreeMap<String, String> = served
        .filter(|host| !host.is_empty())
        .map(|host| (format!("https://{host}"), format!("https://{host}")))
        .collect();
    if let Some(configured) = &configuration.dist_git {
        upstream.extend(configured.upstream.clone());
    }
    upstream
}

/// Pagure as the place of proposals.
#[derive(Debug)]
struct Pagure {
    client: PagureClient,
    host: String,
    namespace: String,
    git_url: String,
    account: String,
    token: SecretString,
}

impl Pagure {
    fn project(&self, package: &str) -> ProjectKey {
        ProjectKey::new(&self.host, &self.namespace, package)
    }
}

#[async_trait]
impl Publisher for Pagure {
    fn repository_url(&self, package: &str) -> String {
        format!("{}/{}/{package}.git", self.git_url, self.namespace)
    }

    async fn push_target(&self, package: &str) -> Result<PushTarget, BuilderError> {
        self.client.fork(&self.project(package)).await.map_err(told)?;
        let url = format!("{}/forks/{}/{}/{package}.git", self.git_url, self.account, self.namespace);
        let account = GitAccount { name: self.account.clone(), password: self.token.clone() };
        Ok(PushTarget { url, account })
    }

    async fn pull_request(
        &self,
        package: &str,
        from: &str,
        to: &str,
    ) -> Result<Option<String>, BuilderError> {
        let project = self.project(package);
        self.client.open_pull_request(&project, &self.account, from, to).await.map_err(told)
    }

    async fn open(&self, package: &str, wanted: &NewPullRequest) -> Result<String, BuilderError> {
        let wanted = WantedPullRequest {
            from_branch: &wanted.from_branch,
            to_branch: &wanted.to_branch,
            title: &wanted.title,
            text: &wanted.text,
        };
        self.client.propose(&self.project(package), &self.account, &wanted).await.map_err(told)
    }

    async fn check(&self) -> Result<String, BuilderError> {
        let found = self.client.check().await.map_err(told)?;
        Ok(format!("dist-git at {}: {found}", self.host))
    }
}

/// What a forge could not do, as a build system says it.
fn told(error: ForgeError) -> BuilderError {
    match error {
        ForgeError::Refused(reason) => BuilderError::Refused(reason),
        ForgeError::Unavailable { reason, retry_after } => BuilderError::Unavailable { reason, retry_after },
    }
}

/// Logs in the database, which every server can show.
#[derive(Debug)]
struct StoredLogs {
    db: Db,
    public_url: String,
}

#[async_trait]
impl Logs for StoredLogs {
    async fn keep(&self, target: TargetId, log: &str) -> Result<String, BuilderError> {
        store::logs::keep(&self.db, target, log, Utc::now())
            .await
            .map_err(|error| BuilderError::Unavailable { reason: error.to_string(), retry_after: None })?;
        Ok(format!("{}/targets/{target}/log", self.public_url))
    }
}
