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
    // As git writes it.
    if let Some((host, path)) = text.strip_prefix("git@").and_then(|rest| rest.split_once(':')) {
        return read(&format!("https://{host}/{path}"));
    }
    // An address without the beginning that browsers hide.
    let mut parts = text.split('/');
    if parts.next().is_some_and(|host| host.contains('.')) && parts.count() >= 2 {
        return read(&format!("https://{text}"));
    }
    if is_hash(text) {
        wanted.hash = Some(text.to_ascii_lowercase());
    }
    if text.contains('/') {
        // `packit/ogr #42` as people write it, too.
        let (project, number) = text.split_once(['#', '!']).unwrap_or((text, ""));
        project_of_path(&mut wanted, project.trim());
        if is_number(number.trim()) {
            wanted.reference = Some((ReferenceKind::PullRequest, number.trim().to_owned()));
        }
    } else if !text.is_empty() {
        wanted.project = Some(text.to_owned());
        wanted.external_id = Some(alias(text));
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
    let path: Vec<String> = url
        .path_segments()
        .into_iter()
        .flatten()
        .filter(|part| !part.is_empty())
        .map(|part| percent_encoding::percent_decode_str(part).decode_utf8_lossy().into_owned())
        .collect();
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    if let Some(id) = build_of(url, &path) {
        wanted.external_id = Some(id);
        return wanted;
    }
    if path.last() == Some(&"buildinfo") {
        // Koji counts builds and tasks apart, and a build is known here by its task: the number would be another's.
        return wanted;
    }
    let (project, inside) = divided(&path);
    match inside {
        ["pull" | "pulls" | "pull-request" | "merge_requests", number, ..] if is_number(number) => {
            wanted.reference = Some((ReferenceKind::PullRequest, (*number).to_owned()));
        }
        ["issues", number, ..] if is_number(number) => {
            wanted.reference = Some((ReferenceKind::Issue, (*number).to_owned()));
        }
        ["commit" | "commits" | "c", hash, ..] | ["src", "commit", hash, ..] if is_hash(hash) => {
            // The commit is what was meant, wherever it is.
            return SearchFor { hash: Some(hash.to_ascii_lowercase()), ..SearchFor::default() };
        }
        ["releases", "tag", tag] | ["src", "tag", tag, ..] => {
            wanted.reference = Some((ReferenceKind::Release, (*tag).to_owned()));
        }
        ["tree", branch @ ..] | ["src", "branch", branch @ ..] if !branch.is_empty() => {
            wanted.reference = Some((ReferenceKind::Branch, branch.join("/")));
        }
        _ => {}
    }
    project_of_path(&mut wanted, &project.join("/"));
    if wanted.project.is_some() {
        let host = url.host_str().map(|host| host.strip_prefix("www.").unwrap_or(host));
        wanted.forge = host.map(str::to_ascii_lowercase);
    }
    wanted
}

