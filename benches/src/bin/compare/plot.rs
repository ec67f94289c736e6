//! Line plots on two logarithmic axes, as inline SVG.
//!
//! Colours come from the page's style sheet by class, so that a plot follows its light and dark
//! schemes: series `n` has class `s{n}`.

use cow_benches::suite::Unit;

use crate::format;

/// One contender's line.
pub(crate) struct Series<'a> {
    pub(crate) title: &'a str,
    /// Its place among the contenders, which gives it its colour and shape.
    pub(crate) index: usize,
    /// Length and figure, by ascending length.
    pub(crate) points: Vec<(usize, f64)>,
}

/// What the axes show.
#[derive(Clone, Copy)]
pub(crate) struct Axes {
    /// What is counted from left to right.
    pub(crate) counted: &'static str,
    /// What the figures are.
    pub(crate) unit: Unit,
}

const WIDTH: f64 = 400.0;
const HEIGHT: f64 = 250.0;
const LEFT: f64 = 58.0;
const RIGHT: f64 = WIDTH - 14.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = HEIGHT - 26.0;

/// How many labels fit along the vertical axis.
const LABELS: i32 = 7;

impl Axes {
    /// Returns the factor from one horizontal grid line to the next.
    const fn step(self) -> f64 {
        match self.unit {
            Unit::Element | Unit::Operation => 10.0,
            Unit::Bytes => 32.0,
        }
    }
}

