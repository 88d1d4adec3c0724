//! SRPMs that no chroot of Copr waits for: those that only Koji builds.

use std::borrow::Cow;

use domain::details::{CoprBuild, JobDetails, SrpmBuild, TargetDetails};
use domain::words::{JobKind, ProjectKey};

use crate::{Work, WorkTarget};

/// The forge whose name is left out of the names of projects.
const USUAL_FORGE: &str = "github.com";

/// Copr makes an SRPM only together with a build. For one that is alone, that is a build of the chroot that it is made in, in
/// a project for such; what comes of that build does not matter.
pub(super) fn with_a_build(work: &Work) -> Cow<'_, Work> {
    let [target] = work.targets.as_slice() else { return Cow::Borrowed(work) };
    let JobDetails::SrpmBuild(srpm) = &target.job else { return Cow::Borrowed(work) };
    let targets = vec![target.clone(), build_beside(target, srpm, &work.project)];
    Cow::Owned(Work { targets, ..work.clone() })
}

fn build_beside(target: &WorkTarget, srpm: &SrpmBuild, project: &ProjectKey) -> WorkTarget {
    let job = CoprBuild {
        configured: srpm.configured.clone(),
        project: project_of(project),
        forge_project: format!("{}/{}/{}", project.forge, project.namespace, project.name),
        enable_net: srpm.enable_net,
        ..CoprBuild::default()
    };
    WorkTarget {
        kind: JobKind::CoprBuild,
        name: srpm.chroot.clone(),
        job: JobDetails::CoprBuild(job),
        details: TargetDetails::default(),
        ..target.clone()
    }
}

/// The Copr project for the SRPMs of a repository, named as those for its builds are (`docs/contracts.md` 3.5).
fn project_of(project: &ProjectKey) -> String {
    let mut name = format!("{}-{}-srpms", project.namespace, project.name);
    if project.forge != USUAL_FORGE {
        name = format!("{}-{name}", project.forge);
    }
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-');
    name.chars().map(|letter| if is_plain(letter) { letter } else { '-' }).collect()
}

#[cfg(test)]
mod tests {
    use domain::words::ProjectKey;

    use super::project_of;

    #[test]
    fn a_repositorys_srpms_have_a_project_of_their_own() {
        assert_eq!(project_of(&ProjectKey::new("github.com", "packit", "ogr")), "packit-ogr-srpms");
        assert_eq!(
            project_of(&ProjectKey::new("gitlab.com", "fedora/tools", "c++ things")),
            "gitlab.com-fedora-tools-c---things-srpms"
        );
    }
}
