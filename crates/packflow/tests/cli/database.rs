//! Which database a command works on, and its password.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;

use test_support::{TestDatabase, on_both_databases};

use crate::support::Place;

on_both_databases! {
    /// A schema is brought up once.
    async fn migrating_again_changes_nothing(database: TestDatabase) {
        let place = Place::new();
        let state = place.run(&["migrate", "--state", "--database", database.url()]);
        if database.url().starts_with("sqlite:") {
            assert!(state.code == 2 && state.stderr.contains("there is no database"), "{state:?}");
        } else {
            let state = state.ok();
            assert!(state.contains("missing") && !state.contains("applied"), "{state}");
        }
        let first = place.run(&["migrate", "--database", database.url()]).ok();
        assert!(first.contains("applied") && !first.contains("missing"), "{first}");
        assert_eq!(place.run(&["migrate", "--database", database.url()]).ok(), first);
        let told = place.run(&["migrate", "--database", database.url(), "--log", "info"]);
        assert_eq!(told.stderr, "", "nothing is done where nothing is missing");
    }

    /// What was to be looked at may be anybody's.
    async fn only_looking_makes_no_tables(database: TestDatabase) {
        let place = Place::new();
        if let Some(file) = database.url().strip_prefix("sqlite://") {
            std::fs::write(file, "").unwrap();
        }
        let found = place.run(&["doctor", "--database", database.url()]);
        assert!(found.code == 1 && found.stdout.contains("run `packflow migrate`"), "{found:?}");
        assert!(place.run(&["migrate", "--state", "--database", database.url()]).ok().contains("missing"));
        for command in [&["show", "1"][..], &["inbox", "list"], &["token", "list"], &["pause", "copr"]] {
            let refused = place.run(&[command, &["--database", database.url()]].concat());
            assert_eq!(refused.code, 2, "{command:?}: {refused:?}");
            assert!(refused.stderr.contains("`packflow migrate`"), "{command:?}: {refused:?}");
        }
        let db = store::Db::open(&database.url().parse().unwrap()).await.unwrap();
        assert!(store::Migrations(&db).is_empty().await.unwrap());
    }

    /// An account for looking is not given more.
    async fn who_may_only_read_can_look(database: TestDatabase) {
        if !database.is_postgres() {
            return;
        }
        let place = Place::new();
        let package = place.file("package.yaml", "specfile_path: a.spec\njobs: []\n");
        let deliveries = crate::support::repository("examples/deliveries");
        place.run(&["replay", &deliveries, "--config", &package, "--database", database.url()]).ok();
        let and = if database.url().contains('?') { '&' } else { '?' };
        let reading = format!("{}{and}options=-c%20default_transaction_read_only%3Don", database.url());
        let looking: [&[&str]; 5] =
            [&["show", "1"], &["inbox", "list"], &["token", "list"], &["aliases"], &["migrate", "--state"]];
        for command in looking {
            place.run(&[command, &["--database", &reading]].concat()).ok();
        }
        let found = place.run(&["doctor", "--database", &reading]).stdout;
        assert!(found.contains("ok      database"), "{found}");
        let refused = place.run(&["pause", "copr", "--database", &reading]);
        assert!(refused.stderr.contains("read-only transaction"), "{refused:?}");
        assert!(!refused.stderr.contains(" at line "), "{refused:?}");
    }

    /// Every place that takes an address takes the name of a file that holds it.
    async fn an_address_may_stand_in_a_file(database: TestDatabase) {
        let place = Place::new();
        let file = format!("@{}", place.file("database-url", format!("{}\n", database.url())));
        let answer = place.run(&["migrate", "--database", &file]);
        assert_eq!(answer.stderr, "");
        answer.ok();
        let configuration = place.file("packflow.toml", format!("[database]\nurl = {file:?}\n"));
        place.run(&["inbox", "list", "--config", &configuration]).ok();
        place.run_with(&["inbox", "list"], &[("PACKFLOW_DATABASE__URL", &file)]).ok();
    }
}

#[test]
fn without_a_name_it_is_a_file_in_the_users_data_folder() {
    let place = Place::new();
    place.run(&["migrate"]).ok();
    let file = place.path(".local/share/packflow/packflow.sqlite");
    assert!(file.is_file());
    let elsewhere = place.path("data").display().to_string();
    place.run_with(&["migrate"], &[("XDG_DATA_HOME", &elsewhere)]).ok();
    assert!(place.path("data/packflow/packflow.sqlite").is_file());
}

#[test]
fn only_what_begins_a_database_makes_one() {
    let place = Place::new();
    let database = format!("sqlite://{}", place.path("folder/packflow.sqlite").display());
    let looking: [&[&str]; 11] = [
        &["show", "1"],
        &["inbox", "list"],
        &["inbox", "retry", "1"],
        &["token", "list"],
        &["aliases"],
        &["migrate", "--state"],
        &["pause", "copr"],
        &["resume", "copr"],
        &["cancel", "1", "--yes"],
        &["rerun", "1", "--all"],
        &["bench", "queries"],
    ];
    for command in looking {
        let answer = place.run(&[command, &["--database", &database]].concat());
        assert_eq!((answer.code, answer.stdout.as_str()), (2, ""), "{command:?}");
        for part in ["there is no database", "packflow migrate", "packflow serve"] {
            assert!(answer.stderr.contains(part), "{command:?}: {}", answer.stderr);
        }
        assert!(!place.path("folder").exists(), "{command:?}");
    }
    place.run(&["token", "create", "--name", "ci", "--scope", "read", "--database", &database]).ok();
    place.run(&["token", "list", "--database", &database]).ok();
}

