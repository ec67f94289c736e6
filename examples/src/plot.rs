//! A plot of bytes over edits, for the terminal and as SVG.

mod svg;
mod terminal;

use crate::units;

/// Lines over a shared pair of axes.
pub struct Plot<'a> {
    /// What the plot shows.
    pub title: String,
    /// What the x axis counts.
    pub x_label: &'a str,
    /// The lines; each is named at its end.
    pub lines: [Line<'a>; 2],
}

/// One line: the value `bytes[i]` from `xs[i]` on, until the next.
pub struct Line<'a> {
    /// The name written beside the line's end.
    pub label: &'a str,
    /// Where the values start, rising.
    pub xs: &'a [usize],
    /// The values, one for each of `xs`.
    pub bytes: &'a [usize],
}

impl Line<'_> {
    /// Returns the value at `x`, which is 0 before the first.
    fn at(&self, x: f64) -> f64 {
        let next = self.xs.partition_point(|&start| start as f64 <= x);
        next.checked_sub(1).map_or(0.0, |i| self.bytes[i] as f64)
    }

    fn last(&self) -> f64 {
        self.bytes.last().map_or(0.0, |&bytes| bytes as f64)
    }
}

impl Plot<'_> {
    /// Returns the plot in braille dots, at most 80 columns wide.
    #[must_use]
    pub fn to_terminal(&self) -> String {
        terminal::draw(self)
    }

    /// Returns the plot as a stand-alone SVG file.
    #[must_use]
    pub fn to_svg(&self) -> String {
        svg::draw(self)
    }

    fn x_axis(&self) -> Axis {
        let max = self.lines.iter().filter_map(|line| line.xs.last()).max();
        Axis::new(max.map_or(0.0, |&x| x as f64), 1.0, "")
    }

    fn y_axis(&self) -> Axis {
        let max = self.lines.iter().flat_map(|line| line.bytes).max();
        let max = max.map_or(0.0, |&bytes| bytes as f64);
        // A unit that leaves room for four ticks.
        let (size, unit) = units::byte_unit(max / 4.0);
        Axis::new(max, size, unit)
    }
}

/// A scale from 0 to `max`, with a tick every `step`.
struct Axis {
    max: f64,
    step: f64,
    unit_size: f64,
    unit: &'static str,
}

impl Axis {
    /// Returns an axis up to `max`, and at least to one unit, with four to eight ticks.
    fn new(max: f64, unit_size: f64, unit: &'static str) -> Self {
        let max = max.max(unit_size);
        let third = max / unit_size / 3.0;
        let decade = 10_f64.powf(third.log10().floor());
        // One of these always fits: `third` is at least `decade`.
        let multiple = [5.0, 2.0]
            .into_iter()
            .find(|m| m * decade <= third)
            .unwrap_or(1.0);
        let step = (multiple * decade).max(1.0) * unit_size;
        Self {
            max,
            step,
            unit_size,
            unit,
        }
    }

    /// Returns where the ticks stand and what they say.
    fn ticks(&self) -> impl Iterator<Item = (f64, String)> {
        (0..=units::round((self.max / self.step).floor())).map(|i| {
            let value = i as f64 * self.step;
            (value, units::count(units::round(value / self.unit_size)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(max: f64) -> Vec<String> {
        Axis::new(max, 1.0, "")
            .ticks()
            .map(|(_, label)| label)
            .collect()
    }

    #[test]
    fn ticks_are_round_numbers() {
        assert_eq!(labels(0.0), ["0", "1"]);
        assert_eq!(labels(3.0), ["0", "1", "2", "3"]);
        assert_eq!(labels(42.0), ["0", "10", "20", "30", "40"]);
        assert_eq!(
            labels(259_778.0),
            ["0", "50,000", "100,000", "150,000", "200,000", "250,000"]
        );
    }

    #[test]
    fn a_line_holds_its_value_until_the_next() {
        let line = Line {
            label: "",
            xs: &[10, 20],
            bytes: &[5, 7],
        };
        assert_eq!(
            [0.0, 10.0, 19.9, 20.0, 99.0].map(|x| line.at(x)),
            [0.0, 5.0, 5.0, 7.0, 7.0]
        );
    }

    #[test]
    fn both_forms_show_every_label_and_scale() {
        let (low, high) = ([1 << 20, 2 << 20], [100 << 20, 400 << 20]);
        let plot = Plot {
            title: "memory <held>".to_owned(),
            x_label: "edits",
            lines: [
                Line {
                    label: "shared",
                    xs: &[100, 200],
                    bytes: &low,
                },
                Line {
                    label: "cloned",
                    xs: &[100, 200],
                    bytes: &high,
                },
            ],
        };
        let terminal = plot.to_terminal();
        for part in [
            "memory <held>",
            "edits",
            "shared",
            "cloned",
            "400 MiB",
            "200",
        ] {
            assert!(terminal.contains(part), "{part} in\n{terminal}");
        }
        assert!(
            terminal.lines().all(|line| line.chars().count() <= 80),
            "{terminal}"
        );

        let svg = plot.to_svg();
        for part in [
            "memory &lt;held&gt;",
            "edits",
            "shared",
            "cloned",
            "400 MiB",
            "200",
        ] {
            assert!(svg.contains(part), "{part} in\n{svg}");
        }
        assert!(
            svg.starts_with("<svg") && svg.ends_with("</svg>\n"),
            "{svg}"
        );
    }

    #[test]
    fn a_plot_of_nothing_is_drawn() {
        let line = || Line {
            label: "none",
            xs: &[],
            bytes: &[],
        };
        let plot = Plot {
            title: String::new(),
            x_label: "edits",
            lines: [line(), line()],
        };
        assert!(plot.to_terminal().contains("none"));
        assert!(!plot.to_svg().contains("NaN"));
    }
}
