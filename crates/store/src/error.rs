//! What can go wrong in the store.

/// The result of a statement.
pub type Result<T> = std::result::Result<T, Error>;

/// Why the store could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database refused, or could not be reached.
    #[error("the database could not do it")]
    Database(#[source] sqlx::Error),
    /// A migration failed.
    #[error("the database's schema could not be brought to what this version needs")]
    Migration(#[source] sqlx::migrate::MigrateError),
    /// The database has a migration that this version does not know.
    #[error(
        "the database was migrated by a newer version of Packflow (migration {0} is not known here); start that version \
         or a newer one"
    )]
    NewerSchema(i64),
    /// There is no such row.
    #[error("there is no {0}")]
    NotFound(String),
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
                // 40: rolled back by the database; 53: out of resources; 57P: shutting down or starting;
                // 5 and 261: SQLite is busy.
                sqlx::Error::Database(error) => error.code().is_some_and(|code| {
                    ["40", "53", "57P", "08"].iter().any(|class| code.starts_with(class))
                        || code == "5"
                        || code == "261"
                        || code == "517"
                }),
                _ => false,
            },
            Self::Migration(_) | Self::NewerSchema(_) | Self::NotFound(_) | Self::Unreadable(_) => false,
        }
    }
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
