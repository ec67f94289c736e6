//! The results as one HTML page that needs no other file.

use cow_benches::suite::{Suite, Unit, Work};

use crate::format::{self, escaped};
use crate::plot::{self, Axes, Series};
use crate::results::{Group, Part, Results};
use crate::targets::{self, Verdict};

const STYLE: &str = include_str!("report.css");

/// What stands where a contender has no such operation.
const NONE: &str = r#"<td class="none">–</td>"#;

/// What holds for every section.
const METHOD: &[&str] = &[
    "All contenders of a table live in one process and take turns within each work, several \
     rounds over, so that whatever else the machine does meets all of them. Every time is the \
     median of its rounds; slow work gets fewer rounds, never other work.",
    "Every contender runs the same code, written once against one trait, in a release build over \
     the same allocator. imbl uses triomphe's pointers.",
    "Times are those that the working thread had a processor, so that other programs do not \
     count, apart from what they do to the caches.",
    "Reads and writes run on collections as they were made; snapshots come after that, and edits \
     that change the shape last.",
    "The first write after a snapshot is also timed alone, each by itself, less what reading the \
     clock takes.",
    "Memory includes the handle. On the heap it is what blocks take, with what the allocator adds \
     to each; in the arena it is whole chunks, with their counts. Bytes copied are what the arena \
     copied, or what was allocated to copy into.",
];

/// Returns the page.
pub(crate) fn render(results: &Results) -> String {
    let title = match results.parts.as_slice() {
        [only] => format!("{} side by side", only.section.suite.title),
        _ => "Side by side".to_owned(),
    };
    let body: String = results.parts.iter().map(section).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body><main>\n{}{body}\
         <section><h2>How this was measured</h2>{}</section>\n</main></body></html>\n",
        header(&title, results),
        list(METHOD)
    )
}

