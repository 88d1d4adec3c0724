//! Whether what a rerun would use as it is still exists: build systems are asked where they can say; else its age decides
//! (`docs/design.md` section 4).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use builders::Made;
use domain::ids::{EventId, TargetId};
use domain::rerun::{ArtifactLife, Planned, Selection};
use domain::words::BuildSystem;
use store::reruns;

use crate::Engine;

/// How long all build systems together may take; somebody waits for the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// What is gone has its own inputs looked at in the next round; workflows are not deeper than this.
const MOST_ROUNDS: usize = 8;

/// How long artifacts live, with what build systems say of those that a rerun of this selection would use.
///
/// # Errors
/// If there is no such event, or the database cannot be read. Build systems that do not answer are no error.
pub(crate) async fn life(
    engine: &Engine,
    event: EventId,
    selection: &Selection,
) -> store::Result<ArtifactLife> {
    let mut life = known_life(engine);
    let mut asked = BTreeSet::new();
    let until = tokio::time::Instant::now() + PATIENCE;
    for _ in 0..MOST_ROUNDS {
        let planned = reruns::preview(&engine.db, event, selection, &life, engine.clock.now()).await?;
        let Planned::Plan(plan) = planned else { break };
        let used: BTreeSet<TargetId> = plan.share.iter().map(|entry| entry.target_id).collect();
        let new: BTreeSet<TargetId> = used.difference(&asked).copied().collect();
        if new.is_empty() {
            break;
        }
        let gone = tokio::time::timeout_at(until, gone(engine, &new)).await;
        let Ok(gone) = gone else {
            tracing::warn!(%event, "build systems took too long to say what they still have");
            break;
        };
        let gone = gone?;
        if gone.is_empty() {
            break;
        }
        life.seen.extend(gone.into_iter().map(|target| (target, false)));
        asked.extend(new);
    }
    Ok(life)
}

/// How long artifacts live, and what cannot be redone here whatever build systems say.
pub(crate) fn known_life(engine: &Engine) -> ArtifactLife {
    ArtifactLife { missing: missing(engine), imported_stays: true, ..engine.settings.artifacts.clone() }
}

/// The build systems that do nothing of what can be planned here.
fn missing(engine: &Engine) -> BTreeSet<BuildSystem> {
    let there: BTreeSet<BuildSystem> =
        engine.settings.rules.kinds.iter().map(|kind| BuildSystem::of(*kind)).collect();
    BuildSystem::ALL.iter().copied().filter(|system| !there.contains(system)).collect()
}

async fn gone(engine: &Engine, targets: &BTreeSet<TargetId>) -> store::Result<BTreeSet<TargetId>> {
    let mut by_system: BTreeMap<BuildSystem, Vec<Made>> = BTreeMap::new();
    for store::reruns::Made { target, kind, external_id } in reruns::made(&engine.db, targets).await? {
        by_system.entry(BuildSystem::of(kind)).or_default().push(Made { target, kind, external_id });
    }
    let mut gone = BTreeSet::new();
    for (system, made) in by_system {
        let Some(builder) = engine.builders.get(&system) else { continue };
        match builder.gone(&made).await {
            Ok(found) => gone.extend(found),
            Err(error) => {
                tracing::warn!(%system, error = &error as &dyn std::error::Error, "it cannot say what it still has");
            }
        }
    }
    Ok(gone)
}
