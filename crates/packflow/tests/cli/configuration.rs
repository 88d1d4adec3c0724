//! The configuration: file, environment, flags, secrets, and what is told of faults.

use crate::support::{Ended, Place};

/// The keys of the faults, in their order.
fn keys(ended: &Ended) -> Vec<&str> {
    assert_eq!((ended.code, ended.stdout.as_str()), (1, ""), "{ended:?}");
    let faults = ended.stderr.lines().filter(|line| !line.contains("in the configuration; "));
    faults.map(|line| line.split_once(": ").unwrap().0).collect()
}

fn check(place: &Place, toml: &str, variables: &[(&str, &str)]) -> Ended {
    let file = place.file("packflow.toml", toml);
    place.run_with(&["serve", "--check-config", "--config", &file], variables)
}

/// Work of minutes has to be possible in a sidetag before it is removed.
#[test]
fn a_sidetag_is_kept_for_some_time_at_least() {
    let place = Place::new();
    let of_days = |days: &str| {
        let toml = format!("[koji]\nuser = \"packit\"\nunused_sidetag_days = {days}\n");
        check(&place, &toml, &[("PACKFLOW_KOJI__PASSWORD", "p4ss")])
    };
    assert_eq!(keys(&of_days("0.01")), ["koji.unused_sidetag_days"]);
    assert_eq!(of_days("14").code, 0, "{:?}", of_days("14"));
}

#[test]
fn every_fault_is_named_with_its_key() {
    let place = Place::new();
    let ended = check(
        &place,
        r#"
            lissten = 1
            [server]
            listn = "127.0.0.1:1"
            public_url = "ftp://example.org"
            reading = "login"
            changes_per_minute = 0
            [database]
            url = "mysql://user:p4ssword@host/name"
            [access]
            allow = ["https://github.com/packit"]
            [[forge]]
            kind = "github"
            app_id = "one"
            [[forge]]
            kind = "folder"
            path = "nowhere"
            app_id = 1
            [[forge]]
            kind = "gitlap"
            [[forge]]
            kind = "github"
            token_file = "nowhere"
            client_secret_file = "nowhere"
            [copr]
            token = "t0ken"
            [limits]
            running_days = 0
        "#,
        &[],
    );
    let mut found = keys(&ended);
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "access.allow[0]",
            "copr.login_file",
            "copr.owner",
            "copr.token",
            "copr.token_file",
            "database.url",
            "forge[0].app_id",
            "forge[0].webhook_secret_file",
            "forge[1].app_id",
            "forge[1].host",
            "forge[1].path",
            "forge[2].kind",
            "forge[3].client_id",
            "forge[3].host",
            "forge[3].token_file",
            "forge[3].webhook_secret_file",
            "limits.running_days",
            "lissten",
            "server.changes_per_minute",
            "server.listn",
            "server.public_url",
            "server.reading",
        ]
    );
    assert!(ended.stderr.contains("did you mean `listen`?"), "{}", ended.stderr);
    assert!(ended.stderr.contains("known are github, gitlab, forgejo, pagure, folder"), "{}", ended.stderr);
    assert!(ended.stderr.contains("name its file with token_file"), "{}", ended.stderr);
    for secret in ["p4ssword", "t0ken"] {
        assert!(!ended.stderr.contains(secret), "{}", ended.stderr);
    }
}

#[test]
fn a_file_that_is_no_toml_is_told_with_its_line_and_without_its_text() {
    let place = Place::new();
    let ended = check(&place, "[database]\nurl = postgres://user:p4ssword@host/name\n", &[]);
    assert!(ended.stderr.contains("packflow.toml: line 2: "), "{}", ended.stderr);
    assert!(!ended.stderr.contains("p4ssword"), "{}", ended.stderr);
    let ended = check(&place, "database = \"postgres://user:p4ssword@host/name\"", &[]);
    assert_eq!(keys(&ended), ["database"]);
    assert!(!ended.stderr.contains("p4ssword"), "{}", ended.stderr);
    let ended = place.run(&["serve", "--check-config", "--config", "nowhere.toml"]);
    assert_eq!(keys(&ended), ["nowhere.toml"]);
}

