//! What the measurements share (`docs/figures.md`). Every program of this package takes one of its figures, prints it as
//! Markdown with the command that repeats it, ends by itself, and speaks to nobody but this machine.

mod databases;
mod deliver;
mod disk;
mod figures;
mod http;
mod outside;
mod pgbench;
mod process;
mod service;
pub mod shapes;

pub use databases::{DatabaseOption, Kind, Place};
pub use deliver::Sender;
pub use disk::{commits_per_second, file_system, fsyncs_per_second};
pub use figures::{Spread, Table, milliseconds, repeat, section};
pub use http::{Heard, Reader, Reply, ask_at_once};
pub use outside::{Outside, SIMULATOR_THREADS};
pub use pgbench::{Pgbench, Sent};
pub use process::{Memory, cpu_time, cpu_time_of_threads, packflow};
pub use service::{Service, ServiceOptions, unfinished};
