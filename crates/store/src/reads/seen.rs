//! Which targets are there for a viewer.

use std::collections::BTreeSet;

use domain::ids::TargetId;
use domain::rerun::Plan;

use super::question::{Question, Value};
use super::viewer::Viewer;
use crate::sql::sql;
use crate::{Db, Result};

/// Leaves out of plans what they say of targets that are not there for this viewer: what other projects made of these
/// builds. A plan's hash stays as it is, so what is shown is carried out. Asks the database only where there is something to
/// leave out.
///
/// # Errors
/// If the database cannot be read.
pub async fn only_seen(db: &Db, viewer: &Viewer, plans: impl IntoIterator<Item = &mut Plan>) -> Result<()> {
    if *viewer == Viewer::Everything {
        return Ok(());
    }
    let mut plans: Vec<&mut Plan> = plans.into_iter().filter(|plan| !plan.outside.is_empty()).collect();
    if plans.is_empty() {
        return Ok(());
    }
    let named: BTreeSet<TargetId> =
        plans.iter().flat_map(|plan| plan.outside.iter().map(|entry| entry.target_id)).collect();
    let seen = seen(db, viewer, &named).await?;
    for plan in &mut plans {
        plan.outside.retain(|entry| seen.contains(&entry.target_id));
    }
    Ok(())
}

async fn seen(db: &Db, viewer: &Viewer, targets: &BTreeSet<TargetId>) -> Result<BTreeSet<TargetId>> {
    let ids = targets.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    let question =
        Question::of(sql!("reads/seen.sql")).bind(Value::Text(format!("[{ids}]"))).bind(viewer.value());
    let rows: Vec<(i64,)> = question.rows(db).await?;
    Ok(rows.into_iter().map(|(id,)| TargetId(id)).collect())
}
