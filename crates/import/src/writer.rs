//! Where a run writes.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use domain::words::ReferenceKind;
use store::import::Place;
use store::{Db, Dialect, Tx};

use crate::report::Notes;
use crate::{Error, Result, places};

/// A transaction for each batch, or a single one that is given up at the end. It is begun when there is something to write, so
/// that a serving Packflow does not wait for what is only looked at.
pub(crate) struct Writer {
    db: Db,
    tx: Option<Tx>,
    looking: Option<Tx>,
    dry_run: bool,
    /// When the run began, by our clock.
    pub(crate) now: DateTime<Utc>,
    nowhere: BTreeMap<ReferenceKind, Place>,
}

impl Writer {
    pub(crate) fn new(db: &Db, dry_run: bool, now: DateTime<Utc>) -> Self {
        Self { db: db.clone(), tx: None, looking: None, dry_run, now, nowhere: BTreeMap::new() }
    }

    /// A second one, for batches that are written at the same time: none where only one can write.
    pub(crate) fn second(&self) -> Option<Self> {
        let alone = self.dry_run || self.db.dialect() == Dialect::Sqlite;
        (!alone).then(|| Self::new(&self.db, false, self.now))
    }

    /// Where what was written is read: the batch's transaction if there is one, else one that only reads.
    pub(crate) async fn look(&mut self) -> Result<&mut Tx> {
        if self.tx.is_some() || self.dry_run {
            return self.tx().await;
        }
        if self.looking.is_none() {
            self.looking = Some(store::import::look(&self.db).await?);
        }
        self.looking.as_mut().ok_or(Error::NoTransaction)
    }

    /// The batch's transaction.
    pub(crate) async fn tx(&mut self) -> Result<&mut Tx> {
        if self.tx.is_none() {
            self.looking = None;
            self.tx = Some(store::import::transaction(&self.db).await?);
        }
        self.tx.as_mut().ok_or(Error::NoTransaction)
    }

    /// Keeps what is to be said of what was written.
    pub(crate) async fn note(&mut self, notes: &Notes) -> Result<()> {
        if notes.0.is_empty() {
            return Ok(());
        }
        Ok(store::import::note(self.tx().await?, &notes.0).await?)
    }

    /// Ends the batch: what was written stands.
    pub(crate) async fn end_batch(&mut self) -> Result<()> {
        if self.dry_run {
            return Ok(());
        }
        self.looking = None;
        match self.tx.take() {
            Some(tx) => Ok(tx.commit().await?),
            None => Ok(()),
        }
    }

    /// The unknown reference of the unknown project. It is made in a transaction of its own, so that two writers never wait for
    /// each other's; none may be open.
    pub(crate) async fn nowhere(&mut self, kind: ReferenceKind) -> Result<Place> {
        if let Some(place) = self.nowhere.get(&kind) {
            return Ok(*place);
        }
        let now = self.now;
        let place = places::nowhere(self.tx().await?, kind, now).await?;
        self.end_batch().await?;
        self.nowhere.insert(kind, place);
        Ok(place)
    }
}
