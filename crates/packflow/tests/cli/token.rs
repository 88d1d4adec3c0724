//! `packflow token`

use serde_json::Value;
use test_support::{TestDatabase, on_both_databases};

use crate::support::Place;

on_both_databases! {
    async fn a_token_is_made_listed_and_revoked(database: TestDatabase) {
        let place = Place::new();
        let run = |arguments: &[&str]| place.run(&[&["token"], arguments, &["--database", database.url()]].concat());
        place.run(&["migrate", "--database", database.url()]).ok();
        assert!(run(&["list"]).ok().contains("there is no token"));
        let made = run(&["create", "--name", "ci", "--scope", "rerun", "--scope", "cancel", "--days", "90"]);
        let secret = made.stdout.trim().to_owned();
        assert!(secret.starts_with("packflow_") && made.stdout.lines().count() == 1, "{made:?}");
        assert!(made.stderr.contains("rerun,cancel") && !made.stderr.contains(&secret), "{made:?}");

        let listed = run(&["list"]).ok();
        assert!(listed.contains("ci  rerun,cancel  until") && listed.contains("never used"), "{listed}");
        assert!(!listed.contains(&secret));
        let listed: Value = run(&["list", "--json"]).json();
        assert_eq!(listed[0]["scopes"], serde_json::json!(["rerun", "cancel"]));
        assert_eq!((listed[0]["state"].as_str(), listed[0]["last_used_at"].is_null()), (Some("valid"), true));
        let days = listed[0]["expires_at"].as_str().unwrap().parse::<chrono::DateTime<chrono::Utc>>().unwrap() - chrono::Utc::now();
        assert!((89..=90).contains(&days.num_days()), "{days}");

        let twice = run(&["create", "--name", "ci", "--scope", "read"]);
        assert!(twice.code == 2 && twice.stderr.contains("token revoke ci"), "{twice:?}");
        run(&["revoke", "ci"]).ok();
        assert_eq!(run(&["list", "--json"]).json()[0]["state"], "revoked");
        assert_eq!(run(&["revoke", "ci"]).code, 2);
        run(&["create", "--name", "ci", "--scope", "admin", "--no-expiry"]).ok();
        assert!(run(&["list"]).ok().contains("ci  admin  without an end"));
    }
}

#[test]
fn what_is_no_token_is_refused() {
    let place = Place::new();
    let database = place.database();
    for (arguments, told) in [
        (&["--name", "ci"][..], "--scope"),
        (&["--name", "ci", "--scope", "root"], "read, read_all, rerun, cancel, admin"),
        (&["--name", "c i", "--scope", "read"], "no spaces"),
        (&["--name", "", "--scope", "read"], "characters"),
        (&["--name", "ci", "--scope", "read", "--days", "0"], "1..=3650"),
    ] {
        let refused = place.run(&[&["token", "create", "--database", &database], arguments].concat());
        assert_eq!(refused.code, 2, "{arguments:?}");
        assert!(refused.stderr.contains(told), "{told}: {}", refused.stderr);
        assert_eq!(refused.stdout, "");
    }
}
