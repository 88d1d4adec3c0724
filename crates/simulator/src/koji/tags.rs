//! Tags, the targets behind them, and sidetags.

use serde_json::{Value, json};

use super::store::{ACCOUNT, Koji};
use super::wire::{Arguments, Fault};

#[derive(Debug, Clone)]
pub(super) struct Tag {
    pub(super) id: i64,
    pub(super) name: String,
    /// For a sidetag, the tag that it was made from.
    pub(super) base: Option<String>,
}

/// A build in a tag, from one moment to another, in milliseconds since 1970.
#[derive(Debug)]
pub(super) struct Tagging {
    pub(super) tag: String,
    pub(super) build: i64,
    pub(super) from: i64,
    pub(super) to: Option<i64>,
}

/// Where a target builds and what it is put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Target {
    pub(super) name: String,
    pub(super) build_tag: String,
    pub(super) dest_tag: String,
}

/// The newest release has no branch of its own.
const RAWHIDE: &str = "f45";

/// The targets of a distribution that branches as Fedora and EPEL do.
fn branched(name: &str) -> Option<Target> {
    let branch = name.strip_suffix("-candidate").unwrap_or(name);
    let number = branch.strip_prefix("epel").or_else(|| branch.strip_prefix('f'))?;
    if !number.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let candidate = if branch.starts_with("epel") { "testing-candidate" } else { "updates-candidate" };
    Some(Target {
        name: name.to_owned(),
        build_tag: format!("{branch}-build"),
        dest_tag: format!("{branch}-{candidate}"),
    })
}

impl Koji {
    pub(super) fn target(&self, name: &str) -> Option<Target> {
        if self.tags.get(name).is_some_and(|tag| tag.base.is_some()) {
            let name = name.to_owned();
            return Some(Target { build_tag: name.clone(), dest_tag: name.clone(), name });
        }
        match name {
            "rawhide" => Some(Target {
                name: name.to_owned(),
                build_tag: format!("{RAWHIDE}-build"),
                dest_tag: format!("{RAWHIDE}-updates-candidate"),
            }),
            "eln" => Some(Target {
                name: name.to_owned(),
                build_tag: "eln-build".to_owned(),
                dest_tag: "eln-updates-candidate".to_owned(),
            }),
            _ if name.contains("-side-") => None,
            _ => branched(name),
        }
    }

    /// What the release of a package ends with that is built in a tag.
    pub(super) fn dist_of(&self, build_tag: &str) -> String {
        let base = self.tags.get(build_tag).and_then(|tag| tag.base.as_deref()).unwrap_or(build_tag);
        let branch = base.strip_suffix("-build").unwrap_or(base);
        match (branch.strip_prefix("epel"), branch.strip_prefix('f')) {
            (Some(number), _) => format!("el{}", number.replace('.', "_")),
            (None, Some(number)) => format!("fc{number}"),
            (None, None) => branch.to_owned(),
        }
    }

    /// A tag by name or id. Tags of releases are there when they are asked for.
    pub(super) fn tag(&mut self, which: &Value) -> Option<Tag> {
        if let Some(id) = which.as_i64() {
            return self.tags.values().find(|tag| tag.id == id).cloned();
        }
        let name = which.as_str()?;
        if let Some(tag) = self.tags.get(name) {
            return Some(tag.clone());
        }
        let suffixes = [
            "-build",
            "-updates-candidate",
            "-testing-candidate",
            "-updates-testing",
            "-updates",
            "-testing",
        ];
        let branch = suffixes.iter().find_map(|suffix| name.strip_suffix(suffix)).unwrap_or(name);
        if branch != "eln" && (branched(branch).is_none() || branch.contains('-')) {
            return None;
        }
        let tag = Tag { id: self.next_id(), name: name.to_owned(), base: None };
        self.tags.insert(name.to_owned(), tag.clone());
        Some(tag)
    }

    pub(super) fn tag_or_fault(&mut self, which: &Value) -> Result<Tag, Fault> {
        self.tag(which).ok_or_else(|| Fault::generic(format!("No such tag: {which}")))
    }

    pub(super) fn is_in(&self, build: i64, tag: &str, now: i64) -> bool {
        self.taggings
            .iter()
            .any(|tagging| tagging.build == build && tagging.tag == tag && self.is_open(tagging, now))
    }

    fn is_open(&self, tagging: &Tagging, now: i64) -> bool {
        tagging.from <= now
            && tagging.to.is_none_or(|to| now < to)
            && self.builds.get(&tagging.build).is_some_and(|build| build.is_complete(self, now))
    }

    pub(super) fn get_tag(&mut self, arguments: &Arguments, account: &str) -> Result<Value, Fault> {
        let which = arguments.get(0, "taginfo");
        match self.tag(which) {
            Some(tag) => Ok(tag.shown(account)),
            None if arguments.flag(1, "strict") => Err(Fault::generic(format!("No such tag: {which}"))),
            None => Ok(Value::Null),
        }
    }

