//! What two contenders took, side by side.

use std::fmt;
use std::time::{Duration, Instant};

use crate::units;

/// Rows of a label, ours, theirs, and how many times ours fits into theirs.
pub struct Table(Vec<[String; 4]>);

impl Table {
    /// Returns a table without rows but the head.
    #[must_use]
    pub fn new(label: &str, ours: &str, theirs: &str) -> Self {
        Self(vec![[label, ours, theirs, "ratio"].map(str::to_owned)])
    }

    /// Adds a row of times.
    pub fn times(&mut self, label: &str, ours: Duration, theirs: Duration) {
        let ratio = units::ratio(theirs.as_secs_f64(), ours.as_secs_f64());
        self.row(label, units::time(ours), units::time(theirs), ratio);
    }

    /// Adds a row of bytes.
    pub fn bytes(&mut self, label: &str, ours: usize, theirs: usize) {
        let ratio = units::ratio(theirs as f64, ours as f64);
        self.row(label, units::bytes(ours), units::bytes(theirs), ratio);
    }

    fn row(&mut self, label: &str, ours: String, theirs: String, ratio: String) {
        self.0.push([label.to_owned(), ours, theirs, ratio]);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for [label, ours, theirs, ratio] in &self.0 {
            writeln!(f, "{label:<20} {ours:>14} {theirs:>14} {ratio:>10}")?;
        }
        Ok(())
    }
}

/// Drops a value and returns the time that takes.
pub fn time_drop<T>(value: T) -> Duration {
    let start = Instant::now();
    drop(value);
    start.elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_line_up_and_end_with_the_ratio() {
        let mut table = Table::new("2 snapshots", "ours", "theirs");
        table.bytes("memory", 1024, 4096);
        table.times("time", Duration::from_millis(3), Duration::from_millis(1));
        let text = table.to_string();
        let rows: Vec<&str> = text.lines().collect();
        assert!(rows[0].starts_with("2 snapshots ") && rows[0].ends_with("ratio"));
        assert!(rows[1].contains("1.0 KiB") && rows[1].ends_with("4.00x"));
        assert!(rows[2].contains("3.0 ms") && rows[2].ends_with("0.33x"));
        assert!(rows.iter().all(|row| row.len() == rows[0].len()));
    }
}
