//! The consumer with a real RabbitMQ.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod encrypted;
mod outages;
mod queues;
mod support;
mod taking;
