//! The other database: one connection, one snapshot, read only.

use std::collections::BTreeSet;
use std::str::FromStr;

use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Row as _};

use crate::row::Row;
use crate::schema::{self, Schema};
use crate::{Error, Result};

/// Rows that a cursor hands out at once.
pub(crate) const FETCH: usize = 500;

/// An open source. All that is read is of the moment at which it was opened.
#[derive(Debug)]
pub(crate) struct Source {
    connection: PgConnection,
    pub(crate) schema: Schema,
    pub(crate) revision: String,
    pub(crate) tables: BTreeSet<String>,
}

impl Source {
    /// Connects, takes the snapshot, and finds out which schema it is.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let options =
            PgConnectOptions::from_str(url)?.application_name("packflow import").options([("jit", "off")]);
        let mut connection = PgConnection::connect_with(&options).await?;
        sqlx::raw_sql("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .execute(&mut connection)
            .await?;
        let (schema, revision, tables) = schema::recognise(&mut connection).await?;
        Ok(Self { connection, schema, revision, tables })
    }

    /// Ends the snapshot.
    pub(crate) async fn close(self) -> Result<()> {
        Ok(self.connection.close().await?)
    }

    /// Whether the source has this table.
    pub(crate) fn has(&self, table: &str) -> bool {
        self.tables.contains(table)
    }

    /// How many rows a table has.
    pub(crate) async fn count(&mut self, table: &str) -> Result<i64> {
        let text = format!("SELECT count(*) FROM {table}");
        Ok(sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut self.connection).await?)
    }

    /// The rows of a table whose `column` is one of `ids`, in the order of their ids.
    pub(crate) async fn rows(&mut self, table: &'static str, column: &str, ids: &[i64]) -> Result<Vec<Row>> {
        if ids.is_empty() || !self.has(table) {
            return Ok(Vec::new());
        }
        self.select(
            table,
            &format!("SELECT row_to_json(t)::text FROM {table} t WHERE t.{column} = ANY($1)"),
            ids,
        )
        .await
    }

    /// Rows that a statement gives as JSON text, `$1` being ids.
    pub(crate) async fn select(&mut self, table: &'static str, text: &str, ids: &[i64]) -> Result<Vec<Row>> {
        let found =
            sqlx::query(AssertSqlSafe(text.to_owned())).bind(ids).fetch_all(&mut self.connection).await?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            rows.push(Row::read(table, row.try_get(0)?)?);
        }
        rows.sort_by_key(Row::id);
        Ok(rows)
    }

    /// Opens a cursor over rows that a statement gives as JSON text.
    pub(crate) async fn declare(&mut self, cursor: &str, select: &str) -> Result<()> {
        let text = format!("DECLARE {cursor} NO SCROLL CURSOR FOR {select}");
        sqlx::raw_sql(AssertSqlSafe(text)).execute(&mut self.connection).await?;
        Ok(())
    }

    /// The next rows of a cursor; none at its end, where it is closed.
    pub(crate) async fn fetch(&mut self, cursor: &str, table: &'static str, rows: usize) -> Result<Vec<Row>> {
        let texts = self.fetch_texts(cursor, rows).await?;
        texts.iter().map(|text| Row::read(table, text)).collect()
    }

    /// The next texts of a cursor, as [`Source::fetch`].
    pub(crate) async fn fetch_texts(&mut self, cursor: &str, rows: usize) -> Result<Vec<String>> {
        let text = format!("FETCH {rows} FROM {cursor}");
        let found =
            sqlx::query(AssertSqlSafe(text)).persistent(false).fetch_all(&mut self.connection).await?;
        if found.is_empty() {
            sqlx::raw_sql(AssertSqlSafe(format!("CLOSE {cursor}"))).execute(&mut self.connection).await?;
        }
        Ok(found.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?)
    }

    /// The rows of a table with these ids, word for word.
    pub(crate) async fn verbatim(
        &mut self,
        table: &str,
        key: &str,
        ids: &[String],
    ) -> Result<Vec<(String, String)>> {
        let text = format!("SELECT {key}, row_to_json(t)::text FROM {table} t WHERE {key} = ANY($1)");
        Ok(sqlx::query_as(AssertSqlSafe(text)).bind(ids).fetch_all(&mut self.connection).await?)
    }

    /// One text that a statement gives.
    pub(crate) async fn text(&mut self, select: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar(AssertSqlSafe(select.to_owned())).fetch_one(&mut self.connection).await?)
    }

    /// Figures that a statement gives, told apart by a number and two texts.
    pub(crate) async fn counts(
        &mut self,
        select: &str,
        left_out: &[String],
        keys: &[String],
        ids: &[i64],
    ) -> Result<Vec<(i64, String, String, i64)>> {
        let query = sqlx::query_as(AssertSqlSafe(select.to_owned())).bind(left_out).bind(keys).bind(ids);
        Ok(query.fetch_all(&mut self.connection).await?)
    }

    /// Rows of texts and a number that a statement gives.
    pub(crate) async fn figures(
        &mut self,
        select: &str,
        keys: &[String],
    ) -> Result<Vec<(String, String, String, i64)>> {
        Ok(sqlx::query_as(AssertSqlSafe(select.to_owned()))
            .bind(keys)
            .fetch_all(&mut self.connection)
            .await?)
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        Self::Source(error)
    }
}
