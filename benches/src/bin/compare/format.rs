//! Numbers as people read them: three digits, and a unit.

use cow_benches::suite::Unit;

/// Formats a figure.
pub(crate) fn figure(unit: Unit, figure: f64) -> String {
    match unit {
        Unit::Element | Unit::Operation => time(figure),
        Unit::Bytes => bytes(figure),
    }
}

/// Formats nanoseconds.
pub(crate) fn time(nanos: f64) -> String {
    scaled(nanos, 1000.0, &["ns", "µs", "ms", "s"])
}

/// Formats bytes.
pub(crate) fn bytes(bytes: f64) -> String {
    scaled(bytes, 1024.0, &["B", "KiB", "MiB", "GiB"])
}

/// Formats a ratio.
pub(crate) fn ratio(ratio: f64) -> String {
    if ratio != 0.0 && ratio < 0.001 {
        return "<0.001x".to_owned();
    }
    format!("{}x", grouped(&digits(ratio)))
}

/// Formats a number of elements.
pub(crate) fn count(count: usize) -> String {
    grouped(&count.to_string())
}

/// Replaces what would be markup in HTML and SVG.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn scaled(value: f64, step: f64, units: &[&str]) -> String {
    if value == 0.0 {
        return format!("0 {}", units[0]);
    }
    if value.abs() < 0.0005 {
        return format!("<0.001 {}", units[0]);
    }
    let mut value = value;
    let mut unit = 0;
    // A value that would be rounded up to a whole step belongs to the next unit.
    while value >= step - 0.5 && unit + 1 < units.len() {
        value /= step;
        unit += 1;
    }
    format!("{} {}", grouped(&digits(value)), units[unit])
}

/// Formats three significant digits, but never drops digits before the point.
fn digits(value: f64) -> String {
    let decimals = match value.abs() {
        size if size >= 99.95 => 0,
        size if size >= 9.995 => 1,
        size if size >= 0.0995 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

/// Puts a comma between each three digits before the point.
fn grouped(number: &str) -> String {
    let whole = number.find('.').unwrap_or(number.len());
    let mut out = String::with_capacity(number.len() + whole / 3);
    for (index, digit) in number.char_indices() {
        if index > 0 && index < whole && (whole - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_three_digits_and_a_unit() {
        assert_eq!(time(0.3125), "0.31 ns");
        assert_eq!(time(0.000_4), "<0.001 ns");
        assert_eq!(time(9.4), "9.40 ns");
        assert_eq!(time(999.4), "999 ns");
        assert_eq!(time(999.9), "1.00 µs");
        assert_eq!(time(61_250_000.0), "61.2 ms");
        assert_eq!(time(7_200e9), "7,200 s");
    }

    #[test]
    fn bytes_step_by_1024() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(1000.0), "1,000 B");
        assert_eq!(bytes(4096.0), "4.00 KiB");
        assert_eq!(bytes(8_000_000.0), "7.63 MiB");
    }

    #[test]
    fn ratios_and_counts_are_grouped() {
        assert_eq!(ratio(0.25), "0.25x");
        assert_eq!(ratio(0.012), "0.012x");
        assert_eq!(ratio(0.000_1), "<0.001x");
        assert_eq!(ratio(6_412_345.0), "6,412,345x");
        assert_eq!(count(10_000_000), "10,000,000");
        assert_eq!(count(999), "999");
    }
}
