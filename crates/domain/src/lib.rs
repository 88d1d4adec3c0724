//! domain

pub mod package_config;
pub mod releases;
