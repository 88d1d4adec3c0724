//! What a forge shows beside a commit for each target: its name, and the buttons under it.

mod button;
mod name;

pub use button::Button;
pub use name::names;
