//! What accounts may do (`docs/contracts.md` 2.3): by themselves, and as members of groups.

use domain::words::ProjectKey;
use serde::Deserialize;

use super::PagureClient;
use crate::{Forge, ForgeError, Permission};

/// Who has which access, by name.
#[derive(Deserialize)]
struct Project {
    access_users: Access,
    access_groups: Access,
}

#[derive(Deserialize)]
struct Access {
    #[serde(default)]
    owner: Vec<String>,
    #[serde(default)]
    admin: Vec<String>,
    #[serde(default)]
    commit: Vec<String>,
    /// May push to some branches only, and so cannot merge wherever they like.
    #[serde(default)]
    collaborator: Vec<String>,
}

impl Access {
    /// The names with their permissions, the highest first. Anybody may read what is public.
    fn by_permission(&self) -> impl Iterator<Item = (Permission, &String)> {
        let administer = self.owner.iter().chain(&self.admin).map(|name| (Permission::Admin, name));
        let write = self.commit.iter().map(|name| (Permission::Write, name));
        let read = self.collaborator.iter().map(|name| (Permission::Read, name));
        administer.chain(write).chain(read)
    }
}

pub(super) async fn permission(
    client: &PagureClient,
    project: &ProjectKey,
    account: &str,
) -> Result<Permission, ForgeError> {
    let Project { access_users, access_groups } = client.get(project, &[], &[]).await?.json()?;
    let own = access_users.by_permission().find(|(_, name)| *name == account);
    let own = own.map_or(Permission::Read, |(permission, _)| permission);
    for (permission, group) in access_groups.by_permission() {
        if permission <= own {
            break;
        }
        if client.is_member(group, account).await? {
            return Ok(permission);
        }
    }
    Ok(own)
}
