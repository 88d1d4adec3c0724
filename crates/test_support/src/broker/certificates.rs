//! Certificates of an authority that lives as long as a test.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use tempfile::TempDir;

/// The user that the client's certificate names.
const USER: &str = "packflow";

/// An authority, and what it vouches for: a server on loopback and a client.
#[derive(Debug)]
pub struct Certificates {
    folder: TempDir,
}

impl Certificates {
    /// Whether OpenSSL's program is there.
    #[must_use]
    pub fn can_be_made() -> bool {
        Command::new("openssl").arg("version").output().is_ok_and(|output| output.status.success())
    }

    /// Makes them anew, with OpenSSL's program.
    ///
    /// # Errors
    ///
    /// If it cannot, with what it said.
    pub fn make() -> Result<Self> {
        let made = Self { folder: tempfile::Builder::new().prefix("packflow-certificates-").tempdir()? };
        made.openssl(
            "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=packflow-test -keyout ca.key -out ca.pem",
        )?;
        std::fs::write(made.folder.path().join("server.ext"), "subjectAltName=DNS:localhost,IP:127.0.0.1\n")?;
        std::fs::write(made.folder.path().join("client.ext"), "extendedKeyUsage=clientAuth\n")?;
        for (name, user) in [("server", "localhost"), ("client", USER)] {
            made.openssl(&format!(
                "req -newkey rsa:2048 -nodes -subj /CN={user} -keyout {name}.key -out {name}.csr"
            ))?;
            made.openssl(&format!(
                "x509 -req -in {name}.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile {name}.ext -out {name}.pem"
            ))?;
        }
        Ok(made)
    }

    fn openssl(&self, arguments: &str) -> Result<()> {
        let mut openssl = Command::new("openssl");
        openssl.args(arguments.split(' ')).current_dir(self.folder.path());
        let output = openssl.output().context("cannot run openssl")?;
        ensure!(output.status.success(), "openssl {arguments}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// The authority's certificate.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The client's certificate.
    #[must_use]
    pub fn client(&self) -> PathBuf {
        self.folder.path().join("client.pem")
    }

    /// The private key of the client's certificate.
    #[must_use]
    pub fn client_key(&self) -> PathBuf {
        self.folder.path().join("client.key")
    }

    /// What a broker is set to that lets in nobody else; what it reads is copied into its folder.
    pub(super) fn settings(&self, folder: &Path, port: u16) -> Result<String> {
        for name in ["ca.pem", "server.pem", "server.key"] {
            std::fs::copy(self.folder.path().join(name), folder.join(name))?;
        }
        make_readable(&folder.join("server.key"))?;
        let definitions = format!(
            r#"{{"users": [{{"name": "{USER}", "password_hash": "", "tags": ""}}], "vhosts": [{{"name": "/"}}],
                "permissions": [{{"user": "{USER}", "vhost": "/", "configure": ".*", "write": ".*", "read": ".*"}}]}}"#
        );
        std::fs::write(folder.join("definitions.json"), definitions)?;
        let at = |name: &str| folder.join(name).display().to_string();
        let mut settings = String::new();
        for (key, value) in [
            ("listeners.tcp", "none".to_owned()),
            ("listeners.ssl.1", format!("127.0.0.1:{port}")),
            ("ssl_options.cacertfile", at("ca.pem")),
            ("ssl_options.certfile", at("server.pem")),
            ("ssl_options.keyfile", at("server.key")),
            ("ssl_options.verify", "verify_peer".to_owned()),
            ("ssl_options.fail_if_no_peer_cert", "true".to_owned()),
            ("ssl_cert_login_from", "common_name".to_owned()),
            ("auth_mechanisms.1", "EXTERNAL".to_owned()),
            ("load_definitions", at("definitions.json")),
        ] {
            writeln!(settings, "{key} = {value}")?;
        }
        Ok(settings)
    }
}

/// It is read by another account; the folder is that account's alone.
fn make_readable(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644))?;
    Ok(())
}
