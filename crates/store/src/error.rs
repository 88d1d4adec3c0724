//! What can go wrong in the store.

/// The result of a statement.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused, or could not be reached.
    #[error("the database could not do it")]
    Database(#[source] sqlx::Error),
    /// It says nothing, for longer than the caller waits: its line may be dead.
    #[error("the database does not answer")]
    Silent,
    /// A migration failed.
    #[error("the database's schema could not be brought to what this version needs")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The database has a migration that this version does not know.
    #[error(
        "the database was migrated by a newer version of Packflow (migration {0} is not known here); start that version \
         or a newer one"
    )]
    NewerSchema(i64),
    /// A database that is to be begun keeps its texts in this, and not in UTF-8.
    #[error(
        "the database's encoding is {0}, and UTF8 is needed: CREATE DATABASE ... TEMPLATE template0 ENCODING 'UTF8' makes one"
    )]
    Encoding(String),
    /// There is no such row.
    #[error("there is no {0}")]
    NotFound(String),
    /// The system gives no random numbers to make a secret of.
    #[error("the system gives no random numbers: {0}")]
    NoRandomness(String),
    /// A row says what this version does not understand.
    #[error("the database holds what this version does not understand: {0}")]
    Unreadable(String),
}

impl Error {
    /// Whether the same call may well succeed in a moment: the connection was lost, a deadlock, a serialization failure.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Database(error) => match error {
                sqlx::Error::Io(_)
                | sqlx::Error::PoolTimedOut
                | sqlx::Error::PoolClosed
                | sqlx::Error::WorkerCrashed
                | sqlx::Error::Protocol(_) => true,
                sqlx::Error::Database(error) => error.code().is_some_and(|code| is_passing_code(&code)),
                _ => false,
            },
            Self::Silent => true,
            Self::Migration(_)
            | Self::NewerSchema(_)
            | Self::Encoding(_)
            | Self::NotFound(_)
            | Self::NoRandomness(_)
            | Self::Unreadable(_) => false,
        }
    }
}

/// PostgreSQL's codes are five characters, whose first two are a class: 08 the connection, 40 rolled back by the database, 53
/// out of resources, 57P shutting down or starting. SQLite's are numbers, whose last byte says what kind: 5 busy, 6 locked, 10
/// the disk failed, 13 it is full.
fn is_passing_code(code: &str) -> bool {
    if code.len() == 5 {
        return ["08", "40", "53", "57P"].iter().any(|class| code.starts_with(class));
    }
    code.parse::<i32>().is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13))
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error {
            // The driver does not hand on what the word's own parser said.
            sqlx::Error::ColumnDecode { index, .. } => Self::Unreadable(format!("a value of column {index}")),
            other => Self::Database(other),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for Error {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(version) => Self::NewerSchema(version),
            other => Self::Migration(other),
        }
    }
}

impl From<domain::UnknownWord> for Error {
    fn from(word: domain::UnknownWord) -> Self {
        Self::Unreadable(word.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::is_passing_code;

    #[test]
    fn busy_and_restarting_pass_and_broken_rules_do_not() {
        for code in [
            "08006", "40001", "40P01", "53300", "57P01", "57P03", "5", "6", "261", "517", "773", "13", "5386",
        ] {
            assert!(is_passing_code(code), "{code}");
        }
        for code in ["23505", "P0001", "42P01", "57014", "19", "531", "787", "1811", "2067", ""] {
            assert!(!is_passing_code(code), "{code}");
        }
    }
}
