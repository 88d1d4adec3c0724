use crate::text_enum::text_enum;
use crate::words::{Fulfilment, Needs, TargetStatus};

text_enum! {
    /// What became of an event as a whole (`docs/design.md` section 2, "Status").
    pub enum EventStatus("event status") {
        /// It started nothing.
        Nothing = "nothing",
        /// Something is at a build system, or on its way there.
        Running = "running",
        /// Nothing is running, something will.
        Waiting = "waiting",
        /// The infrastructure failed somewhere.
        Errored = "errored",
        /// A build or test says no.
        Failed = "failed",
        /// Something was canceled, or was skipped although its inputs have succeeded since.
        Canceled = "canceled",
        /// All of it was skipped.
        Skipped = "skipped",
        /// All that was not skipped succeeded.
        Succeeded = "succeeded",
    }
}

impl EventStatus {
    /// How a newest attempt counts, given what it needs of each of its inputs and how the newest attempt of that stands. One
    /// that was skipped although all give what it needs counts as canceled: an input was done again, and nothing follows.
    pub fn counted(
        status: TargetStatus,
        inputs: impl IntoIterator<Item = (Needs, TargetStatus)>,
    ) -> TargetStatus {
        let is_met = |(needs, input): (Needs, TargetStatus)| needs.fulfilled_by(input) == Fulfilment::Met;
        let mut inputs = inputs.into_iter().peekable();
        if status == TargetStatus::Skipped && inputs.peek().is_some() && inputs.all(is_met) {
            TargetStatus::Canceled
        } else {
            status
        }
    }

    /// Derives the status from the newest attempt of each chain, as they are [`counted`](Self::counted): the first match in
    /// the order of the design.
    pub fn of(newest: impl IntoIterator<Item = TargetStatus>) -> Self {
        use TargetStatus as T;
        let mut seen = [false; T::ALL.len()];
        let mut any = false;
        for status in newest {
            seen[status as usize] = true;
            any = true;
        }
        let has = |statuses: &[T]| statuses.iter().any(|status| seen[*status as usize]);
        if !any {
            Self::Nothing
        } else if has(&[T::Submitting, T::Submitted, T::Running]) {
            Self::Running
        } else if has(&[T::Waiting, T::Ready]) {
            Self::Waiting
        } else if has(&[T::Errored]) {
            Self::Errored
        } else if has(&[T::Failed]) {
            Self::Failed
        } else if has(&[T::Canceled]) {
            Self::Canceled
        } else if has(&[T::Succeeded]) {
            Self::Succeeded
        } else {
            Self::Skipped
        }
    }
}

#[cfg(test)]
mod tests {
    use super::EventStatus;
    use crate::words::{Needs, TargetStatus as T};

    #[test]
    fn what_was_skipped_although_its_inputs_give_what_it_needs_counts_as_canceled() {
        let (success, failure) = (Needs::Success, Needs::Failure);
        let of = |inputs: &[(Needs, T)]| inputs.to_vec();
        for (status, inputs, expected) in [
            (T::Skipped, of(&[(success, T::Succeeded), (success, T::Succeeded)]), T::Canceled),
            (T::Skipped, of(&[(success, T::Succeeded), (success, T::Failed)]), T::Skipped),
            (T::Skipped, of(&[(success, T::Running)]), T::Skipped),
            // There was no failure to be analysed.
            (T::Skipped, of(&[(failure, T::Succeeded)]), T::Skipped),
            (T::Skipped, of(&[(failure, T::Errored)]), T::Canceled),
            (T::Skipped, of(&[]), T::Skipped),
            (T::Waiting, of(&[(success, T::Succeeded)]), T::Waiting),
            (T::Failed, of(&[(success, T::Succeeded)]), T::Failed),
        ] {
            let counted = EventStatus::counted(status, inputs.iter().copied());
            assert_eq!(counted, expected, "{status} {inputs:?}");
        }
    }

    #[test]
    fn the_first_match_in_the_order_of_the_design_wins() {
        let cases: &[(&[T], EventStatus)] = &[
            (&[], EventStatus::Nothing),
            (&[T::Succeeded, T::Running, T::Failed], EventStatus::Running),
            (&[T::Submitting, T::Waiting], EventStatus::Running),
            (&[T::Failed, T::Ready], EventStatus::Waiting),
            (&[T::Failed, T::Errored, T::Canceled], EventStatus::Errored),
            (&[T::Succeeded, T::Failed, T::Canceled], EventStatus::Failed),
            (&[T::Succeeded, T::Canceled, T::Skipped], EventStatus::Canceled),
            (&[T::Skipped, T::Skipped], EventStatus::Skipped),
            (&[T::Succeeded, T::Skipped], EventStatus::Succeeded),
        ];
        for (newest, expected) in cases {
            assert_eq!(EventStatus::of(newest.iter().copied()), *expected, "{newest:?}");
        }
    }
}
