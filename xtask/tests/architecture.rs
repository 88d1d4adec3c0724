//! The invariants of `ARCHITECTURE.md`, read from the manifests and the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The crates of the workspace, by name, with what they name as dependencies.
struct Workspace {
    crates: BTreeMap<String, Dependencies>,
}

#[derive(Debug, Default)]
struct Dependencies {
    /// `[dependencies]` and `[build-dependencies]`: what is in a release.
    normal: BTreeSet<String>,
    /// `[dev-dependencies]`: what only tests use.
    dev: BTreeSet<String>,
}

impl Workspace {
    fn read() -> Self {
        let mut crates = BTreeMap::new();
        for folder in crate_folders() {
            let text = std::fs::read_to_string(folder.join("Cargo.toml")).expect("a readable manifest");
            let manifest: toml::Table = text.parse().expect("a valid manifest");
            let name = manifest["package"]["name"].as_str().expect("a name").to_owned();
            crates.insert(name, Dependencies::of(&manifest));
        }
        assert!(crates.contains_key("domain") && crates.contains_key("packflow"), "found the crates");
        Self { crates }
    }

    fn normal(&self, name: &str) -> &BTreeSet<String> {
        &self.crates[name].normal
    }

    /// The crates that a release build of `name` contains, itself included.
    fn reaches(&self, name: &str) -> BTreeSet<String> {
        let mut reached = BTreeSet::new();
        let mut waiting = vec![name.to_owned()];
        while let Some(name) = waiting.pop() {
            let dependencies = self.crates.get(&name).map(|of| of.normal.clone());
            if reached.insert(name) {
                waiting.extend(dependencies.unwrap_or_default());
            }
        }
        reached.retain(|name| self.crates.contains_key(name));
        reached
    }

    /// The crates that name `dependency`, in a release build.
    fn users_of(&self, dependency: &str) -> BTreeSet<&str> {
        let uses = self.crates.iter().filter(|(_, of)| of.normal.contains(dependency));
        uses.map(|(name, _)| name.as_str()).collect()
    }
}

impl Dependencies {
    fn of(manifest: &toml::Table) -> Self {
        let mut found = Self::default();
        found.add(manifest);
        // Dependencies of one platform only count like the others.
        for platform in tables(manifest.get("target")) {
            found.add(platform);
        }
        found
    }

    fn add(&mut self, table: &toml::Table) {
        self.normal.extend(package_names(table.get("dependencies")));
        self.normal.extend(package_names(table.get("build-dependencies")));
        self.dev.extend(package_names(table.get("dev-dependencies")));
    }
}

/// The names of packages, also of those that are renamed (`name = { package = "other" }`).
fn package_names(section: Option<&toml::Value>) -> Vec<String> {
    let Some(section) = section.and_then(toml::Value::as_table) else { return Vec::new() };
    let name_of = |(key, value): (&String, &toml::Value)| {
        let renamed = value.get("package").and_then(toml::Value::as_str);
        renamed.unwrap_or(key).to_owned()
    };
    section.iter().map(name_of).collect()
}

fn tables(section: Option<&toml::Value>) -> Vec<&toml::Table> {
    let section = section.and_then(toml::Value::as_table);
    section.map(|table| table.values().filter_map(toml::Value::as_table).collect()).unwrap_or_default()
}

fn workspace_root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("xtask lies in the workspace").to_owned()
}

fn crate_folders() -> Vec<PathBuf> {
    let crates = std::fs::read_dir(workspace_root().join("crates")).expect("a folder of crates");
    let mut folders: Vec<PathBuf> = crates.map(|entry| entry.expect("a folder").path()).collect();
    folders.push(workspace_root().join("xtask"));
    folders.retain(|folder| folder.join("Cargo.toml").is_file());
    folders
}

/// All Rust files under a folder with their text.
fn sources(folder: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(&path).expect("a readable source");
            found.push((path, text));
        }
    }
    found
}

fn set<'a>(names: &[&'a str]) -> BTreeSet<&'a str> {
    names.iter().copied().collect()
}

#[test]
fn domain_depends_on_no_other_crate_and_does_no_io() {
    let workspace = Workspace::read();
    assert_eq!(workspace.reaches("domain"), BTreeSet::from(["domain".to_owned()]));
    for library in ["sqlx", "axum", "reqwest", "tokio", "ring", "tracing"] {
        assert!(!workspace.normal("domain").contains(library), "domain names {library}");
    }
    let folder = workspace_root().join("crates/domain/src");
    for (path, text) in sources(&folder) {
        for io in ["std::fs", "std::net", "std::process", "std::env", "Utc::now", "SystemTime::now"] {
            assert!(!text.contains(io), "{} uses {io}", path.display());
        }
    }
}

