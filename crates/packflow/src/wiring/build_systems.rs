//! Build systems as they are configured.

use std::sync::Arc;

use builders::Builder;
use builders::bodhi::{Bodhi, BodhiConfig, Login, OidcLogin};
use builders::copr::{Copr, CoprConfig};
use builders::koji::{Koji, KojiConfig, KojiLogin, srpm_origins};
use builders::testing_farm::{TestingFarm, TestingFarmConfig};
use engine::Builders;
use secrecy::SecretString;
use store::Db;

use super::dist_git::dist_git;
use super::instance;
use crate::configuration::{self, Configuration, Faults, secret};

/// The Copr client as it is configured; none if it is not.
pub(crate) fn copr(configuration: &Configuration) -> Result<Option<Copr>, Faults> {
    let Some(copr) = &configuration.copr else { return Ok(None) };
    let mut faults = Faults::default();
    if copr.owner.as_deref().unwrap_or_default().is_empty() {
        faults.add("copr.owner", "is missing: the account or group that builds belong to");
    }
    if let Some(owner) = copr.owner.as_deref().filter(|owner| owner.contains('/')) {
        // As a part of an address it would name something else.
        faults.add("copr.owner", format!("`{owner}` is no account or group, such as packit or @packit"));
    }
    if copr.url.as_ref().is_some_and(|url| !is_web_url(url)) {
        faults.add("copr.url", "is no http or https address");
    }
    let login = secret::secret(secret::COPR_LOGIN, copr.login_file.as_deref());
    let login = faults.take("copr.login_file", login).unwrap_or_default();
    let token = secret::secret(secret::COPR_TOKEN, copr.token_file.as_deref());
    let token = faults.take("copr.token_file", token).unwrap_or_default();
    let mut config = CoprConfig::new(copr.owner.clone().unwrap_or_default(), login, token);
    if let Some(url) = &copr.url {
        config.url.clone_from(url);
    }
    let client = faults.take("copr.url", Copr::new(config));
    faults.or(client).map(Some)
}

/// The Testing Farm client as it is configured; none if it is not.
pub(crate) fn testing_farm(configuration: &Configuration) -> Result<Option<TestingFarm>, Faults> {
    let Some(farm) = &configuration.testing_farm else { return Ok(None) };
    let mut faults = Faults::default();
    if farm.url.as_ref().is_some_and(|url| !is_web_url(url)) {
        faults.add("testing_farm.url", "is no http or https address");
    }
    let key = secret::secret(secret::TESTING_FARM_KEY, farm.api_key_file.as_deref());
    let key = faults.take("testing_farm.api_key_file", key).unwrap_or_default();
    let mut config = TestingFarmConfig::new(key);
    let internal = secret::TESTING_FARM_INTERNAL_KEY;
    if farm.internal_api_key_file.is_some() || secret::from_variable(internal).is_some() {
        let key = secret::secret(internal, farm.internal_api_key_file.as_deref());
        config.internal_api_key = faults.take("testing_farm.internal_api_key_file", key);
    }
    if let Some(url) = &farm.url {
        config.url.clone_from(url);
    }
    if let Some(instance) = faults.take("instance", instance(configuration)) {
        instance.as_str().clone_into(&mut config.deployment);
    }
    let client = faults.take("testing_farm.url", TestingFarm::new(config));
    faults.or(client).map(Some)
}

/// The Koji client as it is configured; none if it is not.
pub(crate) fn koji(configuration: &Configuration) -> Result<Option<Koji>, Faults> {
    let Some(koji) = &configuration.koji else { return Ok(None) };
    let mut faults = Faults::default();
    for (key, url) in [
        ("koji.hub_url", &koji.hub_url),
        ("koji.web_url", &koji.web_url),
        ("koji.files_url", &koji.files_url),
    ] {
        if url.as_ref().is_some_and(|url| !is_web_url(url)) {
            faults.add(key, "is no http or https address");
        }
    }
    let authorities = koji.authorities_file.as_deref().and_then(|file| {
        let read = std::fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()));
        faults.take("koji.authorities_file", read)
    });
    let Some(login) = koji_login(koji, &mut faults) else { return faults.or(None) };
    let mut config = KojiConfig { authorities, ..KojiConfig::new(login) };
    for (told, url) in [
        (&koji.hub_url, &mut config.hub),
        (&koji.web_url, &mut config.web),
        (&koji.files_url, &mut config.files),
    ] {
        if let Some(told) = told {
            url.clone_from(told);
        }
    }
    if let Some(copr) = configuration.copr.as_ref().and_then(|copr| copr.url.as_deref()) {
        config.srpm_origins = srpm_origins(copr);
    }
    let client = faults.take("koji.certificate_file", Koji::new(config));
    faults.or(client).map(Some)
}

