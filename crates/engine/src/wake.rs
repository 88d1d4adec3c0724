//! Tasks of one process wake each other, so that nothing waits for the next look at the database.

use std::sync::Arc;

use tokio::sync::{Notify, watch};

/// What wakes the engine's tasks. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Wake {
    inbox: Arc<Notify>,
    /// Several tasks wait for it, and each sees every change since it last looked, whatever it did meanwhile.
    workflows: watch::Sender<()>,
}

impl Wake {
    /// What the web notifies when it has stored a delivery.
    pub fn inbox_notify(&self) -> Arc<Notify> {
        Arc::clone(&self.inbox)
    }

    /// A delivery was stored.
    pub fn inbox(&self) {
        self.inbox.notify_one();
    }

    /// A workflow moved: something may be due at build systems and forges.
    pub fn workflow(&self) {
        self.workflows.send_replace(());
    }

    pub(crate) async fn for_inbox(&self) {
        self.inbox.notified().await;
    }

    /// What a task waits on for workflows to move.
    pub(crate) fn workflows(&self) -> watch::Receiver<()> {
        self.workflows.subscribe()
    }
}
