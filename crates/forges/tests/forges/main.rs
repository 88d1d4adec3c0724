//! The behaviour of this room as the others see it.
#![expect(clippy::unwrap_used, reason = "what helps a test may panic as the test may")]
#![expect(clippy::needless_pass_by_value, reason = "payloads are written where they are used")]

mod deliveries;
mod deliveries_of_the_corpus;
mod faulty_deliveries;
mod folder;
mod forgejo_deliveries;
mod github_app;
mod github_checks;
mod github_client;
mod github_recordings;
mod github_trouble;
mod gitlab_deliveries;
mod issues;
mod other_recordings;
mod other_trouble;
mod pagure_messages;
mod payloads;
mod redelivery;
mod support;
mod table;