#[test]
fn the_file_is_its_owners_alone() {
    let place = Place::new();
    let database = format!("sqlite://{}", place.path("folder/packflow.sqlite").display());
    let delivery = place.file("ping.json", "{}");
    place.run(&["replay", &delivery, "--database", &database]).ok();
    let mode = |name: &str| std::fs::metadata(place.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("folder"), 0o700);
    for file in crate::support::files(&place.path("folder"), "") {
        assert_eq!(mode(file.to_str().unwrap()), 0o600, "{}", file.display());
    }
}

#[test]
fn a_password_in_arguments_is_warned_about_and_never_shown() {
    let place = Place::new();
    let addresses = [
        "postgres://user:p4ssword@127.0.0.1:1/name",
        "postgres://user@127.0.0.1:1/name?password=p4ssword",
        "postgres://user:p4ssword@127.0.0.1:port/name",
        "postgres://user:p4ssword@127.0.0.1:1/name?sslmode=nonsense",
        "postgres://user:p4ssword@127.0.0.1:1/name?pasword=p4ssword",
    ];
    for address in addresses {
        for command in
            [&["show", "1"][..], &["migrate"], &["doctor"], &["inbox", "list"], &["aliases"], &["worker"]]
        {
            let answer = place.run(&[command, &["--database", address, "--log", "trace"]].concat());
            let told = answer.stdout.clone() + &answer.stderr;
            // A parameter's value is no password as far as anybody can know; its place is the file.
            let told = told.replace("sslmode=nonsense", "").replace("pasword=p4ssword", "");
            assert_ne!(answer.code, 0, "{address}: {told}");
            assert!(!told.contains("p4ss"), "{command:?} {address}: {told}");
            if command != ["worker"] {
                assert!(answer.stderr.contains("a password in arguments can be read"), "{told}");
            }
        }
    }
}

#[test]
fn who_cannot_be_reached_is_told_with_the_reason() {
    let place = Place::new();
    let answer = place.run(&["migrate", "--database", "postgres://user@127.0.0.1:1/name"]);
    assert_eq!(answer.code, 2);
    assert!(answer.stderr.contains("Connection refused"), "{}", answer.stderr);
    assert_eq!(answer.stderr.matches("refused").count(), 1, "{}", answer.stderr);
    for address in ["packflow.sqlite", "mysql://user:p4ssword@host/name", "@nowhere"] {
        let answer = place.run(&["migrate", "--database", address]);
        assert_eq!(answer.code, 2);
        assert!(!answer.stderr.contains("p4ssword"), "{}", answer.stderr);
    }
}

/// Plays a PostgreSQL that asks for a password in the open, refuses it, and tells what it was given.
fn password_given_to(listener: &TcpListener) -> String {
    let (mut stream, _) = listener.accept().unwrap();
    let read = |stream: &mut TcpStream, bytes: usize| {
        let mut read = vec![0; bytes];
        stream.read_exact(&mut read).unwrap();
        read
    };
    let length = |bytes: &[u8]| usize::try_from(u32::from_be_bytes(bytes.try_into().unwrap())).unwrap() - 4;
    let startup = length(&read(&mut stream, 4));
    read(&mut stream, startup);
    stream.write_all(b"R\x00\x00\x00\x08\x00\x00\x00\x03").unwrap();
    assert_eq!(read(&mut stream, 1), b"p");
    let given = length(&read(&mut stream, 4));
    let given = String::from_utf8(read(&mut stream, given)).unwrap();
    let refusal = b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0";
    let size = u32::try_from(refusal.len() + 4).unwrap();
    stream.write_all(&[b"E", &size.to_be_bytes()[..], refusal].concat()).unwrap();
    given.trim_end_matches('\0').to_owned()
}

#[test]
fn the_password_is_taken_from_pgpassfile() {
    let place = Place::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let passwords = place.file("pgpass", format!("127.0.0.1:{port}:name:user:p4ssword\n"));
    std::fs::set_permissions(&passwords, std::fs::Permissions::from_mode(0o600)).unwrap();
    let server = std::thread::spawn(move || password_given_to(&listener));
    let address = format!("postgres://user@127.0.0.1:{port}/name?sslmode=disable");
    let answer = place.run_with(&["migrate", "--database", &address], &[("PGPASSFILE", &passwords)]);
    assert_eq!(server.join().unwrap(), "p4ssword");
    assert!(answer.stderr.contains("password authentication failed"), "{}", answer.stderr);
    assert!(!answer.stderr.contains("p4ssword"), "{}", answer.stderr);
}
