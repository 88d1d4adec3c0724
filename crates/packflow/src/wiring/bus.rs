//! Fedora messaging as it is configured.

use bus::{Certificates, Consumer, Endpoint, EndpointError, LONGEST_NAME, Queue, Subscription};
use domain::notice::Interest;
use engine::Engine;

use super::host_of;
use crate::configuration::{Bus, Configuration, Faults, secret};

/// Where Fedora's dist-git is, unless another is named.
const DIST_GIT: &str = "src.fedoraproject.org";
/// Fedora's own exchange.
const EXCHANGE: &str = "amq.topic";
/// What topics of Fedora begin with, where its services are the real ones.
const PREFIX: &str = "org.fedoraproject.prod";
/// What those of release-monitoring.org begin with (`docs/contracts.md` 7).
const ANITYA: &str = "org.release-monitoring.prod.anitya.project.version.update.v2";
/// As Fedora's own consumers have it.
const PREFETCH: u16 = 25;
/// The most that a broker may be asked to send ahead: each lies in our memory.
const MOST_AHEAD: u16 = 10_000;

/// What tells of Copr builds.
const OF_COPR: [&str; 2] = ["copr.build.start", "copr.build.end"];
/// What tells of packages of Fedora, and of their builds and updates.
const OF_FEDORA: [&str; 8] = [
    "buildsys.task.state.change",
    "buildsys.build.state.change",
    "buildsys.tag",
    "bodhi.update.#",
    "hotness.update.bug.file",
    "pagure.git.receive",
    "pagure.pull-request.*",
    "pagure.pull-request.comment.added",
];

/// The host of dist-git.
fn dist_git(configuration: &Configuration) -> String {
    let named = configuration.bus.as_ref().and_then(|bus| bus.dist_git.as_deref());
    named.unwrap_or(DIST_GIT).to_ascii_lowercase()
}

/// What of the bus concerns this installation.
pub(super) fn interest(configuration: &Configuration) -> Interest {
    Interest {
        copr_owner: configuration.copr.as_ref().and_then(|copr| copr.owner.clone()),
        fedora_account: Some(super::fedora_account(configuration)),
        dist_git: dist_git(configuration),
        forges: configuration.forge.iter().map(host_of).collect(),
        access: super::access(configuration),
    }
}

/// What is taken from the broker; none if no broker is configured.
pub(crate) fn subscription(configuration: &Configuration) -> Result<Option<Subscription>, Faults> {
    let Some(bus) = &configuration.bus else { return Ok(None) };
    let Some(url) = &bus.url else { return Ok(None) };
    let mut faults = Faults::default();
    let certificates = certificates(bus, &mut faults);
    let password = match &bus.password_file {
        None => secret::from_variable(secret::BUS_PASSWORD),
        Some(file) => Some(secret::secret(secret::BUS_PASSWORD, Some(file))),
    };
    let password = password.and_then(|password| faults.take("bus.password_file", password));
    let endpoint = Endpoint::new(url, password.as_ref(), certificates);
    let key = match &endpoint {
        Err(EndpointError::Ca(_)) => "bus.ca_file",
        Err(EndpointError::Certificate(_)) => "bus.certificate_file",
        _ => "bus.url",
    };
    let endpoint = faults.take(key, endpoint);
    if bus.queue.as_ref().is_some_and(String::is_empty) {
        faults.add("bus.queue", "is empty: leave it out for a queue of this process alone");
    }
    let queue = match (&bus.queue, bus.queue_is_given) {
        (None, true) => {
            faults.add("bus.queue", "is missing: the name of the queue that the broker's operators gave");
            Queue::random()
        }
        (None, false) => Queue::random(),
        (Some(name), true) => Queue::Given { name: name.clone() },
        (Some(name), false) => Queue::Lasting { name: name.clone() },
    };
    let prefetch = bus.prefetch.unwrap_or(PREFETCH);
    if !(1..=MOST_AHEAD).contains(&prefetch) {
        faults.add("bus.prefetch", format!("takes 1 to {MOST_AHEAD}, not {prefetch}"));
    }
    let topics = topics(configuration, bus);
    if topics.is_empty() && !bus.queue_is_given {
        faults.add("bus.topics", "is empty: nothing would ever come");
    }
    let exchange = bus.exchange.clone().unwrap_or_else(|| EXCHANGE.to_owned());
    let named = [("bus.queue", queue.name()), ("bus.exchange", exchange.as_str())];
    for (key, name) in named.into_iter().chain(topics.iter().map(|topic| ("bus.topics", topic.as_str()))) {
        if name.len() > LONGEST_NAME {
            faults
                .add(key, format!("has {} bytes; brokers know names of at most {LONGEST_NAME}", name.len()));
        }
    }
    let subscription = endpoint.map(|endpoint| Subscription { endpoint, exchange, queue, topics, prefetch });
    faults.or(subscription).map(Some)
}

/// A consumer of what is taken, into the engine's inbox.
pub(crate) fn consumer(engine: &Engine, subscription: Subscription) -> Consumer {
    let interest = engine.settings.interest.clone();
    Consumer::new(subscription, interest, engine.db.clone(), engine.wake.inbox_notify())
}

fn certificates(bus: &Bus, faults: &mut Faults) -> Certificates {
    let read = |file: &std::path::Path| {
        std::fs::read_to_string(file).map_err(|error| format!("cannot read {}: {error}", file.display()))
    };
    let ca = bus.ca_file.as_deref().and_then(|file| faults.take("bus.ca_file", read(file)));
    let Some(file) = &bus.certificate_file else {
        if bus.key_file.is_some() {
            faults.add("bus.certificate_file", "is missing: it goes with key_file");
        }
        return Certificates { ca, client: None };
    };
    let certificate = faults.take("bus.certificate_file", read(file));
    let key = faults.take("bus.key_file", secret::secret(secret::BUS_KEY, bus.key_file.as_deref()));
    let client = certificate.zip(key).map(|(certificate, key)| (certificate.into_bytes(), key));
    Certificates { ca, client }
}

/// What is bound: what is named, else what the configured build systems and forges can use.
fn topics(configuration: &Configuration, bus: &Bus) -> Vec<String> {
    if let Some(topics) = &bus.topics {
        return topics.clone();
    }
    let prefix = bus.topic_prefix.as_deref().unwrap_or(PREFIX);
    let follows_copr = configuration.copr.is_some();
    let dist_git = dist_git(configuration);
    let hosts: Vec<String> = configuration.forge.iter().map(host_of).collect();
    let follows_fedora = configuration.koji.is_some() || hosts.contains(&dist_git);
    // Relayed webhooks do not say in their topic whose they are.
    let follows_relayed = hosts.iter().any(|host| *host != dist_git && *host != super::GITHUB_HOST);
    let mut topics: Vec<String> = Vec::new();
    let of = |names: &[&str]| names.iter().map(|name| format!("{prefix}.{name}")).collect::<Vec<_>>();
    if follows_copr {
        topics.extend(of(&OF_COPR));
    }
    if follows_fedora {
        topics.extend(of(&OF_FEDORA));
        topics.push(ANITYA.to_owned());
    }
    if follows_relayed {
        topics.extend(of(&["forgejo.#"]));
    }
    topics
}
