//! One SQL text for two databases.
//!
//! Texts stand in `sql/<noun>/<verb>.sql`. SQLite runs them as they are; for PostgreSQL a comment that begins with
//! `/*pg` is opened: `/*pg FOR UPDATE SKIP LOCKED */` is a comment to one and SQL to the other. What only SQLite understands
//! stands between `/*sqlite*/` and `/*end*/`, and is left out for PostgreSQL.

use std::sync::OnceLock;

/// A statement's text.
pub(crate) struct Sql {
    text: &'static str,
    opened: OnceLock<String>,
}

impl Sql {
    /// A statement of this text.
    pub(crate) const fn new(text: &'static str) -> Self {
        Self { text, opened: OnceLock::new() }
    }

    /// The text for SQLite.
    pub(crate) fn sqlite(&'static self) -> &'static str {
        self.text
    }

    /// The text for PostgreSQL, its comments opened.
    pub(crate) fn postgres(&'static self) -> &'static str {
        self.opened.get_or_init(|| open_comments(self.text))
    }
}

/// The text for PostgreSQL.
pub(crate) fn open_comments(text: &str) -> String {
    let mut opened = String::with_capacity(text.len());
    let without = without_sqlite(text);
    let mut rest = without.as_str();
    while let Some((before, comment)) = rest.split_once("/*pg") {
        let (inside, after) = comment.split_once("*/").unwrap_or((comment, ""));
        opened.push_str(before);
        opened.push_str(inside);
        rest = after;
    }
    opened.push_str(rest);
    opened
}

fn without_sqlite(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, inside)) = rest.split_once("/*sqlite*/") {
        kept.push_str(before);
        rest = inside.split_once("/*end*/").map_or("", |(_, after)| after);
    }
    kept.push_str(rest);
    kept
}

/// The statement in `sql/$file`.
macro_rules! sql {
    ($file:literal) => {{
        static SQL: $crate::sql::Sql =
            $crate::sql::Sql::new(include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/sql/", $file)));
        &SQL
    }};
}

/// Runs one expression against whichever database `$on` is: `$query` is the text, `$executor` the connection or pool.
/// The expression is type-checked for each driver. Counts one statement.
macro_rules! on {
    ($on:expr, $sql:expr, |$query:ident, $executor:ident| $run:expr) => {{
        let sql: &'static $crate::sql::Sql = $sql;
        match $on.each() {
            $crate::db::Each::Postgres($executor) => {
                let $query = sql.postgres();
                $run
            }
            $crate::db::Each::Sqlite($executor) => {
                let $query = sql.sqlite();
                $run
            }
        }
    }};
}

/// Writes rows with one statement per 500 of them: `$head`, then `VALUES` and the rows, then `$tail`. `$bind` binds one
/// row's columns.
macro_rules! write_rows {
    ($tx:expr, $head:literal, $rows:expr, |$binder:ident, $row:ident| $bind:expr, $tail:literal) => {{
        for rows in $rows.chunks(500) {
            match $tx.each() {
                $crate::db::Each::Postgres(connection) => {
                    let mut builder = sqlx::QueryBuilder::<sqlx::Postgres>::new($head);
                    builder.push_values(rows, |mut $binder, $row| {
                        $bind;
                    });
                    builder.push($tail).build().execute(connection).await?;
                }
                $crate::db::Each::Sqlite(connection) => {
                    let mut builder = sqlx::QueryBuilder::<sqlx::Sqlite>::new($head);
                    builder.push_values(rows, |mut $binder, $row| {
                        $bind;
                    });
                    builder.push($tail).build().execute(connection).await?;
                }
            }
        }
    }};
}

/// Inserts rows: `$head` is `INSERT INTO t (a, b) `. See [`write_rows`].
macro_rules! insert_rows {
    ($tx:expr, $head:literal, $rows:expr, |$binder:ident, $row:ident| $bind:expr) => {
        $crate::sql::write_rows!($tx, $head, $rows, |$binder, $row| $bind, "")
    };
}

pub(crate) use {insert_rows, on, sql, write_rows};

#[cfg(test)]
mod tests;
