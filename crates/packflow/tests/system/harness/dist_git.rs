//! A dist-git that is a folder, beside the simulated Koji and Bodhi.

use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value, json};
use store::inbox::{self, NewDelivery};
use store::{Db, Migrations};

use super::World;

/// The host of packages.
pub(crate) const DIST_GIT: &str = "src.fedoraproject.org";

/// A world with packages.
pub(crate) struct Packages<'a> {
    world: &'a World,
    folder: PathBuf,
    db: Db,
}

impl<'a> Packages<'a> {
    /// Configures dist-git, and Bodhi's login. Before any process starts.
    pub(crate) async fn of(world: &'a World, database: &str) -> Self {
        let folder = world.folder.path().join("dist-git");
        std::fs::create_dir_all(&folder).unwrap();
        let text = |path: &std::path::Path| toml::Value::from(path.to_str().unwrap()).to_string();
        let forge = format!(
            "[[forge]]\nkind = \"folder\"\nhost = \"{DIST_GIT}\"\npath = {}\ndist_git = true\n",
            text(&folder)
        );
        let before = std::fs::read_to_string(world.configuration()).unwrap();
        std::fs::write(world.configuration(), before + &forge).unwrap();
        world.also_bodhi();
        let db = Db::open(&database.parse().unwrap()).await.unwrap();
        Migrations(&db).run().await.unwrap();
        Self { world, folder, db }
    }

    /// A package with these jobs; its branches have the commits that are counted from `first` on.
    pub(crate) fn put(&self, name: &str, first: u64, jobs: &str) {
        let folder = self.folder.join("rpms").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!("specfile_path: {name}.spec\njobs:\n{jobs}");
        std::fs::write(folder.join(".packit.yaml"), text).unwrap();
        let path = self.folder.join("references.json");
        let known = std::fs::read_to_string(&path).unwrap_or_else(|_| "{}".to_owned());
        let mut all: Map<String, Value> = serde_json::from_str(&known).unwrap();
        let branches = ["rawhide", "f42", "f43"].into_iter().zip(first..);
        let heads: Map<String, Value> =
            branches.map(|(branch, number)| (branch.to_owned(), json!(super::hash(number)))).collect();
        all.insert(format!("rpms/{name}"), Value::Object(heads));
        std::fs::write(path, Value::Object(all).to_string()).unwrap();
    }

    /// Alice pushes a commit to a branch.
    pub(crate) async fn push(&self, name: &str, branch: &str, head: &str) {
        let payload = json!({
            "ref": format!("refs/heads/{branch}"),
            "before": "0".repeat(40),
            "after": head,
            "repository": {
                "id": name.len(), "full_name": format!("rpms/{name}"), "private": false, "default_branch": "rawhide",
            },
            "sender": {"login": "alice"},
        });
        let body = serde_json::to_vec(&payload).unwrap();
        let new = NewDelivery {
            source: DIST_GIT,
            delivery_id: &format!("{name} {branch} {head}"),
            kind: "push",
            received_at: chrono::Utc::now(),
            body: &body,
            settled: None,
        };
        inbox::receive(&self.db, &new).await.unwrap();
    }

    /// The newest event of a package, once it has one.
    pub(crate) async fn event_of(&self, name: &str) -> i64 {
        super::until(&format!("an event of {name}"), async || {
            let events = self.world.events().await;
            let is_it = |event: &&Value| event.to_string().contains(&format!("rpms/{name}\""));
            events.iter().find(is_it).and_then(|event| event["id"].as_i64())
        })
        .await
    }
}

/// A little while, in which a process gets somewhere.
pub(crate) async fn a_while() {
    tokio::time::sleep(Duration::from_millis(400)).await;
}
