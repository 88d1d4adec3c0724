//! RabbitMQ for tests: a real broker on loopback ports of its own (`docs/contracts.md` 7, last point).

mod certificates;
mod node;

use std::process::Child;
use std::sync::{Mutex, OnceLock};

use anyhow::Result;

use crate::skip::missing_peer;
pub use certificates::Certificates;
use node::Node;
pub use node::server_program;

/// A running broker. It is stopped and all it wrote is removed when this value is dropped or the process ends, even by
/// SIGKILL. It starts in ten seconds, on a busy machine in forty: tests of a program share one where they can.
#[derive(Debug)]
pub struct Broker {
    node: Node,
    watcher: Mutex<Child>,
    certificates: Option<Certificates>,
}

impl Broker {
    /// The broker that all tests of this process share; tests take exchanges and queues that nobody else has. If RabbitMQ is
    /// not installed, `test` is skipped by name and there is none.
    ///
    /// # Panics
    ///
    /// If it does not start, and under `CI=true` if RabbitMQ is not installed.
    pub fn shared(test: &str) -> Option<&'static Self> {
        static SHARED: OnceLock<Option<Broker>> = OnceLock::new();
        let start =
            || server_program().map(|_| Self::start(None).unwrap_or_else(|error| panic!("{error:#}")));
        let shared = SHARED.get_or_init(start).as_ref();
        if shared.is_none() {
            missing_peer(test, "RabbitMQ");
        }
        shared
    }

    /// A broker of this test alone, which may take it away.
    ///
    /// # Panics
    ///
    /// As [`Broker::shared`].
    pub fn own(test: &str) -> Option<Self> {
        if server_program().is_none() {
            missing_peer(test, "RabbitMQ");
            return None;
        }
        Some(Self::start(None).unwrap_or_else(|error| panic!("{error:#}")))
    }

    /// A broker that lets nobody in without a certificate, as Fedora's. The user of [`Certificates`] may do everything.
    ///
    /// # Panics
    ///
    /// As [`Broker::shared`]; OpenSSL's program is needed too.
    pub fn encrypted(test: &str) -> Option<Self> {
        if server_program().is_none() || !Certificates::can_be_made() {
            missing_peer(test, "RabbitMQ or OpenSSL");
            return None;
        }
        let start = || Self::start(Some(Certificates::make()?));
        Some(start().unwrap_or_else(|error| panic!("{error:#}")))
    }

    fn start(certificates: Option<Certificates>) -> Result<Self> {
        let (node, watcher) = Node::prepare(certificates.as_ref())?;
        // From here on the watcher cleans up.
        let broker = Self { node, watcher: Mutex::new(watcher), certificates };
        broker.node.start()?;
        Ok(broker)
    }

    /// Where to connect, as somebody who may do everything.
    #[must_use]
    pub fn url(&self) -> String {
        let port = self.node.port();
        match self.certificates {
            Some(_) => format!("amqps://packflow:@localhost:{port}/%2F"),
            None => format!("amqp://guest:guest@127.0.0.1:{port}/%2F"),
        }
    }

    /// The certificates of an encrypted broker.
    ///
    /// # Panics
    ///
    /// If it is not encrypted.
    #[must_use]
    pub fn certificates(&self) -> &Certificates {
        self.certificates.as_ref().expect("an encrypted broker")
    }

    /// Takes the broker away as a crash does: lasting queues and messages stay.
    ///
    /// # Panics
    ///
    /// If it cannot be killed.
    pub fn take_away(&self) {
        self.node.kill().unwrap_or_else(|error| panic!("{error:#}"));
    }

    /// Brings it back where it was, with what it had.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub fn bring_back(&self) {
        self.node.start().unwrap_or_else(|error| panic!("{error:#}"));
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let Ok(mut watcher) = self.watcher.lock() else { return };
        drop(watcher.stdin.take());
        // If it cannot be waited for, the watcher still does its work.
        let _ = watcher.wait();
    }
}