#[test]
fn the_environment_overrides_the_file() {
    let place = Place::new();
    let file = "instance = \"nonsense\"\n[server]\nlisten = \"nowhere\"\n";
    let good = [("PACKFLOW_INSTANCE", "stg"), ("PACKFLOW_SERVER__LISTEN", "127.0.0.1:0")];
    assert_eq!(check(&place, file, &good).ok(), "the configuration has no fault\n");
    let bad = [("PACKFLOW_SERVER__LISTN", "x"), ("PACKFLOW_LIMITS__TARGETS", "many"), good[0], good[1]];
    let ended = check(&place, file, &bad);
    assert_eq!(keys(&ended), ["limits.targets", "server.listn"]);
    assert!(ended.stderr.contains("PACKFLOW_LIMITS__TARGETS"), "{}", ended.stderr);
}

#[test]
fn variables_that_are_no_keys_are_left_alone() {
    let place = Place::new();
    // What Kubernetes sets for a service of this name, and what steers the tests.
    let foreign = [
        ("PACKFLOW_PORT", "tcp://10.0.0.1:80"),
        ("PACKFLOW_SERVICE_HOST", "10.0.0.1"),
        ("PACKFLOW_INTEROP", "1"),
    ];
    check(&place, "", &foreign).ok();
}

/// What the answer to an unknown key lists as known.
fn known(place: &Place, toml: &str) -> Vec<String> {
    let ended = check(place, toml, &[]);
    let (_, known) = ended.stderr.split_once("known are ").unwrap_or_else(|| panic!("{ended:?}"));
    known.lines().next().unwrap().split(", ").map(str::to_owned).collect()
}

#[test]
fn every_key_is_documented() {
    let place = Place::new();
    let page = std::fs::read_to_string(crate::support::repository("docs/operating.md")).unwrap();
    let mut keys = 0;
    for table in known(&place, "qqqq = 1") {
        let inner = match table.as_str() {
            "instance" => Vec::new(),
            "forge" => known(&place, "[[forge]]\nqqqq = 1"),
            // A table of its own for each kind of job.
            "artifacts" => known(&place, "[artifacts.copr_build]\nqqqq = 1"),
            table => known(&place, &format!("[{table}]\nqqqq = 1")),
        };
        let names: Vec<String> = match table.as_str() {
            "instance" => vec![table],
            "forge" => inner,
            "artifacts" => inner.into_iter().map(|key| format!("artifacts.KIND.{key}")).collect(),
            table => inner.into_iter().map(|key| format!("{table}.{key}")).collect(),
        };
        for name in names {
            assert!(page.contains(&format!("`{name}`")), "docs/operating.md does not tell of {name}");
            keys += 1;
        }
    }
    assert!(keys > 30, "{keys}");
}

#[test]
fn the_example_of_the_page_has_no_fault_but_its_files() {
    let place = Place::new();
    let page = std::fs::read_to_string(crate::support::repository("docs/operating.md")).unwrap();
    let (_, example) = page.split_once("```toml\n").unwrap();
    let (example, _) = example.split_once("```").unwrap();
    let ended = check(&place, example, &[]);
    let files = [
        "database.url",
        "forge[0].private_key_file",
        "forge[0].webhook_secret_file",
        "copr.login_file",
        "copr.token_file",
        "testing_farm.api_key_file",
    ];
    assert!(keys(&ended).iter().all(|key| files.contains(key)), "{}", ended.stderr);
}

const GITHUB: &str = "[[forge]]\nkind = \"github\"\n";

