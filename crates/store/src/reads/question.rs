//! A question to the database: one text, what is bound to it, and the rows that answer it.

use std::hash::{Hash, Hasher};

use chrono::{DateTime, Utc};
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, FromRow, PgPool, Postgres, SqlSafeStr, SqlStr, Sqlite, SqlitePool};

use super::packed::Packed;
use crate::db::Each;
use crate::sql::{Sql, open_comments};
use crate::{Db, Result};

/// What is bound.
#[derive(Debug, Clone, Hash)]
pub(super) enum Value {
    Number(Option<i64>),
    Text(String),
    Time(DateTime<Utc>),
}

impl Value {
    /// As PostgreSQL's SQL writes it.
    fn literal(&self) -> String {
        match self {
            Self::Number(number) => number.map_or_else(|| "NULL".to_owned(), |number| number.to_string()),
            Self::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Self::Time(time) => format!("'{}'", time.to_rfc3339()),
        }
    }
}

/// One statement that is ready to be sent.
pub(super) struct Question {
    text: Text,
    values: Vec<Value>,
}

enum Text {
    Whole(&'static Sql),
    /// Put together for a set of filters; in the text for SQLite, comments for PostgreSQL closed. One that walks an index in
    /// its order has one plan whatever the values are.
    Composed {
        text: String,
        is_walk: bool,
    },
}

/// Binds each value; a macro since the two drivers share no type.
macro_rules! bound {
    ($query:expr, $values:expr) => {{
        let mut query = $query;
        for value in $values {
            query = match value {
                Value::Number(number) => query.bind(number),
                Value::Text(text) => query.bind(text),
                Value::Time(time) => query.bind(time),
            };
        }
        query
    }};
}

impl Hash for Question {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.text.text().hash(hasher);
        self.values.hash(hasher);
    }
}

impl Question {
    pub(super) fn of(text: &'static Sql) -> Self {
        Self { text: Text::Whole(text), values: Vec::new() }
    }

    pub(super) fn composed(text: String, is_walk: bool) -> Self {
        Self { text: Text::Composed { text, is_walk }, values: Vec::new() }
    }

    pub(super) fn bind(mut self, value: Value) -> Self {
        self.values.push(value);
        self
    }

    /// The text for PostgreSQL.
    #[cfg(feature = "bench")]
    pub(super) fn postgres_text(&self) -> String {
        match &self.text {
            Text::Whole(sql) => sql.postgres().to_owned(),
            Text::Composed { text, .. } => open_comments(text),
        }
    }

    /// What PostgreSQL is set to on the connections that it is asked over (`db.rs`).
    #[cfg(feature = "bench")]
    pub(super) fn settings(&self) -> &'static [&'static str] {
        match &self.text {
            Text::Whole(_) => &["jit=off", "plan_cache_mode=force_generic_plan"],
            Text::Composed { is_walk: true, .. } => {
                &["jit=off", "plan_cache_mode=force_generic_plan", "enable_bitmapscan=off"]
            }
            Text::Composed { .. } => &["jit=off"],
        }
    }

    /// What is bound, in order.
    #[cfg(feature = "bench")]
    pub(super) fn values(&self) -> &[Value] {
        &self.values
    }

    /// The rows that answer it. Counts as one statement.
    pub(super) async fn rows<R>(self, db: &Db) -> Result<Vec<R>>
    where
        R: for<'r> FromRow<'r, PgRow> + for<'r> FromRow<'r, SqliteRow> + Send + Unpin,
    {
        Ok(match self.text.place(db) {
            Each::Postgres(pool) => {
                let query = sqlx::query_as::<Postgres, R>(self.text.postgres(""));
                bound!(query, self.values).fetch_all(pool).await?
            }
            Each::Sqlite(pool) => {
                let query = sqlx::query_as::<Sqlite, R>(self.text.sqlite(""));
                bound!(query, self.values).fetch_all(pool).await?
            }
        })
    }

    /// The same where SQLite's text makes a JSON array of the rows of each branch.
    pub(super) async fn packed(self, db: &Db) -> Result<Packed> {
        Ok(match self.text.place(db) {
            Each::Postgres(pool) => {
                let query = sqlx::query::<Postgres>(self.text.postgres(""));
                Packed::Postgres(bound!(query, self.values).fetch_all(pool).await?)
            }
            Each::Sqlite(pool) => {
                let query = sqlx::query_scalar::<Sqlite, String>(self.text.sqlite(""));
                Packed::Sqlite(bound!(query, self.values).fetch_all(pool).await?)
            }
        })
    }

    /// How the database answers it: on PostgreSQL after it did, with what was touched; on SQLite what it intends.
    pub(super) async fn plan(self, db: &Db) -> Result<Vec<String>> {
        Ok(match self.text.place(db) {
            Each::Postgres(pool) => {
                // Prepared, as it is in service: explained with its values bound, it would always be planned for these alone.
                let mut connection = pool.acquire().await?;
                sqlx::raw_sql(self.text.postgres("PREPARE explained AS ")).execute(&mut *connection).await?;
                let values: Vec<String> = self.values.iter().map(Value::literal).collect();
                let values =
                    if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
                let explain = "EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY OFF) EXECUTE explained";
                let query = sqlx::query_scalar(AssertSqlSafe(format!("{explain}{values}")));
                let lines = query.persistent(false).fetch_all(&mut *connection).await;
                sqlx::raw_sql("DEALLOCATE explained").execute(&mut *connection).await?;
                lines?
            }
            Each::Sqlite(pool) => {
                let text = self.text.sqlite("EXPLAIN QUERY PLAN ");
                let query = sqlx::query_as::<Sqlite, (i64, i64, i64, String)>(text);
                let rows = bound!(query, self.values).fetch_all(pool).await?;
                rows.into_iter().map(|(_, _, _, detail)| detail).collect()
            }
        })
    }
}

impl Text {
    fn text(&self) -> &str {
        match self {
            Self::Whole(sql) => sql.sqlite(),
            Self::Composed { text, .. } => text,
        }
    }

    fn place<'db>(&self, db: &'db Db) -> Each<&'db PgPool, &'db SqlitePool> {
        match self {
            Self::Whole(_) => db.each(),
            Self::Composed { is_walk: true, .. } => db.lists(),
            Self::Composed { .. } => db.filtered(),
        }
    }

    fn postgres(&self, before: &str) -> SqlStr {
        match self {
            Self::Whole(sql) if before.is_empty() => sql.postgres().into_sql_str(),
            Self::Whole(sql) => AssertSqlSafe(format!("{before}{}", sql.postgres())).into_sql_str(),
            Self::Composed { text, .. } => {
                AssertSqlSafe(format!("{before}{}", open_comments(text))).into_sql_str()
            }
        }
    }

    fn sqlite(&self, before: &str) -> SqlStr {
        match self {
            Self::Whole(sql) if before.is_empty() => sql.sqlite().into_sql_str(),
            Self::Whole(sql) => AssertSqlSafe(format!("{before}{}", sql.sqlite())).into_sql_str(),
            Self::Composed { text, .. } => AssertSqlSafe(format!("{before}{text}")).into_sql_str(),
        }
    }
}
