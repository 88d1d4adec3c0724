//! Tokens and logins: what is kept of them, and how they end.

use chrono::{DateTime, Duration, Utc};
use domain::words::{ProjectKey, Scopes};
use secrecy::{ExposeSecret, SecretString};
use store::sessions::{self, Account};
use store::tokens::{self, NewToken, Token};
use store::{Db, Error, projects};
use test_support::{TestDatabase, on_both_databases};

use crate::raw::Raw;
use crate::support::{at, migrated, record_at};

async fn create(db: &Db, name: &str, expires_at: Option<DateTime<Utc>>) -> Option<SecretString> {
    let scopes: Scopes = "rerun,cancel".parse().unwrap();
    let new = NewToken { name, scopes: &scopes, created_by: "maria", expires_at };
    tokens::create(db, new, at(0)).await.unwrap()
}

async fn find(db: &Db, secret: &SecretString, now: DateTime<Utc>) -> Option<Token> {
    tokens::find(db, secret, now).await.unwrap()
}

fn account() -> Account {
    Account { forge: "github.com".to_owned(), id: "583231".to_owned(), login: "octocat".to_owned() }
}

/// All that a table holds, as text.
async fn everything(raw: &Raw, table: &str) -> String {
    let columns = match table {
        "tokens" => "hash || ' ' || name || ' ' || scopes || ' ' || created_by",
        _ => "hash || ' ' || forge || ' ' || account_id || ' ' || login",
    };
    raw.texts(&format!("SELECT {columns} FROM {table} ORDER BY id")).await.join("\n")
}

