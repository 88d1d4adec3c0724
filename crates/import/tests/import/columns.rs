//! The page for operators names every table and column that a Packit Service has.

use sqlx::Connection;
use test_support::PostgresDatabase;

use crate::support::dump;

const PAGE: &str = include_str!("../../../../docs/migrating-from-packit-service.md");

/// The part of the page that says where columns go, up to its table; and the rows of the table.
fn page() -> (&'static str, Vec<&'static str>) {
    let part = PAGE.split("## Where tables and columns go").nth(1).unwrap().split("\n## ").next().unwrap();
    let (everywhere, rows) = part.split_once("| --- |").unwrap();
    (everywhere, rows.lines().filter(|line| line.starts_with("| `")).collect())
}

async fn columns(source: &PostgresDatabase) -> Vec<(String, String)> {
    let mut connection = sqlx::PgConnection::connect(source.url()).await.unwrap();
    let of_all = "SELECT table_name::text, column_name::text FROM information_schema.columns \
        WHERE table_schema = 'public'";
    let columns = sqlx::query_as(of_all).fetch_all(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    columns
}

#[tokio::test]
async fn the_page_says_where_every_column_of_both_schemas_goes() {
    let (everywhere, rows) = page();
    for file in ["packit_small.sql.gz", "packit_legacy_small.sql.gz"] {
        let Some(source) = dump(module_path!(), file) else { return };
        let columns = columns(&source).await;
        assert!(columns.len() > 90, "{}", columns.len());
        for (table, column) in columns {
            let named = |text: &str| text.contains(&format!("`{column}`"));
            let of_table = |row: &&&str| row.split(" | ").next().unwrap().contains(&format!("`{table}`"));
            let mut of_table = rows.iter().filter(of_table).peekable();
            assert!(of_table.peek().is_some(), "{table} is not on the page");
            assert!(
                named(everywhere) || of_table.any(|row| named(row)),
                "{table}.{column} is not on the page"
            );
        }
    }
}
