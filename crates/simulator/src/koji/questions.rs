//! What Bodhi asks Koji for.

use serde_json::json;

use super::store::Koji;

impl Koji {
    /// Whether anything was built here: else Bodhi is used alone, and takes every build for one of Koji's.
    pub(crate) fn has_builds(&self) -> bool {
        !self.builds.is_empty()
    }

    /// The tags that a build has; none if there is no such build, or it is not complete.
    pub(crate) fn tags_of(&self, nvr: &str, now: i64) -> Option<Vec<String>> {
        let build = self.find_build(&json!(nvr)).filter(|build| build.is_complete(self, now))?;
        let tags = self.taggings.iter().map(|tagging| &tagging.tag);
        let mut tags: Vec<String> = tags.filter(|tag| self.is_in(build.id, tag, now)).cloned().collect();
        tags.sort();
        tags.dedup();
        Some(tags)
    }

    /// The newest build of each package in a sidetag; none if there is no such sidetag.
    pub(crate) fn held_by(&self, sidetag: &str, now: i64) -> Option<Vec<String>> {
        self.tags.get(sidetag).filter(|tag| tag.base.is_some())?;
        let mut held: Vec<(&str, String)> = Vec::new();
        for tagging in self.taggings.iter().filter(|tagging| tagging.tag == sidetag) {
            let Some(build) = self.builds.get(&tagging.build) else { continue };
            if self.is_in(build.id, sidetag, now) {
                held.retain(|(package, _)| *package != build.name);
                held.push((&build.name, build.nvr()));
            }
        }
        Some(held.into_iter().map(|(_, nvr)| nvr).collect())
    }
}
