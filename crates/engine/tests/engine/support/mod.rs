//! What the tests share.

mod builder;
mod forge;
mod told;
mod world;

pub(crate) use builder::Answer;
pub(crate) use forge::{Trouble, close, open};
pub(crate) use told::{HOST, Told, hash};
pub(crate) use world::{CONFIGURATION, PATIENCE, SHORT_LEASE, World, alone, named, ready};
