//! PostgreSQL refuses to run as root, and RabbitMQ should not: root starts them as somebody else.

use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// An account without rights.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// The account that owns `folder` from now on and that has to run everything in it: nobody
    /// in particular (`None`) for an ordinary user; for root the system's `postgres`, else `nobody`.
    pub(crate) fn for_folder(folder: &Path) -> Result<Option<Self>> {
        if folder.metadata()?.uid() != 0 {
            return Ok(None);
        }
        let accounts = std::fs::read_to_string("/etc/passwd").context("cannot read /etc/passwd")?;
        let account = find(&accounts, "postgres")
            .or_else(|| find(&accounts, "nobody"))
            .context("running as root, and there is neither an account postgres nor nobody")?;
        chown(folder, Some(account.uid), Some(account.gid))
            .with_context(|| format!("cannot give {} away", folder.display()))?;
        Ok(Some(account))
    }

    /// Lets `command` run as this account.
    pub(crate) fn apply(self, command: &mut Command) {
        command.uid(self.uid).gid(self.gid);
    }
}

/// Finds an account in the text of `/etc/passwd` (`name:password:uid:gid:...`).
fn find(accounts: &str, name: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account { uid, gid })
    })
}
