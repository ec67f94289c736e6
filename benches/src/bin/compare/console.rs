//! The results as text.

use cow_benches::suite::{Suite, Unit, Work};

use crate::format;
use crate::results::{Group, Part, Results};
use crate::targets::{self, Verdict};

/// What stands where a contender has no such operation.
const NONE: &str = "-";

/// Returns the whole report as text.
pub(crate) fn render(results: &Results) -> String {
    let mut out = format!("{}\n", results.machine);
    for part in &results.parts {
        out.push_str(&section(part));
    }
    for skipped in &results.skipped {
        out.push_str(&format!("skipped {skipped}\n"));
    }
    out.push_str(&format!("\ntook {:.0} s\n", results.seconds));
    out
}

fn section(part: &Part) -> String {
    let suite = part.section.suite;
    let mut out = format!("\n== {}\n", suite.title);
    for group in &part.groups {
        out.push_str(&format!(
            "\n{}, {} {}: medians\n{}",
            group.kind,
            format::count(group.len),
            suite.noun.many,
            figures(suite, group)
        ));
    }
    let verdicts = targets::judge(part);
    if !verdicts.is_empty() {
        out.push_str(&format!(
            "\n{}: {} of {} targets measured were met\n{}",
            suite.title,
            targets::score(&verdicts),
            verdicts.len(),
            judged(&verdicts)
        ));
    }
    out
}

fn figures(suite: &Suite, group: &Group) -> String {
    let mut head = vec![String::new()];
    let contenders = group.contenders.iter();
    head.extend(contenders.map(|contender| contender.title.to_owned()));
    let peers = group.peers(suite);
    head.extend(peers.map(|peer| format!("÷ {}", peer.title)));
    let mut rows = vec![head];
    for &work in suite.works.iter().filter(|&&work| group.has(work)) {
        let mut row = vec![named(suite, work)];
        row.extend(group.contenders.iter().map(|contender| {
            let figure = contender.median(work);
            figure.map_or(NONE.to_owned(), |figure| format::figure(work.unit, figure))
        }));
        row.extend(group.peers(suite).map(|peer| {
            let ratio = group.ratio(work, peer.name);
            ratio.map_or(NONE.to_owned(), format::ratio)
        }));
        rows.push(row);
    }
    aligned(&rows)
}

fn named(suite: &Suite, work: Work) -> String {
    match work.unit {
        Unit::Element => format!("{}, per {}", work.title, suite.noun.one),
        Unit::Operation | Unit::Bytes => work.title.to_owned(),
    }
}

fn judged(verdicts: &[Verdict]) -> String {
    let rows: Vec<Vec<String>> = verdicts
        .iter()
        .map(|verdict| {
            vec![
                format!("{}, {}", verdict.target.work.title, verdict.target.kind),
                format::count(verdict.len),
                verdict.measured.clone(),
                format!("<= {}", verdict.limit),
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
