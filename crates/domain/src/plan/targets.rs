//! The chroots that a job's `targets` stand for.

use super::Draft;
use crate::package_config::{JobConfig, TargetOptions};
use crate::releases::DEFAULT_TARGET;

/// The longest name of a chroot, distribution or branch that is taken.
const MAX_NAME: usize = 100;

/// A chroot and the options of the entry that it came from.
pub(super) struct Chroot<'a> {
    pub(super) name: String,
    pub(super) options: Option<&'a TargetOptions>,
}

impl Draft<'_> {
    /// The chroots of a job in the order of the file, each once; without `targets`, those of Fedora's stable releases.
    /// A name that no chroot can have is an omission.
    pub(super) fn chroots<'a>(&mut self, job: &'a JobConfig) -> Vec<Chroot<'a>> {
        let mut chroots: Vec<Chroot<'a>> = Vec::new();
        let mut add = |name: String, options: Option<&'a TargetOptions>| {
            if !chroots.iter().any(|chroot| chroot.name == name) {
                chroots.push(Chroot { name, options });
            }
        };
        if job.targets.is_empty() {
            self.releases.build_targets(DEFAULT_TARGET).into_iter().for_each(|name| add(name, None));
        }
        for (target, options) in job.targets.iter() {
            if is_name(target) {
                self.releases.build_targets(target).into_iter().for_each(|name| add(name, Some(options)));
            } else {
                self.omit(job, Some(target), "no chroot, release or alias can have this name");
            }
        }
        chroots
    }
}

/// Whether text can name a chroot, a distribution or a dist-git branch.
pub(super) fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_NAME
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte))
}
