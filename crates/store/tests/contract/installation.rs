//! Which Packflow a database is.

use domain::ids::SubmissionId;
use domain::package_config::Deployment;
use store::installation::{get, keep, keep_demo};
use store::reads::workflow;
use store::submissions;
use test_support::{TestDatabase, on_both_databases};

use crate::plans::of_size;
use crate::raw::Raw;
use crate::support::{migrated, open, recorded};

on_both_databases! {
    async fn a_database_is_one_installation_and_of_one_instance_whoever_starts_at_once(database: TestDatabase) {
        let db = migrated(&database).await;
        assert_eq!(get(&db).await.unwrap(), None);
        let other = open(&database).await;
        let (one, another) =
            tokio::join!(keep(&db, Deployment::Prod), keep(&other, Deployment::Stg));
        let (one, another) = (one.unwrap(), another.unwrap());
        assert_eq!(one, another, "the first one's counts for both");
        assert_eq!(get(&db).await.unwrap(), Some(one.clone()));
        assert!(one.id.len() == 12 && one.id.chars().all(|digit| digit.is_ascii_hexdigit()), "{one:?}");
        assert_eq!(keep(&db, Deployment::Dev).await.unwrap(), one, "it stays so");
        let row = "INSERT INTO installation (singleton, id) VALUES (2, 'f00')";
        assert!(Raw::open(&database).await.try_run(row).await.is_err(), "there is one");
    }

    async fn what_a_demo_made_is_no_instances_and_what_is_an_instances_no_demos(database: TestDatabase) {
        let db = migrated(&database).await;
        let demos = keep_demo(&db).await.unwrap();
        assert!(demos.is_demos && demos.instance.is_none(), "{demos:?}");
        assert_eq!(keep(&db, Deployment::Prod).await.unwrap(), demos, "it stays so");
        Raw::open(&database).await.run("DELETE FROM installation").await;
        let served = keep(&db, Deployment::Prod).await.unwrap();
        assert_eq!(keep_demo(&db).await.unwrap(), served);
        assert!(!served.is_demos && served.instance == Some(Deployment::Prod), "{served:?}");
    }

    /// Build systems are told it beside the submission's number, which other databases count too.
    async fn what_is_sent_knows_its_installation_and_a_new_one_after_a_restore(database: TestDatabase) {
        let db = migrated(&database).await;
        let event = recorded(&db, &of_size(1)).await;
        let submission = workflow(&db, event).await.unwrap().unwrap().submissions[0].id;
        let installation = async || submissions::work(&db, SubmissionId(submission), event).await.unwrap().installation;
        let first = installation().await;
        assert_eq!(first, installation().await);
        let kept = keep(&db, Deployment::Stg).await.unwrap();
        assert_eq!((kept.id, kept.instance), (first.clone(), Some(Deployment::Stg)), "of whichever instance");
        // As docs/operating.md says.
        Raw::open(&database).await.run("DELETE FROM installation").await;
        assert_ne!(installation().await, first);
        assert_eq!(keep(&db, Deployment::Prod).await.unwrap().instance, Some(Deployment::Prod));
    }
}
