//! The results as one HTML page that needs no other file.

use cow_benches::vec::{Unit, Workload};

use crate::format::{self, escaped};
use crate::plot::{self, Axis, Series};
use crate::results::{Contender, Group, Results};
use crate::targets::{self, Verdict};

const STYLE: &str = include_str!("report.css");

/// What stands where a contender has no such operation, or nothing was measured.
const NONE: &str = r#"<td class="none">–</td>"#;

/// Returns the page.
pub(crate) fn render(results: &Results, verdicts: &[Verdict]) -> String {
    let body = [
        header(results, verdicts),
        section("Targets", TARGETS_NOTE, &targets_table(verdicts)),
        plots(results),
        section("Memory", MEMORY_NOTE, &memory_table(results)),
        section("All times", TIMES_NOTE, &time_tables(results)),
        section("How this was measured", "", METHOD),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>CowVec side by side</title><style>{STYLE}</style></head>\n<body><main>\n{}</main></body></html>\n",
        body.concat()
    )
}

const TARGETS_NOTE: &str =
    "What CowVec sets out to reach on this kind of machine, and what this run measured.";

const MEMORY_NOTE: &str = "Handles included. On the heap these are the bytes asked for, without \
    what the allocator adds to them; what CowVec keeps in its arena counts in whole chunks, with their \
    counts. Bytes copied are what the arena copied, or what was allocated to copy into.";

const TIMES_NOTE: &str = "Medians. Point at a figure to see its range and its number of rounds.";

const METHOD: &str = "<ul>\
    <li>All contenders live in one process and take turns within each workload, several rounds \
    over, so that whatever else the machine does meets all of them. Every figure is the median of \
    its rounds; slow work gets fewer rounds, never other work.</li>\
    <li>Every contender runs the same code, written once against one trait, in a release build \
    over the same allocator. imbl uses triomphe's pointers.</li>\
    <li>Times are those that the working thread had a processor, so that other programs do not \
    count, apart from what they do to the caches.</li>\
    <li>Reads and writes run on vectors as they were collected; snapshots come after that, and \
    edits in the middle last.</li>\
    <li>Random indices cost about a nanosecond each, and that is part of the times.</li>\
    <li>The first write after a snapshot is also timed alone, each by itself, less what reading \
    the clock takes.</li>\
    <li>Vec takes a snapshot by cloning every element; Arc&lt;Vec&gt; and ecow clone every element \
    on the first write after it. rpds has neither slices nor edits in the middle.</li></ul>";

