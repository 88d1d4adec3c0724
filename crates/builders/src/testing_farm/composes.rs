//! Which compose a target's distribution means (`docs/contracts.md` section 4).

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use regex::Regex;
use tokio::sync::Mutex;

use super::Ranch;
use super::api::Api;
use crate::BuilderError;

/// For how long a list is believed when it has what is looked for.
const LIST_IS_BELIEVED_FOR: Duration = Duration::from_secs(3600);

/// The composes of each ranch when it was asked.
#[derive(Debug, Default)]
pub(super) struct Composes(Mutex<BTreeMap<Ranch, (Instant, Vec<Regex>)>>);

impl Composes {
    /// The compose for a target such as `fedora-43-x86_64`. A list without one is asked for anew: it may have come since.
    pub(super) async fn of(&self, api: &Api, ranch: Ranch, target: &str) -> Result<String, BuilderError> {
        let (distribution, _) = split(target, ranch);
        let candidates = candidates(&distribution, ranch);
        let mut lists = self.0.lock().await;
        if let Some((at, list)) = lists.get(&ranch)
            && at.elapsed() < LIST_IS_BELIEVED_FOR
            && let Some(compose) = first_in(&candidates, list)
        {
            return Ok(compose);
        }
        let answer = api.get(ranch, &format!("composes/{}", ranch.name()), &[]).await?;
        let names = answer["composes"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|compose| compose["name"].as_str());
        // Names are regular expressions that match in full; one that is none matches nothing.
        let list: Vec<Regex> = names.filter_map(|name| Regex::new(&format!("^(?:{name})$")).ok()).collect();
        let found = first_in(&candidates, &list);
        lists.insert(ranch, (Instant::now(), list));
        found.ok_or_else(|| {
            BuilderError::Refused(format!(
                "Testing Farm has no compose for {distribution} in the ranch {} (tried {})",
                ranch.name(),
                candidates.join(", ")
            ))
        })
    }
}

fn first_in(candidates: &[String], list: &[Regex]) -> Option<String> {
    candidates.iter().find(|candidate| list.iter().any(|name| name.is_match(candidate))).cloned()
}

/// The distribution to test on, and the architecture: a build chroot stands for the distribution that runs its packages.
pub(super) fn split(target: &str, ranch: Ranch) -> (String, String) {
    let (distribution, arch) = target.rsplit_once('-').unwrap_or((target, "x86_64"));
    let mapped = match (distribution, ranch) {
        ("epel-6", Ranch::Public) => "centos-6",
        ("epel-7", Ranch::Public) => "centos-7",
        ("epel-8", Ranch::Public) => "centos-stream-8",
        ("epel-6", Ranch::RedHat) => "rhel-6",
        ("epel-7", Ranch::RedHat) => "rhel-7",
        ("epel-8", Ranch::RedHat) => "rhel-8",
        ("epel-9", _) => "centos-stream-9",
        ("epel-10", _) => "centos-stream-10",
        (other, _) => other,
    };
    (mapped.to_owned(), arch.to_owned())
}

/// What a distribution may be called among the composes, most wanted first: the text itself, then, in the internal
/// ranch, the names of its moving composes, then its words with capitals.
fn candidates(distribution: &str, ranch: Ranch) -> Vec<String> {
    let titled = distribution.split('-').map(titled).collect::<Vec<_>>().join("-");
    let mut candidates = vec![distribution.to_owned()];
    if ranch == Ranch::RedHat {
        candidates.extend(match titled.split_once('-') {
            Some(("Fedora", "Rawhide")) => Some("Fedora-Rawhide-Nightly".to_owned()),
            Some(("Fedora", _)) => Some(format!("{titled}-Updated")),
            Some(("CentOS", number)) if number.parse::<u32>().is_ok() => Some(format!("{titled}-latest")),
            Some(("RHEL", number)) if number.parse::<u32>().is_ok() => {
                Some(format!("{titled}-LatestReleased"))
            }
            _ => None,
        });
    }
    if titled == "CentOS-Stream" {
        candidates.push("CentOS-Stream-8".to_owned());
    }
    candidates.push(titled);
    candidates
}

fn titled(word: &str) -> String {
    match word.to_lowercase().as_str() {
        "centos" => "CentOS".to_owned(),
        "rhel" => "RHEL".to_owned(),
        "oraclelinux" => "Oracle-Linux".to_owned(),
        small @ ("latest" | "eln") => small.to_owned(),
        other => {
            let mut letters = other.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::{Ranch, candidates, first_in, split};

    fn compose(target: &str, ranch: Ranch, list: &[&str]) -> Option<String> {
        let list: Vec<Regex> =
            list.iter().map(|name| Regex::new(&format!("^(?:{name})$")).unwrap()).collect();
        first_in(&candidates(&split(target, ranch).0, ranch), &list)
    }

    #[test]
    fn a_distribution_is_found_among_the_composes_of_the_public_ranch() {
        let list = [r"Fedora-\d{2}", "Fedora-Rawhide", r"CentOS-Stream-\d+", "CentOS-7", "Oracle-Linux-8.6"];
        for (target, expected) in [
            ("fedora-43-x86_64", Some("Fedora-43")),
            ("fedora-rawhide-aarch64", Some("Fedora-Rawhide")),
            ("epel-9-x86_64", Some("CentOS-Stream-9")),
            ("epel-7-x86_64", Some("CentOS-7")),
            ("centos-stream-x86_64", Some("CentOS-Stream-8")),
            ("oraclelinux-8.6-x86_64", Some("Oracle-Linux-8.6")),
            ("Fedora-43-x86_64", Some("Fedora-43")),
            ("opensuse-tumbleweed-x86_64", None),
            ("xfedora-43-x86_64", None),
        ] {
            assert_eq!(compose(target, Ranch::Public, &list).as_deref(), expected, "{target}");
        }
    }

    #[test]
    fn the_internal_ranch_prefers_its_moving_composes() {
        let list =
            [r"Fedora-\d{2}-Updated", "Fedora-Rawhide-Nightly", "RHEL-7-LatestReleased", "CentOS-Stream-9"];
        for (target, expected) in [
            ("fedora-43-x86_64", "Fedora-43-Updated"),
            ("fedora-rawhide-x86_64", "Fedora-Rawhide-Nightly"),
            ("epel-7-x86_64", "RHEL-7-LatestReleased"),
            ("epel-9-x86_64", "CentOS-Stream-9"),
        ] {
            assert_eq!(compose(target, Ranch::RedHat, &list).as_deref(), Some(expected), "{target}");
        }
    }
}
