//! What a person pasted, understood: an address of a forge or build system, a project, a pull request, a hash, an id.

use domain::words::ReferenceKind;
use store::reads::SearchFor;
use url::Url;

/// As short as people write hashes.
const SHORTEST_HASH: usize = 7;
const FULL_HASH: usize = 64;

/// Reads what was pasted. Text that can be several things is looked for as each of them.
pub(crate) fn read(text: &str) -> SearchFor {
    let text = text.trim();
    match Url::parse(text) {
        Ok(url) if url.host_str().is_some() => of_url(&url),
        _ => of_text(text),
    }
}

fn of_text(text: &str) -> SearchFor {
    let mut wanted = SearchFor::default();
    if is_hash(text) {
        wanted.hash = Some(text.to_ascii_lowercase());
    }
    if text.contains('/') {
        let (project, number) = text.split_once('#').unwrap_or((text, ""));
        project_of_path(&mut wanted, project);
        if is_number(number) {
            wanted.reference = Some((ReferenceKind::PullRequest, number.to_owned()));
        }
    } else if !text.is_empty() {
        wanted.project = Some(text.to_owned());
        wanted.external_id = Some(text.to_owned());
    }
    wanted
}

/// `namespace/name`, or with the forge's host before it.
fn project_of_path(wanted: &mut SearchFor, path: &str) {
    let mut parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
    if parts.len() > 2 && parts[0].contains('.') {
        wanted.forge = Some(parts.remove(0).to_ascii_lowercase());
    }
    let Some(name) = parts.pop() else { return };
    wanted.project = Some(name.trim_end_matches(".git").to_owned());
    wanted.namespace = Some(parts.join("/")).filter(|namespace| !namespace.is_empty());
}

fn of_url(url: &Url) -> SearchFor {
    let mut wanted = SearchFor::default();
    // GitLab divides a project from what is in it by `-`.
    let path: Vec<&str> =
        url.path_segments().into_iter().flatten().filter(|part| !part.is_empty() && *part != "-").collect();
    if let Some(id) = build_of(&path) {
        wanted.external_id = Some(id.to_owned());
        return wanted;
    }
    let place = path.iter().position(|part| {
        matches!(
            *part,
            "pull"
                | "pulls"
                | "merge_requests"
                | "issues"
                | "commit"
                | "commits"
                | "tree"
                | "src"
                | "releases"
                | "c"
        )
    });
    let (project, inside) = path.split_at(place.filter(|place| *place >= 2).unwrap_or(path.len()));
    match inside {
        ["pull" | "pulls" | "merge_requests", number, ..] if is_number(number) => {
            wanted.reference = Some((ReferenceKind::PullRequest, (*number).to_owned()));
        }
        ["issues", number, ..] if is_number(number) => {
            wanted.reference = Some((ReferenceKind::Issue, (*number).to_owned()));
        }
        ["commit" | "commits" | "c", hash, ..] if is_hash(hash) => {
            // The commit is what was meant, wherever it is.
            return SearchFor { hash: Some(hash.to_ascii_lowercase()), ..SearchFor::default() };
        }
        ["releases", "tag", tag] => wanted.reference = Some((ReferenceKind::Release, (*tag).to_owned())),
        ["tree" | "src", branch @ ..] if !branch.is_empty() => {
            wanted.reference = Some((ReferenceKind::Branch, branch.join("/")));
        }
        _ => {}
    }
    project_of_path(&mut wanted, &project.join("/"));
    if wanted.project.is_some() {
        wanted.forge = url.host_str().map(str::to_ascii_lowercase);
    }
    wanted
}

/// What a build system calls it: `/coprs/build/ID`, `/coprs/OWNER/PROJECT/build/ID`, Testing Farm's `/REQUEST`, Koji's `taskID=`.
fn build_of<'a>(path: &[&'a str]) -> Option<&'a str> {
    match path {
        ["coprs", .., "build", id] => Some(id),
        ["coprs", .., "build", id, _] => Some(id),
        [id] | ["v0.1", "requests", id] if is_uuid(id) => Some(id),
        _ => None,
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hash(text: &str) -> bool {
    (SHORTEST_HASH..=FULL_HASH).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && text.bytes().filter(|byte| *byte == b'-').count() == 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(forge: Option<&str>, namespace: Option<&str>, name: &str) -> SearchFor {
        let text = |text: Option<&str>| text.map(str::to_owned);
        SearchFor {
            forge: text(forge),
            namespace: text(namespace),
            project: text(Some(name)),
            ..SearchFor::default()
        }
    }

    #[test]
    fn addresses_of_forges_are_understood() {
        let ogr = project(Some("github.com"), Some("packit"), "ogr");
        let at = |kind, name: &str| SearchFor { reference: Some((kind, name.to_owned())), ..ogr.clone() };
        assert_eq!(read("https://github.com/packit/ogr"), ogr);
        assert_eq!(read(" https://github.com/packit/ogr.git "), ogr);
        assert_eq!(read("https://github.com/packit/ogr/pull/42/files"), at(ReferenceKind::PullRequest, "42"));
        assert_eq!(read("https://github.com/packit/ogr/issues/3"), at(ReferenceKind::Issue, "3"));
        assert_eq!(
            read("https://github.com/packit/ogr/tree/release/1.x"),
            at(ReferenceKind::Branch, "release/1.x")
        );
        assert_eq!(
            read("https://github.com/packit/ogr/releases/tag/0.50"),
            at(ReferenceKind::Release, "0.50")
        );
        let group = project(Some("gitlab.com"), Some("redhat/rpms"), "luksmeta");
        let merge_request =
            SearchFor { reference: Some((ReferenceKind::PullRequest, "9".to_owned())), ..group };
        assert_eq!(read("https://gitlab.com/redhat/rpms/luksmeta/-/merge_requests/9"), merge_request);
        let commit = SearchFor { hash: Some("4f2c8e1d".to_owned()), ..SearchFor::default() };
        assert_eq!(read("https://github.com/packit/ogr/commit/4F2C8E1D"), commit);
    }

    #[test]
    fn addresses_of_build_systems_are_understood() {
        let id = |id: &str| SearchFor { external_id: Some(id.to_owned()), ..SearchFor::default() };
        assert_eq!(read("https://copr.fedorainfracloud.org/coprs/build/8765432"), id("8765432"));
        assert_eq!(
            read("https://copr.fedorainfracloud.org/coprs/packit/ogr-1/build/8765432/"),
            id("8765432")
        );
        let request = "0f8fad5b-d9cb-469f-a165-70867728950e";
        assert_eq!(read(&format!("https://artifacts.dev.testing-farm.io/{request}")), id(request));
    }

    #[test]
    fn words_are_looked_for_as_all_that_they_can_be() {
        assert_eq!(read("packit/ogr"), project(None, Some("packit"), "ogr"));
        assert_eq!(read("github.com/packit/ogr"), project(Some("github.com"), Some("packit"), "ogr"));
        assert_eq!(read("packit/ogr#7").reference, Some((ReferenceKind::PullRequest, "7".to_owned())));
        let number = read("8765432");
        assert_eq!(
            (number.hash.as_deref(), number.external_id.as_deref()),
            (Some("8765432"), Some("8765432"))
        );
        assert_eq!(read("ogr").project.as_deref(), Some("ogr"));
        assert_eq!(read("  "), SearchFor::default());
        for text in
            ["/", "//", "#", "a/#", "https://", "https://x", "javascript:alert(1)", "::", "http://[::1]/"]
        {
            let _ = read(text);
        }
    }
}
