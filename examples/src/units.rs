//! Figures as a person reads them.

use std::fmt::Display;
use std::time::Duration;

const BYTE_UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];

/// Returns `n` with a comma between every three digits: `259,778`.
#[must_use]
pub fn count(n: usize) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Returns `n` bytes in the largest unit that leaves at least one: `639.8 MiB`.
#[must_use]
pub fn bytes(n: usize) -> String {
    match byte_unit(n as f64) {
        (_, "B") => format!("{n} B"),
        (size, unit) => format!("{:.1} {unit}", n as f64 / size),
    }
}

/// Returns the largest unit not above `n` bytes, as its size in bytes and its name.
#[must_use]
pub fn byte_unit(n: f64) -> (f64, &'static str) {
    let mut size = 1.0;
    for unit in &BYTE_UNITS[..BYTE_UNITS.len() - 1] {
        if n < size * 1024.0 {
            return (size, unit);
        }
        size *= 1024.0;
    }
    (size, BYTE_UNITS[BYTE_UNITS.len() - 1])
}

/// Returns `time` in the unit that leaves at least one: `1.42 s`, `31.2 ms`, `8.4 us`, `420 ns`.
#[must_use]
pub fn time(time: Duration) -> String {
    match time.as_secs_f64() {
        s if s >= 1.0 => format!("{s:.2} s"),
        s if s >= 1e-3 => format!("{:.1} ms", s * 1e3),
        s if s >= 1e-6 => format!("{:.1} us", s * 1e6),
        _ => format!("{} ns", time.as_nanos()),
    }
}

/// Returns how many times `ours` fits into `theirs`: `41x`, `6.5x`, or `-` when nothing does.
#[must_use]
pub fn ratio(theirs: f64, ours: f64) -> String {
    match theirs / ours {
        r if !r.is_finite() => "-".to_owned(),
        r if r >= 1000.0 => format!("{}x", count(round(r))),
        r if r >= 100.0 => format!("{r:.0}x"),
        r if r >= 10.0 => format!("{r:.1}x"),
        r => format!("{r:.2}x"),
    }
}

/// Returns `n` and the noun, with an `s` unless `n` is one: `1 edit`, `2,597 snapshots`.
#[must_use]
pub fn counted(n: usize, noun: impl Display) -> String {
    let plural = if n == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", count(n))
}

/// Returns the nearest count, 0 for what is below.
#[expect(
    clippy::cast_possible_truncation,
    reason = "rounded first, and `as` saturates"
)]
#[must_use]
pub fn round(value: f64) -> usize {
    value.round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1000), "1,000");
        assert_eq!(count(259_778), "259,778");
        assert_eq!(counted(1, "edit"), "1 edit");
        assert_eq!(counted(2597, "snapshot"), "2,597 snapshots");
    }

    #[test]
    fn bytes_change_unit_at_1024() {
        assert_eq!(bytes(0), "0 B");
        assert_eq!(bytes(1023), "1023 B");
        assert_eq!(bytes(1024), "1.0 KiB");
        assert_eq!(bytes(3 << 19), "1.5 MiB");
        assert_eq!(bytes(5 << 40), "5.0 TiB");
        assert_eq!(bytes(usize::MAX), "16777216.0 TiB");
    }

    #[test]
    fn times_change_unit_at_1000() {
        assert_eq!(time(Duration::from_nanos(420)), "420 ns");
        assert_eq!(time(Duration::from_nanos(8_400)), "8.4 us");
        assert_eq!(time(Duration::from_micros(31_200)), "31.2 ms");
        assert_eq!(time(Duration::from_millis(1_420)), "1.42 s");
    }

    #[test]
    fn a_ratio_keeps_three_digits() {
        assert_eq!(ratio(10.0, 3.0), "3.33x");
        assert_eq!(ratio(100.0, 3.0), "33.3x");
        assert_eq!(ratio(1000.0, 3.0), "333x");
        assert_eq!(ratio(10_000.0, 3.0), "3,333x");
        assert_eq!(ratio(1.0, 0.0), "-");
        assert_eq!(ratio(0.0, 0.0), "-");
    }
}
