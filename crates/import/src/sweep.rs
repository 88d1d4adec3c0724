//! The last stage: no row is left of which nothing is known.

use store::import;
use store::origins::SourceRow;

use crate::run::Run;
use crate::source::quoted;
use crate::{Result, tables};

/// Keys that are looked at once.
const BATCH: usize = 5000;

/// Sets aside every row of every table that came to nothing.
pub(crate) async fn sweep(run: &mut Run<'_>) -> Result<()> {
    for (table, rows) in run.rows.clone() {
        if run.is_complete(&table, true).await? {
            run.progress(usize::try_from(rows).unwrap_or_default());
            continue;
        }
        let select = format!("SELECT {} FROM {} t", tables::key(&table), quoted(&table));
        run.reader.source.declare("swept", &select).await?;
        loop {
            let keys = run.reader.source.fetch_texts("swept", BATCH).await?;
            if keys.is_empty() {
                break;
            }
            run.progress(keys.len());
            let accounted = import::accounted(run.writer.look().await?, &table, &keys).await?;
            let left = keys.iter().filter(|key| !accounted.contains(*key));
            let left: Vec<SourceRow> = left.map(|key| SourceRow::new(&table, key)).collect();
            run.set_aside(left, |row| tables::reason(&row.table).to_owned()).await?;
            run.writer.end_batch().await?;
        }
    }
    Ok(())
}
