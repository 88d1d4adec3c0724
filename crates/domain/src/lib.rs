//! The words, rules and plans of Packflow. No I/O, no SQL, no HTTP: every function here is pure.

pub mod access;
pub mod checks;
pub mod comments;
pub mod details;
pub mod event;
pub mod ids;
pub mod markdown;
pub mod notice;
pub mod notifications;
pub mod package_config;
pub mod plan;
pub mod releases;
pub mod rerun;
pub mod succession;
mod text_enum;
pub mod words;
pub mod workflow;

pub use text_enum::UnknownWord;
