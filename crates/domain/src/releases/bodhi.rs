//! From Bodhi's list of releases to aliases.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::Alias;

/// A release as Bodhi lists it; the fields that aliases are made of.
#[derive(Deserialize)]
pub(super) struct Release {
    /// Short name, such as `F42` or `EPEL-10.1`.
    name: String,
    /// Long name, such as `Fedora 42`.
    long_name: String,
    /// Version, such as `42`, `10.1` or `eln`.
    version: String,
    /// Product: `FEDORA` and `FEDORA-EPEL` count here.
    id_prefix: String,
    /// Dist-git branch.
    branch: String,
    /// `current`, `pending`, `frozen`, `disabled` or `archived`.
    state: String,
    /// Whether updates are made by Fedora for each build.
    #[serde(default)]
    create_automatic_updates: bool,
}

/// Why a list of releases is not taken.
#[derive(Debug, thiserror::Error)]
pub enum ReleaseListError {
    /// A page is no JSON of the expected shape.
    #[error("page {page} of the list of releases cannot be read: {error}")]
    Unreadable {
        /// The page's place among the given ones, from 1.
        page: usize,
        /// What is wrong with it.
        error: serde_json::Error,
    },
    /// Not all pages are given.
    #[error("the list of releases has {pages} pages, {given} were given")]
    Incomplete {
        /// How many pages there are.
        pages: usize,
        /// How many were given.
        given: usize,
    },
    /// A version is no number.
    #[error("the release {release} has the version {version:?}, which is no number")]
    Version {
        /// The release's short name.
        release: String,
        /// What stands there for its version.
        version: String,
    },
    /// No release of Fedora is listed.
    #[error("the list of releases names no Fedora")]
    NoFedora,
}

#[derive(Deserialize)]
struct Page {
    releases: Vec<Release>,
    #[serde(default)]
    pages: usize,
}

pub(super) fn read_pages<'a>(
    pages: impl IntoIterator<Item = &'a str>,
) -> Result<Vec<Release>, ReleaseListError> {
    let mut releases = Vec::new();
    let (mut given, mut expected) = (0, 0);
    for body in pages {
        given += 1;
        let page: Page = serde_json::from_str(body)
            .map_err(|error| ReleaseListError::Unreadable { page: given, error })?;
        expected = expected.max(page.pages);
        releases.extend(page.releases);
    }
    if given < expected {
        return Err(ReleaseListError::Incomplete { pages: expected, given });
    }
    Ok(releases)
}

/// A release on its way to an alias.
#[derive(Clone)]
struct Candidate {
    alias: Alias,
    version: f64,
    /// The version as it is written.
    written: String,
    is_current: bool,
    is_coming: bool,
}

/// The branches whose updates are made by Fedora for each build.
pub(super) fn with_automatic_updates(releases: &[Release]) -> BTreeSet<String> {
    let automatic = releases.iter().filter(|release| release.create_automatic_updates);
    automatic.map(|release| release.branch.clone()).collect()
}

/// The aliases of Fedora and EPEL.
pub(super) fn aliases(releases: Vec<Release>) -> Result<BTreeMap<String, Vec<Alias>>, ReleaseListError> {
    let mut fedora = Vec::new();
    let mut epel = Vec::new();
    for release in releases {
        if release.name == "ELN" || release.state == "archived" {
            continue;
        }
        match release.id_prefix.as_str() {
            "FEDORA" => {
                let namever = release.long_name.to_lowercase().replace(' ', "-");
                fedora.push(candidate(release, namever)?);
            }
            "FEDORA-EPEL" => {
                let namever = release.name.to_lowercase();
                epel.push(candidate(release, namever)?);
            }
            _ => {}
        }
    }
    for list in [&mut fedora, &mut epel] {
        list.sort_by(|left, right| left.version.total_cmp(&right.version));
    }
    name_rawhide(&mut fedora)?;
    let mut aliases = fedora_aliases(&fedora);
    aliases.extend(epel_aliases(&epel));
    Ok(aliases
        .into_iter()
        .map(|(name, list)| (name, list.into_iter().map(|one| one.alias).collect()))
        .collect())
}

fn candidate(release: Release, namever: String) -> Result<Candidate, ReleaseListError> {
    let version = match release.version.parse::<f64>() {
        Ok(version) if version.is_finite() => version,
        _ => {
            return Err(ReleaseListError::Version { release: release.name, version: release.version });
        }
    };
    Ok(Candidate {
        alias: Alias { namever, branch: release.branch },
        version,
        is_current: release.state == "current",
        is_coming: matches!(release.state.as_str(), "pending" | "frozen"),
        written: release.version,
    })
}

/// The newest Fedora is Rawhide, which Bodhi lists by number. Around branching Bodhi also gives the
/// branch `rawhide` to the one below.
fn name_rawhide(fedora: &mut [Candidate]) -> Result<(), ReleaseListError> {
    let (newest, older) = fedora.split_last_mut().ok_or(ReleaseListError::NoFedora)?;
    newest.alias = Alias { namever: "fedora-rawhide".to_owned(), branch: "rawhide".to_owned() };
    if let Some(branched) = older.last_mut().filter(|release| release.alias.branch == "rawhide") {
        branched.alias.branch = format!("f{}", branched.written);
    }
    Ok(())
}

fn fedora_aliases(fedora: &[Candidate]) -> Vec<(String, Vec<Candidate>)> {
    let stable: Vec<_> = fedora.iter().filter(|release| release.is_current).cloned().collect();
    let development: Vec<_> = fedora.iter().filter(|release| release.is_coming).cloned().collect();
    let newest_stable: Vec<_> = stable.last().cloned().into_iter().collect();
    // All that is coming but Rawhide, the last.
    let branched = development.split_last().map(|(_, branched)| branched).unwrap_or_default();
    let latest = match branched.last() {
        Some(release) => vec![release.clone()],
        None => newest_stable.clone(),
    };
    let stable_and_branched = stable.iter().chain(branched).cloned().collect();
    vec![
        ("fedora-all".to_owned(), fedora.to_vec()),
        ("fedora-branched".to_owned(), stable_and_branched),
        ("fedora-latest".to_owned(), latest),
        ("fedora-latest-stable".to_owned(), newest_stable),
        ("fedora-stable".to_owned(), stable),
        ("fedora-development".to_owned(), development),
    ]
}

fn epel_aliases(epel: &[Candidate]) -> Vec<(String, Vec<Candidate>)> {
    let mut aliases = vec![("epel-all".to_owned(), epel.to_vec())];
    let mut by_major: BTreeMap<u64, Vec<Candidate>> = BTreeMap::new();
    // Only from EPEL 10 on there are minor versions.
    for release in epel.iter().filter(|release| release.version >= 10.0) {
        by_major.entry(release.version as u64).or_default().push(release.clone());
    }
    for (major, minors) in by_major {
        // The branch without a minor version is the leading one.
        let (branched, leading) = minors.iter().cloned().partition(|minor| minor.alias.branch.contains('.'));
        aliases.push((format!("epel-{major}-all"), minors));
        aliases.push((format!("epel-{major}-branched"), branched));
        aliases.push((format!("epel-{major}"), leading));
    }
    aliases
}
