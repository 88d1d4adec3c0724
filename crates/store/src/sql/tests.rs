use std::path::{Path, PathBuf};

use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};
use test_support::{TestDatabase, on_both_databases};

use super::open_comments;
use crate::db::Each;
use crate::{Db, Migrations};

#[test]
fn only_comments_for_postgresql_are_opened() {
    assert_eq!(
        open_comments("SELECT 1 /* kept */ FROM t /*pg FOR UPDATE */ -- end /*pg LIMIT 1*/"),
        "SELECT 1 /* kept */ FROM t  FOR UPDATE  -- end  LIMIT 1"
    );
    assert_eq!(open_comments("a /*sqlite*/ b /*end*/ /*pg c */ d"), "a   c  d");
}

/// Every file below `sql/`.
fn texts(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts(&path, found);
        } else {
            found.push(path);
        }
    }
}

on_both_databases! {
    /// A text that one database does not understand, or that names a column which is gone, is found before it is sent.
    async fn every_text_is_understood(database: TestDatabase) {
        let db = Db::open(&database.url().parse().unwrap()).await.unwrap();
        Migrations(&db).run().await.unwrap();
        let (suffix, other) = if database.is_postgres() {
            (".postgres.sql", ".sqlite.sql")
        } else {
            (".sqlite.sql", ".postgres.sql")
        };
        let mut files = Vec::new();
        texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("sql"), &mut files);
        assert!(files.iter().any(|file| file.to_string_lossy().ends_with(suffix)));
        assert!(files.len() > 50, "{} texts", files.len());
        for file in files.iter().filter(|file| !file.to_string_lossy().ends_with(other)) {
            let text = std::fs::read_to_string(file).unwrap();
            let prepared = match db.writers() {
                Each::Postgres(pool) => {
                    pool.prepare(AssertSqlSafe(open_comments(&text)).into_sql_str()).await.map(|_| ())
                }
                Each::Sqlite(pool) => pool.prepare(AssertSqlSafe(text).into_sql_str()).await.map(|_| ()),
            };
            prepared.unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
    }
}
