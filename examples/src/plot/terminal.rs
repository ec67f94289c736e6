//! The plot in braille dots: each character cell holds two columns of four.

use super::Plot;
use crate::units;

const COLUMNS: usize = 52;
const ROWS: usize = 12;
/// Columns left of the plot, for the labels of the y axis.
const MARGIN: usize = 11;
/// The bits of a cell's dots in Unicode's numbering, by row and column.
const DOTS: [[u32; 2]; 4] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]];
const BLANK: u32 = 0x2800;

pub(super) fn draw(plot: &Plot<'_>) -> String {
    let (x_axis, y_axis) = (plot.x_axis(), plot.y_axis());
    let y_dot = |value: f64| units::round((1.0 - value / y_axis.max) * (ROWS * 4 - 1) as f64);

    let mut cells = [[0_u32; COLUMNS]; ROWS];
    let mut names = vec![String::new(); ROWS];
    for line in &plot.lines {
        let mut last_y = None;
        for x in 0..COLUMNS * 2 {
            let y = y_dot(line.at((x + 1) as f64 / (COLUMNS * 2) as f64 * x_axis.max));
            let from = last_y.replace(y).unwrap_or(y);
            for y in from.min(y)..=from.max(y) {
                cells[y / 4][x / 2] |= DOTS[y % 4][x % 2];
            }
        }
        let row = y_dot(line.last()) / 4;
        let row = if names[row].is_empty() {
            row
        } else {
            row.checked_sub(1).unwrap_or(row + 1)
        };
        names[row] = format!(" {}", line.label);
    }

    let mut scale = vec![String::new(); ROWS];
    for (value, label) in y_axis.ticks() {
        scale[y_dot(value) / 4] = format!("{label} {}", y_axis.unit);
    }

    let mut out = format!("{}\n", plot.title);
    for ((row, label), name) in cells.iter().zip(scale).zip(names) {
        let mark = if label.is_empty() { '│' } else { '┤' };
        out.push_str(&format!("{label:>MARGIN$} {mark}"));
        out.extend(row.iter().filter_map(|dots| char::from_u32(BLANK + dots)));
        out.push_str(&name);
        out.push('\n');
    }
    out.push_str(&x_scale(plot, &x_axis));
    out
}

/// Returns the x axis: a ruler with a mark at each tick, and the labels under it.
fn x_scale(plot: &Plot<'_>, axis: &super::Axis) -> String {
    let mut ruler = ['─'; COLUMNS];
    let mut labels = String::new();
    for (value, label) in axis.ticks() {
        let column = units::round(value / axis.max * (COLUMNS - 1) as f64);
        ruler[column] = '┴';
        // Centred under its mark, unless the label before is in the way.
        let start = (MARGIN + 2 + column).saturating_sub(label.len() / 2);
        if labels.is_empty() || labels.len() < start {
            labels = format!("{labels:start$}{label}");
        }
    }
    let ruler: String = ruler.iter().collect();
    format!("{:MARGIN$} └{ruler}\n{labels} {}\n", "", plot.x_label)
}
