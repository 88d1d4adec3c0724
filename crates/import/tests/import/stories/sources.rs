//! Which sources are taken, and that all of them is seen.

use import::{Error, Options, Report};
use store::Db;
use test_support::{TestDatabase, on_both_databases};

use super::{PLAIN, notes, of_old, reasons, today};
use crate::schema;
use crate::support::{assert_clean, execute, import_all, import_with, open, source, workflow_of};

async fn try_import(url: &str, db: &Db) -> import::Result<Report> {
    import::import(url, db, &Options::default(), &mut |_| ()).await
}

on_both_databases! {
    /// No table is left behind only because an account does not see it.
    async fn tables_that_may_not_be_read_are_told(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[PLAIN]).await else { return };
        let db = open(&database).await;
        let role = format!("reader_{}", source.url().rsplit('/').next().unwrap());
        execute(&source, &format!("CREATE ROLE \"{role}\"")).await;
        let url = format!("{}?options=-c%20role%3D{role}", source.url());
        let refused = try_import(&url, &db).await.unwrap_err().to_string();
        for part in ["copr_build_targets", "srpm_builds", "GRANT SELECT", &role] {
            assert!(refused.contains(part), "{refused}");
        }
        execute(&source, &format!(
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"{role}\"; REVOKE SELECT ON scans FROM \"{role}\"")).await;
        let refused = try_import(&url, &db).await.unwrap_err();
        assert!(matches!(&refused, Error::Rights { tables, .. } if tables == "scans"), "{refused}");
        execute(&source, &format!("GRANT SELECT ON scans TO \"{role}\"")).await;
        assert!(try_import(&url, &db).await.unwrap().imported_total > 0);
        execute(&source, &format!("DROP OWNED BY \"{role}\"; DROP ROLE \"{role}\"")).await;
    }

    async fn a_table_may_have_any_name(database: TestDatabase) {
        let odd = r#"
            CREATE TABLE "user" (t int); INSERT INTO "user" VALUES (1);
            CREATE TABLE "Backup ""x""" (what text); INSERT INTO "Backup ""x""" VALUES ('y');"#;
        let Some(source) = today(module_path!(), &[PLAIN, odd]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        for table in ["user", r#"Backup "x""#] {
            assert_eq!(reasons(&report, table), [r#""(0,1)": Packit Service has no such table"#], "{table}");
        }
    }

    /// The first project tells sources apart, but it may be renamed.
    async fn a_source_whose_first_project_changed_is_taken_when_asked_for(database: TestDatabase) {
        let Some(source) = today(module_path!(), &[]).await else { return };
        let db = open(&database).await;
        import_all(&source, &db).await;
        execute(&source, PLAIN).await;
        // Where there was no project yet, nothing tells sources apart.
        import_all(&source, &db).await;
        execute(&source, "UPDATE git_projects SET repo_name = 'renamed'").await;
        let refused = try_import(source.url(), &db).await.unwrap_err();
        assert!(matches!(refused, Error::OtherSource { .. }), "{refused}");
        assert!(refused.to_string().contains("--same-source"), "{refused}");
        assert!(matches!(import::verify(source.url(), &db).await, Err(Error::OtherSource { .. })));
        import_with(&source, &db, &Options { same_source: true, ..Options::default() }).await;
        assert_eq!(import_all(&source, &db).await.imported_total, 0);
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
    }

    /// The same rows have other ids and events in the other schema: both histories would be here.
    async fn a_source_of_the_other_schema_is_refused_even_if_it_is_said_to_be_the_same(database: TestDatabase) {
        let Some(first) = today(module_path!(), &[PLAIN]).await else { return };
        let Some(old) = source(module_path!()) else { return };
        execute(&old, schema::BEFORE_GROUPS).await;
        execute(&old, "INSERT INTO git_projects VALUES (1, 'packit', 'ogr', '', 'github.com')").await;
        let db = open(&database).await;
        import_all(&first, &db).await;
        let options = Options { same_source: true, ..Options::default() };
        let refused = import::import(old.url(), &db, &options, &mut |_| ()).await.unwrap_err();
        assert!(matches!(refused, Error::OtherSchema { .. }), "{refused}");
        for part in ["with groups", "before groups", "a database of its own"] {
            assert!(refused.to_string().contains(part), "{refused}");
        }
        assert!(matches!(import::verify(old.url(), &db).await, Err(Error::OtherSchema { .. })));
        assert_eq!(import_with(&first, &db, &options).await.imported_total, 0);
    }

    async fn what_cannot_be_read_stops_nothing(database: TestDatabase) {
        let odd = r#"
            UPDATE copr_build_targets SET data = '{"a": 1e999}' WHERE id = 21;
            UPDATE copr_build_targets SET data = '{"a": "\\u0000 \u0000"}' WHERE id = 22;
            UPDATE tft_test_run_targets SET data = (repeat('[', 110) || repeat(']', 110))::json;
            UPDATE project_events SET packages_config = (repeat('[', 2000) || repeat(']', 2000))::json;"#;
        let Some(source) = today(module_path!(), &[PLAIN, odd]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.set_aside_total, 0, "{:?}", report.set_aside);
        let workflow = workflow_of(&db, "pipelines", 100).await;
        let data = |table, id| {
            let target = of_old(&workflow, table, id)[0];
            target.details.imported.as_ref().unwrap().columns["data"].clone()
        };
        assert_eq!(data("copr_build_targets", 21), r#"{"a": 1e999}"#);
        assert_eq!(data("copr_build_targets", 22)["a"], "\\u0000 \u{fffd}");
        assert_eq!(data("tft_test_run_targets", 31), format!("{}{}", "[".repeat(110), "]".repeat(110)));
    }

    async fn times_that_cannot_be_are_told_of_every_row(database: TestDatabase) {
        let odd = "UPDATE pipelines SET datetime = 'infinity';
            UPDATE copr_build_groups SET submitted_time = '1970-01-01'";
        let Some(source) = today(module_path!(), &[PLAIN, odd]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(notes(&report, "pipelines"), ["100: datetime is a time that cannot be: infinity"]);
        assert_eq!(
            notes(&report, "copr_build_groups"),
            ["20: submitted_time is a time that cannot be: 1970-01-01T00:00:00"]
        );
    }

    async fn an_analysis_keeps_the_build_that_it_is_about(database: TestDatabase) {
        let more = "
            INSERT INTO project_events VALUES (2, 'pull_request', 5, 'decaf0', NULL);
            INSERT INTO koji_build_groups VALUES (80, '2025-01-02');
            INSERT INTO koji_build_targets (id, task_id, status, target, koji_build_group_id)
                VALUES (81, '9', 'failure', 'f43', 80);
            INSERT INTO log_detective_run_groups VALUES (95, '2025-01-02');
            INSERT INTO log_detective_run (id, status, target, koji_build_target_id) VALUES (1, 'complete', 'f43', 81);
            INSERT INTO log_detective_run (id, status, target, copr_build_target_id, log_detective_run_group_id)
                VALUES (2, 'complete', 'fedora-42-x86_64', 22, 95);
            INSERT INTO pipelines (id, datetime, project_event_id, koji_build_group_id, log_detective_run_group_id)
                VALUES (101, '2025-01-02', 2, 80, 95);";
        let Some(source) = today(module_path!(), &[PLAIN, more]).await else { return };
        let db = open(&database).await;
        let report = import_all(&source, &db).await;
        assert_clean(&db).await;
        assert_eq!(report.set_aside_total, 0, "{:?}", report.set_aside);
        let workflow = workflow_of(&db, "pipelines", 101).await;
        let build = of_old(&workflow, "koji_build_targets", 81)[0].id;
        let behind = of_old(&workflow, "log_detective_run", 1)[0];
        assert_eq!(behind.inputs.iter().map(|input| input.target_id).collect::<Vec<_>>(), [build]);
        // That of another event's build is no input; which build it is stays known.
        let other = of_old(&workflow, "log_detective_run", 2)[0];
        assert_eq!(other.inputs.len(), 0);
        assert_eq!(other.details.imported.as_ref().unwrap().columns["copr_build_target_id"], 22);
        assert_eq!(import::verify(source.url(), &db).await.unwrap(), []);
        assert_eq!(import_all(&source, &db).await.imported_total, 0);
    }
}
