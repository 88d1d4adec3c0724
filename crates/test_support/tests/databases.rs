//! The helpers give each test a database of its own and leave nothing behind.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use test_support::{Cluster, Postgres, Programs, TestDatabase, missing_peer, on_both_databases};

on_both_databases! {
    /// The URL says which of the two it is, and no two tests share one.
    async fn each_test_has_its_own_database(database: TestDatabase) {
        let scheme = if database.is_postgres() { "postgres://" } else { "sqlite://" };
        assert!(database.url().starts_with(scheme));
        let other = if database.is_postgres() {
            TestDatabase::postgres("each_test_has_its_own_database").unwrap()
        } else {
            TestDatabase::sqlite()
        };
        assert_ne!(database.url(), other.url());
    }
}

#[test]
fn a_sqlite_folder_goes_with_its_database() {
    let database = TestDatabase::sqlite();
    let file = database.url().strip_prefix("sqlite://").unwrap().to_owned();
    let folder = Path::new(&file).parent().unwrap();
    assert!(folder.is_dir());
    drop(database);
    assert!(!folder.exists());
}

#[tokio::test]
async fn a_template_is_migrated_once_and_copied() {
    let Some(server) = Postgres::shared("a_template_is_migrated_once_and_copied") else { return };
    let first = server
        .create_database_from("copied", async |url| {
            assert_eq!(psql(url, "CREATE TABLE greeting AS SELECT 'hello' AS word"), "SELECT 1");
        })
        .await;
    let second = server.create_database_from("copied", async |_| panic!("migrated again")).await;
    for database in [&first, &second] {
        assert_eq!(psql(database.url(), "SELECT word FROM greeting"), "hello");
    }
}

#[test]
fn a_dropped_cluster_is_stopped_and_removed() {
    let Some(programs) = Programs::find() else {
        return missing_peer("a_dropped_cluster_is_stopped_and_removed", "PostgreSQL");
    };
    let cluster = Cluster::start(&programs).unwrap();
    let url = cluster.url().to_owned();
    let folder = psql(&url, "SHOW data_directory");
    assert!(Path::new(&folder).is_absolute());
    drop(cluster);
    assert!(!Path::new(&folder).exists());
    let output = Command::new("psql").args([&url, "-c", "SELECT 1"]).output().unwrap();
    assert!(!output.status.success(), "a stopped server answers nobody");
}

/// The test starts itself a second time; the second one starts the cluster and is killed.
#[test]
fn a_cluster_is_stopped_and_removed_when_its_process_is_killed() {
    const TEST: &str = "a_cluster_is_stopped_and_removed_when_its_process_is_killed";
    const VICTIM: &str = "PACKFLOW_TEST_VICTIM";
    let Some(programs) = Programs::find() else { return missing_peer(TEST, "PostgreSQL") };
    if std::env::var_os(VICTIM).is_some() {
        let cluster = Cluster::start(&programs).unwrap();
        println!("\n{}", cluster.url());
        loop {
            std::thread::park();
        }
    }
    let mut victim = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", TEST, "--nocapture"])
        .env(VICTIM, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(victim.stdout.take().unwrap()).lines();
    let url = lines.map(Result::unwrap).find(|line| line.starts_with("postgres://")).unwrap();
    let folder = psql(&url, "SHOW data_directory");
    victim.kill().unwrap();
    victim.wait().unwrap();
    let is_gone = || !Path::new(&folder).exists();
    for _ in 0..600 {
        if is_gone() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("{folder} is still there");
}

/// The one value that a statement answers.
fn psql(url: &str, statement: &str) -> String {
    let output =
        Command::new("psql").args(["-X", "-A", "-t", url, "-c", statement]).output().expect("psql runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("psql answers in UTF-8").trim().to_owned()
}
