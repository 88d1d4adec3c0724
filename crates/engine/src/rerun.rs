//! Reruns: asked for through a door, planned and written by the store, taken up by the workers at once. What they would use as it
//! is, build systems are asked for before; nothing is locked meanwhile.

use domain::ids::EventId;
use domain::rerun::{Planned, Selection};
use store::reruns::{self, Answer, Request};

use crate::{Engine, artifacts};

/// What a rerun of this selection would do now. Nothing is written.
///
/// # Errors
/// If there is no such event, or the database cannot be read.
pub async fn preview_rerun(engine: &Engine, event: EventId, selection: &Selection) -> store::Result<Planned> {
    let life = artifacts::life(engine, event, selection).await?;
    reruns::preview(&engine.db, event, selection, &life, engine.clock.now()).await
}

/// Carries a rerun out: all of it in one transaction, or nothing, with the reason.
///
/// # Errors
/// If there is no such event, or the database refuses; then nothing was written.
pub async fn rerun(engine: &Engine, request: &Request<'_>) -> store::Result<Answer> {
    let life = artifacts::life(engine, request.event, request.selection).await?;
    let answer = reruns::carry_out(&engine.db, request, &life, engine.clock.now()).await?;
    if matches!(answer, Answer::CarriedOut(_)) {
        engine.wake.workflow();
    }
    Ok(answer)
}
