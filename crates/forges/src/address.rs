//! Addresses that a delivery holds. They are never called: a project is read out of them, if they are of the host that the
//! delivery is of.

use domain::words::ProjectKey;
use serde::Deserialize;
use url::Url;

use crate::text::one_line;

/// The longest address that is looked at, in bytes.
const LONGEST: usize = 2048;
/// The most parts that a project's path may have. GitLab's groups nest twenty deep.
const MOST_PARTS: usize = 22;

/// The address of a project's pages, as a delivery tells it.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ProjectAddress {
    /// The host, in lower case, with the port if it is not the usual one.
    pub(crate) host: String,
    namespace: String,
    name: String,
}

impl ProjectAddress {
    /// The project, if its host is this one. An address of another host is refused, with the reason.
    pub(crate) fn at(&self, host: &str) -> Result<ProjectKey, String> {
        if self.host.eq_ignore_ascii_case(host) {
            Ok(ProjectKey::new(host, &self.namespace, &self.name))
        } else {
            Err(format!("a project of {} in a delivery of {host}", one_line(&self.host, 100)))
        }
    }
}

impl TryFrom<String> for ProjectAddress {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let (host, parts) = parts(&text)?;
        match parts.split_last() {
            Some((name, namespace)) if !namespace.is_empty() && parts.len() <= MOST_PARTS => {
                Ok(Self { host, namespace: namespace.join("/"), name: name.clone() })
            }
            _ => Err("not the address of a project (https://host/namespace/name)".to_owned()),
        }
    }
}

/// A project's namespace and name, written `namespace/name`, where a namespace may hold slashes.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ProjectPath {
    namespace: String,
    name: String,
}

impl ProjectPath {
    /// The project of this host.
    pub(crate) fn at(&self, host: &str) -> ProjectKey {
        ProjectKey::new(host, &self.namespace, &self.name)
    }
}

impl TryFrom<String> for ProjectPath {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let parts: Vec<&str> = text.split('/').collect();
        match parts.split_last() {
            Some((name, namespace))
                if !namespace.is_empty()
                    && parts.len() <= MOST_PARTS
                    && parts.iter().all(|part| fits(part)) =>
            {
                Ok(Self { namespace: namespace.join("/"), name: (*name).to_owned() })
            }
            _ => Err("not namespace/name (letters, digits and the signs . _ - +)".to_owned()),
        }
    }
}

/// The host of an address, in lower case and with its port, and the parts of its path.
pub(crate) fn parts(text: &str) -> Result<(String, Vec<String>), String> {
    if text.len() > LONGEST {
        return Err(format!("an address of more than {LONGEST} bytes"));
    }
    let url = Url::parse(text).map_err(|error| format!("not an address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("an address of the kind `{}`, not https", one_line(url.scheme(), 20)));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("an address that holds credentials".to_owned());
    }
    let host = url.host_str().ok_or("an address without a host")?;
    let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
    let path = url.path().trim_matches('/');
    let parts: Vec<String> = path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
    if !parts.iter().all(|part| fits(part)) {
        return Err("an address whose path holds more than letters, digits and the signs . _ - +".to_owned());
    }
    Ok((host.to_ascii_lowercase(), parts))
}

/// What forges let into names, which go into URLs, folders and scripts. A dist-git has a plus in its packages' names.
fn fits(part: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+');
    (1..=255).contains(&part.len()) && part != "." && part != ".." && part.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ProjectAddress, String> {
        ProjectAddress::try_from(text.to_owned())
    }

    #[test]
    fn a_project_is_read_out_of_its_address() {
        let host = "src.fedoraproject.org";
        let key = |text: &str| read(text).unwrap().at(host).unwrap().to_string();
        assert_eq!(key("https://SRC.fedoraproject.org/rpms/gtk+3.0"), "src.fedoraproject.org/rpms/gtk+3.0");
        assert_eq!(
            key("https://src.fedoraproject.org/fork/me/rpms/ftp/"),
            "src.fedoraproject.org/fork/me/rpms/ftp"
        );
    }

    #[test]
    fn what_is_no_address_of_a_project_is_refused() {
        for bad in [
            "",
            "rpms/ftp",
            "file:///etc/passwd",
            "ftp://src.fedoraproject.org/rpms/ftp",
            "https://src.fedoraproject.org",
            "https://src.fedoraproject.org/ftp",
            "https://me:secret@src.fedoraproject.org/rpms/ftp",
            "https://src.fedoraproject.org/rpms/a%2fb",
            "https://src.fedoraproject.org/rpms/a b",
            "data:text/plain,rpms/ftp",
        ] {
            let error = read(bad).unwrap_err();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    #[test]
    fn an_address_of_another_host_is_refused() {
        for other in [
            "https://evil.example/rpms/ftp",
            "http://127.0.0.1/rpms/ftp",
            "http://169.254.169.254/latest/meta-data",
            "http://[::1]/rpms/ftp",
            "https://src.fedoraproject.org:8443/rpms/ftp",
            "https://src.fedoraproject.org.evil.example/rpms/ftp",
        ] {
            assert!(read(other).unwrap().at("src.fedoraproject.org").is_err(), "{other}");
        }
    }
}
