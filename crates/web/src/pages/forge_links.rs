//! Where a project, a reference and a commit stand on their forge.
//!
//! Addresses are put together from parts that are escaped one by one, and only for a forge whose addresses are known;
//! nothing is taken over from a payload.

use domain::words::{ProjectKey, ReferenceKind};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::text::Href;

/// Everything but what never needs escaping (RFC 3986, 2.3).
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for names that hold slashes.
const SEGMENTS: &AsciiSet = &SEGMENT.remove(b'/');

/// The project's page.
pub(super) fn project(project: &ProjectKey) -> Option<Href> {
    Href::new(&base(project)?)
}

/// The reference's page.
pub(super) fn reference(project: &ProjectKey, kind: ReferenceKind, name: &str) -> Option<Href> {
    let base = base(project)?;
    let number = || utf8_percent_encode(name, SEGMENT);
    let path = || utf8_percent_encode(name, SEGMENTS);
    Href::new(&match kind {
        ReferenceKind::PullRequest => format!("{base}/pull/{}", number()),
        ReferenceKind::Issue => format!("{base}/issues/{}", number()),
        ReferenceKind::Branch | ReferenceKind::Tag => format!("{base}/tree/{}", path()),
        ReferenceKind::Release => format!("{base}/releases/tag/{}", path()),
        ReferenceKind::KojiTag | ReferenceKind::AnityaVersion => return None,
    })
}

/// The commit's page.
pub(super) fn commit(project: &ProjectKey, hash: &str) -> Option<Href> {
    Href::new(&format!("{}/commit/{}", base(project)?, utf8_percent_encode(hash, SEGMENT)))
}

/// A part of an address without anything that means something in one.
pub(super) fn segment(text: &str) -> impl std::fmt::Display {
    utf8_percent_encode(text, SEGMENT)
}

fn base(project: &ProjectKey) -> Option<String> {
    (project.forge == "github.com").then(|| {
        let namespace = utf8_percent_encode(&project.namespace, SEGMENTS);
        format!("https://github.com/{namespace}/{}", utf8_percent_encode(&project.name, SEGMENT))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_their_place_in_the_address() {
        let packit = ProjectKey::new("github.com", "packit", "ogr");
        let link = |kind, name| reference(&packit, kind, name).unwrap().to_string();
        assert_eq!(link(ReferenceKind::PullRequest, "42"), "https://github.com/packit/ogr/pull/42");
        assert_eq!(link(ReferenceKind::Branch, "a/b?c#d"), "https://github.com/packit/ogr/tree/a/b%3Fc%23d");
        assert_eq!(
            link(ReferenceKind::Issue, "../x\"><"),
            "https://github.com/packit/ogr/issues/..%2Fx%22%3E%3C"
        );
        assert_eq!(commit(&packit, "abc").unwrap().to_string(), "https://github.com/packit/ogr/commit/abc");
    }

    #[test]
    fn a_forge_whose_addresses_are_not_known_gets_no_links() {
        let elsewhere = ProjectKey::new("github.com.evil.example", "packit", "ogr");
        assert_eq!(project(&elsewhere), None);
        assert_eq!(reference(&elsewhere, ReferenceKind::Branch, "main"), None);
    }
}