#[test]
fn secrets_come_from_files_or_variables() {
    let place = Place::new();
    let secret = place.file("secret", "s3cret\n");
    let in_files = format!(
        "{GITHUB}token_file = {secret:?}\nwebhook_secret_file = {secret:?}\n\
        [copr]\nowner = \"packit\"\nlogin_file = {secret:?}\ntoken_file = {secret:?}\n\
        [testing_farm]\napi_key_file = {secret:?}\n\
        [koji]\nuser = \"packit\"\npassword_file = {secret:?}\n"
    );
    check(&place, &in_files, &[]).ok();
    let in_variables =
        format!("{GITHUB}[copr]\nowner = \"packit\"\n[testing_farm]\n[koji]\nuser = \"packit\"\n");
    // Whatever they look like, they are text.
    let variables = [
        ("PACKFLOW_GITHUB_TOKEN", "123456"),
        ("PACKFLOW_GITHUB_WEBHOOK_SECRET", "true"),
        ("PACKFLOW_COPR__LOGIN", "[login"),
        ("PACKFLOW_COPR__TOKEN", "007"),
        ("PACKFLOW_TESTING_FARM__API_KEY", "{}"),
        ("PACKFLOW_KOJI__PASSWORD", "1.5"),
    ];
    check(&place, &in_variables, &variables).ok();
}

#[test]
fn koji_wants_one_login() {
    let place = Place::new();
    let secret = place.file("secret", "s3cret");
    let faults = |koji: &str| -> Vec<String> {
        keys(&check(&place, &format!("[koji]\n{koji}"), &[])).into_iter().map(str::to_owned).collect()
    };
    assert_eq!(faults(""), ["koji.certificate_file"], "without one it could only be read");
    assert_eq!(faults("certificate_file = \"nowhere\"\n"), ["koji.certificate_file"]);
    assert_eq!(faults(&format!("certificate_file = {secret:?}\n")), ["koji.certificate_file"], "it is none");
    let both = format!("certificate_file = {secret:?}\nuser = \"packit\"\npassword_file = {secret:?}\n");
    assert_eq!(faults(&both), ["koji.certificate_file"]);
    let user = format!("user = \"packit\"\npassword_file = {secret:?}\n");
    assert_eq!(faults(&format!("{user}hub_url = \"koji\"\n")), ["koji.hub_url"]);
    assert_eq!(faults(&format!("{user}authorities_file = \"nowhere\"\n")), ["koji.authorities_file"]);
    if !cfg!(feature = "gssapi") {
        assert_eq!(faults("kerberos = true\n"), ["koji.kerberos"]);
    }
}

#[test]
fn addresses_owners_and_pauses_that_cannot_work_are_told() {
    let place = Place::new();
    let secret = place.file("secret", "s3cret");
    let toml = format!(
        "[copr]\nurl = \"notaurl\"\nowner = \"packit/hello\"\nlogin_file = {secret:?}\ntoken_file = {secret:?}\n\
         [testing_farm]\nurl = \"ftp://x\"\napi_key_file = {secret:?}\n\
         [worker]\npoll_at_least_seconds = 9\npoll_at_most_seconds = 8\n"
    );
    let told = ["copr.owner", "copr.url", "testing_farm.url", "worker.poll_at_least_seconds"];
    assert_eq!(keys(&check(&place, &toml, &[])), told);
    // The one that is not set is as usual: 10 and 300.
    assert_eq!(
        keys(&check(&place, "[worker]\npoll_at_least_seconds = 301\n", &[])),
        ["worker.poll_at_least_seconds"]
    );
    assert_eq!(
        keys(&check(&place, "[worker]\npoll_at_most_seconds = 9\n", &[])),
        ["worker.poll_at_most_seconds"]
    );
}

