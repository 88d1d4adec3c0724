//! Generated databases.

use store::generate::{Generated, Scale, generate};
use store::reads::{EventFilter, Sample, Viewer, events, query_plans, workflows};
use store::{Db, verify};
use test_support::{TestDatabase, on_both_databases};

use crate::plans::build_and_test;
use crate::raw::Raw;
use crate::support::{at, migrated, recorded};

async fn generated(db: &Db, events: u64, seed: u64) -> Generated {
    generate(db, Scale { events, seed, until: at(0) }, |_| {}).await.unwrap()
}

on_both_databases! {
    /// A figure that was measured on rows against the rules would say nothing.
    async fn what_is_generated_keeps_every_rule(database: TestDatabase) {
        let db = migrated(&database).await;
        let made = generated(&db, 300, 7).await;
        assert_eq!(made.events, 300);
        assert!(made.pipelines > 270 && made.targets > 2000, "{made:?}");
        assert_eq!(verify::verify(&db).await.unwrap(), []);
        let raw = Raw::open(&database).await;
        assert_eq!(raw.number("SELECT count(*) FROM targets").await, i64::try_from(made.targets).unwrap());
        assert!(raw.number("SELECT count(*) FROM targets WHERE attempt = 2").await > 0);
        assert_eq!(raw.number("SELECT count(*) FROM event_packages").await, raw.number("SELECT count(*) FROM events WHERE status <> 'nothing'").await);
        // And what is recorded afterwards finds free ids.
        recorded(&db, &build_and_test(&["f42"])).await;
        let more = generated(&db, 50, 8).await;
        assert_eq!(more.events, 50);
        assert_eq!(verify::verify(&db).await.unwrap(), []);
    }

    async fn one_seed_gives_one_database(database: TestDatabase) {
        let db = migrated(&database).await;
        let made = generated(&db, 100, 3).await;
        let page = events(&db, &Viewer::Everything, &EventFilter::default(), None, 100).await.unwrap();
        let told = |rows: &[store::reads::EventRow]| rows.iter().map(|row| (row.id, row.hash.clone(), row.status)).collect::<Vec<_>>();
        if let Some(other) = twin(&database) {
            let other = migrated(&other).await;
            assert_eq!(generated(&other, 100, 3).await, made);
            let page_of_other = events(&other, &Viewer::Everything, &EventFilter::default(), None, 100).await.unwrap();
            assert_eq!(told(&page.rows), told(&page_of_other.rows));
        }
    }

    async fn every_plan_can_be_looked_at(database: TestDatabase) {
        let db = migrated(&database).await;
        assert!(Sample::choose(&db, at(0)).await.unwrap().is_none());
        generated(&db, 200, 5).await;
        let sample = Sample::choose(&db, at(0)).await.unwrap().unwrap();
        let plans = query_plans(&db, &sample).await.unwrap();
        assert!(plans.len() > 30);
        assert!(plans.iter().all(|plan| !plan.lines.is_empty()));
        let page = workflows(&db, &Viewer::Public, &EventFilter::of_project(sample.project), None, 20).await.unwrap();
        assert!(page.rows.len() == 20 && page.rows.iter().all(|row| row.parts.targets.len() >= 3));
    }
}

/// Another database of the same kind.
fn twin(database: &TestDatabase) -> Option<TestDatabase> {
    if database.is_postgres() {
        TestDatabase::postgres("one_seed_gives_one_database")
    } else {
        Some(TestDatabase::sqlite())
    }
}