    pub(super) fn get_build_target(&mut self, arguments: &Arguments) -> Result<Value, Fault> {
        let name = arguments.text(0, "info")?;
        let Some(target) = self.target(name) else {
            return if arguments.flag(2, "strict") {
                Err(Fault::generic(format!("No such build target: {name}")))
            } else {
                Ok(Value::Null)
            };
        };
        let build_tag = self.tag_or_fault(&json!(target.build_tag))?;
        let dest_tag = self.tag_or_fault(&json!(target.dest_tag))?;
        Ok(json!({
            "id": build_tag.id,
            "name": target.name,
            "build_tag": build_tag.id,
            "build_tag_name": build_tag.name,
            "dest_tag": dest_tag.id,
            "dest_tag_name": dest_tag.name,
        }))
    }

    pub(super) fn list_tagged(
        &mut self,
        arguments: &Arguments,
        account: &str,
        now: i64,
    ) -> Result<Value, Fault> {
        let tag = self.tag_or_fault(arguments.get(0, "tag"))?;
        let package = arguments.get(5, "package").as_str();
        let builds =
            self.taggings.iter().filter(|tagging| tagging.tag == tag.name && self.is_open(tagging, now));
        let builds = builds.filter_map(|tagging| self.builds.get(&tagging.build));
        // The newest first, as Koji has them.
        let builds = builds.filter(|build| package.is_none_or(|package| build.name == package)).rev();
        Ok(builds
            .map(|build| {
                let mut shown = build.shown(self, account, now);
                shown["tag_id"] = tag.id.into();
                shown["tag_name"] = tag.name.as_str().into();
                shown
            })
            .collect())
    }

    pub(super) fn list_tags(
        &mut self,
        arguments: &Arguments,
        account: &str,
        now: i64,
    ) -> Result<Value, Fault> {
        let build = arguments.get(0, "build");
        if build.is_null() {
            return Ok(self.tags.values().map(|tag| tag.shown(account)).collect());
        }
        let id = self.build(build)?.id;
        let names: Vec<String> = self
            .taggings
            .iter()
            .filter(|tagging| tagging.build == id && self.is_open(tagging, now))
            .map(|tagging| tagging.tag.clone())
            .collect();
        names.iter().map(|name| Ok(self.tag_or_fault(&json!(name))?.shown(account))).collect()
    }

    pub(super) fn create_sidetag(&mut self, arguments: &Arguments) -> Result<Value, Fault> {
        let base = self.tag_or_fault(arguments.get(0, "basetag"))?;
        let id = self.next_id();
        let name = format!("{}-side-{id}", base.name);
        self.tags.insert(name.clone(), Tag { id, name: name.clone(), base: Some(base.name) });
        Ok(json!({"name": name, "id": id}))
    }

    pub(super) fn remove_sidetag(&mut self, arguments: &Arguments) -> Result<Value, Fault> {
        let tag = self.tag_or_fault(arguments.get(0, "sidetag"))?;
        if tag.base.is_none() {
            return Err(Fault::generic(format!("Not a sidetag: {}", tag.name)));
        }
        self.tags.remove(&tag.name);
        self.taggings.retain(|tagging| tagging.tag != tag.name);
        Ok(Value::Null)
    }

    pub(super) fn list_sidetags(&mut self, arguments: &Arguments, account: &str) -> Result<Value, Fault> {
        let base = match arguments.get(0, "basetag") {
            Value::Null => None,
            which => Some(self.tag_or_fault(which)?.name),
        };
        let user = arguments.get(1, "user");
        if !user.is_null() && *user != ACCOUNT && *user != account {
            return Ok(json!([]));
        }
        let tags = self.tags.values().filter(|tag| tag.base.is_some());
        let tags = tags.filter(|tag| base.is_none() || tag.base == base);
        Ok(tags
            .map(|tag| json!({"id": tag.id, "name": tag.name, "user_id": ACCOUNT.to_string(), "user_name": account}))
            .collect())
    }
}

impl Tag {
    fn shown(&self, account: &str) -> Value {
        let extra = if self.base.is_some() {
            json!({"sidetag": true, "sidetag_user": account, "sidetag_user_id": ACCOUNT})
        } else {
            json!({})
        };
        json!({
            "id": self.id,
            "name": self.name,
            "arches": "x86_64 aarch64",
            "locked": false,
            "perm": null,
            "perm_id": null,
            "maven_support": false,
            "maven_include_all": false,
            "extra": extra,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Koji;

    #[test]
    fn targets_build_where_their_branch_does() {
        let koji = Koji::default();
        let tags = |name| koji.target(name).map(|target| (target.build_tag, target.dest_tag));
        let both = |build: &str, dest: &str| Some((build.to_owned(), dest.to_owned()));
        assert_eq!(tags("f42-candidate"), both("f42-build", "f42-updates-candidate"));
        assert_eq!(tags("f42"), both("f42-build", "f42-updates-candidate"));
        assert_eq!(tags("rawhide"), both("f45-build", "f45-updates-candidate"));
        assert_eq!(tags("epel10.1-candidate"), both("epel10.1-build", "epel10.1-testing-candidate"));
        assert_eq!(tags("f42-build-side-7"), None);
        assert_eq!(tags("fedora-42-x86_64"), None);
        assert_eq!(koji.dist_of("epel10.1-build"), "el10_1");
        assert_eq!(koji.dist_of("f45-build"), "fc45");
    }
}
