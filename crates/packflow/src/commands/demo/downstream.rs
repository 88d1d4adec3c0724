//! The distribution's part of the demo: a package, Koji, Bodhi, and what the bus tells of a push.

use std::sync::Arc;

use anyhow::{Context, Result};
use builders::Builder;
use builders::bodhi::{Bodhi, BodhiConfig, Login};
use builders::koji::{Koji, KojiConfig, KojiLogin, srpm_origins};
use engine::{Builders, Engine};
use forges::Forge;
use forges::pagure::PagureClient;
use secrecy::SecretString;
use serde_json::Value;
use simulator::{Accounts, Repository, Simulator};
use store::inbox::{self, NewDelivery};

use crate::configuration::ForgeKind;

/// The host of packages.
pub(super) const DIST_GIT: &str = "src.fedoraproject.org";
/// Whose packages may start work.
pub(super) const ALLOWED: &str = "src.fedoraproject.org/rpms";

/// What the bus tells: the topic, the message's id, the body.
const MESSAGE: (&str, &str, &str) =
    ("pagure.git.receive", "demo-6", include_str!("../../../demo/deliveries/6-pagure.git.receive.json"));

/// Of whose hosts the bus tells.
pub(super) fn hosts() -> [(String, ForgeKind); 1] {
    [(DIST_GIT.to_owned(), ForgeKind::Pagure)]
}

/// The simulated dist-git, with the package.
pub(super) fn dist_git(simulator: &Simulator) -> Result<Arc<dyn Forge>> {
    let commit = pushed()?;
    let files = [
        (".packit.yaml", include_str!("../../../demo/dist-git/packit.yaml")),
        ("hello.spec", include_str!("../../../demo/hello/hello.spec")),
    ];
    let package = Repository {
        default_branch: "rawhide".to_owned(),
        files: files.map(|(path, text)| (path.to_owned(), text.to_owned())).into(),
        references: ["rawhide", "f42", "f43"].map(|branch| (branch.to_owned(), commit.clone())).into(),
        permissions: [("jan".to_owned(), "write".to_owned())].into(),
        ..Repository::default()
    };
    simulator.put_on_pagure("rpms/hello", package);
    let token = SecretString::from(Accounts::default().pagure_token);
    Ok(Arc::new(PagureClient::new(DIST_GIT, &simulator.pagure_url(), token)?))
}

/// The simulated Koji and Bodhi.
pub(super) fn builders(simulator: &Simulator) -> Result<Builders> {
    let accounts = Accounts::default();
    let password = SecretString::from(accounts.koji_password);
    let koji = Koji::new(KojiConfig {
        hub: simulator.koji_hub(),
        web: simulator.koji_web(),
        files: simulator.koji_web(),
        srpm_origins: srpm_origins(&simulator.copr_url()),
        ..KojiConfig::new(KojiLogin::Password { user: accounts.koji_user, password })
    })?;
    // Whoever calls is known there.
    let bodhi = Bodhi::new(BodhiConfig { url: simulator.bodhi_url(), ..BodhiConfig::new(Login::Known) })?;
    let both: [Arc<dyn Builder>; 2] = [Arc::new(koji), Arc::new(bodhi)];
    Ok(both.into_iter().map(|builder| (builder.system(), builder)).collect())
}

/// Has the bus tell of the push. What an earlier demo told the same database is known there.
pub(super) async fn deliver(engine: &Engine) -> Result<()> {
    let (kind, delivery_id, body) = MESSAGE;
    let new = NewDelivery {
        source: forges::BUS_SOURCE,
        delivery_id,
        kind,
        received_at: inbox::now(),
        body: body.as_bytes(),
        settled: None,
    };
    inbox::receive(&engine.db, &new).await?;
    engine.settle_now(forges::BUS_SOURCE, delivery_id).await?;
    Ok(())
}

/// The commit that is pushed.
fn pushed() -> Result<String> {
    let body: Value = serde_json::from_str(MESSAGE.2).context("what the bus tells in the demo")?;
    Ok(body["end_commit"].as_str().unwrap_or_default().to_owned())
}
