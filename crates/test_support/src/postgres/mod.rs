//! PostgreSQL for tests: one server, one database for each test.

mod cluster;
mod programs;

use std::collections::HashSet;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use tokio::sync::Mutex;
use url::Url;

use crate::skip::missing_peer;
pub use cluster::Cluster;
pub use programs::Programs;

/// The URL of a running server whose account may create databases. `cargo xtask test` sets it,
/// so that all test programs of a run share one server.
pub const TEST_POSTGRES_VARIABLE: &str = "PACKFLOW_TEST_POSTGRES";

/// A PostgreSQL server on which tests make databases.
#[derive(Debug)]
pub struct Postgres {
    url: Url,
    programs: Programs,
    /// Labels of the templates that are ready.
    templates: Mutex<HashSet<String>>,
    /// Holds our own server, if it is ours.
    _cluster: Option<Cluster>,
}

impl Postgres {
    /// The server that all tests of this process share: the one in `PACKFLOW_TEST_POSTGRES`,
    /// else one that is started now and ends with the process. If PostgreSQL is not installed,
    /// `test` is skipped by name and there is none.
    ///
    /// # Panics
    ///
    /// If the server does not start, and under `CI=true` if PostgreSQL is not installed.
    pub fn shared(test: &str) -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Postgres>> = OnceLock::new();
        let shared = SHARED.get_or_init(|| {
            Programs::find()
                .map(|programs| Self::connect(programs).unwrap_or_else(|error| panic!("{error:#}")))
        });
        if shared.is_none() {
            missing_peer(test, "PostgreSQL");
        }
        shared.as_ref()
    }

    fn connect(programs: Programs) -> Result<Self> {
        let (url, cluster) = if let Ok(url) = std::env::var(TEST_POSTGRES_VARIABLE) {
            (url, None)
        } else {
            let cluster = Cluster::start(&programs)?;
            (cluster.url().to_owned(), Some(cluster))
        };
        let url = Url::parse(&url).with_context(|| format!("{TEST_POSTGRES_VARIABLE} is no URL"))?;
        Ok(Self { url, programs, templates: Mutex::default(), _cluster: cluster })
    }

    /// Makes an empty database.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    #[must_use]
    pub fn create_database(&'static self) -> PostgresDatabase {
        self.create(unique_name(), "template0")
    }

    /// Makes a database that starts as a copy of a template. The first call in this process
    /// creates the template named `label` and lets `migrate` fill it; `migrate` must have closed
    /// its connections when it returns. A template stays until its server goes.
    ///
    /// # Panics
    ///
    /// If the server refuses.
    pub async fn create_database_from(
        &'static self,
        label: &str,
        migrate: impl AsyncFnOnce(&str),
    ) -> PostgresDatabase {
        let template = format!("packflow_template_{}_{label}", std::process::id());
        let mut templates = self.templates.lock().await;
        if !templates.contains(label) {
            self.create_named(&template, "template0");
            migrate(&self.database_url(&template)).await;
            templates.insert(label.to_owned());
        }
        drop(templates);
        self.create(unique_name(), &template)
    }

    fn create(&'static self, name: String, template: &str) -> PostgresDatabase {
        self.create_named(&name, template);
        PostgresDatabase { url: self.database_url(&name), server: self, name }
    }

    fn create_named(&self, name: &str, template: &str) {
        let template = format!("--template={template}");
        let arguments = [&self.maintenance_database(), &template, name];
        self.programs.run("createdb", &arguments).unwrap_or_else(|error| panic!("{error:#}"));
    }

    fn maintenance_database(&self) -> String {
        format!("--maintenance-db={}", self.url)
    }

    fn database_url(&self, name: &str) -> String {
        let mut url = self.url.clone();
        url.set_path(name);
        url.into()
    }
}

/// A database of one test; dropped with this value, whoever is still connected.
#[derive(Debug)]
pub struct PostgresDatabase {
    server: &'static Postgres,
    name: String,
    url: String,
}

impl PostgresDatabase {
    /// Where to connect.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl PostgresDatabase {
    /// Loads a dump that `pg_dump` made, as text, packed by gzip or not.
    ///
    /// # Panics
    ///
    /// If the dump cannot be read or does not load.
    pub fn load(&self, dump: &std::path::Path) {
        self.server.programs.load(&self.url, dump).unwrap_or_else(|error| panic!("{error:#}"));
    }
}

impl Drop for PostgresDatabase {
    fn drop(&mut self) {
        let arguments = [&self.server.maintenance_database(), "--force", "--if-exists", &self.name];
        // What stays behind goes with the server; a failing test should show its own fault.
        let _ = self.server.programs.run("dropdb", &arguments);
    }
}

/// A name that no other test has, in this process or in another one on the same server.
fn unique_name() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    format!("packflow_test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
