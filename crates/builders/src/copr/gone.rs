//! What Copr has thrown away: builds that were deleted, with their projects or alone, and SRPMs that it names no more
//! (`docs/contracts.md` 3.2). A build that is still listed may have lost its files all the same; that only its age tells.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::TargetId;
use domain::words::JobKind;

use super::Copr;
use crate::{BuilderError, Made};

/// One call for each build.
pub(super) async fn gone(copr: &Copr, made: &[Made]) -> Result<BTreeSet<TargetId>, BuilderError> {
    let mut builds: BTreeMap<u64, Vec<&Made>> = BTreeMap::new();
    for one in made {
        // What is no number is none of ours to tell of.
        if let Ok(id) = one.external_id.parse() {
            builds.entry(id).or_default().push(one);
        }
    }
    let mut gone = BTreeSet::new();
    for (id, made) in builds {
        let build = copr.api.find(&format!("build/{id}"), &[]).await?;
        let has_srpm = build.as_ref().is_some_and(|build| build["source_package"]["url"].is_string());
        let is_gone = |one: &&Made| build.is_none() || (one.kind == JobKind::SrpmBuild && !has_srpm);
        gone.extend(made.into_iter().filter(is_gone).map(|one| one.target));
    }
    Ok(gone)
}