/// How Koji lets us in. Without a login it could be read and nothing more.
fn koji_login(koji: &configuration::Koji, faults: &mut Faults) -> Option<KojiLogin> {
    match (&koji.certificate_file, &koji.user, koji.kerberos) {
        (Some(file), None, false) => {
            let certificate = faults.take("koji.certificate_file", secret::from_file(file))?;
            let key = match &koji.key_file {
                // Koji's own programs take both from one file.
                None => Some(SecretString::default()),
                Some(file) => faults.take("koji.key_file", secret::from_file(file)),
            };
            Some(KojiLogin::certificate(&certificate, &key?))
        }
        (None, Some(user), false) => {
            let password = secret::secret(secret::KOJI_PASSWORD, koji.password_file.as_deref());
            let password = faults.take("koji.password_file", password)?;
            Some(KojiLogin::Password { user: user.clone(), password })
        }
        #[cfg(feature = "gssapi")]
        (None, None, true) => {
            let hub = koji.hub_url.as_deref().unwrap_or("https://koji.fedoraproject.org");
            let host = url::Url::parse(hub).ok().and_then(|url| url.host_str().map(str::to_owned));
            Some(KojiLogin::Kerberos { service: host.unwrap_or_default() })
        }
        #[cfg(not(feature = "gssapi"))]
        (None, None, true) => {
            faults.add("koji.kerberos", "needs a packflow that was built with the feature `gssapi`");
            None
        }
        (None, None, false) => {
            let message = "is missing: a certificate, or user and password, or a Kerberos ticket; without a login Koji can only \
                           be read";
            faults.add("koji.certificate_file", message);
            None
        }
        _ => {
            faults.add(
                "koji.certificate_file",
                "stands beside another login: one of certificate_file, user, kerberos",
            );
            None
        }
    }
}

fn is_web_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The Bodhi client as it is configured; none if there is no login for it. Its releases are read without one.
pub(crate) fn bodhi(configuration: &Configuration) -> Result<Option<Bodhi>, Faults> {
    let bodhi = &configuration.bodhi;
    let mut faults = Faults::default();
    let Some(file) = &bodhi.token_file else {
        if bodhi.login_url.is_some() {
            faults.add("bodhi.token_file", "is missing: where a login there is kept");
        }
        return faults.or(Some(None));
    };
    let mut login = OidcLogin::new(file.clone());
    if let Some(url) = &bodhi.login_url {
        login = login.at(url);
    }
    faults.take("bodhi.token_file", login.look());
    let mut config = BodhiConfig::new(Login::Oidc(login));
    if let Some(url) = &bodhi.url {
        config.url.clone_from(url);
    }
    let client = faults.take("bodhi.url", Bodhi::new(config));
    faults.or(client.map(Some))
}

/// The configured build systems; dist-git, whose runs keep their logs in the database, is one of them.
pub(crate) fn builders(configuration: &Configuration, db: &Db, public_url: &str) -> Result<Builders, Faults> {
    let mut builders = Builders::new();
    let mut faults = Faults::default();
    match copr(configuration) {
        Ok(copr) => builders.extend(copr.map(|copr| (copr.system(), Arc::new(copr) as Arc<dyn Builder>))),
        Err(found) => faults.extend(found),
    }
    match testing_farm(configuration) {
        Ok(farm) => builders.extend(farm.map(|farm| (farm.system(), Arc::new(farm) as Arc<dyn Builder>))),
        Err(found) => faults.extend(found),
    }
    match koji(configuration) {
        Ok(koji) => builders.extend(koji.map(|koji| (koji.system(), Arc::new(koji) as Arc<dyn Builder>))),
        Err(found) => faults.extend(found),
    }
    match bodhi(configuration) {
        Ok(bodhi) => {
            builders.extend(bodhi.map(|bodhi| (bodhi.system(), Arc::new(bodhi) as Arc<dyn Builder>)));
        }
        Err(found) => faults.extend(found),
    }
    match dist_git(configuration, db, public_url) {
        Ok(dist_git) => builders.extend(dist_git.map(|dist_git| (dist_git.system(), dist_git))),
        Err(found) => faults.extend(found),
    }
    faults.or(Some(builders))
}
