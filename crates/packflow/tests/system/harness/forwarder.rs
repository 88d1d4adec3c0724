//! An address that leads to another one, until it refuses connections.

use std::net::SocketAddr;
use std::sync::Mutex;

use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// Forwards connections to an address.
pub(crate) struct Forwarder {
    here: SocketAddr,
    there: String,
    task: Mutex<JoinHandle<()>>,
}

impl Forwarder {
    /// Forwards to the host and port of a URL.
    pub(crate) async fn to(url: &str) -> Self {
        let there = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap();
        Self { here, task: Mutex::new(forward(listener, there.clone())), there }
    }

    /// Where it listens.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.here)
    }

    /// Cuts all connections, and refuses new ones.
    pub(crate) fn refuse(&self) {
        self.task.lock().unwrap().abort();
    }

    /// Takes connections again.
    pub(crate) async fn accept(&self) {
        let listener =
            super::until("the port is free again", async || TcpListener::bind(self.here).await.ok()).await;
        *self.task.lock().unwrap() = forward(listener, self.there.clone());
    }
}

fn forward(listener: TcpListener, there: String) -> JoinHandle<()> {
    tokio::spawn(async move {
        // Dropped with this task, and all connections with it.
        let mut connections = tokio::task::JoinSet::new();
        while let Ok((mut here, _)) = listener.accept().await {
            let there = there.clone();
            connections.spawn(async move {
                if let Ok(mut there) = TcpStream::connect(there).await {
                    // A cut connection is what this is for.
                    let _ = tokio::io::copy_bidirectional(&mut here, &mut there).await;
                }
            });
        }
    })
}
