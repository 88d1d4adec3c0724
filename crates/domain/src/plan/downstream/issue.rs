use crate::words::ProjectKey;

/// What stands before the address of the package in the first line of an issue about it.
const BEFORE_ADDRESS: &str = "dist-git (";
/// What stands behind it.
const BEHIND_ADDRESS: &str = "):";
/// The most branches that an issue may name.
const MOST_BRANCHES: usize = 50;

/// What an issue says that failed at dist-git: `/packit koji-build` below it means just that (`docs/contracts.md` 8.6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedThere {
    /// The package's repository.
    pub project: ProjectKey,
    /// The branches that it names, in their order.
    pub branches: Vec<String>,
}

impl FailedThere {
    /// Reads an issue: the first line ends in `dist-git (ADDRESS):`, and below it the first cell of each row of a table names a
    /// branch. None if it is no such issue.
    pub fn of_issue(text: &str) -> Option<Self> {
        let mut lines = text.lines();
        let (_, address) = lines.next()?.rsplit_once(BEFORE_ADDRESS)?;
        let (address, _) = address.split_once(BEHIND_ADDRESS)?;
        let project = ProjectKey::of_address(address)?;
        let mut branches: Vec<String> = Vec::new();
        for line in lines.map(str::trim).filter(|line| line.starts_with('|')) {
            let cell = line.trim_start_matches('|').split('|').next().unwrap_or_default().trim();
            let Some(name) = cell.strip_prefix('`').and_then(|cell| cell.strip_suffix('`')) else { continue };
            let is_new = !branches.iter().any(|known| known == name);
            if is_new && super::super::targets::is_name(name) && branches.len() < MOST_BRANCHES {
                branches.push(name.to_owned());
            }
        }
        (!branches.is_empty()).then_some(Self { project, branches })
    }
}

#[cfg(test)]
mod tests {
    use super::FailedThere;

    #[test]
    fn an_issue_tells_what_failed_for_which_branches() {
        let text = "Packit failed on creating Koji build in dist-git (https://src.fedoraproject.org/rpms/ogr):\n\n\
            | dist-git branch | error |\n| --- | --- |\n| `f42` | `no` |\n| `f43` | see `f9` |\n| `f42` | again |\n| `--x` | |\n";
        let failed = FailedThere::of_issue(text).unwrap();
        assert_eq!(failed.project.to_string(), "src.fedoraproject.org/rpms/ogr");
        assert_eq!(failed.branches, ["f42", "f43"]);
    }

    #[test]
    fn any_other_issue_tells_nothing() {
        for text in [
            "",
            "It does not build\n| `f42` | no |",
            "In dist-git (http://src.fedoraproject.org/rpms/ogr):\n| `f42` | no |",
            "In dist-git (https://src.fedoraproject.org):\n| `f42` | no |",
            "In dist-git (https://src.fedoraproject.org/rpms/ogr):\nnothing",
        ] {
            assert_eq!(FailedThere::of_issue(text), None, "{text}");
        }
    }
}