#[test]
fn only_store_and_import_name_sqlx() {
    let workspace = Workspace::read();
    assert_eq!(workspace.users_of("sqlx"), set(&["import", "store"]));
    for (name, of) in &workspace.crates {
        assert!(
            name == "store" || name == "import" || !of.dev.contains("sqlx"),
            "the tests of {name} name sqlx"
        );
    }
}

#[test]
fn only_web_and_the_simulator_name_axum() {
    assert_eq!(Workspace::read().users_of("axum"), set(&["simulator", "web"]));
}

#[test]
fn only_the_bus_names_lapin() {
    assert_eq!(Workspace::read().users_of("lapin"), set(&["bus"]));
}

#[test]
fn engine_speaks_neither_http_nor_sql() {
    let workspace = Workspace::read();
    for library in ["axum", "reqwest", "sqlx", "web", "bus"] {
        assert!(!workspace.normal("engine").contains(library), "engine names {library}");
    }
}

/// It knows forges and build systems by their traits: the modules of concrete ones, as folders
/// or files of `forges` and `builders`, are named nowhere in it.
#[test]
fn engine_names_no_concrete_forge_or_builder() {
    let concrete =
        ["github", "gitlab", "forgejo", "pagure", "folder", "copr", "testing_farm", "koji", "bodhi"];
    for (path, text) in sources(&workspace_root().join("crates/engine/src")) {
        for module in concrete {
            for room in ["forges", "builders"] {
                let name = format!("{room}::{module}");
                assert!(!text.contains(&name), "{} names {name}", path.display());
            }
        }
        for group in ["use forges::{", "use builders::{"] {
            let named = text.split(group).skip(1).filter_map(|rest| rest.split(';').next());
            let words = named.flat_map(|names| names.split(|letter: char| !is_of_a_name(letter)));
            let found: Vec<&str> = words.filter(|word| concrete.contains(word)).collect();
            assert!(found.is_empty(), "{} names {found:?} in {group}", path.display());
        }
    }
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[test]
fn only_the_binary_and_tests_use_the_simulator() {
    assert_eq!(Workspace::read().users_of("simulator"), set(&["packflow"]));
}

/// What a simulator knows of the program under test, it could agree with by accident.
#[test]
fn the_simulator_shares_no_code_with_what_it_answers() {
    let reached = Workspace::read().reaches("simulator");
    for name in ["builders", "engine", "forges", "store", "web"] {
        assert!(!reached.contains(name), "the simulator contains {name}");
    }
}

#[test]
fn test_support_is_in_no_release_and_knows_no_crate() {
    let workspace = Workspace::read();
    assert_eq!(workspace.users_of("test_support"), set(&["xtask"]));
    assert_eq!(workspace.reaches("test_support"), BTreeSet::from(["test_support".to_owned()]));
}

/// It reads a foreign database by SQL of its own; what it writes goes through `store`, whose statements are the only ones
/// that name our tables.
#[test]
fn import_only_reads_by_sql_of_its_own() {
    for (path, text) in sources(&workspace_root().join("crates/import/src")) {
        for word in ["INSERT INTO", "UPDATE ", "DELETE FROM", "sqlx::sqlite", "SqlitePool"] {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn only_the_binary_uses_import() {
    assert_eq!(Workspace::read().users_of("import"), set(&["packflow"]));
}

/// It measures through the doors that everybody has.
#[test]
fn benches_are_in_no_release_and_name_neither_sql_nor_http_servers() {
    assert_eq!(Workspace::read().users_of("benches"), set(&[]));
    let manifest = workspace_root().join("benches/Cargo.toml");
    let text = std::fs::read_to_string(manifest).expect("a readable manifest");
    let named = Dependencies::of(&text.parse().expect("a valid manifest"));
    for library in ["sqlx", "axum"] {
        assert!(!named.normal.contains(library) && !named.dev.contains(library), "benches names {library}");
    }
}

#[test]
fn nothing_depends_on_the_binary() {
    assert_eq!(Workspace::read().users_of("packflow"), set(&[]));
}
