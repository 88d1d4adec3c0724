//! What is wrong with a configuration that could be read.

use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::Duration;

use super::amount::Amount;
use super::{Configuration, Faults, ForgeKind, Reading};
use crate::wiring;

/// A day and a year, in the units of the keys.
const DAY_SECONDS: f64 = 24.0 * 60.0 * 60.0;
const YEAR_HOURS: f64 = 24.0 * YEAR_DAYS;
const YEAR_DAYS: f64 = 366.0;

/// Notes each fault with its key.
pub(super) fn check(configuration: &Configuration, faults: &mut Faults) {
    faults.take("instance", wiring::instance(configuration));
    server(configuration, faults);
    if let Some(url) = &configuration.database.url {
        faults.take("database.url", store::DatabaseUrl::parse(url));
    }
    access(configuration, faults);
    if let Some(prefix) = &configuration.comments.prefix
        && (prefix.is_empty() || prefix.contains(char::is_whitespace))
    {
        faults.add("comments.prefix", format!("`{prefix}` is not one word, such as /packit"));
    }
    forges(configuration, faults);
    if let Err(found) = wiring::copr(configuration) {
        faults.extend(found);
    }
    if let Err(found) = wiring::testing_farm(configuration) {
        faults.extend(found);
    }
    if let Err(found) = wiring::dist_git::check(configuration) {
        faults.extend(found);
    }
    if let Err(found) = wiring::subscription(configuration) {
        faults.extend(found);
    }
    if let Err(found) = wiring::koji(configuration) {
        faults.extend(found);
    }
    if let Some(url) = &configuration.bodhi.url
        && !is_web_url(url)
    {
        faults.add("bodhi.url", "is no http or https address");
    }
    if let Some(url) = &configuration.bodhi.login_url
        && !is_web_url(url)
    {
        faults.add("bodhi.login_url", "is no http or https address");
    }
    if let Err(found) = wiring::bodhi(configuration) {
        faults.extend(found);
    }
    numbers(configuration, faults);
}

fn server(configuration: &Configuration, faults: &mut Faults) {
    if let Some(listen) = &configuration.server.listen
        && listen.parse::<SocketAddr>().is_err()
    {
        faults.add("server.listen", format!("`{listen}` is no address and port, such as 127.0.0.1:8080"));
    }
    if let Some(url) = &configuration.server.public_url
        && !is_web_url(url)
    {
        faults.add("server.public_url", "is no http or https address");
    }
    let nobody_logs_in = configuration.forge.iter().all(|forge| forge.client_id.is_none());
    if configuration.server.reading == Some(Reading::Login) && nobody_logs_in {
        let message = "is `login`, but nobody can log in: no forge has a client_id and client_secret_file";
        faults.add("server.reading", message);
    }
}

fn access(configuration: &Configuration, faults: &mut Faults) {
    for (key, entries) in [
        ("access.allow", &configuration.access.allow),
        ("access.deny", &configuration.access.deny),
        ("access.private", &configuration.access.private),
        ("access.internal_tests", &configuration.access.internal_tests),
    ] {
        for (index, entry) in entries.iter().enumerate() {
            if entry.contains("://") || entry.starts_with('/') || entry.trim().is_empty() {
                let message =
                    format!("`{entry}` is no entry such as github.com/packit or github.com/packit/ogr");
                faults.add(&format!("{key}[{index}]"), message);
            }
        }
    }
}

fn forges(configuration: &Configuration, faults: &mut Faults) {
    for (index, forge) in configuration.forge.iter().enumerate() {
        let key = format!("forge[{index}]");
        if let Err(found) = wiring::forge(forge, &key) {
            faults.extend(found);
        }
        let before = &configuration.forge[..index];
        let host = wiring::host_of(forge);
        if !host.is_empty() && before.iter().any(|other| wiring::host_of(other) == host) {
            faults.add(&format!("{key}.host"), "is configured already");
        } else if forge.kind == Some(ForgeKind::Github) && before.iter().any(|other| other.kind == forge.kind)
        {
            // All of them deliver to the same address.
            faults.add(
                &format!("{key}.kind"),
                "one service takes the webhooks of one GitHub; run another for this one",
            );
        }
    }
}

