//! domain

pub mod package_config;
