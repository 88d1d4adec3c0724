//! What lists answered last. Their pages are asked for again and again, and between two askings little of them has changed: an
//! event's version says whether any of its workflow has (`docs/design.md` section 2, "One writer per event"). So the statement
//! is told which versions are at hand, and reads no pipeline, job or target of these; what is old is never shown.

use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::workflows::{Parts, WorkflowRow};

/// Answers and their events, pipelines, jobs and targets that are remembered in all, each list's for itself; one takes some
/// 250 bytes. Beyond them the answers are forgotten that were asked for longest ago.
const ROWS: usize = 50_000;
/// What an answer counts without its rows.
const ANSWER: usize = 20;

/// A workflow at one version.
type Known = (i64, i64, Parts);

/// The last answers of a database, the newest last. Cheap to clone: all clones are one.
#[derive(Debug, Clone, Default)]
pub(crate) struct Remembered(Arc<Mutex<Vec<Answer>>>);

/// What answered one question. Another question of the same hash would be told of workflows it does not list, which harms none.
#[derive(Debug)]
struct Answer {
    question: u64,
    rows: usize,
    known: Arc<[Known]>,
}

/// What is at hand for one question.
pub(super) struct AtHand {
    question: u64,
    known: Arc<[Known]>,
}

impl Remembered {
    /// What answered a question of this text with these values last.
    pub(super) fn at_hand(&self, question: impl Hash) -> AtHand {
        let mut hasher = DefaultHasher::new();
        question.hash(&mut hasher);
        let question = hasher.finish();
        let answers = self.lock();
        let known = answers.iter().find(|answer| answer.question == question);
        AtHand { question, known: known.map_or_else(Arc::default, |answer| Arc::clone(&answer.known)) }
    }

    /// Keeps an answer in place of the last one. One without rows, or that would push out all others, is not worth it.
    pub(super) fn keep(&self, at_hand: &AtHand, rows: &[WorkflowRow]) {
        let known: Arc<[Known]> =
            rows.iter().map(|row| (row.event.id, row.event.version, Arc::clone(&row.parts))).collect();
        let count = ANSWER + known.iter().map(|(_, _, parts)| 1 + parts.rows()).sum::<usize>();
        let mut answers = self.lock();
        answers.retain(|answer| answer.question != at_hand.question);
        if known.is_empty() || count > ROWS / 2 {
            return;
        }
        answers.push(Answer { question: at_hand.question, rows: count, known });
        let mut all: usize = answers.iter().map(|answer| answer.rows).sum();
        let oldest = answers.iter().take_while(|answer| {
            let is_too_much = all > ROWS;
            all -= answer.rows;
            is_too_much
        });
        let oldest = oldest.count();
        answers.drain(..oldest);
    }

    /// Forgets all of it.
    pub(crate) fn forget(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Answer>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl AtHand {
    /// As the statement is told: `,event:version,event:version,`.
    pub(super) fn told(&self) -> String {
        let mut told = String::new();
        for (event, version, _) in &*self.known {
            let comma = if told.is_empty() { "," } else { "" };
            // Writing to a string does not fail.
            let _ = write!(told, "{comma}{event}:{version},");
        }
        told
    }

    /// The rest of the workflow of this event at this version, if it was told of.
    pub(super) fn parts(&self, event: i64, version: i64) -> Option<Parts> {
        let mut known = self.known.iter();
        known.find(|known| (known.0, known.1) == (event, version)).map(|(_, _, parts)| Arc::clone(parts))
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use domain::words::{EventKind, EventStatus, JobKind, ReferenceKind, TargetStatus, Visibility};

    use super::super::EventRow;
    use super::super::workflows::{WorkflowParts, WorkflowTarget};
    use super::*;

    fn row(id: i64, version: i64, targets: usize) -> WorkflowRow {
        let event = EventRow {
            id,
            kind: EventKind::Push,
            actor: None,
            status: EventStatus::Running,
            version,
            occurred_at: DateTime::UNIX_EPOCH,
            received_at: DateTime::UNIX_EPOCH,
            project_id: 1,
            reference_id: 1,
            forge: "github.com".to_owned(),
            namespace: "packit".to_owned(),
            project_name: "ogr".to_owned(),
            visibility: Visibility::Public,
            reference_kind: ReferenceKind::Branch,
            reference_name: "main".to_owned(),
            hash: None,
            reason: None,
        };
        let target = WorkflowTarget {
            id: 1,
            job_id: 1,
            chain_id: 1,
            attempt: 1,
            kind: JobKind::SrpmBuild,
            name: "srpm".to_owned(),
            status: TargetStatus::Running,
            external_id: None,
            url: None,
            started_at: None,
            finished_at: None,
        };
        let parts = WorkflowParts { targets: vec![target; targets], ..WorkflowParts::default() };
        WorkflowRow { event, parts: Arc::new(parts) }
    }

    #[test]
    fn the_last_answer_to_a_question_is_at_hand() {
        let remembered = Remembered::default();
        let nothing = remembered.at_hand("newest");
        assert_eq!(nothing.told(), "");
        remembered.keep(&nothing, &[row(7, 1, 2), row(8, 1, 3)]);
        remembered.keep(&remembered.at_hand("newest"), &[row(9, 4, 1), row(7, 2, 2)]);
        let at_hand = remembered.at_hand("newest");
        assert_eq!(at_hand.told(), ",9:4,7:2,");
        assert_eq!(at_hand.parts(7, 2).map(|parts| parts.targets.len()), Some(2));
        assert!(at_hand.parts(7, 1).is_none() && at_hand.parts(8, 1).is_none());
        assert_eq!(remembered.at_hand("deep").told(), "");
    }

    #[test]
    fn what_was_asked_longest_ago_is_forgotten_first() {
        let remembered = Remembered::default();
        let ask = |question: &str, targets| {
            remembered.keep(&remembered.at_hand(question), &[row(1, 1, targets)]);
        };
        ask("first", ROWS * 2 / 5);
        ask("second", ROWS / 4);
        ask("first", ROWS * 2 / 5);
        ask("third", ROWS * 2 / 5);
        let known = |question: &str| !remembered.at_hand(question).told().is_empty();
        assert_eq!(["first", "second", "third"].map(known), [true, false, true]);
        ask("more than half of all", ROWS / 2);
        assert_eq!(["first", "third", "more than half of all"].map(known), [true, true, false]);
    }

    #[test]
    fn questions_that_nobody_asks_twice_do_not_pile_up() {
        let remembered = Remembered::default();
        for question in 0..ROWS {
            let found: &[WorkflowRow] = if question % 2 == 0 { &[] } else { &[row(1, 1, 0)] };
            remembered.keep(&remembered.at_hand(question), found);
        }
        assert!(remembered.lock().len() <= ROWS / ANSWER);
    }
}
