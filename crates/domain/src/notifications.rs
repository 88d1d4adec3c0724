//! What a repository wants said in comments (`notifications` of `docs/package-configuration.md`).
//!
//! Any pull request brings its own configuration, so a message is bounded, holds no control characters, and no line of it is a
//! command to whoever reads comments. Its Markdown and the accounts that it mentions are let through, as Packit does: that is
//! what maintainers write it for (`docs/contracts.md` 1.2).

use std::collections::BTreeSet;

use crate::markdown::no_line_begins_with;

/// The most characters of a message that are kept.
const MAX_MESSAGE: usize = 4_000;
/// The most characters of a message whose placeholders are filled in: far below what forges take.
const MAX_FILLED: usize = 16_000;
/// The most packages that are named to be installed.
const MAX_PACKAGES: usize = 20;

/// A message as it is kept; none if nothing is left of it.
pub fn message(text: &str) -> Option<String> {
    let is_kept = |character: &char| !character.is_control() || matches!(character, '\n' | '\t');
    let kept: String = text.chars().filter(is_kept).take(MAX_MESSAGE).collect();
    let kept = kept.trim();
    (!kept.is_empty()).then(|| kept.to_owned())
}

/// What stands for the placeholders of a message. What is not known, or is no web address, becomes an empty text.
#[derive(Debug, Clone, Copy, Default)]
pub struct Values<'a> {
    /// `{commit_sha}`: the commit.
    pub commit: Option<&'a str>,
    /// `{packit_dashboard_url}`: our page.
    pub page: Option<&'a str>,
    /// `{external_dashboard_url}`: the build system's page.
    pub external_page: Option<&'a str>,
    /// `{logs_url}`: the log.
    pub logs: Option<&'a str>,
}

impl Values<'_> {
    /// A message with its placeholders filled in; anything else in braces stays as it is.
    pub fn fill(&self, message: &str) -> String {
        let values = [
            ("commit_sha}", self.commit.unwrap_or_default()),
            ("packit_dashboard_url}", web(self.page)),
            ("external_dashboard_url}", web(self.external_page)),
            ("logs_url}", web(self.logs)),
        ];
        let mut filled = String::with_capacity(message.len());
        let mut rest = message;
        while let Some((before, after)) = rest.split_once('{') {
            filled.push_str(before);
            let found = values.iter().find_map(|(name, value)| Some((*value, after.strip_prefix(name)?)));
            let (value, behind) = found.unwrap_or(("{", after));
            filled.push_str(value);
            rest = behind;
        }
        filled.push_str(rest);
        let bounded: String = filled.chars().take(MAX_FILLED).collect();
        // Commands to us and to others begin a line with a slash.
        no_line_begins_with('/', &bounded)
    }
}

fn web(url: Option<&str>) -> &str {
    let is_web = |url: &&str| {
        let is_bad = |character: char| character.is_whitespace() || character.is_control();
        (url.starts_with("https://") || url.starts_with("http://")) && !url.contains(is_bad)
    };
    url.filter(is_web).unwrap_or_default()
}

/// The commands that install what was built, in their order: out of a repository (`OWNER/PROJECT`) the package of this name, or,
/// where none of that name was built, all that was (`name-version-release.arch`). None if the repository's name is not one
/// that can stand in a shell; people copy these lines, and a configuration can be anybody's.
pub fn install_commands(repository: &str, package: &str, built: &[String]) -> Option<Vec<String>> {
    if !is_plain(repository) {
        return None;
    }
    let is_debug = |name: &str| name.ends_with("-debuginfo") || name.ends_with("-debugsource");
    let names = built.iter().filter_map(|built| built.rsplitn(3, '-').nth(2));
    let names: BTreeSet<&str> = names.filter(|name| is_plain(name) && !is_debug(name)).collect();
    let wanted: Vec<&str> = if names.contains(package) || (names.is_empty() && is_plain(package)) {
        vec![package]
    } else {
        names.into_iter().take(MAX_PACKAGES).collect()
    };
    let mut commands =
        vec!["dnf install -y dnf-plugins-core".to_owned(), format!("dnf copr enable {repository}")];
    if !wanted.is_empty() {
        commands.push(format!("dnf install -y {}", wanted.join(" ")));
    }
    Some(commands)
}

/// Whether a name means nothing to a shell but itself, and is no option.
fn is_plain(name: &str) -> bool {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "@._+-/".contains(character);
    !name.is_empty() && !name.starts_with('-') && name.chars().all(is_plain)
}

#[cfg(test)]
mod tests;