fn header(title: &str, results: &Results) -> String {
    let skipped: String = results
        .skipped
        .iter()
        .map(|skipped| format!(r#"<p class="skipped">Skipped {}</p>"#, escaped(skipped)))
        .collect();
    let links = results.parts.iter().map(|part| {
        let suite = part.section.suite;
        format!(
            r##"<a href="#{}">{}</a>"##,
            suite.name,
            escaped(suite.title)
        )
    });
    let nav = if results.parts.len() > 1 {
        format!("<nav>{}</nav>", links.collect::<String>())
    } else {
        String::new()
    };
    format!(
        r#"<header><h1>{title}</h1><p class="machine">{}; took {:.0} s</p>{skipped}{nav}</header>
"#,
        escaped(&results.machine.to_string()),
        results.seconds
    )
}

fn section(part: &Part) -> String {
    let suite = part.section.suite;
    let verdicts = targets::judge(part);
    let plots: String = part
        .kinds()
        .into_iter()
        .map(|kind| plots(part, kind))
        .collect();
    let body = [
        tiles(part, &verdicts),
        titled(
            "Targets",
            "What it sets out to reach on this kind of machine, and what this run measured.",
            &targets_table(suite, &verdicts),
        ),
        plots,
        titled(
            "All figures",
            "Medians. Point at a time to see its range and its number of rounds.",
            &part
                .groups
                .iter()
                .map(|group| figures(part, group))
                .collect::<String>(),
        ),
        list(suite.notes),
    ];
    format!(
        "<section id=\"{}\"><h2>{}</h2>{}</section>\n",
        suite.name,
        escaped(suite.title),
        body.concat()
    )
}

/// Returns content under a title, or nothing where there is nothing to show.
fn titled(title: &str, note: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!(r#"<h3>{title}</h3><p class="note">{note}</p>{content}"#)
}

fn list(notes: &[&str]) -> String {
    let items: String = notes
        .iter()
        .map(|note| format!("<li>{}</li>", escaped(note)))
        .collect();
    format!("<ul>{items}</ul>")
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

/// Returns the figures that say most, of the largest collection that has them.
fn tiles(part: &Part, verdicts: &[Verdict]) -> String {
    let suite = part.section.suite;
    let mut tiles = String::new();
    for &work in suite.highlights {
        // The kinds come in the order of their weight, and the first one says most.
        let first = part.kinds().first().copied().unwrap_or_default();
        let measured = part.of_kind(first).filter(|group| group.has(work));
        if let Some(group) = measured.max_by_key(|group| group.len) {
            tiles.push_str(&tile(suite, group, work).unwrap_or_default());
        }
    }
    if !verdicts.is_empty() {
        tiles.push_str(&format!(
            r#"<div class="tile"><h4>targets met</h4><p class="big">{}<span class="of"> of {}</span></p><p>measured in this run</p></div>"#,
            targets::score(verdicts),
            verdicts.len()
        ));
    }
    format!(r#"<div class="tiles">{tiles}</div>"#)
}

fn tile(suite: &Suite, group: &Group, work: Work) -> Option<String> {
    let ours = group.contenders.first()?.median(work)?;
    let peers: Vec<String> = group
        .peers(suite)
        .filter_map(|peer| {
            let figure = format::figure(work.unit, peer.median(work)?);
            Some(format!("{} {figure}", escaped(peer.title)))
        })
        .collect();
    Some(format!(
        r#"<div class="tile"><h4>{}</h4><p class="big">{}</p><p>{}<br>{} {}, {}</p></div>"#,
        escaped(work.title),
        format::figure(work.unit, ours),
        peers.join(", "),
        format::count(group.len),
        suite.noun.many,
        escaped(group.kind)
    ))
}

fn targets_table(suite: &Suite, verdicts: &[Verdict]) -> String {
    let head = format!(
        "<th>work</th><td>kind</td><td>{}</td><td>measured</td><td>target</td><td></td>",
        suite.noun.many
    );
    let rows: String = verdicts
        .iter()
        .map(|verdict| {
            let sign = if verdict.met { '✓' } else { '✗' };
            let word = verdict.word();
            format!(
                r#"<tr><th>{}</th><td>{}</td><td>{}</td><td>{}</td><td>≤ {}</td><td class="{word}">{sign} {word}</td></tr>"#,
                escaped(verdict.target.work.title),
                escaped(verdict.target.kind),
                format::count(verdict.len),
                escaped(&verdict.measured),
                escaped(&verdict.limit),
            )
        })
        .collect();
    table(&head, &rows)
}

fn plots(part: &Part, kind: &str) -> String {
    let suite = part.section.suite;
    let legend: String = part
        .contenders()
        .iter()
        .enumerate()
        .map(|(index, (_, title))| {
            format!(
                "<span>{}{}</span>",
                plot::legend_mark(index),
                escaped(title)
            )
        })
        .collect();
    let works = suite.works.iter();
    let figures: String = works.map(|&work| figure(part, kind, work)).collect();
    if figures.is_empty() {
        return String::new();
    }
    format!(
        r#"<h3>{} by size</h3><p class="note">Figures against the number of {}, both axes logarithmic.</p><div class="legend">{legend}</div><div class="plots">{figures}</div>"#,
        escaped(kind),
        suite.noun.many
    )
}

/// Returns the plot of one work, or nothing where nobody did it at more than one length.
fn figure(part: &Part, kind: &str, work: Work) -> String {
    let noun = part.section.suite.noun;
    let series: Vec<Series<'_>> = part
        .contenders()
        .iter()
        .enumerate()
        .map(|(index, (name, title))| Series {
            title,
            index,
            points: part
                .of_kind(kind)
                .filter_map(|group| Some((group.len, group.contender(name)?.median(work)?)))
                .collect(),
        })
        .filter(|line| line.points.len() > 1)
        .collect();
    if series.is_empty() {
        return String::new();
    }
    let axes = Axes {
        counted: noun.many,
        unit: work.unit,
    };
    format!(
        "<figure><figcaption>{}{}</figcaption>{}</figure>",
        escaped(work.title),
        unit(part.section.suite, work),
        plot::log_log(axes, &series)
    )
}

/// Returns what a figure is one of, where the work's title does not say.
fn unit(suite: &Suite, work: Work) -> String {
    match work.unit {
        Unit::Element => format!(r#" <span class="unit">per {}</span>"#, suite.noun.one),
        Unit::Operation | Unit::Bytes => String::new(),
    }
}

fn figures(part: &Part, group: &Group) -> String {
    let suite = part.section.suite;
    let all = part.contenders();
    let heads: String = group
        .contenders
        .iter()
        .map(|contender| {
            let index = all.iter().position(|(name, _)| *name == contender.name);
            format!(
                r#"<td class="s{}">{}</td>"#,
                index.unwrap_or_default(),
                escaped(contender.title)
            )
        })
        .collect();
    let peers: String = group
        .peers(suite)
        .map(|peer| format!(r#"<td class="ratio">÷ {}</td>"#, escaped(peer.title)))
        .collect();
    let works = suite.works.iter().filter(|&&work| group.has(work));
    let rows: String = works.map(|&work| row(suite, group, work)).collect();
    format!(
        "<details open><summary>{}, {} {}</summary>{}</details>",
        escaped(group.kind),
        format::count(group.len),
        suite.noun.many,
        table(&format!("<th></th>{heads}{peers}"), &rows)
    )
}

fn row(suite: &Suite, group: &Group, work: Work) -> String {
    let figures: String = group
        .contenders
        .iter()
        .map(|contender| {
            contender.cell(work).map_or(NONE.to_owned(), |cell| {
                let (least, most) = cell.range();
                format!(
                    r#"<td title="{} to {} in {} rounds">{}</td>"#,
                    format::figure(work.unit, least),
                    format::figure(work.unit, most),
                    cell.rounds(),
                    format::figure(work.unit, cell.median())
                )
            })
        })
        .collect();
    let ratios: String = group
        .peers(suite)
        .map(|peer| {
            let ratio = group.ratio(work, peer.name);
            ratio.map_or(NONE.to_owned(), |ratio| {
                let class = if ratio <= 1.0 { "faster" } else { "slower" };
                let ratio = format::ratio(ratio);
                format!(r#"<td class="ratio {class}">{}</td>"#, escaped(&ratio))
            })
        })
        .collect();
    format!(
        "<tr><th>{}{}</th>{figures}{ratios}</tr>",
        escaped(work.title),
        unit(suite, work)
    )
}
