//! Where a project, a reference and a commit stand on their forge.
//!
//! Addresses are put together from parts that are escaped one by one, and only for a forge whose addresses are known;
//! nothing is taken over from a payload.

use domain::words::{ProjectKey, ReferenceKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::text::Href;
use crate::sites::{SiteKind, Sites};

/// Everything but what never needs escaping (RFC 3986, 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for names that hold slashes.
const SEGMENTS: &AsciiSet = &SEGMENT.remove(b'/');

/// Something that may have a page on its forge.
pub(super) struct There {
    project: ProjectKey,
    what: What,
}

enum What {
    Project,
    Reference(ReferenceKind, String),
    Commit(String),
}

impl There {
    /// A project.
    pub(super) fn project(project: &ProjectKey) -> Self {
        Self { project: project.clone(), what: What::Project }
    }

    /// A reference of it.
    pub(super) fn reference(project: &ProjectKey, kind: ReferenceKind, name: &str) -> Self {
        Self { project: project.clone(), what: What::Reference(kind, name.to_owned()) }
    }

    /// A commit of it.
    pub(super) fn commit(project: &ProjectKey, hash: &str) -> Self {
        Self { project: project.clone(), what: What::Commit(hash.to_owned()) }
    }

    /// Its page; none on a forge of which it is not known where that is, and of what has none.
    pub(super) fn href(&self, sites: &Sites) -> Option<Href> {
        let site = sites.of(&self.project.forge)?;
        let namespace = utf8_percent_encode(&self.project.namespace, SEGMENTS);
        let base = format!("{}/{namespace}/{}", site.url, segment(&self.project.name));
        Href::new(&match &self.what {
            What::Project => base,
            What::Reference(kind, name) => format!("{base}/{}", of_reference(site.kind, *kind, name)?),
            What::Commit(hash) => {
                let before = match site.kind {
                    SiteKind::Github | SiteKind::Forgejo => "commit",
                    SiteKind::Gitlab => "-/commit",
                    SiteKind::Pagure => "c",
                };
                format!("{base}/{before}/{}", segment(hash))
            }
        })
    }
}

/// What follows the project's address.
fn of_reference(site: SiteKind, kind: ReferenceKind, name: &str) -> Option<String> {
    use ReferenceKind as Kind;
    use SiteKind::{Forgejo, Github, Gitlab, Pagure};
    let (number, path) = (utf8_percent_encode(name, SEGMENT), utf8_percent_encode(name, SEGMENTS));
    Some(match (site, kind) {
        (_, Kind::KojiTag | Kind::AnityaVersion) => return None,
        (Github, Kind::PullRequest) => format!("pull/{number}"),
        (Github | Forgejo, Kind::Issue) => format!("issues/{number}"),
        (Github, Kind::Branch | Kind::Tag) => format!("tree/{path}"),
        (Github | Forgejo, Kind::Release) => format!("releases/tag/{path}"),
        (Gitlab, Kind::PullRequest) => format!("-/merge_requests/{number}"),
        (Gitlab, Kind::Issue) => format!("-/issues/{number}"),
        (Gitlab, Kind::Branch) => format!("-/tree/{path}"),
        (Gitlab, Kind::Tag) => format!("-/tags/{path}"),
        // One part of the address there, whatever the tag's name is.
        (Gitlab, Kind::Release) => format!("-/releases/{number}"),
        (Forgejo, Kind::PullRequest) => format!("pulls/{number}"),
        (Forgejo, Kind::Branch) => format!("src/branch/{path}"),
        (Forgejo, Kind::Tag) => format!("src/tag/{path}"),
        (Pagure, Kind::PullRequest) => format!("pull-request/{number}"),
        (Pagure, Kind::Issue) => format!("issue/{number}"),
        (Pagure, Kind::Branch) => format!("tree/{path}"),
        // It has one page of all its tags, and none of each.
        (Pagure, Kind::Tag | Kind::Release) => "releases".to_owned(),
    })
}

/// A part of an address without anything that means something in one.
pub(super) fn segment(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, SEGMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sites() -> Sites {
        Sites::new([
            ("Git.Example".to_owned(), SiteKind::Github, "https://people.git.example/".to_owned()),
            ("codeberg.org".to_owned(), SiteKind::Forgejo, "https://codeberg.org".to_owned()),
            ("odd.example".to_owned(), SiteKind::Github, "javascript:alert(1)".to_owned()),
        ])
    }

    fn link(there: &There) -> String {
        there.href(&sites()).unwrap().to_string()
    }

    #[test]
    fn names_cannot_leave_their_place_in_the_address() {
        let packit = ProjectKey::new("github.com", "packit", "ogr");
        let reference = |kind, name| link(&There::reference(&packit, kind, name));
        assert_eq!(reference(ReferenceKind::PullRequest, "42"), "https://github.com/packit/ogr/pull/42");
        assert_eq!(
            reference(ReferenceKind::Branch, "a/b?c#d"),
            "https://github.com/packit/ogr/tree/a/b%3Fc%23d"
        );
        assert_eq!(
            reference(ReferenceKind::Issue, "../x\"><"),
            "https://github.com/packit/ogr/issues/..%2Fx%22%3E%3C"
        );
        assert_eq!(link(&There::commit(&packit, "abc")), "https://github.com/packit/ogr/commit/abc");
    }

    #[test]
    fn each_kind_of_forge_has_addresses_of_its_own() {
        for (forge, base, project, [pull, issue, branch, tag, release, commit]) in [
            (
                "git.example",
                "https://people.git.example",
                "packit/ogr",
                ["pull/7", "issues/7", "tree/a/b", "tree/v1", "releases/tag/v1", "commit/abc"],
            ),
            (
                "gitlab.com",
                "https://gitlab.com",
                "group/sub/hello",
                [
                    "-/merge_requests/7",
                    "-/issues/7",
                    "-/tree/a/b",
                    "-/tags/v1",
                    "-/releases/v1",
                    "-/commit/abc",
                ],
            ),
            (
                "codeberg.org",
                "https://codeberg.org",
                "packit/ogr",
                ["pulls/7", "issues/7", "src/branch/a/b", "src/tag/v1", "releases/tag/v1", "commit/abc"],
            ),
            (
                "src.fedoraproject.org",
                "https://src.fedoraproject.org",
                "rpms/hello",
                ["pull-request/7", "issue/7", "tree/a/b", "releases", "releases", "c/abc"],
            ),
        ] {
            let key: ProjectKey = format!("{forge}/{project}").parse().unwrap();
            let base = format!("{base}/{project}");
            assert_eq!(link(&There::project(&key)), base);
            assert_eq!(link(&There::commit(&key, "abc")), format!("{base}/{commit}"));
            for (kind, name, rest) in [
                (ReferenceKind::PullRequest, "7", pull),
                (ReferenceKind::Issue, "7", issue),
                (ReferenceKind::Branch, "a/b", branch),
                (ReferenceKind::Tag, "v1", tag),
                (ReferenceKind::Release, "v1", release),
            ] {
                assert_eq!(link(&There::reference(&key, kind, name)), format!("{base}/{rest}"));
            }
            assert_eq!(There::reference(&key, ReferenceKind::KojiTag, "f43").href(&sites()), None);
        }
    }

    #[test]
    fn a_forge_whose_addresses_are_not_known_gets_no_links() {
        for forge in ["github.com.evil.example", "", "odd.example"] {
            let elsewhere = ProjectKey::new(forge, "packit", "ogr");
            assert_eq!(There::project(&elsewhere).href(&sites()), None, "{forge}");
            let branch = There::reference(&elsewhere, ReferenceKind::Branch, "main");
            assert_eq!(branch.href(&sites()), None, "{forge}");
        }
    }
}
