//! The results as text.

use cow_benches::vec::{Unit, Workload};

use crate::format;
use crate::results::{Group, Results};
use crate::targets::{self, Verdict};

/// What stands where a contender has no such operation, or nothing was measured.
const NONE: &str = "-";

/// Returns the whole report as text.
pub(crate) fn render(results: &Results, verdicts: &[Verdict]) -> String {
    let mut out = format!("{}\n", results.machine);
    for group in &results.groups {
        out.push_str(&format!(
            "\n{}, {} elements: median times\n{}",
            group.element,
            format::count(group.len),
            times(group)
        ));
    }
    let memory = memory(results);
    if !memory.is_empty() {
        out.push_str(&format!("\nmemory\n{memory}"));
    }
    if !verdicts.is_empty() {
        out.push_str(&format!(
            "\ntargets: {} of {} measured were met\n{}",
            targets::score(verdicts),
            verdicts.len(),
            judged(verdicts)
        ));
    }
    for skipped in &results.skipped {
        out.push_str(&format!("skipped {skipped}\n"));
    }
    out.push_str(&format!("\ntook {:.0} s\n", results.seconds));
    out
}

fn times(group: &Group) -> String {
    let mut head = vec![String::new()];
    head.extend(
        group
            .contenders
            .iter()
            .map(|contender| contender.title.to_owned()),
    );
    head.extend(["CowVec/Vec", "CowVec/imbl"].map(str::to_owned));
    let mut rows = vec![head];
    for &workload in &group.workloads {
        let mut row = vec![named(workload)];
        row.extend(group.contenders.iter().map(|contender| {
            contender
                .median(workload)
                .map_or(NONE.to_owned(), format::time)
        }));
        row.extend(["std_clone", "imbl"].map(|peer| {
            group
                .ratio(workload, peer)
                .map_or(NONE.to_owned(), format::ratio)
        }));
        rows.push(row);
    }
    aligned(&rows)
}

fn named(workload: Workload) -> String {
    match workload.unit() {
        Unit::Element => format!("{}, per element", workload.title()),
        Unit::Operation => workload.title().to_owned(),
    }
}

fn memory(results: &Results) -> String {
    let Some(first) = results.groups.first() else {
        return String::new();
    };
    let mut rows = vec![vec![String::new()]];
    rows[0].extend(
        first
            .contenders
            .iter()
            .map(|contender| contender.title.to_owned()),
    );
    for group in &results.groups {
        let place = format!("{} x {}", group.element, format::count(group.len));
        let mut row = |title: &str, figures: Vec<Option<f64>>| {
            if figures.iter().any(Option::is_some) {
                let mut row = vec![format!("{place}: {title}")];
                row.extend(
                    figures
                        .into_iter()
                        .map(|figure| figure.map_or(NONE.to_owned(), format::bytes)),
                );
                rows.push(row);
            }
        };
        let all = &group.contenders;
        row(
            "copied per write after a snapshot",
            all.iter().map(|one| one.bytes_copied_per_write).collect(),
        );
        row(
            "kept per snapshot and write",
            all.iter()
                .map(|one| Some(one.footprint?.kept_per_snapshot))
                .collect(),
        );
        row(
            "per element",
            all.iter()
                .map(|one| Some(one.footprint?.per_element))
                .collect(),
        );
        row(
            "a vector of 3",
            all.iter()
                .map(|one| Some(one.footprint?.three_elements))
                .collect(),
        );
    }
    if rows.len() == 1 {
        return String::new();
    }
    aligned(&rows)
}

fn judged(verdicts: &[Verdict]) -> String {
    let rows: Vec<Vec<String>> = verdicts
        .iter()
        .map(|verdict| {
            let bound = verdict.target.bound;
            vec![
                format!(
                    "{}, {}",
                    verdict.target.figure.title(),
                    verdict.target.element
                ),
                format::count(verdict.len),
                bound.show(verdict.measured),
                format!("<= {}", bound.show_limit()),
                verdict.word().to_owned(),
            ]
        })
        .collect();
    aligned(&rows)
}

/// Lays out rows in columns: the first to the left, the others to the right.
fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        })
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::from("  ");
        for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
            if column == 0 {
                line.push_str(&format!("{cell:<width$}"));
            } else {
                line.push_str(&format!("  {cell:>width$}"));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_by_characters() {
        let rows = [vec!["a", "1 µs", "x"], vec!["bcd", "10 ns"]];
        let rows = rows.map(|row| row.into_iter().map(str::to_owned).collect());
        assert_eq!(aligned(&rows), "  a     1 µs  x\n  bcd  10 ns\n");
    }
}
