//! A served Packflow, asked over HTTP.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::Place;

/// A served process that ends with this value.
pub(crate) struct Served {
    process: Child,
    url: String,
    http: reqwest::Client,
}

impl Served {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(place: &Place, database: &str) -> Self {
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--database", database]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("http://").unwrap_or_else(|| panic!("no address in {line}"));
        let url = format!("http://{}", rest.split_whitespace().next().unwrap());
        // Whoever came first has chosen the cryptography; then there is nothing left to do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let policy = reqwest::redirect::Policy::none();
        Self { process, url, http: reqwest::Client::builder().redirect(policy).build().unwrap() }
    }

    /// The events that the list names when it is asked for an old row.
    pub(crate) async fn of_origin(&self, row: &str) -> Vec<i64> {
        let answer = self.http.get(format!("{}/api/v1/events?origin={row}", self.url)).send().await.unwrap();
        let list: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let events = list["events"].as_array().unwrap_or_else(|| panic!("{row}: {list}"));
        let mut ids: Vec<i64> = events.iter().map(|event| event["id"].as_i64().unwrap()).collect();
        ids.sort_unstable();
        ids
    }

    /// Where an old address leads to.
    pub(crate) async fn leads_to(&self, path: &str) -> String {
        let answer = self.http.get(format!("{}{path}", self.url)).send().await.unwrap();
        assert_eq!(answer.status(), 308, "{path}");
        answer.headers()["location"].to_str().unwrap().to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
