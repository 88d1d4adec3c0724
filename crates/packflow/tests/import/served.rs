//! A served Packflow, asked over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::support::Place;

/// A served process that ends with this value.
pub(crate) struct Served {
    process: Child,
    address: String,
}

impl Served {
    /// Starts it on a free port and waits until it says where it listens.
    pub(crate) fn start(place: &Place, database: &str) -> Self {
        let mut command = place.command(&["serve", "--listen", "127.0.0.1:0", "--database", database]);
        let process = command.stdout(Stdio::piped()).spawn().unwrap();
        // From here on it ends with this value, whatever goes wrong.
        let mut served = Self { process, address: String::new() };
        let mut line = String::new();
        BufReader::new(served.process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, rest) = line.split_once("http://").unwrap_or_else(|| panic!("no address in {line}"));
        rest.split_whitespace().next().unwrap().clone_into(&mut served.address);
        served
    }

    /// The head and the body of an answer.
    fn get(&self, path: &str) -> (String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "GET {path} HTTP/1.0\r\nhost: {}\r\n\r\n", self.address).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    /// The events that the list names when it is asked for an old row.
    pub(crate) fn of_origin(&self, row: &str) -> Vec<i64> {
        let (head, body) = self.get(&format!("/api/v1/events?origin={row}"));
        let list: Value =
            serde_json::from_str(&body).unwrap_or_else(|error| panic!("{row}: {error}: {head}"));
        let events = list["events"].as_array().unwrap_or_else(|| panic!("{row}: {list}"));
        let mut ids: Vec<i64> = events.iter().map(|event| event["id"].as_i64().unwrap()).collect();
        ids.sort_unstable();
        ids
    }

    /// Where an old address leads to.
    pub(crate) fn leads_to(&self, path: &str) -> String {
        let (head, _) = self.get(path);
        assert!(head.lines().next().unwrap().contains(" 308 "), "{path}: {head}");
        let location = head.lines().find_map(|line| line.strip_prefix("location: "));
        location.unwrap_or_else(|| panic!("{path}: {head}")).to_owned()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
