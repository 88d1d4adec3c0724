//! Who asks, and so what they may see.

use domain::ids::ProjectId;

use super::question::Value;

/// Who asks. Every read takes one: what a viewer may not see is not there for them.
///
/// A project that its forge has not called public is seen only by those who are known to be allowed to
/// (`docs/design.md` section 6); statements compare with it as
/// `(p.visibility = 'public' OR $n = 'all' OR $n LIKE '%,' || p.id || ',%')`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Viewer {
    /// Anybody: public projects.
    #[default]
    Public,
    /// Somebody whom the forge lets read these projects, besides the public ones.
    Including(Vec<ProjectId>),
    /// The worker and those who run the service: all projects.
    Everything,
}

impl Viewer {
    /// As statements are told.
    pub(super) fn value(&self) -> Value {
        Value::Text(match self {
            Self::Public => String::new(),
            Self::Everything => "all".to_owned(),
            Self::Including(projects) => {
                projects.iter().fold(",".to_owned(), |told, project| format!("{told}{project},"))
            }
        })
    }

    /// Whether they may see a project of this visibility.
    pub fn sees(&self, project: i64, visibility: domain::words::Visibility) -> bool {
        visibility == domain::words::Visibility::Public
            || match self {
                Self::Public => false,
                Self::Including(projects) => projects.contains(&ProjectId(project)),
                Self::Everything => true,
            }
    }
}
