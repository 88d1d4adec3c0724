//! Tasks of one process wake each other, so that nothing waits for the next look at the database.

use std::sync::Arc;

use tokio::sync::Notify;

/// What wakes the engine's tasks. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Wake {
    inbox: Arc<Notify>,
    submissions: Arc<Notify>,
    reports: Arc<Notify>,
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
        self.submissions.notify_waiters();
        // A task that is not waiting just now must not miss it.
        self.submissions.notify_one();
        self.reports.notify_one();
    }

    pub(crate) async fn for_inbox(&self) {
        self.inbox.notified().await;
    }

    pub(crate) async fn for_submissions(&self) {
        self.submissions.notified().await;
    }

    pub(crate) async fn for_reports(&self) {
        self.reports.notified().await;
    }
}
