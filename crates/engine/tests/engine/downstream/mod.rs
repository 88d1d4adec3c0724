//! Dist-git to Koji to Bodhi.

mod commands;
mod koji;
mod notices;
mod pushes;
mod reruns;
mod sidetags;
mod story;
mod world;
