//! Where a database is, without ever showing its password.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::Dialect;

/// The address of a database: `sqlite://PATH` or `postgres://...`. Shown, it has its password left out.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: String,
    dialect: Dialect,
}

/// Text that is no database's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidDatabaseUrl {
    /// It begins with no known scheme.
    #[error(
        "a database is written sqlite://PATH, postgres://USER@HOST/NAME, or @FILE for a file that holds one of these"
    )]
    Scheme,
    /// It names a database in memory.
    #[error(
        "a database in memory would be gone with the process, and each command has its own: name a file, sqlite://PATH"
    )]
    Memory,
    /// It begins with `~`, which a shell replaces only where a word begins with it.
    #[error(
        "`~` means nothing in an address: write the whole path, sqlite:///home/NAME/FILE or sqlite://$HOME/FILE"
    )]
    Home,
    /// The file that should hold it could not be read.
    #[error("the file {path} that should hold the database's address cannot be read: {reason}")]
    File {
        /// The file.
        path: String,
        /// Why it cannot be read.
        reason: String,
    },
}

impl DatabaseUrl {
    /// Reads an address; `@FILE` names a file that holds it, so that no password stands in arguments.
    ///
    /// # Errors
    /// If it has no known scheme, or the file cannot be read.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        let Some(path) = text.strip_prefix('@') else { return text.parse() };
        let read = std::fs::read_to_string(path)
            .map_err(|error| InvalidDatabaseUrl::File { path: path.to_owned(), reason: error.to_string() })?;
        read.trim().parse()
    }

    /// The address of a SQLite file.
    pub fn sqlite(path: &Path) -> Self {
        Self { text: format!("sqlite://{}", path.display()), dialect: Dialect::Sqlite }
    }

    /// The file of a SQLite database; none for PostgreSQL.
    pub fn path(&self) -> Option<&Path> {
        let path = self.text.strip_prefix("sqlite:")?;
        let path = path.strip_prefix("//").unwrap_or(path);
        Some(Path::new(path.split_once('?').map_or(path, |(path, _)| path)))
    }

    /// Which database it names.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Whether the address holds a password, which arguments should not.
    pub fn has_password(&self) -> bool {
        self.text != self.redacted()
    }

    /// The whole address, password and all: for the driver only.
    pub(crate) fn expose(&self) -> &str {
        &self.text
    }

    fn redacted(&self) -> String {
        let Some((scheme, rest)) = self.text.split_once("://") else { return self.text.clone() };
        let authority_end = rest.find(['/', '?']).unwrap_or(rest.len());
        // A password may hold `@` and `/` unescaped; the host begins behind the last `@`.
        let Some(host_start) = rest.rfind('@') else { return redact_parameters(&self.text) };
        let user_end = rest[..host_start].find(':');
        let shown = match user_end {
            Some(colon) if colon < authority_end.max(host_start) => {
                format!("{scheme}://{}:***{}", &rest[..colon], &rest[host_start..])
            }
            _ => self.text.clone(),
        };
        redact_parameters(&shown)
    }
}

/// Leaves out the value of a `password` parameter.
fn redact_parameters(url: &str) -> String {
    let Some((path, parameters)) = url.split_once('?') else { return url.to_owned() };
    let parameters: Vec<String> = parameters
        .split('&')
        .map(|parameter| match parameter.split_once('=') {
            Some((key @ ("password" | "sslpassword"), _)) => format!("{key}=***"),
            _ => parameter.to_owned(),
        })
        .collect();
    format!("{path}?{}", parameters.join("&"))
}

impl FromStr for DatabaseUrl {
    type Err = InvalidDatabaseUrl;

    fn from_str(text: &str) -> Result<Self, InvalidDatabaseUrl> {
        let dialect = if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            Dialect::Postgres
        } else if text.strip_prefix("sqlite:").is_some_and(|path| !path.trim_start_matches('/').is_empty()) {
            Dialect::Sqlite
        } else {
            return Err(InvalidDatabaseUrl::Scheme);
        };
        let url = Self { text: text.to_owned(), dialect };
        let parameters = text.split_once('?').map_or("", |(_, parameters)| parameters);
        match url.path() {
            Some(path)
                if path == Path::new(":memory:") || parameters.split('&').any(|it| it == "mode=memory") =>
            {
                Err(InvalidDatabaseUrl::Memory)
            }
            Some(path) if path.to_string_lossy().starts_with('~') => Err(InvalidDatabaseUrl::Home),
            _ => Ok(url),
        }
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.redacted())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::{DatabaseUrl, InvalidDatabaseUrl};

    #[test]
    fn a_password_is_never_shown() {
        for (url, shown) in [
            ("postgres://packflow:s3cret@db/packflow", "postgres://packflow:***@db/packflow"),
            ("postgres://packflow:p@ss/w:rd@db/packflow", "postgres://packflow:***@db/packflow"),
            ("postgres://db/packflow?user=a&password=s3cret", "postgres://db/packflow?user=a&password=***"),
            ("postgres://packflow@db/packflow", "postgres://packflow@db/packflow"),
            ("postgres:///packflow?host=/run/postgresql", "postgres:///packflow?host=/run/postgresql"),
            ("sqlite:///var/lib/packflow/packflow.sqlite", "sqlite:///var/lib/packflow/packflow.sqlite"),
        ] {
            let parsed: DatabaseUrl = url.parse().unwrap();
            assert_eq!(parsed.to_string(), shown);
            assert_eq!(format!("{parsed:?}"), format!("DatabaseUrl({shown})"));
            assert_eq!(parsed.has_password(), url.contains("s3cret") || url.contains("p@ss"));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_way_out() {
        for text in ["", "packflow.sqlite", "mysql://db", "sqlite://"] {
            let error = DatabaseUrl::parse(text).unwrap_err().to_string();
            assert!(error.contains("sqlite://PATH"), "{error}");
        }
        for text in ["sqlite::memory:", "sqlite://:memory:", "sqlite://x?cache=shared&mode=memory"] {
            assert_eq!(DatabaseUrl::parse(text), Err(InvalidDatabaseUrl::Memory), "{text}");
        }
        for text in
            ["sqlite://~/packflow.sqlite", "sqlite:~/packflow.sqlite", "sqlite://~jan/packflow.sqlite"]
        {
            assert_eq!(DatabaseUrl::parse(text), Err(InvalidDatabaseUrl::Home), "{text}");
        }
        assert!(DatabaseUrl::parse("sqlite:///folder/~packflow.sqlite").is_ok());
        assert!(DatabaseUrl::parse("@/nonexistent").unwrap_err().to_string().contains("/nonexistent"));
    }
}
