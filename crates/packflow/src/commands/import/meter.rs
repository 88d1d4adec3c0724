//! How far an import is: on a terminal a line that changes, otherwise a line per stage.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use import::{Progress, Stage};

use crate::terminal::span;

/// How often the line changes at most.
const EVERY: Duration = Duration::from_millis(200);

pub(super) struct Meter {
    terminal: bool,
    last: Option<Progress>,
    began: Instant,
    shown: Instant,
}

impl Meter {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { terminal: std::io::stderr().is_terminal(), last: None, began: now, shown: now }
    }

    pub(super) fn show(&mut self, progress: Progress) {
        let begins = self.last.map(|last| last.stage) != Some(progress.stage);
        if begins {
            self.end();
            self.began = Instant::now();
            if !self.terminal {
                eprintln!("{}: {} rows", progress.stage.name(), progress.total);
            }
        }
        self.last = Some(progress);
        if self.terminal && (begins || self.shown.elapsed() >= EVERY) {
            self.draw(progress);
        }
    }

    /// Ends the line that changes, as the stage ended.
    pub(super) fn end(&mut self) {
        if let Some(last) = self.last.take().filter(|_| self.terminal) {
            self.draw(last);
            eprintln!();
        }
    }

    fn draw(&mut self, progress: Progress) {
        self.shown = Instant::now();
        eprint!("\r\x1b[K{}", line(progress, self.began.elapsed()));
        let _ = std::io::stderr().flush();
    }
}

/// What is done of the stage, at which rate, and how long the rest takes at that rate.
fn line(progress: Progress, elapsed: Duration) -> String {
    let Progress { stage, done, total } = progress;
    let mut line = format!("{}: {done} of {total} rows", Stage::name(stage));
    let seconds = elapsed.as_secs_f64();
    // A rate that was measured for a moment only says nothing.
    if seconds < 0.5 || done == 0 {
        return line;
    }
    let rate = done as f64 / seconds;
    line.push_str(&format!(", {rate:.0} a second"));
    if done < total {
        let left = TimeDelta::seconds(((total - done) as f64 / rate) as i64);
        line.push_str(&format!(", {} left", span(left)));
    }
    line
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use import::{Progress, Stage};

    use super::line;

    #[test]
    fn the_line_has_the_rate_and_the_time_left() {
        let progress = |done| Progress { stage: Stage::Events, done, total: 3000 };
        let told = |done, seconds| line(progress(done), Duration::from_millis(seconds));
        assert_eq!(told(0, 0), "events: 0 of 3000 rows");
        assert_eq!(told(400, 100), "events: 400 of 3000 rows");
        assert_eq!(told(400, 2000), "events: 400 of 3000 rows, 200 a second, 13 s left");
        assert_eq!(told(1000, 100_000), "events: 1000 of 3000 rows, 10 a second, 3 min 20 s left");
        assert_eq!(told(3000, 2000), "events: 3000 of 3000 rows, 1500 a second");
    }
}
