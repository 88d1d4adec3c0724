//! The other database: one connection, one snapshot, read only.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use futures_util::TryStreamExt;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, Row as _};

use crate::row::Row;
use crate::schema::{self, Schema};
use crate::{Error, Result, tables};

/// Rows that a cursor hands out at once.
pub(crate) const FETCH: usize = 2000;

/// Statements are short, and cursors are read to their end. Rows that a policy of the database would hide are an error.
const SETTINGS: [(&str, &str); 3] = [("jit", "off"), ("cursor_tuple_fraction", "1"), ("row_security", "off")];

/// An open source. All that is read is of the moment at which it was opened.
#[derive(Debug)]
pub(crate) struct Source {
    connection: PgConnection,
    pub(crate) schema: Schema,
    pub(crate) revision: String,
    pub(crate) tables: BTreeSet<String>,
    /// Columns that an index begins with.
    indexed: BTreeSet<(String, String)>,
    /// Of columns without: what they hold and what tells the rows apart, in that order. Asking for them row by row would read
    /// the whole table each time.
    by_column: BTreeMap<(&'static str, &'static str), Vec<(i64, i64)>>,
    /// Bytes of rows that were read since they were last asked for.
    bytes: usize,
}

/// Columns that an index of this schema begins with.
const INDEXED: &str = "SELECT c.relname::text, a.attname::text \
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid \
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] \
    WHERE i.indisvalid AND i.indpred IS NULL \
    AND c.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = current_schema())";

/// A name that the database gave, as it is written in SQL.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

impl Source {
    /// Connects, takes the snapshot, and finds out which schema it is.
    pub(crate) async fn open(url: &str) -> Result<Self> {
        let options = PgConnectOptions::from_str(url)?.application_name("packflow import").options(SETTINGS);
        let mut connection = PgConnection::connect_with(&options).await?;
        sqlx::raw_sql("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .execute(&mut connection)
            .await?;
        let (schema, revision, tables) = schema::recognise(&mut connection).await?;
        let indexed: Vec<(String, String)> = sqlx::query_as(INDEXED).fetch_all(&mut connection).await?;
        let indexed = indexed.into_iter().collect();
        Ok(Self { connection, schema, revision, tables, indexed, by_column: BTreeMap::new(), bytes: 0 })
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
        let text = format!("SELECT count(*) FROM {}", quoted(table));
        Ok(sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut self.connection).await?)
    }

    /// The rows of a table whose `column` is one of `wanted`, in the order of their ids.
    pub(crate) async fn rows(
        &mut self,
        table: &'static str,
        column: &'static str,
        wanted: &[i64],
    ) -> Result<Vec<Row>> {
        if wanted.is_empty() || !self.has(table) {
            return Ok(Vec::new());
        }
        let has_index = self.indexed.contains(&(table.to_owned(), column.to_owned()));
        if has_index || column == "id" || tables::key(table) != "id::text" {
            return self.select(table, column, wanted).await;
        }
        let ids = self.ids(table, column, wanted).await?;
        if ids.is_empty() { Ok(Vec::new()) } else { self.select(table, "id", &ids).await }
    }

    /// The ids of the rows whose `column`, which has no index, is one of `wanted`.
    async fn ids(&mut self, table: &'static str, column: &'static str, wanted: &[i64]) -> Result<Vec<i64>> {
        Ok(self.pairs(table, column, "id", wanted).await?.into_iter().map(|(_, id)| id).collect())
    }

    /// The builds that these tests used, as a table of ties says it: test and build. It has an index by build alone, and a
    /// test's build may be any event's.
    pub(crate) async fn builds_of(
        &mut self,
        table: &'static str,
        build: &'static str,
        tests: &[i64],
    ) -> Result<Vec<(i64, i64)>> {
        if tests.is_empty() || !self.has(table) {
            return Ok(Vec::new());
        }
        self.pairs(table, "tft_id", build, tests).await
    }

