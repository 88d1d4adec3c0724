//! Ports for servers that are told where to listen, before they are started.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

use anyhow::{Result, bail};

/// Below the ports that Linux gives to outgoing connections (from 32768 on): a port that somebody was just given there, and let
/// go, may be the end of a connection when the server asks for it.
const FIRST: u16 = 12_000;
/// How many there are.
const COUNT: u16 = 20_000;

/// How many this process asked for.
static ASKED: AtomicU16 = AtomicU16::new(0);

/// A port of loopback that nobody listens at, and that this process is given once.
///
/// # Errors
/// If all are taken.
pub fn free_port() -> Result<u16> {
    // Processes that run at the same time begin at places of their own.
    let begin = std::process::id().wrapping_mul(1009) % u32::from(COUNT);
    for _ in 0..COUNT {
        let next = (begin + u32::from(ASKED.fetch_add(1, Ordering::Relaxed))) % u32::from(COUNT);
        let port = FIRST + u16::try_from(next)?;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port of loopback is free from {FIRST} to {}", FIRST + COUNT - 1)
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::free_port;

    #[test]
    fn a_port_is_given_once_and_never_while_it_is_taken() {
        let first = free_port().unwrap();
        // Whoever else has the next one: it is taken.
        let _taken = TcpListener::bind(("127.0.0.1", first + 1));
        let next = free_port().unwrap();
        assert!(next != first && next != first + 1, "{first}, then {next}");
    }
}
