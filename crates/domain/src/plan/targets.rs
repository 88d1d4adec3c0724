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
    /// Where an alias and an entry of its own stand for one chroot, its own entry's options hold. A name that no chroot can
    /// have is an omission.
    pub(super) fn chroots<'a>(&mut self, job: &'a JobConfig) -> Vec<Chroot<'a>> {
        let mut chroots: Vec<Chroot<'a>> = Vec::new();
        if job.targets.is_empty() {
            let stable = self.releases.build_targets(DEFAULT_TARGET);
            return stable.into_iter().map(|name| Chroot { name, options: None }).collect();
        }
        for (target, options) in job.targets.iter() {
            if !is_name(target) {
                self.omit(job, Some(target), "no chroot, release or alias can have this name");
                continue;
            }
            for name in self.releases.build_targets(target) {
                match chroots.iter_mut().find(|chroot| chroot.name == name) {
                    Some(chroot) if *target == name => chroot.options = Some(options),
                    Some(_) => {}
                    None => chroots.push(Chroot { name, options: Some(options) }),
                }
            }
        }
        chroots
    }
}

/// Whether text can name a chroot or a dist-git branch, and nothing else: no path, and no option of a command that it is
/// given to.
pub(super) fn is_name(text: &str) -> bool {
    is_made_of(text, "._+-")
}

/// Whether text can name a distribution that tests run on. A compose may be called `AlmaLinux OS 9.7.20251118 x86_64`.
pub(super) fn is_distribution(text: &str) -> bool {
    is_made_of(text, "._+- ")
}

fn is_made_of(text: &str, signs: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphanumeric())
        && text.len() <= MAX_NAME
        && text.chars().all(|one| one.is_ascii_alphanumeric() || signs.contains(one))
}
