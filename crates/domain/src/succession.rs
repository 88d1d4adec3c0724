//! Which of two commits of a pull request is the newer one, whatever the order of delivery (`docs/acceptance.md` A25).

use std::collections::{BTreeMap, BTreeSet};

/// A commit of a pull request as a delivery told it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pushed {
    /// The commit.
    pub hash: String,
    /// The commit before it, if the delivery says so.
    pub before: Option<String>,
}

/// Where a commit stands among those that are known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Succession {
    /// All others came before it, or there are none.
    Newest,
    /// This one came after it.
    SupersededBy(String),
    /// What was delivered does not tell: the forge knows.
    Unknown,
}

/// Tells where `new` stands among the `known` commits, by the chain of `before` -> `hash`.
pub fn succession(new: &Pushed, known: &[Pushed]) -> Succession {
    let mut after: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for pushed in known.iter().chain([new]) {
        if let Some(before) = &pushed.before {
            after.entry(before).or_default().insert(&pushed.hash);
        }
    }
    let later = reachable(&new.hash, &after);
    if let Some(by) = known.iter().find(|pushed| later.contains(pushed.hash.as_str())) {
        // A force push may go back to an earlier commit: then each is after the other.
        if reachable(&by.hash, &after).contains(new.hash.as_str()) {
            return Succession::Unknown;
        }
        return Succession::SupersededBy(by.hash.clone());
    }
    let all_before = known
        .iter()
        .filter(|pushed| pushed.hash != new.hash)
        .all(|pushed| reachable(&pushed.hash, &after).contains(new.hash.as_str()));
    if all_before { Succession::Newest } else { Succession::Unknown }
}

/// What comes after a commit.
fn reachable<'a>(from: &str, after: &BTreeMap<&str, BTreeSet<&'a str>>) -> BTreeSet<&'a str> {
    let mut found: BTreeSet<&'a str> = BTreeSet::new();
    let mut open: Vec<&'a str> = after.get(from).into_iter().flatten().copied().collect();
    while let Some(hash) = open.pop() {
        if found.insert(hash) {
            open.extend(after.get(hash).into_iter().flatten());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{Pushed, Succession, succession};

    fn pushed(hash: &str, before: Option<&str>) -> Pushed {
        Pushed { hash: hash.to_owned(), before: before.map(str::to_owned) }
    }

    #[test]
    fn a25_the_newer_commit_wins_whatever_the_order_of_delivery() {
        let (first, second, third) = (pushed("a", None), pushed("b", Some("a")), pushed("c", Some("b")));
        assert_eq!(succession(&first, &[]), Succession::Newest);
        assert_eq!(succession(&second, std::slice::from_ref(&first)), Succession::Newest);
        assert_eq!(
            succession(&second, &[first.clone(), third.clone()]),
            Succession::SupersededBy("c".into())
        );
        assert_eq!(succession(&third, &[first.clone(), second.clone()]), Succession::Newest);
        assert_eq!(succession(&first, &[second]), Succession::SupersededBy("b".into()));
    }

    #[test]
    fn what_the_deliveries_do_not_tell_is_asked() {
        let (a, c) = (pushed("a", None), pushed("c", Some("b")));
        assert_eq!(succession(&c, std::slice::from_ref(&a)), Succession::Unknown, "b was never delivered");
        let back = pushed("a", Some("b"));
        assert_eq!(succession(&back, &[a, pushed("b", Some("a"))]), Succession::Unknown, "force pushed back");
    }

    #[test]
    fn the_same_commit_again_supersedes_nothing() {
        let a = pushed("a", None);
        assert_eq!(succession(&a, std::slice::from_ref(&a)), Succession::Newest);
    }
}