#[test]
fn an_empty_secret_is_refused() {
    let place = Place::new();
    let (empty, full) = (place.file("empty", " \n"), place.file("full", "s3cret"));
    let with = |secrets: &str| format!("{GITHUB}token_file = {full:?}\n{secrets}");
    let ended = check(&place, &with(&format!("webhook_secret_file = {empty:?}")), &[]);
    assert_eq!(keys(&ended), ["forge[0].webhook_secret_file"]);
    let ended = check(&place, &with(&format!("webhook_secret_files = [{full:?}, {empty:?}]")), &[]);
    assert_eq!(keys(&ended), ["forge[0].webhook_secret_files[1]"]);
    let ended = check(&place, &with(""), &[("PACKFLOW_GITHUB_WEBHOOK_SECRET", "")]);
    assert_eq!(keys(&ended), ["forge[0].webhook_secret_file"]);
    let ended = check(&place, &with(""), &[]);
    assert_eq!(keys(&ended), ["forge[0].webhook_secret_file"]);
    // Not only the check: without it nothing is started either.
    let file = place.path("packflow.toml").display().to_string();
    let ended = place.run(&["serve", "--config", &file, "--listen", "127.0.0.1:0"]);
    assert_eq!(keys(&ended), ["forge[0].webhook_secret_file"]);
}

#[test]
fn two_webhook_secrets_are_taken_while_one_is_changed_and_not_three() {
    let place = Place::new();
    let (old, new) = (place.file("old", "old-secret"), place.file("new", "new-secret"));
    let two = format!("{GITHUB}token_file = {old:?}\nwebhook_secret_files = [{old:?}, {new:?}]\n");
    check(&place, &two, &[]).ok();
    let ended = check(&place, &two, &[("PACKFLOW_GITHUB_WEBHOOK_SECRET", "third-secret")]);
    assert_eq!(keys(&ended), ["forge[0].webhook_secret_file"]);
    assert!(!ended.stderr.contains("-secret\n"), "{}", ended.stderr);
}

#[test]
fn what_is_wrong_with_a_key_is_told_without_the_key() {
    let place = Place::new();
    let pem =
        place.file("key.pem", "-----BEGIN RSA PRIVATE KEY-----\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n");
    let toml = format!("{GITHUB}app_id = 1\nprivate_key_file = {pem:?}\nwebhook_secret_file = {pem:?}\n");
    let ended = check(&place, &toml, &[]);
    assert_eq!(keys(&ended), ["forge[0].private_key_file"]);
    assert!(!ended.stderr.contains("c2VjcmV0"), "{}", ended.stderr);
}

#[test]
fn a_variable_of_a_table_that_is_not_known_is_named() {
    let place = Place::new();
    let ended = check(&place, "", &[("PACKFLOW_ACCES__ALLOW", "x"), ("PACKFLOW_SERVER__LISTN", "x")]);
    for told in [
        "acces: is no known key; did you mean `access`? (read from PACKFLOW_ACCES__ALLOW)",
        "(read from PACKFLOW_SERVER__LISTN)",
    ] {
        assert!(ended.stderr.contains(told), "{}", ended.stderr);
    }
    let ended = check(&place, "[servr]\nlisten = \"x\"\n", &[("PACKFLOW_SERVER__LISTEN", "127.0.0.1:0")]);
    assert!(!ended.stderr.contains("read from"), "{}", ended.stderr);
}

/// Whoever collects logs takes a line that is no object for broken.
#[test]
fn what_ends_a_process_is_a_json_object_where_logs_are() {
    let place = Place::new();
    let json = [("PACKFLOW_LOG_JSON", "true"), ("PACKFLOW_LOG", "off")];
    let ended = place.run_with(&["show", "1"], &json);
    let told = crate::support::lines(&ended.stderr);
    assert_eq!((ended.code, told.len()), (2, 1), "{ended:?}");
    assert_eq!(told[0]["level"], "ERROR");
    assert!(told[0]["fields"]["message"].as_str().unwrap().starts_with("there is no database"), "{ended:?}");
    assert!(told[0]["timestamp"].is_string() && told[0]["target"] == "packflow", "{ended:?}");
    let ended = check(&place, "lissten = 1\n[server]\nlistn = 1\n", &json);
    let told = crate::support::lines(&ended.stderr);
    assert_eq!((ended.code, told.len()), (1, 3), "{ended:?}");
    assert!(
        told[0]["fields"]["message"].as_str().unwrap().starts_with("lissten: is no known key"),
        "{ended:?}"
    );
}
