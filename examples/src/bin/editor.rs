//! An editing session of a text, as a script: edits, undo and redo, named checkpoints, the difference
//! between two of them, and what they all cost beside copies. Every state is checked against `String`.
//! In the end the same is done in arenas of each page policy.
//!
//! ```text
//! cargo run --release -p cow-examples --bin editor            # a session that somebody had
//! cargo run --release -p cow-examples --bin editor -- FILE    # edits made up for your text
//! ```

use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use cow_core::Arena;
use cow_examples::command;
use cow_examples::editor::{Checkpoint, Session, Text};
use cow_examples::heap::CountingHeap;
use cow_examples::pages::{Pages, measure, under_each};
use cow_examples::trace::Trace;
use cow_examples::units::{bytes, count, counted, ratio};
use similar::{Algorithm, TextDiff};

const DEFAULT_FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/editing-traces/automerge-paper.json.gz"
);

/// How many steps are undone and redone at each checkpoint.
const BACK_AND_FORTH: usize = 5;

#[global_allocator]
static HEAP: CountingHeap = CountingHeap::new();

fn main() -> ExitCode {
    command::run("editor", &help(), Options::parse, run)
}

fn help() -> String {
    format!(
        "\
Replays an editing session of a text, goes back and forth in it, and prints what its
checkpoints share and how the last two differ.

Usage: editor [OPTIONS] [FILE]

  FILE         a text, or a session as JSON, plain or gzipped
               [default: the bundled automerge-paper]
  --step N     edits that one undo takes back [default: 100]
  --lines N    lines of the difference to print [default: 40]
  --pages KIND work in pages of this kind alone: {pages}
               [default: the pages of any arena, and then each kind once more]
  -h, --help   print this

Exit codes: 0 done and checked, 1 a file or a check failed, 2 bad usage.
",
        pages = Pages::names()
    )
}

struct Options {
    file: PathBuf,
    step: usize,
    lines: usize,
    pages: Option<Pages>,
}

impl Options {
    /// Returns the options, or `None` when help was asked for.
    fn parse(mut args: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let (mut file, mut step, mut lines, mut pages) = (None, 100, 40, None);
        while let Some(arg) = args.next()? {
            match arg {
                Value(path) if file.is_none() => file = Some(PathBuf::from(path)),
                Long("step") => {
                    step = args.value()?.parse()?;
                    if step == 0 {
                        return Err("--step must be at least 1".into());
                    }
                }
                Long("lines") => lines = args.value()?.parse()?,
                Long("pages") => pages = Some(args.value()?.parse()?),
                Short('h') | Long("help") => return Ok(None),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Some(Self {
            file: file.unwrap_or_else(|| DEFAULT_FILE.into()),
            step,
            lines,
            pages,
        }))
    }
}

/// One edit: characters that go, and a text that comes.
type Edit = (Range<usize>, String);

/// What is to be done with a text.
struct Script {
    start: String,
    edits: Vec<Edit>,
    /// What the text should be in the end, if that is known.
    end: Option<String>,
}

impl Script {
    /// Reads a session, or a text to make edits up for.
    fn read(path: &Path) -> Result<Self, Box<dyn Error>> {
        let named = |error: &dyn Error| format!("{}: {error}", path.display());
        let file = fs::read(path).map_err(|error| named(&error))?;
        if file.starts_with(&[0x1f, 0x8b]) || path.extension().is_some_and(|end| end == "json") {
            let trace = Trace::parse(&file).map_err(|error| named(&error))?;
            let edits = trace.edits().iter();
            return Ok(Self {
                start: trace.start().iter().collect(),
                edits: edits
                    .map(|edit| {
                        let inserted = edit.inserted.iter().collect();
                        (edit.at..edit.at + edit.removed, inserted)
                    })
                    .collect(),
                end: Some(trace.end().iter().collect()),
            });
        }
        let start = String::from_utf8(file).map_err(|error| named(&error))?;
        Ok(Self {
            edits: made_up(&start),
            start,
            end: None,
        })
    }
}

/// Makes up an afternoon's edits: words typed key by key, deletions, and moved lines.
fn made_up(text: &str) -> Vec<Edit> {
    let mut rng = fastrand::Rng::with_seed(7);
    let words = [
        "snapshot ",
        "of the text, ",
        "größer ",
        "as it was.\n",
        "中文 ",
    ];
    let mut len = text.chars().count();
    let mut edits = Vec::new();
    while edits.len() < 20_000 {
        let at = rng.usize(..=len);
        let edit = match rng.u8(..10) {
            0..=6 => {
                for (key, char) in words[rng.usize(..words.len())].chars().enumerate() {
                    edits.push((at + key..at + key, char.to_string()));
                    len += 1;
                }
                continue;
            }
            7 | 8 => (at..(at + rng.usize(..20)).min(len), String::new()),
            _ => (at..at, "a line that was pasted\n".to_owned()),
        };
        len = len - edit.0.len() + edit.1.chars().count();
        edits.push(edit);
    }
    edits
}

fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let script = Script::read(&options.file)?;
    // An arena of its own tells what this program's text holds.
    let arena = Pages::arena_of(options.pages);
    let Played {
        mut session,
        events,
    } = play(&script, options.step, &arena)?;
    let pages = match options.pages {
        Some(_) => String::new(),
        None => in_all_pages(&script, options.step, session.checkpoints())?,
    };
    let mut report = format!(
        "opened {}: {}, {}\n{events}\n",
        options.file.display(),
        bytes(script.start.len()),
        counted(script.edits.len(), "edit")
    );
    report.push_str(&memory(&mut session, &arena)?);
    report.push_str(&pages);
    if let [.., from, to] = session.checkpoints() {
        report.push_str(&difference(from, to, options.lines));
    }
    Ok(report)
}

