//! The plot as a stand-alone SVG file.

use std::fmt::Write;

use super::{Axis, Line, Plot};

const PLOT_WIDTH: u16 = 550;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 130.0;
const WIDTH: f64 = LEFT + PLOT_WIDTH as f64 + RIGHT;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 56.0;
/// Told apart in print and by colour-blind eyes too.
const COLOURS: [&str; 2] = ["#0072b2", "#d55e00"];
/// The least distance between the names of two lines that end close together.
const NAME_GAP: f64 = 16.0;

pub(super) fn draw(plot: &Plot<'_>) -> String {
    let (x_axis, y_axis) = (plot.x_axis(), plot.y_axis());
    let mut svg = Svg {
        text: String::new(),
        x_axis,
        y_axis,
    };
    svg.push(format_args!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="13">"#
    ));
    svg.push(format_args!(
        r#"<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>"#
    ));
    svg.text(LEFT, TOP - 22.0, "start", "black", &plot.title);
    svg.axes(plot.x_label);
    svg.lines(&plot.lines);
    svg.push(format_args!("</svg>"));
    svg.text
}

struct Svg {
    text: String,
    x_axis: Axis,
    y_axis: Axis,
}

impl Svg {
    fn push(&mut self, element: std::fmt::Arguments<'_>) {
        writeln!(self.text, "{element}").expect("a String takes all");
    }

    fn text(&mut self, x: f64, y: f64, anchor: &str, colour: &str, text: &str) {
        let text = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        self.push(format_args!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" fill="{colour}">{text}</text>"#
        ));
    }

    fn x(&self, value: f64) -> f64 {
        LEFT + value / self.x_axis.max * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, value: f64) -> f64 {
        HEIGHT - BOTTOM - value / self.y_axis.max * (HEIGHT - TOP - BOTTOM)
    }

    fn axes(&mut self, x_label: &str) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        for (value, label) in self.y_axis.ticks().collect::<Vec<_>>() {
            let y = self.y(value);
            self.push(format_args!(
                r##"<path d="M{LEFT} {y:.1}H{right}" stroke="#ddd"/>"##
            ));
            let label = format!("{label} {}", self.y_axis.unit);
            self.text(LEFT - 8.0, y + 4.0, "end", "#444", &label);
        }
        for (value, label) in self.x_axis.ticks().collect::<Vec<_>>() {
            let x = self.x(value);
            self.push(format_args!(
                r##"<path d="M{x:.1} {bottom}v5" stroke="#444"/>"##
            ));
            self.text(x, bottom + 20.0, "middle", "#444", &label);
        }
        self.push(format_args!(
            r##"<path d="M{LEFT} {bottom}H{right}" stroke="#444"/>"##
        ));
        self.text(
            (LEFT + right) / 2.0,
            bottom + 42.0,
            "middle",
            "#444",
            x_label,
        );
    }

    fn lines(&mut self, lines: &[Line<'_>]) {
        let mut names_y: Vec<f64> = Vec::new();
        for (line, colour) in lines.iter().zip(COLOURS) {
            let mut path = format!("M{LEFT} {:.1}", self.y(0.0));
            for px in 0..=PLOT_WIDTH {
                let value = line.at(f64::from(px) / f64::from(PLOT_WIDTH) * self.x_axis.max);
                write!(path, "H{:.1}V{:.1}", LEFT + f64::from(px), self.y(value))
                    .expect("a String takes all");
            }
            self.push(format_args!(
                r#"<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"/>"#
            ));
            let mut y = self.y(line.last());
            if let Some(other) = names_y.iter().find(|other| (y - **other).abs() < NAME_GAP) {
                y = other - NAME_GAP;
            }
            names_y.push(y);
            self.text(WIDTH - RIGHT + 8.0, y + 4.0, "start", colour, line.label);
        }
    }
}
