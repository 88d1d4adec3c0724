//! Packages at the simulated Pagure, of which the Fedora bus tells.

use std::collections::BTreeMap;

use bus::Message;
use serde_json::json;
use simulator::{Accounts, Repository};

use super::World;
use super::dist_git::DIST_GIT;

/// What a world with packages has to be set to: whose packages start work, and whose account builds them.
pub(crate) const PACKAGED: [(&str, &str); 2] = [
    ("access.allow", "[\"src.fedoraproject.org/rpms\", \"github.com/upstream\"]"),
    ("access.fedora_account", "\"packflow\""),
];

impl World {
    /// Configures dist-git, and the login at Bodhi. Before any process starts.
    pub(crate) fn also_packages(&self) {
        self.also_pagure(DIST_GIT, &self.simulator.pagure_url(), &Accounts::default().pagure_token);
        self.also_bodhi();
    }

    /// A package with these jobs and branches; its configuration is that of rawhide.
    pub(crate) fn put_package(&self, name: &str, jobs: &str, branches: &[(&str, String)]) {
        let text = format!("specfile_path: {name}.spec\ndownstream_package_name: {name}\njobs:\n{jobs}");
        let heads = [("rawhide", super::hash(0xfff))];
        let heads = heads.iter().chain(branches).map(|(branch, head)| ((*branch).to_owned(), head.clone()));
        let package = Repository {
            default_branch: "rawhide".to_owned(),
            files: BTreeMap::from([(".packit.yaml".to_owned(), text)]),
            references: heads.collect(),
            permissions: BTreeMap::from([("alice".to_owned(), "write".to_owned())]),
            ..Repository::default()
        };
        self.simulator.put_on_pagure(&format!("rpms/{name}"), package);
    }
}

/// What the bus tells when alice pushes a commit of a package.
pub(crate) fn pushed(name: &str, branch: &str, head: &str) -> Message {
    let person = json!({"name": "alice", "fullname": "Alice", "url_path": "user/alice",
        "full_url": format!("https://{DIST_GIT}/user/alice")});
    let path = format!("rpms/{name}");
    let access = json!({"admin": [], "commit": [], "collaborator": [], "ticket": []});
    let body = json!({
        "agent": "alice", "authors": [person], "branch": branch, "forced": false, "total_commits": 1,
        "old_commit": "0".repeat(40), "start_commit": head, "end_commit": head,
        "repo": {
            "id": 1, "name": name, "namespace": "rpms", "fullname": path, "url_path": path,
            "full_url": format!("https://{DIST_GIT}/{path}"), "description": "", "parent": null, "user": person,
            "access_users": access, "access_groups": access, "tags": [], "priorities": {}, "milestones": {},
            "close_status": [], "custom_keys": [], "date_created": "1602658714", "date_modified": "1602658714",
        },
    });
    Message::new("org.fedoraproject.prod.pagure.git.receive", &body)
}
