//! How long each part of a run took.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// The parts of a run in their order; a part that fails ends the run.
#[derive(Default)]
pub(crate) struct Parts {
    done: Vec<(&'static str, Duration)>,
}

impl Parts {
    /// Runs one part and notes how long it took.
    pub(crate) fn run<T>(&mut self, name: &'static str, part: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("\n== {name}");
        let started = Instant::now();
        let result = part().with_context(|| format!("{name} failed"));
        self.done.push((name, started.elapsed()));
        result
    }

    /// Prints the times of all parts.
    pub(crate) fn print(&self) {
        println!();
        let all: Duration = self.done.iter().map(|(_, elapsed)| *elapsed).sum();
        for (name, elapsed) in self.done.iter().chain([&("all", all)]) {
            println!("{:>8.1} s  {name}", elapsed.as_secs_f64());
        }
    }
}