    /// What `column`, which has no index, and `other` hold in the rows in which `column` is one of `wanted`.
    async fn pairs(
        &mut self,
        table: &'static str,
        column: &'static str,
        other: &'static str,
        wanted: &[i64],
    ) -> Result<Vec<(i64, i64)>> {
        let pairs = match self.by_column.entry((table, column)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => {
                let filled = format!("FROM {table} WHERE {column} IS NOT NULL AND {other} IS NOT NULL");
                let text = format!("SELECT count(*) {filled}");
                let count: i64 =
                    sqlx::query_scalar(AssertSqlSafe(text)).fetch_one(&mut self.connection).await?;
                let text = format!("SELECT {column}::bigint, {other}::bigint {filled} ORDER BY 1, 2");
                let mut rows = sqlx::query_as(AssertSqlSafe(text)).fetch(&mut self.connection);
                // What grows by itself takes up to three times as much on its way.
                let mut pairs = Vec::with_capacity(usize::try_from(count).unwrap_or_default());
                while let Some(pair) = rows.try_next().await? {
                    pairs.push(pair);
                }
                place.insert(pairs)
            }
        };
        let mut found = Vec::new();
        for wanted in wanted {
            let from = pairs.partition_point(|(value, _)| value < wanted);
            found.extend(pairs[from..].iter().take_while(|(value, _)| value == wanted));
        }
        Ok(found)
    }

    async fn select(&mut self, table: &'static str, column: &str, ids: &[i64]) -> Result<Vec<Row>> {
        let text = format!("SELECT row_to_json(t)::text FROM {table} t WHERE t.{column} = ANY($1)");
        let mut found =
            sqlx::query_scalar::<_, String>(AssertSqlSafe(text)).bind(ids).fetch(&mut self.connection);
        let mut rows = Vec::new();
        while let Some(text) = found.try_next().await? {
            self.bytes += text.len();
            rows.push(Row::read(table, &text)?);
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
        let texts: Vec<String> =
            found.iter().map(|row| row.try_get(0)).collect::<std::result::Result<_, _>>()?;
        self.bytes += texts.iter().map(String::len).sum::<usize>();
        Ok(texts)
    }

    /// How many bytes of rows were read since this was last asked.
    pub(crate) fn take_bytes(&mut self) -> usize {
        std::mem::take(&mut self.bytes)
    }

    /// The rows of a table with these ids, word for word.
    pub(crate) async fn verbatim(
        &mut self,
        table: &str,
        key: &str,
        ids: &[String],
    ) -> Result<Vec<(String, String)>> {
        // `t.*` is the row, also where a table that is not known has a column of that name.
        let table = quoted(table);
        let text = format!("SELECT {key}, row_to_json(t.*)::text FROM {table} t WHERE {key} = ANY($1)");
        Ok(sqlx::query_as(AssertSqlSafe(text)).bind(ids).fetch_all(&mut self.connection).await?)
    }

    /// One text that a statement gives.
    pub(crate) async fn text(&mut self, select: &str) -> Result<Option<String>> {
        Ok(sqlx::query_scalar(AssertSqlSafe(select.to_owned())).fetch_one(&mut self.connection).await?)
    }

    /// What tells this source from another one: its schema and the oldest project in it.
    pub(crate) async fn name(&mut self) -> Result<String> {
        let oldest = self
            .text(
                "SELECT (SELECT concat(id, ' ', instance_url, '/', namespace, '/', repo_name) FROM git_projects \
                 ORDER BY id LIMIT 1)",
            )
            .await?;
        let schema = match self.schema {
            Schema::Today => "with groups",
            Schema::BeforeGroups => "before groups",
        };
        Ok(match oldest {
            Some(oldest) => format!("Packit Service {schema}, first project {oldest}"),
            None => format!("Packit Service {schema}, {}", crate::NO_PROJECT),
        })
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