/// A session that was played, and what happened.
struct Played {
    session: Session,
    events: String,
}

/// Plays a script in an arena.
fn play(script: &Script, step: usize, arena: &Arena) -> Result<Played, String> {
    let mut text = Text::with_metrics_in(arena);
    text.push_str(&script.start);
    let mut session = Session::open(text);
    session.checkpoint("as opened");
    let mut events = String::new();

    let points = checkpoints(script.edits.len());
    for (number, (chars, with)) in script.edits.iter().enumerate() {
        session.replace(chars.clone(), with);
        let done = number + 1;
        let point = points.iter().find(|(at, _)| *at == done);
        if done % step == 0 || point.is_some() {
            session.commit();
        }
        if let Some((_, name)) = point {
            session.check()?;
            session.checkpoint(*name);
            let steps = back_and_forth(&mut session, BACK_AND_FORTH)?;
            events += &format!(
                "{:>9} edits: checkpoint \"{name}\", {} back and forth\n",
                count(done),
                counted(steps, "step")
            );
        }
    }
    if let Some(end) = &script.end
        && *session.text() != **end
    {
        return Err("the last edit did not leave the text that the session ends with".to_owned());
    }

    let steps = back_and_forth(&mut session, usize::MAX)?;
    events += &format!(
        "undone to the start and redone to the end, {}: every state is what String says\n",
        counted(steps, "step")
    );
    Ok(Played { session, events })
}

/// Plays the script once more in each kind of pages, and insists on the same checkpoints.
fn in_all_pages(script: &Script, step: usize, points: &[Checkpoint]) -> Result<String, String> {
    let table = under_each(|arena| {
        let (played, took) = measure(arena, &HEAP, || play(script, step, arena));
        let session = played?.session;
        if session.checkpoints().len() != points.len() {
            return Err("there are other checkpoints".to_owned());
        }
        for (point, expected) in session.checkpoints().iter().zip(points) {
            if (point.edits, &point.text) != (expected.edits, &expected.text) {
                return Err(format!("checkpoint \"{}\" is another", point.name));
            }
        }
        Ok(took)
    })?;
    Ok(format!(
        "{table}checked: every state is what String says, and the checkpoints are the same, in all pages\n\n"
    ))
}

/// After which edits to make checkpoints.
fn checkpoints(edits: usize) -> Vec<(usize, &'static str)> {
    let mut points = vec![
        (edits / 4, "a quarter"),
        (edits / 2, "half"),
        (edits.saturating_sub(500), "almost"),
        (edits, "the end"),
    ];
    points.dedup_by_key(|(at, _)| *at);
    points
}

/// Undoes up to so many steps, and redoes them. Returns how many there were.
fn back_and_forth(session: &mut Session, most: usize) -> Result<usize, String> {
    let here = session.text().snapshot();
    let mut steps = 0;
    while steps < most && session.undo()? {
        steps += 1;
    }
    while session.redo()? {}
    session.check()?;
    if !session.text().ptr_eq(&here) {
        return Err("redoing all steps did not lead back".into());
    }
    Ok(steps)
}

/// What everything holds, and what the checkpoints alone do, beside copies.
fn memory(session: &mut Session, arena: &Arena) -> Result<String, fmt::Error> {
    let mut out = String::new();
    let held = |session: &Session| {
        let (held, copies) = (arena.stats().bytes_used, session.bytes_of_copies());
        format!(
            "{} and {} hold {}; copies would take {}, {}",
            counted(session.states().0 + 1, "state"),
            counted(session.checkpoints().len(), "checkpoint"),
            bytes(held),
            bytes(copies),
            ratio(copies as f64, held as f64)
        )
    };
    writeln!(out, "{}", held(session))?;
    session.forget();
    writeln!(out, "without the history, {}\n", held(session))?;
    writeln!(
        out,
        "{:<12} {:>9} {:>9} {:>7}   {:>10} {:>10} {:>10}",
        "checkpoint", "edits", "bytes", "lines", "shared", "its own", "a copy"
    )?;
    for point in session.checkpoints() {
        let memory = point.text.memory();
        writeln!(
            out,
            "{:<12} {:>9} {:>9} {:>7}   {:>10} {:>10} {:>10}",
            point.name,
            count(point.edits),
            count(point.text.len()),
            count(point.text.line_count()),
            bytes(memory.bytes_shared),
            bytes(memory.bytes_exclusive),
            bytes(point.text.len()),
        )?;
    }
    out.push('\n');
    Ok(out)
}

/// The difference between two checkpoints as a unified diff, up to so many lines of it.
fn difference(from: &Checkpoint, to: &Checkpoint, lines: usize) -> String {
    let (old, new) = (String::from(&from.text), String::from(&to.text));
    let diff = TextDiff::configure()
        .algorithm(Algorithm::Myers)
        .timeout(Duration::from_secs(2))
        .diff_lines(&old, &new);
    let unified = diff
        .unified_diff()
        .context_radius(2)
        .header(&from.name, &to.name)
        .to_string();
    let total = unified.lines().count();
    let mut out: String = unified.split_inclusive('\n').take(lines).collect();
    if total > lines {
        out += &format!("... and {} more\n", counted(total - lines, "line"));
    }
    out
}
