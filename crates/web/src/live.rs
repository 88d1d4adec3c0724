//! Changes as they happen, for any number of live pages: one reader of the feed in the process tells all of them.

use std::collections::VecDeque;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::unfold;
use store::Db;
use store::changes::{self, Change, Place, Wake};
use store::reads::Viewer;
use tokio::sync::{broadcast, watch};

/// Changes read with one statement.
const AT_ONCE: i64 = 500;
/// Changes that a slow listener may be behind before it has to read them itself.
const KEPT: usize = 1024;
/// How long to wait before the database is tried again.
const PAUSE: Duration = Duration::from_secs(1);

/// Where listeners are told of changes.
pub(crate) struct Live {
    db: Db,
    told: broadcast::Sender<Change>,
    closing: watch::Sender<bool>,
    reader: OnceLock<()>,
}

/// What a listener wants to hear.
pub(crate) struct Wanted {
    /// Whose changes they may see.
    pub(crate) viewer: Viewer,
    /// Only those of this event.
    pub(crate) event: Option<i64>,
}

impl Wanted {
    fn has(&self, change: &Change) -> bool {
        self.event.is_none_or(|event| event == change.event_id)
            && self.viewer.sees(change.project_id, change.visibility)
    }
}

/// A listener's place.
struct Listener {
    live: Arc<Live>,
    receiver: broadcast::Receiver<Change>,
    closing: watch::Receiver<bool>,
    wanted: Wanted,
    place: Place,
    /// Read from the database and not told yet.
    backlog: VecDeque<Change>,
    /// Whether the database may know of more behind `place` than will be told.
    is_behind: bool,
}

impl Live {
    pub(crate) fn new(db: Db) -> Self {
        let (told, _) = broadcast::channel(KEPT);
        Self { db, told, closing: watch::Sender::new(false), reader: OnceLock::new() }
    }

    /// Ends all listening, now and later.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    /// The changes behind a place, then those to come, without end.
    pub(crate) fn listen(self: Arc<Self>, wanted: Wanted, place: Place) -> impl Stream<Item = Change> {
        // Listening begins before the database is asked for what was before, so that nothing falls between.
        let receiver = self.told.subscribe();
        let closing = self.closing.subscribe();
        // The reader begins where its first listener is: what comes before it has looked for the first time is told, too.
        self.reader.get_or_init(|| {
            tokio::spawn(read(self.db.clone(), self.told.clone(), self.closing.subscribe(), place));
        });
        let listener = Listener {
            live: self,
            receiver,
            closing,
            wanted,
            place,
            backlog: VecDeque::new(),
            is_behind: true,
        };
        unfold(listener, Listener::next)
    }
}

impl Listener {
    async fn next(mut self) -> Option<(Change, Self)> {
        loop {
            if *self.closing.borrow() {
                return None;
            }
            let change = match self.backlog.pop_front() {
                Some(change) => change,
                None if self.is_behind => {
                    self.read_on().await;
                    continue;
                }
                None => tokio::select! {
                    _ = self.closing.changed() => return None,
                    told = self.receiver.recv() => match told {
                        Ok(change) => change,
                        Err(broadcast::error::RecvError::Lagged(_)) => {
                            self.is_behind = true;
                            continue;
                        }
                        Err(broadcast::error::RecvError::Closed) => return None,
                    },
                },
            };
            if change.place() > self.place {
                self.place = change.place();
                if self.wanted.has(&change) {
                    return Some((change, self));
                }
            }
        }
    }

    async fn read_on(&mut self) {
        match changes::since(&self.live.db, self.place, AT_ONCE).await {
            Ok(found) => {
                self.is_behind = i64::try_from(found.len()).is_ok_and(|found| found >= AT_ONCE);
                self.backlog.extend(found);
            }
            Err(error) => {
                tracing::warn!(error = &error as &dyn std::error::Error, "the feed cannot be read");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// Tells what the feed says behind a place until the server closes; several servers do so side by side.
async fn read(db: Db, told: broadcast::Sender<Change>, mut closing: watch::Receiver<bool>, mut place: Place) {
    loop {
        let lost = tokio::select! {
            // The server is closing, or gone.
            _ = closing.changed() => return,
            lost = follow(&db, &told, &mut place) => lost,
        };
        if let Err(error) = lost {
            tracing::warn!(error = &error as &dyn std::error::Error, "the feed cannot be followed");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

async fn follow(db: &Db, told: &broadcast::Sender<Change>, place: &mut Place) -> store::Result<()> {
    let mut wake = Wake::listen(db).await?;
    // While nobody was connected an older database may have been put in this one's place.
    if !changes::remembers(db, *place).await? {
        db.forget_lists();
        *place = changes::newest(db).await?;
    }
    loop {
        let found = changes::since(db, *place, AT_ONCE).await?;
        let Some(last) = found.last() else {
            wake.wait().await?;
            continue;
        };
        *place = last.place();
        for change in found {
            // Nobody may be listening at the moment.
            let _ = told.send(change);
        }
    }
}
