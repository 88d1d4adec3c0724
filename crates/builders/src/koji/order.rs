//! What a submission asks Koji for.

use std::collections::BTreeSet;

use domain::details::{JobDetails, KojiBuild};
use domain::words::JobKind;

use crate::{BuilderError, Work, WorkTarget};

/// What is to be done.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order<'a> {
    /// A build.
    Build(BuildOrder<'a>),
    /// A build that exists is put into a sidetag.
    Tag {
        /// The sidetag.
        tag: &'a str,
        /// The build.
        nvr: &'a str,
    },
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct BuildOrder<'a> {
    pub(super) source: SourceOf<'a>,
    /// Koji's target: where to build, and the tag that the build is put into.
    pub(super) target: String,
    pub(super) scratch: bool,
}

/// Where the sources come from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum SourceOf<'a> {
    /// A commit that Koji fetches itself.
    Commit(String),
    /// An SRPM that we send to it.
    Srpm(&'a str),
}

fn refused<T>(reason: impl Into<String>) -> Result<T, BuilderError> {
    Err(BuilderError::Refused(reason.into()))
}

/// The one target of a submission.
pub(super) fn target_of(work: &Work) -> Result<&WorkTarget, BuilderError> {
    match work.targets.as_slice() {
        [target] => Ok(target),
        targets => refused(format!("a Koji task has one target, not {}", targets.len())),
    }
}

impl<'a> Order<'a> {
    pub(super) fn of(work: &'a Work) -> Result<Self, BuilderError> {
        let target = target_of(work)?;
        match &target.job {
            JobDetails::KojiBuild(job) => Ok(Self::Build(BuildOrder::of(work, target, job)?)),
            JobDetails::KojiTagRequest(_) => {
                match (target.details.sidetag.as_deref(), target.details.nvr.as_deref()) {
                    (Some(tag), Some(nvr)) => Ok(Self::Tag { tag, nvr }),
                    (None, _) => refused("the sidetag to put the build into is not known"),
                    (_, None) => refused("the build to put into the sidetag is not known"),
                }
            }
            JobDetails::Imported(_) => {
                refused("it was imported without what it was built with; push or comment to build anew")
            }
            JobDetails::SrpmBuild(_)
            | JobDetails::CoprBuild(_)
            | JobDetails::TestRun(_)
            | JobDetails::BodhiUpdate(_)
            | JobDetails::DistGitSync(_)
            | JobDetails::Other(_) => refused("this is nothing that Koji does"),
        }
    }
}

impl<'a> BuildOrder<'a> {
    fn of(work: &Work, target: &'a WorkTarget, job: &KojiBuild) -> Result<Self, BuilderError> {
        let (source, usual) = match srpm_of(target)? {
            Some(address) if job.scratch => (SourceOf::Srpm(address), scratch_target(&target.name)),
            Some(_) => return refused("a real build is made of a commit in dist-git, not of an SRPM"),
            None => (SourceOf::Commit(commit_of(work, target, job)?), target_of_branch(&target.name)),
        };
        let target = target.details.sidetag.clone().unwrap_or(usual);
        Ok(Self { source, target, scratch: job.scratch })
    }
}

/// The address of the SRPM that the target consumes; none if it consumes none.
fn srpm_of(target: &WorkTarget) -> Result<Option<&str>, BuilderError> {
    let srpms: Vec<_> = target.inputs.iter().filter(|input| input.kind == JobKind::SrpmBuild).collect();
    let addresses: BTreeSet<&str> =
        srpms.iter().filter_map(|input| input.details.artifact_url.as_deref()).collect();
    match (srpms.is_empty(), addresses.first(), addresses.len()) {
        (true, ..) => Ok(None),
        (false, Some(address), 1) => Ok(Some(address)),
        (false, None, _) => refused("the address of the SRPM to build is not known"),
        (false, Some(_), _) => refused("one Koji build cannot build two SRPMs"),
    }
}

/// The commit as Koji is told it: `git+https://src.fedoraproject.org/rpms/ogr.git#0123...`.
fn commit_of(work: &Work, target: &WorkTarget, job: &KojiBuild) -> Result<String, BuilderError> {
    let project = &work.project;
    let repository = if job.source.url.is_empty() {
        format!("https://{}/{}/{}", project.forge, project.namespace, project.name)
    } else {
        job.source.url.clone()
    };
    let repository = repository.trim_end_matches('/').trim_end_matches(".git");
    let is_address = url::Url::parse(repository).is_ok_and(|url| {
        matches!(url.scheme(), "http" | "https") && url.fragment().is_none() && url.query().is_none()
    });
    let commit = target.details.revision.as_deref().unwrap_or(&work.commit);
    let is_hash = commit.len() >= 40 && commit.chars().all(|letter| letter.is_ascii_hexdigit());
    if !is_address || repository.contains(char::is_whitespace) || !is_hash {
        return refused(format!("`{commit}` at `{repository}` is no commit that Koji could build"));
    }
    Ok(format!("git+{repository}.git#{commit}"))
}

/// The target that a dist-git branch is built for: the tag behind it is where updates are made from.
pub(super) fn target_of_branch(branch: &str) -> String {
    match branch {
        "main" | "rawhide" => "rawhide".to_owned(),
        "eln" => "eln".to_owned(),
        // Older than the others, and named after the tag.
        "el5" | "el6" => format!("dist-{}E-epel-testing-candidate", &branch[2..]),
        branch => format!("{branch}-candidate"),
    }
}

/// The target of a scratch build, which configurations and aliases name themselves.
fn scratch_target(name: &str) -> String {
    if name == "main" { "rawhide".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{scratch_target, target_of_branch};

    #[test]
    fn a_branch_has_its_target() {
        for (branch, target) in [
            ("rawhide", "rawhide"),
            ("main", "rawhide"),
            ("f42", "f42-candidate"),
            ("epel8", "epel8-candidate"),
            ("epel9-next", "epel9-next-candidate"),
            ("epel10.1", "epel10.1-candidate"),
            ("eln", "eln"),
            ("el6", "dist-6E-epel-testing-candidate"),
        ] {
            assert_eq!(target_of_branch(branch), target);
        }
        assert_eq!((scratch_target("f42").as_str(), scratch_target("main").as_str()), ("f42", "rawhide"));
    }
}