/// A project's path, and what is meant in it.
fn divided<'a>(path: &'a [&'a str]) -> (&'a [&'a str], &'a [&'a str]) {
    // GitLab divides them by `-`: before it anything may be a group's name.
    if let Some(place) = path.iter().position(|part| *part == "-") {
        return (&path[..place], &path[place + 1..]);
    }
    let place = path.iter().enumerate().skip(2).position(|(place, part)| match *part {
        "pull" | "pulls" | "pull-request" | "merge_requests" | "issues" | "commit" | "commits" | "c"
        | "tree" | "blob" | "releases" | "actions" | "checks" => true,
        // GitHub's, whose projects stand in no groups; a group of GitLab may be called so.
        "compare" | "blame" | "tags" | "runs" => place == 2,
        // Forgejo says what it is; a group of GitLab may be called so.
        "src" => matches!(path.get(place + 1), Some(&("branch" | "tag" | "commit"))),
        _ => false,
    });
    path.split_at(place.map_or(path.len(), |place| place + 2))
}

/// What a build system calls it: Copr's `/coprs/build/ID`, `/coprs/OWNER/PROJECT/build/ID` and
/// `/results/OWNER/PROJECT/CHROOT/ID-NAME`, at its host or one step below, Testing Farm's requests, Koji's `taskID=`, Bodhi's
/// `/updates/ALIAS`.
fn build_of(url: &Url, path: &[&str]) -> Option<String> {
    if let Some((_, id)) = url.query_pairs().find(|(key, _)| key == "taskID") {
        return is_number(&id).then(|| id.into_owned());
    }
    let below = match path {
        [first, rest @ ..] if !matches!(*first, "coprs" | "results") => rest,
        _ => path,
    };
    match below {
        ["coprs", .., "build", id] | ["coprs", .., "build", id, _] if is_number(id) => {
            return Some((*id).to_owned());
        }
        // An SRPM's folder has no name behind its number.
        ["results", _, _, _, build, ..] => {
            let id = build.split('-').next().unwrap_or_default();
            return is_number(id).then(|| id.trim_start_matches('0').to_owned());
        }
        _ => {}
    }
    match path {
        [.., "updates", update] => Some(alias(update)),
        _ => path.iter().find(|part| is_uuid(part)).map(|id| (*id).to_owned()),
    }
}

/// Bodhi's name of an update as Bodhi writes it, however it was typed; anything else as it is.
fn alias(text: &str) -> String {
    match text.rsplit_once('-') {
        Some((release, hash)) if text.to_ascii_uppercase().starts_with("FEDORA-") => {
            format!("{}-{}", release.to_ascii_uppercase(), hash.to_ascii_lowercase())
        }
        _ => text.to_owned(),
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
        for same in
            ["https://www.github.com/packit/ogr", "github.com/packit/ogr", "git@github.com:packit/ogr.git"]
        {
            assert_eq!(read(same), ogr, "{same}");
        }
        for page in [
            "blob/main/README.md",
            "actions",
            "actions/runs/7",
            "runs/7",
            "checks",
            "compare/a...b",
            "blame/main/x",
            "tags",
        ] {
            assert_eq!(read(&format!("https://github.com/packit/ogr/{page}")), ogr, "{page}");
        }
        assert_eq!(read("github.com/packit/ogr/pull/42"), at(ReferenceKind::PullRequest, "42"));
        assert_eq!(read("https://github.com/packit/ogr/tree/fix%231"), at(ReferenceKind::Branch, "fix#1"));
    }

    #[test]
    fn each_forge_has_its_own_way_to_say_it() {
        let hello = project(Some("src.fedoraproject.org"), Some("rpms"), "hello");
        let at = |kind, name: &str| SearchFor { reference: Some((kind, name.to_owned())), ..hello.clone() };
        let pagure = |rest: &str| read(&format!("https://src.fedoraproject.org/rpms/hello/{rest}"));
        assert_eq!(pagure("pull-request/7"), at(ReferenceKind::PullRequest, "7"));
        assert_eq!(pagure("tree/rawhide"), at(ReferenceKind::Branch, "rawhide"));
        assert_eq!(pagure("src/branch/f42"), at(ReferenceKind::Branch, "f42"));
        assert_eq!(pagure("src/tag/v1"), at(ReferenceKind::Release, "v1"));
        let kernel = project(Some("gitlab.com"), Some("redhat/centos-stream/src"), "kernel");
        let in_group = "https://gitlab.com/redhat/centos-stream/src/kernel";
        assert_eq!(read(in_group), kernel);
        let seven = SearchFor { reference: Some((ReferenceKind::PullRequest, "7".to_owned())), ..kernel };
        assert_eq!(read(&format!("{in_group}/-/merge_requests/7")), seven);
        assert_eq!(read("packit/ogr!7").reference, seven.reference);
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
        for path in ["", "/work-smoke/log.txt"] {
            assert_eq!(read(&format!("https://artifacts.dev.testing-farm.io/{request}{path}")), id(request));
        }
        assert_eq!(read(&format!("https://api.testing-farm.io/v0.1/requests/{request}")), id(request));
        assert_eq!(read("https://koji.fedoraproject.org/koji/taskinfo?taskID=897980811"), id("897980811"));
        // Nothing here knows a build by this number, and a task of the same number is another's.
        let build = "https://koji.fedoraproject.org/koji/buildinfo?buildID=2700001";
        assert_eq!(read(build), SearchFor::default());
        for page in [
            "coprs/packit/ogr-1/build/8765432/",
            "results/packit/ogr-1/fedora-42-x86_64/08765432-ogr/builder-live.log.gz",
            "results/packit/ogr-1/srpm-builds/08765432/builder-live.log.gz",
        ] {
            assert_eq!(read(&format!("http://127.0.0.1:8090/copr/{page}")), id("8765432"), "{page}");
        }
        let results = "https://download.copr.fedorainfracloud.org/results/packit/ogr-1/fedora-42-x86_64";
        assert_eq!(read(&format!("{results}/08765432-python-ogr/")), id("8765432"));
        let update = "https://bodhi.fedoraproject.org/updates/fedora-2026-B26D5A0000";
        assert_eq!(read(update), id("FEDORA-2026-b26d5a0000"));
        assert_eq!(
            read("fedora-epel-2026-b26d5a0000").external_id.as_deref(),
            Some("FEDORA-EPEL-2026-b26d5a0000")
        );
    }

    #[test]
    fn words_are_looked_for_as_all_that_they_can_be() {
        assert_eq!(read("packit/ogr"), project(None, Some("packit"), "ogr"));
        assert_eq!(read("github.com/packit/ogr"), project(Some("github.com"), Some("packit"), "ogr"));
        let seven = SearchFor {
            reference: Some((ReferenceKind::PullRequest, "7".to_owned())),
            ..project(None, Some("packit"), "ogr")
        };
        assert_eq!((read("packit/ogr#7"), read("packit/ogr #7")), (seven.clone(), seven));
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
