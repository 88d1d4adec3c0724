//! The behaviour of this room as the others see it.

mod deliveries;
mod deliveries_of_the_corpus;
mod faulty_deliveries;
mod folder;
mod github_client;
mod github_recordings;
mod payloads;
mod redelivery;
mod support;
