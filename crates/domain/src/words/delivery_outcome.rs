use crate::text_enum::text_enum;

text_enum! {
    /// What became of a delivery.
    pub enum DeliveryOutcome("delivery outcome") {
        /// It became an event, or had the work of one looked at.
        Accepted = "accepted",
        /// It became an event that starts nothing; the omissions say why.
        NothingPlanned = "nothing_planned",
        /// It is of no interest.
        Ignored = "ignored",
        /// It is kept for a part of Packflow that is not there yet.
        NotHandledYet = "not_handled_yet",
        /// It cannot be used as it is.
        Refused = "refused",
    }
}
