//! The door as a client meets it: one connection that is kept, and next to nothing of the client's own in what is measured.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::Spread;

/// An answer that takes longer has failed.
const LONGEST: Duration = Duration::from_secs(60);

/// A client with a connection of its own.
#[derive(Debug)]
pub struct Reader {
    stream: TcpStream,
    host: String,
    buffer: Vec<u8>,
}

/// An answer.
#[derive(Debug)]
pub struct Reply<'a> {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

impl Reader {
    /// Connects to a server at `http://HOST:PORT`.
    ///
    /// # Errors
    /// If nobody listens there.
    pub fn connect(server: &str) -> Result<Self> {
        let host = server.strip_prefix("http://").context("a server is at http://")?.to_owned();
        let stream = TcpStream::connect(&host)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(LONGEST))?;
        Ok(Self { stream, host, buffer: Vec::with_capacity(256 * 1024) })
    }

    /// Asks for an address, and reads the answer to its end.
    ///
    /// # Errors
    /// If the connection breaks, or the answer is none that tells its length.
    pub fn get(&mut self, path: &str) -> Result<Reply<'_>> {
        write!(self.stream, "GET {path} HTTP/1.1\r\nHost: {}\r\n\r\n", self.host)?;
        self.buffer.clear();
        let mut chunk = [0; 64 * 1024];
        let mut wanted = None;
        let mut head = 0;
        while wanted.is_none_or(|wanted| self.buffer.len() < wanted) {
            let read = self.stream.read(&mut chunk)?;
            ensure!(read > 0, "the connection was closed");
            self.buffer.extend_from_slice(&chunk[..read]);
            if wanted.is_none()
                && let Some(end) = self.buffer.windows(4).position(|four| four == b"\r\n\r\n")
            {
                head = end + 4;
                wanted = Some(head + length(&self.buffer[..end])?);
            }
        }
        let status =
            std::str::from_utf8(self.buffer.get(9..12).context("an answer has a status")?)?.parse()?;
        Ok(Reply { status, body: &self.buffer[head..] })
    }

    /// The document at an address.
    ///
    /// # Errors
    /// If there is none.
    pub fn json(&mut self, path: &str) -> Result<serde_json::Value> {
        let reply = self.get(path)?;
        ensure!(reply.status == 200, "{path}: {} {}", reply.status, String::from_utf8_lossy(reply.body));
        Ok(serde_json::from_slice(reply.body)?)
    }
}

fn length(head: &[u8]) -> Result<usize> {
    let head = std::str::from_utf8(head)?;
    let field = head.lines().filter_map(|line| line.split_once(':'));
    let mut lengths = field.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let (_, length) = lengths.next().with_context(|| format!("no length: {head}"))?;
    Ok(length.trim().parse()?)
}

/// What was asked, and how it was answered.
#[derive(Debug, Default)]
pub struct Heard {
    /// How long each answer took.
    pub took: Vec<Duration>,
    /// Those that were none: broken connections, and other statuses than 200 and 404.
    pub errors: Vec<String>,
}

impl Heard {
    /// How the durations are spread.
    pub fn spread(self) -> Spread {
        Spread::of(self.took)
    }
}

/// Lets so many clients ask at once, each over its own connection and without a pause, until the time is over. `address` makes
/// what is asked for next.
///
/// # Errors
/// If a client cannot begin.
pub fn ask_at_once(
    server: &str,
    clients: usize,
    lasting: Duration,
    address: &(dyn Fn(&mut fastrand::Rng) -> String + Sync),
) -> Result<Heard> {
    let mut readers = Vec::new();
    for _ in 0..clients {
        let mut reader = Reader::connect(server)?;
        reader.get("/healthz")?;
        readers.push(reader);
    }
    let until = Instant::now() + lasting;
    let heard = std::thread::scope(|scope| {
        let asking = readers.into_iter().enumerate().map(|(number, mut reader)| {
            scope.spawn(move || {
                let mut chance = fastrand::Rng::with_seed(number as u64);
                let mut heard = Heard::default();
                while Instant::now() < until {
                    let path = address(&mut chance);
                    let began = Instant::now();
                    match reader.get(&path).map(|reply| reply.status) {
                        // One in fifty is private, and so not there.
                        Ok(200 | 404) => heard.took.push(began.elapsed()),
                        Ok(status) => heard.errors.push(format!("{path}: {status}")),
                        Err(error) => {
                            heard.errors.push(format!("{path}: {error:#}"));
                            match Reader::connect(server) {
                                Ok(anew) => reader = anew,
                                Err(_) => break,
                            }
                        }
                    }
                }
                heard
            })
        });
        let asking: Vec<_> = asking.collect();
        asking.into_iter().map(std::thread::ScopedJoinHandle::join).collect::<Vec<_>>()
    });
    let mut all = Heard::default();
    for heard in heard {
        let heard = heard.map_err(|_| anyhow::anyhow!("a client panicked"))?;
        all.took.extend(heard.took);
        all.errors.extend(heard.errors);
    }
    Ok(all)
}
