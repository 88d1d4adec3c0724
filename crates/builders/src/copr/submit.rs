//! New builds.

use std::collections::BTreeSet;

use domain::details::{CoprBuild, JobDetails, SrpmBuild};
use domain::words::{JobKind, TargetStatus};
use serde_json::{Value, json};

use super::script::source_script;
use super::{Copr, project};
use crate::{BuilderError, Observation, Submitted, Work, WorkTarget};

/// What is to be built where.
#[derive(Debug)]
pub(super) struct Order<'a> {
    pub(super) owner: &'a str,
    pub(super) job: &'a CoprBuild,
    pub(super) source: SourceOf<'a>,
    /// One target per chroot that Copr has.
    pub(super) chroots: Vec<&'a WorkTarget>,
    /// What is to be said of the chroots that Copr does not have: they are left out, the others are built.
    pub(super) left_out: Vec<Observation>,
}

/// Where the SRPM comes from.
#[derive(Debug)]
pub(super) enum SourceOf<'a> {
    /// It is made inside the build.
    Script(&'a SrpmBuild),
    /// It was made before.
    Url(&'a str),
}

impl<'a> Order<'a> {
    pub(super) async fn of(copr: &'a Copr, work: &'a Work) -> Result<Self, BuilderError> {
        let mut order = Self::planned(copr, work)?;
        let names: Vec<&str> = order.chroots.iter().map(|target| target.name.as_str()).collect();
        let unknown = project::unknown_chroots(copr, &names).await?;
        let (left_out, chroots) = order.chroots.iter().partition(|target| unknown.contains(&target.name));
        order.chroots = chroots;
        let left_out: Vec<&WorkTarget> = left_out;
        order.left_out = left_out.into_iter().map(no_such_chroot).collect();
        Ok(order)
    }

    fn planned(copr: &'a Copr, work: &'a Work) -> Result<Self, BuilderError> {
        let refused = |reason: &str| Err(BuilderError::Refused(reason.to_owned()));
        let mut chroots = Vec::new();
        let (mut job, mut srpm) = (None, None);
        for target in &work.targets {
            match &target.job {
                JobDetails::CoprBuild(details) => {
                    job = Some(details);
                    chroots.push(target);
                }
                JobDetails::SrpmBuild(details) => srpm = Some(details),
                JobDetails::Imported(_) => {
                    return refused(
                        "it was imported without what it was built with; push or comment to build anew",
                    );
                }
                JobDetails::TestRun(_)
                | JobDetails::KojiBuild(_)
                | JobDetails::KojiTagRequest(_)
                | JobDetails::BodhiUpdate(_)
                | JobDetails::DistGitSync(_)
                | JobDetails::Other(_) => {
                    return refused("this is nothing that Copr builds");
                }
            }
        }
        let Some(job) = job else {
            return refused("Copr makes SRPMs only together with a build, one for each");
        };
        let source = match srpm {
            Some(srpm) => SourceOf::Script(srpm),
            None => SourceOf::Url(srpm_address(&chroots)?),
        };
        let owner = job.owner.as_deref().unwrap_or(&copr.config.owner);
        Ok(Self { owner, job, source, chroots, left_out: Vec::new() })
    }
}

/// The address of the one SRPM that all these targets consume.
fn srpm_address<'a>(targets: &[&'a WorkTarget]) -> Result<&'a str, BuilderError> {
    let inputs = targets.iter().flat_map(|target| &target.inputs);
    let addresses: BTreeSet<&str> = inputs
        .filter(|input| input.kind == JobKind::SrpmBuild)
        .filter_map(|input| input.details.artifact_url.as_deref())
        .collect();
    match (addresses.first(), addresses.len()) {
        (Some(address), 1) => Ok(address),
        (None, _) => Err(BuilderError::Refused("the address of the SRPM to build is not known".to_owned())),
        (Some(_), _) => Err(BuilderError::Refused("one Copr build cannot build two SRPMs".to_owned())),
    }
}

pub(super) async fn submit(copr: &Copr, work: &Work) -> Result<Submitted, BuilderError> {
    let order = Order::of(copr, work).await?;
    if order.chroots.is_empty() {
        return Err(BuilderError::Refused("Copr has none of the chroots that were planned".to_owned()));
    }
    project::make_ready(copr, &order).await?;
    let answer = match order.source {
        SourceOf::Script(srpm) => {
            let mut body = options(&order);
            let packit = std::iter::once("packit");
            let dependencies = srpm.build_dependencies.iter().map(String::as_str);
            body["script"] = source_script(&work.mark(), srpm, &work.commit).into();
            body["chroot"] = srpm.chroot.as_str().into();
            body["builddeps"] = packit.chain(dependencies).collect::<Vec<_>>().into();
            body["repos"] = copr.config.srpm_repos.clone().into();
            copr.api.begin("build/create/custom", &body).await?
        }
        SourceOf::Url(address) => {
            let mut body = options(&order);
            body["pkgs"] = json!([address]);
            copr.api.begin("build/create/url", &body).await?["items"][0].take()
        }
    };
    match answer["id"].as_u64() {
        Some(id) => Ok(Submitted { external_id: id.to_string(), observations: order.left_out }),
        None => Err(BuilderError::Unknown(format!("Copr did not say which build it began: {answer}"))),
    }
}

/// What every build is created with.
fn options(order: &Order<'_>) -> Value {
    let job = order.job;
    let mut body = json!({
        "ownername": order.owner,
        "projectname": job.project,
        "chroots": order.chroots.iter().map(|target| &target.name).collect::<Vec<_>>(),
        "enable_net": job.enable_net,
    });
    if let Some(seconds) = job.timeout_seconds {
        body["timeout"] = seconds.into();
    }
    if let Some(bootstrap) = &job.bootstrap {
        body["bootstrap"] = bootstrap.as_str().into();
    }
    if job.is_custom_project {
        body["packit_forge_project"] = job.forge_project.as_str().into();
    }
    body
}

fn no_such_chroot(target: &WorkTarget) -> Observation {
    Observation {
        target: target.id,
        status: TargetStatus::Errored,
        reason: Some(format!("Copr does not have the chroot {}", target.name)),
        url: None,
        logs_url: None,
        peer_started_at: None,
        peer_finished_at: None,
        details: None,
    }
}
