//! `packflow inbox`

use test_support::{TestDatabase, on_both_databases};

use crate::support::{Place, lines, repository};

on_both_databases! {
    /// What came to nothing is worked on once more, and then comes to something.
    async fn a_refused_delivery_is_retried(database: TestDatabase) {
        let place = Place::new();
        // A service whose forge does not answer.
        let secret = place.file("secret", "s3cret");
        let access = "[access]\nallow = [\"github.com/example\"]\n[[forge]]\n";
        let away = format!("{access}kind = \"github\"\napi_url = \"http://127.0.0.1:1\"\ntoken_file = {secret:?}\nwebhook_secret_file = {secret:?}\n");
        let configuration = place.file("packflow.toml", away);
        let common = ["--config", configuration.as_str(), "--database", database.url()];
        let run = |arguments: &[&str]| place.run(&[arguments, &common[..]].concat());
        let deliveries = repository("examples/deliveries");
        let first = run(&["replay", &deliveries, "--json"]);
        assert_eq!(first.code, 1, "one was refused");
        let first = lines(&first.stdout);
        assert_eq!(first[0]["outcome"], "refused", "{first:?}");
        let refused = lines(&run(&["inbox", "list", "--outcome", "refused", "--json"]).ok());
        let id = refused[0]["id"].to_string();

        let forge = repository("examples/forge");
        place.file("packflow.toml", format!("{access}kind = \"folder\"\nhost = \"github.com\"\npath = {forge:?}\n"));
        assert!(run(&["inbox", "retry", &id]).ok().contains("worked on again"));
        assert_eq!(lines(&run(&["inbox", "list", "--outcome", "pending", "--json"]).ok()).len(), 1);
        run(&["inbox", "retry", &id]).ok();
        let second = lines(&run(&["replay", &deliveries, "--json"]).ok());
        assert_eq!(second[0]["outcome"], "accepted", "{second:?}");

        let event = second[0]["event_id"].to_string();
        let answer = run(&["inbox", "retry", &id]);
        assert_eq!(answer.code, 2);
        for part in [format!("became event {event}"), format!("packflow rerun {event}"), "push".to_owned()] {
            assert!(answer.stderr.contains(&part), "{}", answer.stderr);
        }
    }

    /// What became an event keeps it; its body is an event of its own when it is replayed, as the refusal says.
    async fn a_delivery_that_started_nothing_is_replayed_as_another_event(database: TestDatabase) {
        let place = Place::new();
        let forge = |path: &str| format!("[access]\nallow = [\"github.com/example\"]\n[[forge]]\nkind = \"folder\"\nhost = \"github.com\"\npath = {path:?}\n");
        let empty = place.path("empty");
        std::fs::create_dir(&empty).unwrap();
        let configuration = place.file("packflow.toml", forge(&empty.display().to_string()));
        let common = ["--config", configuration.as_str(), "--database", database.url()];
        let run = |arguments: &[&str]| place.run(&[arguments, &common[..]].concat());
        let first = lines(&run(&["replay", &repository("examples/deliveries"), "--json"]).ok());
        assert_eq!(first[0]["outcome"], "nothing_planned", "{first:?}");

        place.file("packflow.toml", forge(&repository("examples/forge")));
        let answer = run(&["inbox", "retry", "1"]);
        assert_eq!(answer.code, 2);
        for part in ["packflow inbox show 1 --body > pull_request.1.json", "packflow replay pull_request.1.json"] {
            assert!(answer.stderr.contains(part), "{}", answer.stderr);
        }
        let body = place.file("pull_request.1.json", run(&["inbox", "show", "1", "--body"]).ok());
        let again = lines(&run(&["replay", &body, "--json"]).ok());
        assert_eq!(again[0]["outcome"], "accepted", "{again:?}");
        assert_ne!(again[0]["event_id"], first[0]["event_id"]);
    }

    /// All that a misconfiguration had refused at once; what was done is not there to be done again.
    async fn several_deliveries_are_retried_together(database: TestDatabase) {
        let place = Place::new();
        let db = store::Db::open(&database.url().parse().unwrap()).await.unwrap();
        store::Migrations(&db).run().await.unwrap();
        let settled = Some((domain::words::DeliveryOutcome::Refused, "a mistake"));
        for (delivery_id, days) in [("a", 3), ("b", 2), ("c", 0), ("d", 0)] {
            let received_at = chrono::Utc::now() - chrono::TimeDelta::days(days);
            let (source, kind) = ("github.com", "push");
            let delivery = store::inbox::NewDelivery { source, delivery_id, kind, received_at, body: b"{}", settled };
            store::inbox::receive(&db, &delivery).await.unwrap();
        }
        let forgotten = store::inbox::forget_bodies(&db, chrono::Utc::now() - chrono::TimeDelta::hours(60), 9).await.unwrap();
        assert_eq!(forgotten, 1);
        let run = |arguments: &[&str]| place.run(&[&["inbox", "retry"], arguments, &["--database", database.url()]].concat());
        let pending = async || store::inbox::pending(&db).await.unwrap().0;

        let today = (chrono::Utc::now() - chrono::TimeDelta::hours(1)).format("%Y-%m-%dT%H:%M:%SZ").to_string();
        let told = run(&["--refused", "--since", &today]).ok();
        assert!(told.contains("delivery 3 is worked on again") && !told.contains("delivery 2 "), "{told}");
        assert_eq!(pending().await, 2);
        let told = run(&["--refused"]).ok();
        assert!(told.contains("delivery 1 is not") && told.contains("delivery 2 is worked on again"), "{told}");
        assert!(!run(&["--refused"]).ok().contains("worked on again"));
        assert_eq!(pending().await, 3);
        let answer = run(&["1", "2", "3"]);
        assert_eq!(answer.code, 2);
        assert!(answer.stdout.contains("delivery 3 is worked on again") && answer.stderr.contains("delivery 1"), "{answer:?}");
        for wrong in [&[][..], &["--since", "2026-03-01"], &["--refused", "1"]] {
            assert_eq!(run(wrong).code, 2, "{wrong:?}");
        }
    }

    /// A list goes on where the last one ended.
    async fn a_list_has_pages(database: TestDatabase) {
        let place = Place::new();
        for n in 0..5 {
            place.file(&format!("all/ping.{n}.json"), format!("{{\"zen\": \"{n}\"}}"));
        }
        let folder = place.path("all").display().to_string();
        place.run(&["replay", &folder, "--database", database.url()]).ok();
        let list = |before: &str| {
            let listed = place.run(&["inbox", "list", "--limit", "3", "--before", before, "--json", "--database", database.url()]);
            lines(&listed.ok()).iter().map(|row| row["id"].as_i64().unwrap()).collect::<Vec<_>>()
        };
        let first = list("1000");
        assert_eq!(first.len(), 3);
        let second = list(&first[2].to_string());
        assert_eq!(second.len(), 2);
        assert!(first.iter().chain(&second).is_sorted_by(|a, b| a > b));
        let text = place.run(&["inbox", "list", "--limit", "3", "--database", database.url()]).ok();
        assert!(text.contains(&format!("more: --before {}", first[2])), "{text}");
        let answer = place.run(&["inbox", "list", "--outcome", "nonsense", "--database", database.url()]);
        assert_eq!(answer.code, 2);
        assert_eq!(place.run(&["inbox", "show", "1000", "--database", database.url()]).code, 2);
    }
}
