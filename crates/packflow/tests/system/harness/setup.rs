//! How a world is set up.

use std::collections::BTreeMap;
use std::time::Duration;

use simulator::{
    Accounts, Behaviour, BuildOutcome, BuildRule, Latencies, Repository, Simulator, SimulatorConfig,
};

use super::World;
use super::deliveries::{NAME, OWNER, SECRET};

/// The test-only key of the GitHub App.
const APP_KEY: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../forges/tests/forges/keys/test-only-app-key.pkcs1.pem");

/// Three chroots are built, two of them are tested.
const PACKAGE_CONFIGURATION: &str = "\
specfile_path: hello.spec
upstream_package_name: hello
downstream_package_name: hello
jobs:
  - job: copr_build
    trigger: pull_request
    targets: [fedora-42-x86_64, fedora-43-x86_64, epel-9-x86_64]
  - job: tests
    trigger: pull_request
    targets: [fedora-42-x86_64, fedora-43-x86_64]
";

/// Everything takes long enough to be seen on its way, and is soon over.
pub(crate) fn quick() -> Behaviour {
    let latencies = Latencies {
        queue_ms: 20,
        source_ms: 150,
        import_ms: 20,
        build_ms: 200,
        test_queue_ms: 50,
        test_ms: 150,
        cancel_ms: 20,
        spread_percent: 80,
        ..Latencies::default()
    };
    Behaviour { latencies, ..Behaviour::default() }
}

/// The same, where each project's first build for Fedora 43 fails.
pub(crate) fn failing_once() -> Behaviour {
    let rule = BuildRule {
        chroot: "fedora-43-*".to_owned(),
        package: None,
        project: None,
        outcome: BuildOutcome::FailedOnce,
    };
    Behaviour { builds: vec![rule], ..quick() }
}

/// What differs from one world to the next.
pub(crate) struct Setup<'a> {
    /// The database's URL.
    pub(crate) database: &'a str,
    /// What the simulator does.
    pub(crate) behaviour: Behaviour,
    /// Keys of the configuration and their values, as TOML writes them.
    pub(crate) keys: &'a [(&'a str, &'a str)],
}

impl Setup<'_> {
    pub(crate) async fn world(self) -> World {
        // One account for builds and updates, as at Fedora.
        let bodhi_user = Accounts::default().koji_user;
        let accounts = Accounts { bodhi_user, ..Accounts::default() };
        let config = SimulatorConfig { behaviour: self.behaviour, accounts, ..SimulatorConfig::default() };
        let simulator = Simulator::start(config).await.unwrap();
        simulator.put_repository(OWNER, NAME, repository());
        let world = World {
            simulator,
            folder: tempfile::Builder::new().prefix("packflow-system-").tempdir().unwrap(),
            port: test_support::free_port().unwrap(),
            http: reqwest::Client::builder().timeout(Duration::from_secs(10)).build().unwrap(),
        };
        world.configure(self.database, self.keys);
        world
    }
}

impl World {
    /// A repository with the package configuration of these tests.
    pub(crate) fn repository(&self) -> Repository {
        repository()
    }

    /// Adds a forge to the configuration; processes that start from now on have it.
    pub(crate) fn also_forge(&self, kind: &str, host: &str, api_url: &str, token: &str, secret: &str) {
        let file = |name: &str, text: &str| {
            let file = self.folder.path().join(format!("{kind}-{name}"));
            std::fs::write(&file, text).unwrap();
            text_of(file.to_str().unwrap())
        };
        let forge = format!(
            "[[forge]]\nkind = {}\nhost = {}\napi_url = {}\ntoken_file = {}\nwebhook_secret_file = {}\n",
            text_of(kind),
            text_of(host),
            text_of(api_url),
            file("token", token),
            file("webhook-secret", secret),
        );
        let before = std::fs::read_to_string(self.configuration()).unwrap();
        std::fs::write(self.configuration(), before + &forge).unwrap();
    }

    /// Adds a Pagure to the configuration, which has no webhooks.
    pub(crate) fn also_pagure(&self, host: &str, api_url: &str, token: &str) {
        let file = self.folder.path().join("pagure-token");
        std::fs::write(&file, token).unwrap();
        let [host, api_url, file] = [host, api_url, file.to_str().unwrap()].map(text_of);
        let forge = format!(
            "[[forge]]\nkind = \"pagure\"\nhost = {host}\napi_url = {api_url}\ntoken_file = {file}\n"
        );
        let before = std::fs::read_to_string(self.configuration()).unwrap();
        std::fs::write(self.configuration(), before + &forge).unwrap();
    }

