//! How much of all bodies is in memory at once. Whoever has no secret can send bodies too, and a signature is proven by all of it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// What bodies may take together, in bytes; what is made of those that are signed comes on top.
const BYTES_AT_ONCE: usize = 100 * 1024 * 1024;
/// From here on a body waits for its turn, so that a few that fill the room do not keep each other, or small ones, from ending.
const LARGE_BODY_BYTES: usize = 1024 * 1024;
/// How many large bodies have their turn at once: with three of the largest there is room left.
const LARGE_AT_ONCE: usize = 3;
/// How many of them are being stored at once: a driver and its database hold a body several times.
const LARGE_STORED_AT_ONCE: usize = 1;
/// How long a body waits for its turn, or for room.
const LONGEST_WAIT: Duration = Duration::from_secs(5);
/// How long a body may take to come. GitHub gives up after as long, and others sooner: who sends on keeps room from them.
const LONGEST_READ: Duration = Duration::from_secs(10);

/// The room for bodies, shared by all requests.
#[derive(Clone)]
pub(crate) struct Room {
    bytes: Arc<Semaphore>,
    turns: Arc<Semaphore>,
    stores: Arc<Semaphore>,
    wait: Duration,
    longest_read: Duration,
}

/// A body and the room that it has until this is dropped.
pub(super) struct Held {
    pub(super) body: Bytes,
    _room: [Option<OwnedSemaphorePermit>; 2],
}

/// Why a body was not read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum NotRead {
    TooLarge,
    BrokenOff,
    NoRoom,
}

impl Default for Room {
    fn default() -> Self {
        Self::new(BYTES_AT_ONCE, LONGEST_WAIT)
    }
}

impl Room {
    fn new(bytes: usize, wait: Duration) -> Self {
        let turns = Semaphore::new(LARGE_AT_ONCE);
        let bytes = Arc::new(Semaphore::new(bytes));
        let stores = Arc::new(Semaphore::new(LARGE_STORED_AT_ONCE));
        Self { bytes, turns: Arc::new(turns), stores, wait, longest_read: LONGEST_READ }
    }

    /// The turn of a body to be stored; a small one needs none.
    pub(super) async fn to_store(&self, body: &[u8]) -> Result<Option<OwnedSemaphorePermit>, NotRead> {
        if body.len() <= LARGE_BODY_BYTES {
            return Ok(None);
        }
        self.take(&self.stores, 1).await.map(Some)
    }

    /// Reads a body of at most `most` bytes. It takes room for what has come, not for what was announced.
    pub(super) async fn read(&self, body: Body, most: usize) -> Result<Held, NotRead> {
        timeout(self.longest_read, self.read_all(body, most)).await.unwrap_or(Err(NotRead::BrokenOff))
    }

    async fn read_all(&self, body: Body, most: usize) -> Result<Held, NotRead> {
        let mut chunks = body.into_data_stream();
        let mut read = Vec::new();
        let (mut room, mut turn): (Option<OwnedSemaphorePermit>, _) = (None, None);
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk.map_err(|_| NotRead::BrokenOff)?;
            let length = read.len() + chunk.len();
            if length > most {
                return Err(NotRead::TooLarge);
            }
            if length > LARGE_BODY_BYTES && turn.is_none() {
                turn = Some(self.take(&self.turns, 1).await?);
                // Growing would have it in memory twice.
                read.reserve_exact(most - read.len());
            }
            let taken = self.take(&self.bytes, chunk.len()).await?;
            match &mut room {
                Some(room) => room.merge(taken),
                None => room = Some(taken),
            }
            read.extend_from_slice(&chunk);
        }
        Ok(Held { body: read.into(), _room: [room, turn] })
    }

    async fn take(&self, of: &Arc<Semaphore>, count: usize) -> Result<OwnedSemaphorePermit, NotRead> {
        let count = u32::try_from(count).map_err(|_| NotRead::TooLarge)?;
        let taking = timeout(self.wait, Arc::clone(of).acquire_many_owned(count));
        taking.await.ok().and_then(Result::ok).ok_or(NotRead::NoRoom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MOST: usize = 4 * LARGE_BODY_BYTES;

    fn of_bytes(count: usize) -> Body {
        Body::from(vec![b' '; count])
    }

    #[tokio::test]
    async fn bodies_have_room_until_they_are_dropped() {
        let room = Room::new(1000, Duration::ZERO);
        let first = room.read(of_bytes(600), MOST).await.ok().unwrap();
        assert_eq!(first.body.len(), 600);
        assert_eq!(room.read(of_bytes(401), MOST).await.err(), Some(NotRead::NoRoom));
        let second = room.read(of_bytes(400), MOST).await.ok().unwrap();
        drop(first);
        assert!(room.read(of_bytes(600), MOST).await.is_ok());
        drop(second);
        assert_eq!(room.bytes.available_permits(), 1000);
    }

    #[tokio::test]
    async fn large_bodies_have_turns_and_small_ones_need_none() {
        let room = Room::new(BYTES_AT_ONCE, Duration::ZERO);
        let mut held = Vec::new();
        for _ in 0..LARGE_AT_ONCE {
            held.push(room.read(of_bytes(LARGE_BODY_BYTES + 1), MOST).await.ok().unwrap());
        }
        assert_eq!(room.read(of_bytes(LARGE_BODY_BYTES + 1), MOST).await.err(), Some(NotRead::NoRoom));
        assert!(room.read(of_bytes(LARGE_BODY_BYTES), MOST).await.is_ok());
        held.pop();
        assert!(room.read(of_bytes(LARGE_BODY_BYTES + 1), MOST).await.is_ok());
    }

    #[tokio::test]
    async fn large_bodies_are_stored_one_after_the_other() {
        let room = Room::new(BYTES_AT_ONCE, Duration::ZERO);
        let (small, large) = (vec![b' '; LARGE_BODY_BYTES], vec![b' '; LARGE_BODY_BYTES + 1]);
        let first = room.to_store(&large).await.unwrap();
        assert_eq!(room.to_store(&large).await.err(), Some(NotRead::NoRoom));
        assert!(room.to_store(&small).await.unwrap().is_none());
        drop(first);
        assert!(room.to_store(&large).await.is_ok());
    }

    #[tokio::test]
    async fn a_body_that_comes_no_further_gives_its_room_back() {
        let room = Room { longest_read: Duration::from_millis(10), ..Room::new(1000, Duration::ZERO) };
        let begun = futures_util::stream::iter([Ok::<_, std::io::Error>(Bytes::from_static(b"part"))]);
        let stuck = Body::from_stream(begun.chain(futures_util::stream::pending()));
        assert_eq!(room.read(stuck, 10).await.err(), Some(NotRead::BrokenOff));
        assert_eq!(room.bytes.available_permits(), 1000);
    }

    #[tokio::test]
    async fn what_is_not_read_to_its_end_leaves_no_trace() {
        let room = Room::new(1000, Duration::ZERO);
        assert_eq!(room.read(of_bytes(11), 10).await.err(), Some(NotRead::TooLarge));
        let parts = [Ok(Bytes::from_static(b"part")), Err(std::io::Error::other("gone"))];
        let broken = Body::from_stream(futures_util::stream::iter(parts));
        assert_eq!(room.read(broken, 10).await.err(), Some(NotRead::BrokenOff));
        assert_eq!(room.bytes.available_permits(), 1000);
    }
}