fn header(results: &Results, verdicts: &[Verdict]) -> String {
    let mut tiles = String::new();
    // The largest vectors say most; numbers come first.
    let numbers = results.groups.iter().filter(|group| group.element == "u64");
    if let Some(group) = numbers.max_by_key(|group| group.len) {
        for workload in [
            Workload::Snapshot,
            Workload::SnapshotWrite,
            Workload::GetRandom,
        ] {
            tiles.push_str(&tile(group, workload));
        }
    }
    if !verdicts.is_empty() {
        tiles.push_str(&format!(
            r#"<div class="tile"><h3>targets met</h3><p class="big">{}<span class="of"> of {}</span></p><p>measured in this run</p></div>"#,
            targets::score(verdicts),
            verdicts.len()
        ));
    }
    let skipped: String = results
        .skipped
        .iter()
        .map(|skipped| format!(r#"<p class="skipped">Skipped {}</p>"#, escaped(skipped)))
        .collect();
    format!(
        r#"<header><h1>CowVec side by side</h1><p class="machine">{}; took {:.0} s</p>{skipped}<div class="tiles">{tiles}</div></header>
"#,
        escaped(&results.machine.to_string()),
        results.seconds
    )
}

fn tile(group: &Group, workload: Workload) -> String {
    let median = |name| group.contender(name)?.median(workload);
    let (Some(ours), Some(vec), Some(imbl)) = (median("cow"), median("std_clone"), median("imbl"))
    else {
        return String::new();
    };
    format!(
        r#"<div class="tile"><h3>{}</h3><p class="big">{}</p><p>Vec {}, imbl {}<br>{} {}</p></div>"#,
        escaped(workload.title()),
        format::time(ours),
        format::time(vec),
        format::time(imbl),
        format::count(group.len),
        escaped(group.element)
    )
}

/// Returns a section, or nothing where there is nothing to show.
fn section(title: &str, note: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    let note = if note.is_empty() {
        String::new()
    } else {
        format!(r#"<p class="note">{note}</p>"#)
    };
    format!("<section><h2>{title}</h2>{note}{content}</section>\n")
}

/// Returns a table, or nothing without rows.
fn table(head: &str, rows: &str) -> String {
    if rows.is_empty() {
        return String::new();
    }
    format!(
        r#"<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"#
    )
}

fn targets_table(verdicts: &[Verdict]) -> String {
    const HEAD: &str = "<th>work</th><td>element</td><td>elements</td><td>measured</td>\
        <td>target</td><td></td>";
    let rows: String = verdicts
        .iter()
        .map(|verdict| {
            let bound = verdict.target.bound;
            let sign = if verdict.met() { '✓' } else { '✗' };
            let word = verdict.word();
            format!(
                r#"<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td><td>≤ {}</td><td class="{word}">{sign} {word}</td></tr>"#,
                escaped(verdict.target.figure.title()),
                escaped(verdict.target.element),
                format::count(verdict.len),
                escaped(&bound.show(verdict.measured)),
                escaped(&bound.show_limit()),
            )
        })
        .collect();
    table(HEAD, &rows)
}

fn plots(results: &Results) -> String {
    let Some(first) = results.groups.first() else {
        return String::new();
    };
    let legend: String = first
        .contenders
        .iter()
        .enumerate()
        .map(|(index, contender)| {
            format!(
                "<span>{}{}</span>",
                plot::legend_mark(index),
                escaped(contender.title)
            )
        })
        .collect();
    let mut out = String::new();
    for element in results.elements() {
        let groups: Vec<&Group> = results
            .groups
            .iter()
            .filter(|group| group.element == element)
            .collect();
        let mut figures = String::new();
        for workload in Workload::ALL {
            let unit = match workload.unit() {
                Unit::Element => "per element",
                Unit::Operation => "per operation",
            };
            let name = escaped(workload.title());
            figures.push_str(&figure(&name, unit, Axis::Time, &groups, |contender| {
                contender.median(workload)
            }));
            if workload == Workload::SnapshotWrite {
                let name = "bytes copied by that write";
                figures.push_str(&figure(name, unit, Axis::Bytes, &groups, |contender| {
                    contender.bytes_copied_per_write
                }));
            }
        }
        out.push_str(&format!(
            r#"<section><h2>{} by size</h2><p class="note">Figures against the number of elements, both axes logarithmic.</p><div class="legend">{legend}</div><div class="plots">{figures}</div></section>
"#,
            escaped(element)
        ));
    }
    out
}

fn figure(
    name: &str,
    unit: &str,
    axis: Axis,
    groups: &[&Group],
    value: impl Fn(&Contender) -> Option<f64>,
) -> String {
    let contenders = groups.first().map_or(&[][..], |group| &group.contenders);
    let series: Vec<Series<'_>> = contenders
        .iter()
        .enumerate()
        .map(|(index, contender)| Series {
            title: contender.title,
            points: groups
                .iter()
                .filter_map(|group| Some((group.len, value(&group.contenders[index])?)))
                .collect(),
        })
        .collect();
    if series.iter().all(|line| line.points.is_empty()) {
        return String::new();
    }
    format!(
        "<figure><figcaption>{name} <span>{unit}</span></figcaption>{}</figure>",
        plot::log_log(axis, &series)
    )
}

fn memory_table(results: &Results) -> String {
    let Some(first) = results.groups.first() else {
        return String::new();
    };
    let mut rows = String::new();
    for group in &results.groups {
        let place = format!("{} × {}", escaped(group.element), format::count(group.len));
        let mut row = |title: &str, value: &dyn Fn(&Contender) -> Option<f64>| {
            if group
                .contenders
                .iter()
                .any(|contender| value(contender).is_some())
            {
                let cells: String = group
                    .contenders
                    .iter()
                    .map(|contender| {
                        value(contender).map_or(NONE.to_owned(), |bytes| {
                            format!("<td>{}</td>", format::bytes(bytes))
                        })
                    })
                    .collect();
                rows.push_str(&format!("<tr><th>{title}</th><td>{place}</td>{cells}</tr>"));
            }
        };
        row("copied by one write after a snapshot", &|one| {
            one.bytes_copied_per_write
        });
        row("kept with each snapshot and write", &|one| {
            Some(one.footprint?.kept_per_snapshot)
        });
        row("for each element", &|one| Some(one.footprint?.per_element));
        row("a vector of three elements", &|one| {
            Some(one.footprint?.three_elements)
        });
    }
    let head = format!("<th></th><td></td>{}", heads(&first.contenders));
    table(&head, &rows)
}

fn time_tables(results: &Results) -> String {
    results
        .groups
        .iter()
        .map(|group| {
            let rows: String = group
                .workloads
                .iter()
                .map(|&workload| time_row(group, workload))
                .collect();
            let head = format!(
                r#"<th></th>{}<td class="first">CowVec / Vec</td><td>CowVec / imbl</td>"#,
                heads(&group.contenders)
            );
            format!(
                "<details open><summary>{}, {} elements</summary>{}</details>",
                escaped(group.element),
                format::count(group.len),
                table(&head, &rows)
            )
        })
        .collect()
}

fn time_row(group: &Group, workload: Workload) -> String {
    let unit = match workload.unit() {
        Unit::Element => r#" <span class="unit">per element</span>"#,
        Unit::Operation => "",
    };
    let times: String = group
        .contenders
        .iter()
        .map(|contender| {
            contender.cell(workload).map_or(NONE.to_owned(), |cell| {
                let (least, most) = cell.range();
                format!(
                    r#"<td title="{} to {} in {} rounds">{}</td>"#,
                    format::time(least),
                    format::time(most),
                    cell.rounds(),
                    format::time(cell.median())
                )
            })
        })
        .collect();
    let ratios: String = [("std_clone", " first"), ("imbl", "")]
        .iter()
        .map(|(peer, place)| {
            group
                .ratio(workload, peer)
                .map_or(NONE.to_owned(), |ratio| {
                    let class = if ratio <= 1.0 { "faster" } else { "slower" };
                    format!(
                        r#"<td class="{class}{place}">{}</td>"#,
                        escaped(&format::ratio(ratio))
                    )
                })
        })
        .collect();
    format!(
        "<tr><th>{}{unit}</th>{times}{ratios}</tr>",
        escaped(workload.title())
    )
}

fn heads(contenders: &[Contender]) -> String {
    contenders
        .iter()
        .enumerate()
        .map(|(index, contender)| {
            format!(r#"<td class="s{index}">{}</td>"#, escaped(contender.title))
        })
        .collect()
}