    /// Configures Bodhi and the login there.
    pub(crate) fn also_bodhi(&self) {
        let login = self.folder.path().join("bodhi.json");
        std::fs::write(&login, self.simulator.bodhi_login().to_string()).unwrap();
        let bodhi = format!(
            "bodhi.url = {}\nbodhi.login_url = {}\nbodhi.token_file = {}\n",
            text_of(&self.simulator.bodhi_url()),
            text_of(&self.simulator.bodhi_provider_url()),
            text_of(login.to_str().unwrap()),
        );
        let before = std::fs::read_to_string(self.configuration()).unwrap();
        std::fs::write(self.configuration(), bodhi + &before).unwrap();
    }

    /// Writes the configuration; processes that start from now on have it.
    pub(crate) fn configure(&self, database: &str, keys: &[(&str, &str)]) {
        let accounts = Accounts::default();
        let secret = |name: &str, text: &str| {
            let file = self.folder.path().join(name);
            std::fs::write(&file, text).unwrap();
            text_of(file.to_str().unwrap())
        };
        let mut all: BTreeMap<&str, String> = BTreeMap::from([
            ("server.listen", text_of(&format!("127.0.0.1:{}", self.port))),
            ("server.public_url", text_of(&self.url())),
            ("database.url", text_of(database)),
            ("bodhi.refresh_hours", "0".to_owned()),
            ("access.allow", format!("[\"github.com/{OWNER}\"]")),
            ("copr.url", text_of(&self.simulator.copr_url())),
            ("copr.owner", text_of(&accounts.copr_user)),
            ("copr.login_file", secret("copr-login", &accounts.copr_login)),
            ("copr.token_file", secret("copr-token", &accounts.copr_token)),
            ("testing_farm.url", text_of(&self.simulator.testing_farm_url())),
            ("testing_farm.api_key_file", secret("testing-farm-key", &accounts.testing_farm_key)),
            ("koji.hub_url", text_of(&self.simulator.koji_hub())),
            ("koji.web_url", text_of(&self.simulator.koji_web())),
            ("koji.user", text_of(&accounts.koji_user)),
            ("koji.password_file", secret("koji-password", &accounts.koji_password)),
            ("worker.look_seconds", "0.1".to_owned()),
            ("worker.lease_seconds", "4".to_owned()),
            ("worker.poll_at_least_seconds", "0.1".to_owned()),
            ("worker.poll_at_most_seconds", "0.5".to_owned()),
            ("worker.outage_first_pause_seconds", "0.2".to_owned()),
            ("worker.outage_pauses", "10".to_owned()),
            ("worker.reports_per_minute", "100000".to_owned()),
            ("worker.rerun_window_seconds", "0.5".to_owned()),
        ]);
        all.extend(keys.iter().map(|(key, value)| (*key, (*value).to_owned())));
        let lines: String = all.iter().map(|(key, value)| format!("{key} = {value}\n")).collect();
        let github = text_of(&self.simulator.github_url());
        let forge = format!(
            "[[forge]]\nkind = \"github\"\napi_url = {github}\nweb_url = {github}\napp_id = {}\nprivate_key_file = {}\n\
             webhook_secret_file = {}\nclient_id = {}\nclient_secret_file = {}\n",
            accounts.github_app_id,
            text_of(APP_KEY),
            secret("webhook-secret", SECRET),
            text_of(&accounts.github_client_id),
            secret("client-secret", &accounts.github_client_secret),
        );
        std::fs::write(self.configuration(), lines + &forge).unwrap();
    }
}

fn repository() -> Repository {
    let files = [(".packit.yaml", PACKAGE_CONFIGURATION), ("hello.spec", "Name: hello\n")];
    Repository {
        files: files.map(|(path, text)| (path.to_owned(), text.to_owned())).into(),
        references: BTreeMap::from([("main".to_owned(), "0".repeat(39) + "1")]),
        permissions: BTreeMap::from([("alice".to_owned(), "write".to_owned())]),
        ..Repository::default()
    }
}

/// A text as TOML writes it.
fn text_of(text: &str) -> String {
    toml::Value::from(text).to_string()
}
