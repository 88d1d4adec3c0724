//! `packflow doctor`

use std::os::unix::fs::PermissionsExt;

use simulator::{Simulator, SimulatorConfig};
use test_support::{TestDatabase, on_both_databases};

use crate::support::{Place, repository};

/// A key that belongs to these tests alone.
const KEY: &str = "crates/forges/tests/forges/keys/test-only-app-key.pkcs1.pem";

on_both_databases! {
    /// What was replayed leaves nothing that a rule forbids.
    async fn a_sound_service_has_no_finding(database: TestDatabase) {
        let place = Place::new();
        let forge = repository("examples/forge");
        let toml = format!("[access]\nallow = [\"github.com/example\"]\n[[forge]]\nkind = \"folder\"\nhost = \"github.com\"\npath = {forge:?}\n");
        let configuration = place.file("packflow.toml", toml);
        let common = ["--config", configuration.as_str(), "--database", database.url()];
        let found = place.run(&[&["doctor"], &common[..]].concat());
        assert_eq!(found.code, 1);
        assert!(found.stdout.contains("run `packflow migrate`"), "{found:?}");
        let deliveries = repository("examples/deliveries");
        place.run(&[&["replay", &deliveries], &common[..]].concat()).ok();
        let found = place.run(&[&["doctor", "--verify"], &common[..]].concat()).ok();
        assert!(!found.contains("WRONG"), "{found}");
        for part in ["ok      configuration", "ok      database", "ok      inbox", "ok      github.com", "ok      rules"] {
            assert!(found.contains(part), "no `{part}` in {found}");
        }
        assert!(found.contains("note    build systems: none is configured"), "{found}");
    }
}

#[test]
fn what_waits_for_a_build_system_that_is_not_configured_any_more_is_told() {
    let place = Place::new();
    let forge = repository("examples/forge");
    let toml = format!(
        "[access]\nallow = [\"github.com/example\"]\n[[forge]]\nkind = \"folder\"\nhost = \"github.com\"\npath = {forge:?}\n"
    );
    let before = place.file("before.toml", &toml);
    let database = place.database();
    place
        .run(&["replay", &repository("examples/deliveries"), "--config", &before, "--database", &database])
        .ok();
    let farm = "[testing_farm]\nurl = \"http://127.0.0.1:1\"\napi_key_file = \"/nowhere\"\n";
    let now = place.file("now.toml", format!("{toml}{farm}"));
    let found = place.run(&["doctor", "--config", &now, "--database", &database]).stdout;
    let told = found.lines().find(|line| line.starts_with("WRONG   copr: "));
    assert!(told.is_some_and(|line| line.ends_with("wait for it, and it is not configured here")), "{found}");
}

on_both_databases! {
    /// It answers, and every delivery would be turned away.
    async fn a_database_that_takes_no_writes_is_wrong(database: TestDatabase) {
        let place = Place::new();
        place.run(&["migrate", "--database", database.url()]).ok();
        let found = place.run(&["doctor", "--database", database.url()]).ok();
        assert!(!found.contains("WRONG"), "{found}");
        let only_reads = match database.is_postgres() {
            true => "options=-c%20default_transaction_read_only%3Don",
            false => "mode=ro",
        };
        let mark = if database.url().contains('?') { '&' } else { '?' };
        let found = place.run(&["doctor", "--database", &format!("{}{mark}{only_reads}", database.url())]);
        assert_eq!(found.code, 1);
        assert!(found.stdout.contains("WRONG   database: it takes no writes: "), "{found:?}");
    }

    /// A worker that died tells nothing itself.
    async fn what_nobody_takes_is_wrong_once_it_is_late(database: TestDatabase) {
        let place = Place::new();
        let arguments = ["doctor", "--database", database.url()];
        place.run(&["migrate", "--database", database.url()]).ok();
        let db = store::Db::open(&database.url().parse().unwrap()).await.unwrap();
        for (delivery_id, minutes, code) in [("new", 5, 0), ("old", 16, 1)] {
            let received_at = chrono::Utc::now() - chrono::TimeDelta::minutes(minutes);
            let (source, kind, settled) = ("github.com", "push", None);
            let delivery = store::inbox::NewDelivery { source, delivery_id, kind, received_at, body: b"{}", settled };
            store::inbox::receive(&db, &delivery).await.unwrap();
            let found = place.run(&arguments);
            assert_eq!(found.code, code, "{found:?}");
            let is_told = found.stdout.contains("WRONG   inbox: a delivery is due since ");
            assert_eq!(is_told, code == 1, "{}", found.stdout);
            assert_eq!(found.stdout.contains("packflow worker"), code == 1, "{}", found.stdout);
        }
    }
}

#[test]
fn a_pause_is_told_with_what_was_said_last() {
    let place = Place::new();
    let database = place.database();
    place.run(&["migrate", "--database", &database]).ok();
    for reason in ["one", "two"] {
        place.run(&["pause", "copr", "--reason", reason, "--database", &database]).ok();
    }
    let told = place.run(&["pause", "copr", "--database", &database]).ok();
    assert!(told.contains("copr was paused already since ") && told.contains(": two\n"), "{told}");
    let found = place.run(&["doctor", "--database", &database]).ok();
    assert!(found.lines().any(|line| line.contains("copr: paused by") && line.ends_with(": two")), "{found}");
}

