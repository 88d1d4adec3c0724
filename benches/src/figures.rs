//! Figures as people read them.

use std::time::Duration;

/// Prints the heading of a figure in `docs/figures.md` and what it means.
pub fn section(heading: &str, meaning: &str) {
    println!("## {heading}\n\n{meaning}\n");
}

/// Prints the command that repeats a program's figures, with the arguments it was given.
pub fn repeat(program: &str) {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments = if arguments.is_empty() { String::new() } else { format!(" -- {}", arguments.join(" ")) };
    println!("\n    cargo run --release -p benches --bin {program}{arguments}\n");
    if cfg!(debug_assertions) {
        println!("**Not the release profile: this only shows that it runs.**\n");
    }
}

/// A Markdown table.
#[derive(Debug)]
pub struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table with these columns and no rows.
    pub fn new(columns: &[&str]) -> Self {
        Self { columns: columns.iter().map(|column| (*column).to_owned()).collect(), rows: Vec::new() }
    }

    /// Adds a row: one cell a column.
    pub fn row(&mut self, cells: &[&dyn std::fmt::Display]) {
        self.rows.push(cells.iter().map(ToString::to_string).collect());
    }

    /// Prints it.
    pub fn print(&self) {
        print!("{}", self.text());
    }

    fn text(&self) -> String {
        let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
        let rule: Vec<String> = self.columns.iter().map(|_| "---".to_owned()).collect();
        let rows: String = self.rows.iter().map(|row| line(row)).collect();
        format!("{}{}{rows}", line(&self.columns), line(&rule))
    }
}

/// How durations are spread.
#[derive(Debug)]
pub struct Spread(Vec<Duration>);

impl Spread {
    /// The spread of these durations.
    pub fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self(durations)
    }

    /// The duration that so many percent of all do not exceed (nearest rank); zero if there is none at all.
    pub fn percentile(&self, percent: usize) -> Duration {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0.get(rank - 1).copied().unwrap_or_default()
    }

    /// The longest.
    pub fn longest(&self) -> Duration {
        self.0.last().copied().unwrap_or_default()
    }
}

/// A duration in milliseconds, to a tenth.
pub fn milliseconds(duration: Duration) -> String {
    format!("{:.1} ms", duration.as_secs_f64() * 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_the_nearest_rank() {
        let spread = Spread::of((1..=200).rev().map(Duration::from_millis).collect());
        assert_eq!(spread.percentile(50), Duration::from_millis(100));
        assert_eq!(spread.percentile(99), Duration::from_millis(198));
        assert_eq!(spread.longest(), Duration::from_millis(200));
        assert_eq!(Spread::of(vec![Duration::from_secs(3)]).percentile(99), Duration::from_secs(3));
        assert_eq!(Spread::of(Vec::new()).percentile(99), Duration::ZERO);
    }

    #[test]
    fn a_table_is_markdown() {
        let mut table = Table::new(&["database", "per second"]);
        table.row(&[&"SQLite", &7]);
        assert_eq!(table.text(), "| database | per second |\n| --- | --- |\n| SQLite | 7 |\n");
    }
}