on_both_databases! {
    async fn a_tokens_secret_is_told_once_and_kept_as_a_hash(database: TestDatabase) {
        let db = migrated(&database).await;
        let secret = create(&db, "ci", None).await.unwrap();
        let other = create(&db, "other", None).await.unwrap();
        assert_ne!(secret.expose_secret(), other.expose_secret());
        let text = secret.expose_secret().strip_prefix("packflow_").unwrap().to_owned();
        assert_eq!(text.len(), 43, "256 bits");
        let kept = everything(&Raw::open(&database).await, "tokens").await;
        assert!(kept.contains("ci cancel,rerun maria") || kept.contains("ci rerun,cancel maria"), "{kept}");
        assert!(!kept.contains(&text) && !kept.contains(other.expose_secret()), "{kept}");
        let found = find(&db, &secret, at(1)).await.unwrap();
        assert_eq!((found.name.as_str(), found.created_by.as_str(), found.created_at), ("ci", "maria", at(0)));
        assert_eq!(tokens::list(&db).await.unwrap()[0], found);
        let hash = kept.split(' ').next().unwrap().to_owned();
        for wrong in ["", "packflow_", &text, &hash, &format!("{}x", secret.expose_secret())] {
            assert_eq!(find(&db, &SecretString::from(wrong), at(1)).await, None, "{wrong}");
        }
    }

    async fn a_token_ends_at_its_time_or_when_it_is_revoked(database: TestDatabase) {
        let db = migrated(&database).await;
        let ending = create(&db, "ending", Some(at(60))).await.unwrap();
        assert!(find(&db, &ending, at(59)).await.is_some());
        assert!(find(&db, &ending, at(60)).await.is_none());
        let secret = create(&db, "ci", None).await.unwrap();
        assert!(create(&db, "ci", None).await.is_none(), "a name is one token's");
        tokens::revoke(&db, "ci", at(5)).await.unwrap();
        assert!(find(&db, &secret, at(6)).await.is_none());
        assert!(matches!(tokens::revoke(&db, "ci", at(6)).await, Err(Error::NotFound(_))));
        let anew = create(&db, "ci", None).await.unwrap();
        assert!(find(&db, &anew, at(7)).await.is_some() && find(&db, &secret, at(7)).await.is_none());
        let names: Vec<(String, bool)> =
            tokens::list(&db).await.unwrap().into_iter().map(|token| (token.name, token.revoked_at.is_some())).collect();
        assert_eq!(names, [("ending".to_owned(), false), ("ci".to_owned(), true), ("ci".to_owned(), false)]);
    }

    async fn a_token_in_use_is_written_once_in_a_while(database: TestDatabase) {
        let db = migrated(&database).await;
        let secret = create(&db, "ci", None).await.unwrap();
        let mut written = Vec::new();
        for second in [0, 1, 300, 599, 601, 700, 4000] {
            let token = find(&db, &secret, at(second)).await.unwrap();
            let before = db.statements();
            tokens::used(&db, &token, at(second)).await.unwrap();
            if db.statements() > before {
                written.push(second);
            }
        }
        assert_eq!(written, [0, 601, 4000]);
        assert_eq!(find(&db, &secret, at(4001)).await.unwrap().last_used_at, Some(at(4000)));
    }

    async fn a_login_is_kept_as_a_hash_and_ends(database: TestDatabase) {
        let db = migrated(&database).await;
        let secret = sessions::begin(&db, &account(), at(0)).await.unwrap();
        let kept = everything(&Raw::open(&database).await, "sessions").await;
        assert!(kept.ends_with("github.com 583231 octocat") && !kept.contains(secret.expose_secret()), "{kept}");
        let session = sessions::find(&db, &secret, at(1)).await.unwrap().unwrap();
        assert_eq!(session.account, account());
        assert!(sessions::find(&db, &SecretString::from("x"), at(1)).await.unwrap().is_none());
        sessions::end(&db, &secret).await.unwrap();
        assert!(sessions::find(&db, &secret, at(2)).await.unwrap().is_none());
        assert_eq!(everything(&Raw::open(&database).await, "sessions").await, "");
    }

    async fn a_login_ends_when_it_is_idle_and_after_its_longest_time(database: TestDatabase) {
        let db = migrated(&database).await;
        let secret = sessions::begin(&db, &account(), at(0)).await.unwrap();
        let mut now = at(0);
        let mut last = now;
        // Used each twenty hours, it lives until a week is over.
        while let Some(session) = sessions::find(&db, &secret, now).await.unwrap() {
            sessions::used(&db, &session, now).await.unwrap();
            last = now;
            now += Duration::hours(20);
        }
        assert!(last < at(0) + sessions::LONGEST && now >= at(0) + sessions::LONGEST, "{last} {now}");
        let idle = sessions::begin(&db, &account(), now).await.unwrap();
        assert!(sessions::find(&db, &idle, now + sessions::IDLE - Duration::seconds(1)).await.unwrap().is_some());
        assert!(sessions::find(&db, &idle, now + sessions::IDLE).await.unwrap().is_none());
        assert_eq!(sessions::forget(&db, now).await.unwrap(), 1);
        assert_eq!(sessions::forget(&db, now + sessions::IDLE).await.unwrap(), 1);
    }

    /// Of which of these somebody may read is asked at the forge.
    async fn the_private_projects_of_a_forge_are_known_newest_first(database: TestDatabase) {
        let db = migrated(&database).await;
        let nothing = domain::plan::Plan::nothing("no");
        for (second, name) in [(1, "private"), (2, "public"), (3, "unknown"), (4, "second"), (0, "third")] {
            record_at(&db, name, &nothing, second).await;
        }
        let raw = Raw::open(&database).await;
        raw.run("UPDATE projects SET visibility = CASE WHEN name IN ('public', 'unknown') THEN name ELSE 'private' END").await;
        let found: Vec<ProjectKey> =
            projects::private(&db, "github.com", 10).await.unwrap().into_iter().map(|(_, key)| key).collect();
        assert_eq!(found, ["second", "private", "third"].map(|name| ProjectKey::new("github.com", "packit", name)));
        assert_eq!(projects::private(&db, "github.com", 2).await.unwrap().len(), 2);
        assert_eq!(projects::private(&db, "gitlab.com", 10).await.unwrap(), []);
    }
}
