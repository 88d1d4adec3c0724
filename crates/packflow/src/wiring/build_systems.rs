//! Build systems as they are configured.

use std::sync::Arc;

use builders::Builder;
use builders::bodhi::{Bodhi, BodhiConfig, Login, OidcLogin};
use builders::copr::{Copr, CoprConfig};
use builders::testing_farm::{TestingFarm, TestingFarmConfig};
use engine::Builders;

use super::instance;
use crate::configuration::{Configuration, Faults, secret};

/// The Copr client as it is configured; none if it is not.
pub(crate) fn copr(configuration: &Configuration) -> Result<Option<Copr>, Faults> {
    let Some(copr) = &configuration.copr else { return Ok(None) };
    let mut faults = Faults::default();
    if copr.owner.as_deref().unwrap_or_default().is_empty() {
        faults.add("copr.owner", "is missing: the account or group that builds belong to");
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

/// The configured build systems.
pub(crate) fn builders(configuration: &Configuration) -> Result<Builders, Faults> {
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
    match bodhi(configuration) {
        Ok(bodhi) => {
            builders.extend(bodhi.map(|bodhi| (bodhi.system(), Arc::new(bodhi) as Arc<dyn Builder>)));
        }
        Err(found) => faults.extend(found),
    }
    faults.or(Some(builders))
}
