//! Dist-git to Koji to Bodhi.

mod commands;
mod koji;
mod pushes;
mod sidetags;
mod story;
mod world;
