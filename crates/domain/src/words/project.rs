use crate::text_enum::text_enum;

text_enum! {
    /// Who may see a project on its forge.
    pub enum Visibility("visibility") {
        /// Everybody.
        Public = "public",
        /// Only whom the forge lets.
        Private = "private",
        /// The forge has not said; treated as private where it matters.
        Unknown = "unknown",
    }
}

/// A repository on a forge, by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct ProjectKey {
    /// The forge's host, in lower case: `github.com`.
    pub forge: String,
    /// The owner; it may hold slashes (GitLab's groups).
    pub namespace: String,
    /// The repository's name.
    pub name: String,
}

/// Text that names no project.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no project; it is written host/namespace/name, for example github.com/packit/ogr")]
pub struct InvalidProject(pub String);

impl ProjectKey {
    /// A project of this forge, namespace and name.
    pub fn new(forge: &str, namespace: &str, name: &str) -> Self {
        Self { forge: forge.to_ascii_lowercase(), namespace: namespace.to_owned(), name: name.to_owned() }
    }

    /// The project that a web address names: `https://host/namespace/name`, with `.git` or a slash at its end or without. None
    /// if it is anything else: it has another scheme, an account, a port, a question, or other signs than names have.
    pub fn of_address(address: &str) -> Option<Self> {
        let path = address.strip_prefix("https://")?.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let is_plain = |sign: char| sign.is_ascii_alphanumeric() || "._-+".contains(sign);
        let is_name = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(is_plain);
        path.split('/').all(is_name).then(|| path.parse().ok()).flatten()
    }

    /// Where git fetches its commits. Those of a fork at Pagure are elsewhere than its pages (`docs/contracts.md` 2.3).
    pub fn clone_url(&self) -> String {
        let Self { forge, namespace, name } = self;
        match namespace.strip_prefix("fork/").filter(|rest| rest.ends_with("/rpms")) {
            Some(of) => format!("https://{forge}/forks/{of}/{name}"),
            None => format!("https://{self}"),
        }
    }
}

impl std::fmt::Display for ProjectKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}/{}", self.forge, self.namespace, self.name)
    }
}

impl std::str::FromStr for ProjectKey {
    type Err = InvalidProject;

    fn from_str(text: &str) -> Result<Self, InvalidProject> {
        let invalid = || InvalidProject(text.to_owned());
        let (forge, path) = text.split_once('/').ok_or_else(invalid)?;
        let (namespace, name) = path.rsplit_once('/').ok_or_else(invalid)?;
        if [forge, namespace, name].iter().any(|part| part.is_empty()) {
            return Err(invalid());
        }
        Ok(Self::new(forge, namespace, name))
    }
}

#[cfg(test)]
mod tests {
    use super::ProjectKey;

    #[test]
    fn a_forks_commits_are_elsewhere_than_its_pages() {
        let of = |namespace: &str| ProjectKey::new("src.example", namespace, "ogr").clone_url();
        assert_eq!(of("fork/ann/rpms"), "https://src.example/forks/ann/rpms/ogr");
        assert_eq!(of("rpms"), "https://src.example/rpms/ogr");
        assert_eq!(of("fork/group"), "https://src.example/fork/group/ogr");
    }

    #[test]
    fn an_address_names_a_project_and_nothing_else() {
        let named = |address: &str| ProjectKey::of_address(address).map(|key| key.to_string());
        let expected = Some("github.com/gnu/hello".to_owned());
        for address in [
            "https://github.com/gnu/hello",
            "https://GitHub.com/gnu/hello.git",
            "https://github.com/gnu/hello/",
        ] {
            assert_eq!(named(address), expected, "{address}");
        }
        for wrong in [
            "http://github.com/gnu/hello",
            "file:///etc/passwd",
            "https://me:secret@github.com/gnu/hello",
            "https://127.0.0.1:80/gnu/hello",
            "https://github.com/gnu/../hello",
            "https://github.com/gnu//hello",
            "https://github.com/gnu/hello?x",
            "https://github.com/hello",
            "https://github.com",
        ] {
            assert_eq!(named(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_namespace_may_hold_slashes() {
        let project: ProjectKey = "GitLab.com/redhat/centos-stream/rpms/luksmeta".parse().unwrap();
        assert_eq!(project, ProjectKey::new("gitlab.com", "redhat/centos-stream/rpms", "luksmeta"));
        assert_eq!(project.to_string(), "gitlab.com/redhat/centos-stream/rpms/luksmeta");
        for text in
            ["", "github.com", "github.com/packit", "github.com//ogr", "/packit/ogr", "github.com/packit/"]
        {
            assert!(text.parse::<ProjectKey>().is_err(), "{text}");
        }
    }
}
