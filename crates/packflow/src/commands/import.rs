//! `packflow import`: the history of a Packit Service.

mod meter;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use import::{Options, Report, RowReport};

use self::meter::Meter;
use crate::cli::Import;
use crate::terminal::{clean, span};
use crate::{configuration, database};

/// Rows that are told on the terminal; the report has all.
const TOLD: usize = 10;

/// Imports, or compares. Exit code 1 if a row is not accounted for, or the two sides differ.
pub(super) async fn run(arguments: Import) -> Result<ExitCode> {
    let source = source(&arguments.source)?;
    let since = arguments.since.as_deref().map(moment).transpose()?;
    let configuration = configuration::read(arguments.common.config.as_deref())?;
    let db = database::begin(&database::url(arguments.common.database.as_deref(), &configuration)?).await?;
    if arguments.verify {
        return compare(&source, &db).await;
    }
    let window = TimeDelta::minutes(i64::from(arguments.window));
    let options = Options {
        dry_run: arguments.dry_run,
        since,
        window,
        report: arguments.report,
        same_source: arguments.same_source,
    };
    let mut meter = Meter::new();
    let report = import::import(&source, &db, &options, &mut |progress| meter.show(progress)).await?;
    meter.end();
    Ok(tell(&report))
}

async fn compare(source: &str, db: &store::Db) -> Result<ExitCode> {
    let differences = import::verify(source, db).await?;
    for difference in &differences {
        say!("DIFFERENT {}", clean(&difference.to_string()));
    }
    if differences.is_empty() {
        say!("both sides agree");
        return Ok(ExitCode::SUCCESS);
    }
    Ok(ExitCode::from(1))
}

/// The address of the source; one that stands in the arguments should hold no password.
fn source(text: &str) -> Result<String> {
    let source = match text.strip_prefix('@') {
        Some(path) => {
            std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?.trim().to_owned()
        }
        None => text.to_owned(),
    };
    let url = store::DatabaseUrl::parse(&source)?;
    if url.dialect() != store::Dialect::Postgres {
        bail!("a Packit Service keeps its history in PostgreSQL: write postgres://USER@HOST/NAME");
    }
    if url.has_password() && !text.starts_with('@') {
        eprintln!(
            "packflow: a password in arguments can be read by every account of this machine; write @FILE, or leave it to \
             PGPASSFILE"
        );
    }
    Ok(source)
}

/// A day, or a time.
pub(super) fn moment(text: &str) -> Result<DateTime<Utc>> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    text.parse()
        .with_context(|| format!("`{text}` is neither a day (2026-03-01) nor a time (2026-03-01T12:00:00Z)"))
}

fn tell(report: &Report) -> ExitCode {
    let verb = if report.dry_run { "would be imported" } else { "imported" };
    say!(
        "{} rows {verb}, {} were here, {} are set aside; {}",
        report.imported_total,
        report.already_total,
        report.set_aside_total,
        span(TimeDelta::milliseconds((report.seconds * 1000.0) as i64)),
    );
    list("set aside", &report.set_aside, report.set_aside_total);
    list("note", &report.notes, report.notes_total);
    if report.shared_total > 0 {
        say!("{} rows are shared by several events; each event has them", report.shared_total);
    }
    if report.groups_by_time > 0 {
        say!("{} groups of tests were found by the nearness of their times", report.groups_by_time);
    }
    let mut code = ExitCode::SUCCESS;
    for (table, counted) in report.tables.iter().filter(|(_, counted)| !counted.reconciles()) {
        say!("WRONG   {}: not all rows are accounted for: {counted:?}", clean(table));
        code = ExitCode::from(1);
    }
    code
}

fn list(what: &str, rows: &[RowReport], total: i64) {
    for row in rows.iter().take(TOLD) {
        say!("{what}: {} {}: {}", clean(&row.table), row.id, clean(&row.reason));
    }
    if total > TOLD as i64 {
        say!("{what}: and {} more; --report FILE has all", total - TOLD as i64);
    }
}

#[cfg(test)]
mod tests {
    use std::process::ExitCode;

    use import::{Report, TableReport};

    use super::{moment, source, tell};

    #[test]
    fn a_row_that_is_not_accounted_for_is_a_failure() {
        let with = |imported| {
            let counted = TableReport { rows: 3, imported, set_aside: 1, ..TableReport::default() };
            Report { tables: [("pipelines".to_owned(), counted)].into(), ..Report::default() }
        };
        let code = |report| format!("{:?}", tell(&report));
        assert_eq!(code(with(2)), format!("{:?}", ExitCode::SUCCESS));
        assert_eq!(code(with(1)), format!("{:?}", ExitCode::from(1)));
    }

    #[test]
    fn since_is_a_day_or_a_time() {
        assert_eq!(moment("2026-03-01").unwrap().to_rfc3339(), "2026-03-01T00:00:00+00:00");
        assert_eq!(moment("2026-03-01T12:00:00Z").unwrap().to_rfc3339(), "2026-03-01T12:00:00+00:00");
        assert!(moment("yesterday").is_err());
    }

    #[test]
    fn only_postgresql_is_read() {
        assert!(source("postgres://packit@db/packit").is_ok());
        assert!(source("sqlite:///tmp/x").unwrap_err().to_string().contains("postgres://"));
    }
}