fn numbers(configuration: &Configuration, faults: &mut Faults) {
    let (worker, limits) = (&configuration.worker, &configuration.limits);
    let count = |value: Option<usize>| value.and_then(|value| u64::try_from(value).ok());
    let counts: [(&str, Option<u64>, RangeInclusive<u64>); 5] = [
        ("server.changes_per_minute", configuration.server.changes_per_minute.map(u64::from), 1..=60_000),
        ("worker.per_system", count(worker.per_system), 1..=1_000),
        ("worker.per_project", count(worker.per_project), 1..=1_000),
        ("limits.targets", count(limits.targets), 1..=10_000),
        ("worker.reports_per_minute", worker.reports_per_minute.map(u64::from), 1..=1_000_000),
    ];
    for (key, value, range) in counts {
        if let Some(value) = value
            && !range.contains(&value)
        {
            faults.add(key, format!("takes {} to {}, not {value}", range.start(), range.end()));
        }
    }
    let keep_bodies_days = configuration.inbox.keep_bodies_days;
    let park_hours = configuration.bus.as_ref().and_then(|bus| bus.park_hours);
    let unused_sidetag_days = configuration.koji.as_ref().and_then(|koji| koji.unused_sidetag_days);
    let spans: [(&str, Option<Amount>, f64, f64); 14] = [
        ("bus.park_hours", park_hours, 0.0, YEAR_HOURS),
        // One that is removed at once is gone before anything could be built into it.
        ("koji.unused_sidetag_days", unused_sidetag_days, 0.05, YEAR_DAYS),
        ("worker.look_seconds", worker.look_seconds, 0.01, DAY_SECONDS),
        ("worker.lease_seconds", worker.lease_seconds, 1.0, DAY_SECONDS),
        ("worker.outage_first_pause_seconds", worker.outage_first_pause_seconds, 0.01, DAY_SECONDS),
        ("worker.poll_at_least_seconds", worker.poll_at_least_seconds, 0.01, DAY_SECONDS),
        ("worker.poll_at_most_seconds", worker.poll_at_most_seconds, 0.01, DAY_SECONDS),
        ("worker.missed_deliveries_minutes", worker.missed_deliveries_minutes, 0.01, DAY_SECONDS / 60.0),
        ("worker.rerun_window_seconds", worker.rerun_window_seconds, 0.0, 600.0),
        ("limits.submitted_hours", limits.submitted_hours, 0.0, YEAR_HOURS),
        ("limits.running_days", limits.running_days, 0.0, YEAR_DAYS),
        ("limits.update_days", limits.update_days, 0.0, YEAR_DAYS),
        ("bodhi.refresh_hours", configuration.bodhi.refresh_hours.map(Amount), 0.0, YEAR_HOURS),
        ("inbox.keep_bodies_days", keep_bodies_days, 0.0, 100.0 * YEAR_DAYS),
    ];
    for (key, value, least, most) in spans {
        if let Some(Amount(value)) = value
            && !(least..=most).contains(&value)
        {
            faults.add(key, format!("takes {least} to {most}, not {value}"));
        }
    }
    polls(configuration, faults);
}

/// The bounds of the pause between two looks at a submission; the one that is not set is as usual.
fn polls(configuration: &Configuration, faults: &mut Faults) {
    let (worker, usual) = (&configuration.worker, engine::Settings::default());
    let seconds = |set: Option<Amount>, usual: Duration| set.map_or(usual.as_secs_f64(), |Amount(set)| set);
    let least = seconds(worker.poll_at_least_seconds, usual.poll_at_least);
    let most = seconds(worker.poll_at_most_seconds, usual.poll_at_most);
    if least <= most {
        return;
    }
    if worker.poll_at_least_seconds.is_some() {
        let message = format!("is more than worker.poll_at_most_seconds, which is {most}");
        faults.add("worker.poll_at_least_seconds", message);
    } else {
        let message = format!("is less than worker.poll_at_least_seconds, which is {least}");
        faults.add("worker.poll_at_most_seconds", message);
    }
}

fn is_web_url(text: &str) -> bool {
    url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}