#[test]
fn a_database_address_that_everybody_may_read_is_told() {
    let place = Place::new();
    place.run(&["migrate", "--database", &place.database()]).ok();
    let address = place.file("database-url", place.database());
    let configuration = place.file("packflow.toml", format!("[database]\nurl = \"@{address}\"\n"));
    std::fs::set_permissions(&address, std::fs::Permissions::from_mode(0o644)).unwrap();
    let found = place.run(&["doctor", "--config", &configuration]).ok();
    assert!(found.contains(&format!("chmod o= {address}")), "{found}");
}

#[test]
fn looking_at_a_database_creates_none() {
    let place = Place::new();
    let found = place.run(&["doctor", "--database", &place.database()]);
    assert_eq!(found.code, 1);
    assert!(
        found.stdout.contains("WRONG   database") && found.stdout.contains("packflow migrate"),
        "{}",
        found.stdout
    );
    assert!(!place.path("packflow.sqlite").exists());
    place.run(&["migrate", "--database", &place.database()]).ok();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(place.path("packflow.sqlite"), open).unwrap();
    let closed = place.file("closed.toml", "[server]\nreading = \"token\"\n");
    let found = place.run(&["doctor", "--config", &closed, "--database", &place.database()]).ok();
    assert!(found.contains("chmod 600") && found.contains("packflow token create"), "{found}");
}

#[test]
fn a_file_that_is_no_database_is_told_so() {
    let place = Place::new();
    place.file("packflow.sqlite", "what somebody wrote, and nothing else\n".repeat(9));
    let found = place.run(&["doctor", "--database", &place.database()]);
    assert_eq!(found.code, 1);
    assert!(found.stdout.contains("is it a SQLite database"), "{}", found.stdout);
    assert!(!found.stdout.contains("log in"), "{}", found.stdout);
}

#[test]
fn findings_come_with_what_to_do() {
    let place = Place::new();
    let secret = place.file("secret", "s3cret");
    let toml = format!(
        "[server]\nlisten = \"nowhere\"\n[[forge]]\nkind = \"github\"\napi_url = \"http://127.0.0.1:1\"\n\
        token_file = {secret:?}\nwebhook_secret_file = {secret:?}\n\
        [copr]\nurl = \"http://127.0.0.1:1\"\nowner = \"packit\"\nlogin_file = {secret:?}\ntoken_file = {secret:?}\n"
    );
    let configuration = place.file("packflow.toml", toml);
    let found = place.run(&["doctor", "--config", &configuration, "--database", &place.database()]);
    assert_eq!(found.code, 1);
    for wrong in
        ["WRONG   configuration: server.listen", "WRONG   database", "WRONG   github.com", "WRONG   copr"]
    {
        let (_, rest) =
            found.stdout.split_once(wrong).unwrap_or_else(|| panic!("no `{wrong}` in {}", found.stdout));
        let remedy = rest.lines().nth(1).unwrap();
        assert!(remedy.starts_with("        ") && remedy.len() > 20, "{wrong}: {remedy}");
    }
    assert!(found.stdout.contains("every account of this machine may read"), "{}", found.stdout);
    assert!(!found.stdout.contains("s3cret"), "{}", found.stdout);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_outside_system_is_asked_with_its_credentials() {
    let place = Place::new();
    let simulator = Simulator::start(SimulatorConfig::default()).await.unwrap();
    place.run(&["migrate", "--database", &place.database()]).ok();
    let (secret, login) = (place.file("secret", "s3cret"), place.file("login", "simulated-login"));
    let (token, key) =
        (place.file("token", "simulated-copr-token"), place.file("key", "simulated-testing-farm-key"));
    let client_secret = place.file("client-secret", "simulated-client-secret");
    let password = place.file("koji-password", "simulated-koji-password");
    let configuration = |app: u64, client_secret: &str, token: &str, key: &str, password: &str| {
        let toml = format!(
            "[[forge]]\nkind = \"github\"\napi_url = {0:?}\napp_id = {app}\nprivate_key_file = {1:?}\nwebhook_secret_file = {secret:?}\n\
             web_url = {0:?}\nclient_id = \"simulated-client-id\"\nclient_secret_file = {client_secret:?}\n\
             [copr]\nurl = {2:?}\nowner = \"packflow\"\nlogin_file = {login:?}\ntoken_file = {token:?}\n\
             [testing_farm]\nurl = {3:?}\napi_key_file = {key:?}\n\
             [koji]\nhub_url = {4:?}\nuser = \"packflow\"\npassword_file = {password:?}\n",
            simulator.github_url(),
            repository(KEY),
            simulator.copr_url(),
            simulator.testing_farm_url(),
            simulator.koji_hub(),
        );
        let file = place.file("packflow.toml", toml);
        place.run(&["doctor", "--config", &file, "--database", &place.database()])
    };
    let found = configuration(1, &client_secret, &token, &key, &password).ok();
    assert!(found.contains("note    login: server.public_url is not set"), "{found}");
    for system in ["github.com", "login", "copr", "testing-farm", "koji"] {
        assert!(found.contains(&format!("ok      {system}: ")), "{found}");
    }
    let found = configuration(2, &secret, &secret, &secret, &secret);
    assert_eq!(found.code, 1);
    for system in ["github.com", "login", "copr", "testing-farm", "koji"] {
        assert!(found.stdout.contains(&format!("WRONG   {system}: ")), "{}", found.stdout);
    }
    assert!(!found.stdout.contains("s3cret"), "{}", found.stdout);
    simulator.stop().await;
}