/// Draws figures against lengths. Figures of zero have no place on the axis.
pub(crate) fn log_log(axes: Axes, series: &[Series<'_>]) -> String {
    let points = || {
        let all = series.iter().flat_map(|line| &line.points);
        all.filter(|(_, figure)| *figure > 0.0)
    };
    let x = Scale::around(points().map(|&(len, _)| len as f64), 10.0, LEFT, RIGHT);
    let y = Scale::around(
        points().map(|&(_, figure)| figure),
        axes.step(),
        BOTTOM,
        TOP,
    );

    let mut svg = format!(r#"<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img">"#);
    let stride = (y.last - y.first) / LABELS + 1;
    for line in y.lines() {
        let at = y.place(y.value(line));
        svg.push_str(&format!(
            r#"<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{at:.1}" y2="{at:.1}"/>"#
        ));
        if (line - y.first) % stride == 0 {
            let label = format::escaped(&without_zeros(&format::figure(axes.unit, y.value(line))));
            svg.push_str(&format!(
                r#"<text class="tick" x="{:.1}" y="{:.1}" text-anchor="end">{label}</text>"#,
                LEFT - 6.0,
                at + 3.5
            ));
        }
    }
    for line in x.lines() {
        let at = x.place(x.value(line));
        svg.push_str(&format!(
            r#"<line class="grid" x1="{at:.1}" x2="{at:.1}" y1="{TOP}" y2="{BOTTOM}"/><text class="tick" x="{at:.1}" y="{:.1}" text-anchor="middle">10<tspan dy="-4" font-size="8">{line}</tspan></text>"#,
            BOTTOM + 17.0
        ));
    }
    // The first contender is drawn last, above the others.
    for line in series.iter().rev() {
        svg.push_str(&drawn(line, axes, &x, &y));
    }
    svg.push_str("</svg>");
    svg
}

/// Draws the mark of a series, for the legend.
pub(crate) fn legend_mark(index: usize) -> String {
    format!(
        r#"<svg class="mark s{index}" viewBox="0 0 24 12"><path class="line" d="M1 6H23"/><path class="dot" d="{}"/></svg>"#,
        mark(index, 12.0, 6.0)
    )
}

fn drawn(line: &Series<'_>, axes: Axes, x: &Scale, y: &Scale) -> String {
    let mut path = String::new();
    let mut marks = String::new();
    for &(len, figure) in line.points.iter().filter(|(_, figure)| *figure > 0.0) {
        let (px, py) = (x.place(len as f64), y.place(figure));
        let command = if path.is_empty() { 'M' } else { 'L' };
        path.push_str(&format!("{command}{px:.1} {py:.1}"));
        marks.push_str(&format!(
            r#"<path class="dot" d="{}"><title>{}, {} {}: {}</title></path>"#,
            mark(line.index, px, py),
            format::escaped(line.title),
            format::count(len),
            axes.counted,
            format::figure(axes.unit, figure)
        ));
    }
    format!(
        r#"<g class="s{}"><path class="line" d="{path}"/>{marks}</g>"#,
        line.index
    )
}

/// Returns the outline of a mark: each series has a shape besides its colour.
fn mark(index: usize, x: f64, y: f64) -> String {
    let shape = match index % 8 {
        0 => "m-3.6 0a3.6 3.6 0 1 0 7.2 0a3.6 3.6 0 1 0-7.2 0z",
        1 => "m-3-3h6v6h-6z",
        2 => "m0-4l3.8 6.6h-7.6z",
        3 => "m0-4.2l4.2 4.2l-4.2 4.2l-4.2-4.2z",
        4 => "m0 4l3.8-6.6h-7.6z",
        5 => "m-1.2-3.6h2.4v2.4h2.4v2.4h-2.4v2.4h-2.4v-2.4h-2.4v-2.4h2.4z",
        6 => "m-4-1.8h8v3.6h-8z",
        _ => "m-1.8-4h3.6v8h-3.6z",
    };
    format!("M{x:.1} {y:.1}{shape}")
}

/// A logarithmic axis from one grid line to another.
struct Scale {
    step: f64,
    first: i32,
    last: i32,
    from: f64,
    to: f64,
}

impl Scale {
    /// Returns the scale whose grid lines enclose all of `values`, drawn between two places.
    fn around(values: impl Iterator<Item = f64>, step: f64, from: f64, to: f64) -> Self {
        let logs: Vec<f64> = values.map(|value| value.log(step)).collect();
        // A little slack, so that a power of the step is on its own line despite rounding.
        let lowest = logs.iter().copied().fold(f64::INFINITY, f64::min) + 1e-9;
        let highest = logs.iter().copied().fold(f64::NEG_INFINITY, f64::max) - 1e-9;
        let (first, last) = if logs.is_empty() {
            (0, 1)
        } else {
            (line_at(lowest.floor()), line_at(highest.ceil()))
        };
        Self {
            step,
            first,
            last: last.max(first + 1),
            from,
            to,
        }
    }

    fn lines(&self) -> impl Iterator<Item = i32> {
        self.first..=self.last
    }

    fn value(&self, line: i32) -> f64 {
        self.step.powi(line)
    }

    fn place(&self, value: f64) -> f64 {
        let share =
            (value.log(self.step) - f64::from(self.first)) / f64::from(self.last - self.first);
        self.from + share * (self.to - self.from)
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "logarithms of finite numbers are small"
)]
fn line_at(log: f64) -> i32 {
    log as i32
}

/// Drops the zeros that a round figure ends with.
fn without_zeros(figure: &str) -> String {
    match figure.split_once(' ') {
        Some((number, unit)) if number.contains('.') => {
            let number = number.trim_end_matches('0').trim_end_matches('.');
            format!("{number} {unit}")
        }
        _ => figure.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scale_ends_on_grid_lines() {
        let scale = Scale::around([1e3, 1e7].into_iter(), 10.0, 0.0, 400.0);
        assert_eq!((scale.first, scale.last), (3, 7));
        assert!((scale.place(1e5) - 200.0).abs() < 1e-6);
        let one = Scale::around([5.0].into_iter(), 10.0, 0.0, 1.0);
        assert_eq!((one.first, one.last), (0, 1));
    }

    #[test]
    fn every_point_is_marked_and_zeros_are_left_out() {
        let line = |title, points: &[(usize, f64)]| Series {
            title,
            index: 0,
            points: points.to_vec(),
        };
        let svg = log_log(
            Axes {
                counted: "entries",
                unit: Unit::Operation,
            },
            &[
                line("a<b>", &[(1000, 2.0), (100_000, 30.0)]),
                line("c", &[(1000, 0.0)]),
            ],
        );
        assert_eq!(svg.matches("<title>").count(), 2);
        assert!(svg.contains("a&lt;b&gt;, 100,000 entries: 30.0 ns"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"));
    }

    #[test]
    fn round_figures_lose_their_zeros() {
        assert_eq!(without_zeros("1.00 µs"), "1 µs");
        assert_eq!(without_zeros("0.10 ns"), "0.1 ns");
        assert_eq!(without_zeros("100 ns"), "100 ns");
    }
}
