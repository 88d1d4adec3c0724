//! What is consumed across events: known only once all events are there.

use std::collections::{BTreeMap, BTreeSet};

use domain::words::{JobKind, Needs};
use store::import::{self, Linkable};
use store::origins::SourceRow;

use crate::row::Row;
use crate::run::Run;
use crate::shape::needs;
use crate::source::FETCH;
use crate::{Result, tables};

/// Under this name the books keep which build of an update's list was found; it is no table of the source.
const CARRIED: &str = "bodhi_update_targets.koji_nvrs";

/// Links tests to builds and updates to builds of other events.
pub(crate) async fn import(run: &mut Run<'_>) -> Result<()> {
    tests(run, "tf_copr_build_association_table", "copr_build_targets").await?;
    tests(run, "tf_koji_build_association_table", "koji_build_targets").await?;
    updates(run).await
}

async fn tests(run: &mut Run<'_>, table: &'static str, builds: &'static str) -> Result<()> {
    // Nearly all of them were taken with their events.
    if !run.reader.source.has(table) || run.is_complete(table, false).await? {
        return Ok(());
    }
    run.reader.source.declare("ties", &format!("SELECT {} FROM {table} t", tables::key(table))).await?;
    loop {
        let keys = run.reader.source.fetch_texts("ties", FETCH * 4).await?;
        if keys.is_empty() {
            return Ok(());
        }
        run.progress(keys.len());
        let tx = run.writer.look().await?;
        // What was set aside since an end of it was not here may have come by now.
        let linked = import::imported(tx, table, &keys).await?;
        let pair = |key: &str| {
            let (build, test) = key.split_once(':')?;
            Some((key.to_owned(), build.parse::<i64>().ok()?, test.parse::<i64>().ok()?))
        };
        let open: Vec<(String, i64, i64)> =
            keys.iter().filter(|key| !linked.contains(*key)).filter_map(|key| pair(key)).collect();
        let ids: Vec<i64> = open.iter().map(|(_, _, test)| *test).collect();
        let tests = import::targets_of(tx, "tft_test_run_targets", &ids).await?;
        let ids: Vec<i64> = open.iter().map(|(_, build, _)| *build).collect();
        let built = import::targets_of(tx, builds, &ids).await?;
        let mut links = Vec::new();
        for (key, build, test) in open {
            for target in tests.get(&test).into_iter().flatten() {
                let links_of =
                    link(target, built.get(&build), JobKind::TestRun, &SourceRow::new(table, &key));
                links.extend(links_of);
            }
        }
        write(run, &links).await?;
    }
}

async fn write(run: &mut Run<'_>, links: &[Link]) -> Result<()> {
    if !links.is_empty() {
        import::link(run.writer.tx().await?, links).await?;
    }
    run.writer.end_batch().await
}

/// A target, what it consumes, what it needs of that, its event, and the row that says so.
type Link = (i64, i64, Needs, i64, SourceRow);

/// How a target consumes what a row became: in its own event only of its job's previous job (rule 3), else of any other.
fn link(
    target: &Linkable,
    inputs: Option<&Vec<Linkable>>,
    kind: JobKind,
    source: &SourceRow,
) -> Option<Link> {
    let inputs = inputs?;
    let here: Vec<&Linkable> = inputs.iter().filter(|input| input.event_id == target.event_id).collect();
    let input = if here.is_empty() {
        inputs.iter().min_by_key(|input| input.id)
    } else {
        here.into_iter().find(|input| Some(input.job_id) == target.previous_job_id)
    }?;
    if !input.status.is_finished() || !target.status.is_finished() {
        return None;
    }
    Some((target.id, input.id, needs(kind, target.status, input.status), target.event_id, source.clone()))
}

/// Updates carry builds of other events, by name and version.
async fn updates(run: &mut Run<'_>) -> Result<()> {
    if !run.reader.source.has("bodhi_update_targets") {
        return Ok(());
    }
    run.reader
        .source
        .declare(
            "updates",
            "SELECT row_to_json(t)::text FROM (SELECT id, koji_nvrs FROM bodhi_update_targets \
             WHERE koji_nvrs <> '' ORDER BY id) t",
        )
        .await?;
    loop {
        let rows = run.reader.source.fetch("updates", "bodhi_update_targets", FETCH).await?;
        if rows.is_empty() {
            return Ok(());
        }
        let carried: Vec<(i64, String)> = rows.iter().flat_map(names).collect();
        let keys: Vec<String> = carried.iter().map(|(id, name)| format!("{id}:{name}")).collect();
        let linked = import::imported(run.writer.look().await?, CARRIED, &keys).await?;
        let open: Vec<(i64, String)> =
            carried.into_iter().filter(|(id, name)| !linked.contains(&format!("{id}:{name}"))).collect();
        let builds =
            run.reader.source.koji_builds(open.iter().map(|(_, name)| name.clone()).collect()).await?;
        let tx = run.writer.look().await?;
        let ids: Vec<i64> = open.iter().map(|(id, _)| *id).collect();
        let updates = import::targets_of(tx, "bodhi_update_targets", &ids).await?;
        let ids: Vec<i64> = builds.values().copied().collect();
        let built = import::targets_of(tx, "koji_build_targets", &ids).await?;
        let mut links = Vec::new();
        for (id, name) in open {
            let Some(build) = builds.get(&name).and_then(|build| built.get(build)) else { continue };
            for target in updates.get(&id).into_iter().flatten() {
                let source = SourceRow::new(CARRIED, format!("{id}:{name}"));
                links.extend(link(target, Some(build), JobKind::BodhiUpdate, &source));
            }
        }
        write(run, &links).await?;
    }
}

fn names(row: &Row) -> Vec<(i64, String)> {
    let names: BTreeSet<&str> = row.text("koji_nvrs").unwrap_or_default().split_whitespace().collect();
    names.into_iter().map(|name| (row.id(), name.to_owned())).collect()
}

impl crate::source::Source {
    /// The Koji build of each name and version: of several, a real one before a scratch build, then the newest that
    /// succeeded.
    async fn koji_builds(&mut self, names: Vec<String>) -> Result<BTreeMap<String, i64>> {
        let found = self
            .figures(
                "SELECT nvr::text, '', '', id::bigint FROM koji_build_targets WHERE nvr = ANY($1) \
                 ORDER BY nvr, scratch IS NOT TRUE, status = 'success', id",
                &names,
            )
            .await?;
        // Later ones take the place of earlier ones.
        Ok(found.into_iter().map(|(name, _, _, id)| (name, id)).collect())
    }
}
