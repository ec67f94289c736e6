//! An editing session of a text, as a script: edits, undo and redo, named checkpoints, the difference
//! between two of them, and what they all cost beside copies. Every state is checked against `String`.
//!
//! ```text
//! cargo run --release -p cow-examples --bin editor            # a session that somebody had
//! cargo run --release -p cow-examples --bin editor -- FILE    # edits made up for your text
//! ```

use std::error::Error;
use std::fmt::{self, Write as _};
use std::fs;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use cow_core::Arena;
use cow_examples::editor::{Checkpoint, Session, Text};
use cow_examples::trace::Trace;
use cow_examples::units::{bytes, count, counted, ratio};
use similar::{Algorithm, TextDiff};

const HELP: &str = "\
Replays an editing session of a text, goes back and forth in it, and prints what its
checkpoints share and how the last two differ.

Usage: editor [OPTIONS] [FILE]

  FILE         a text, or a session as JSON, plain or gzipped
               [default: the bundled automerge-paper]
  --step N     edits that one undo takes back [default: 100]
  --lines N    lines of the difference to print [default: 40]
  -h, --help   print this

Exit codes: 0 done and checked, 1 a file or a check failed, 2 bad usage.
";
const DEFAULT_FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/editing-traces/automerge-paper.json.gz"
);

/// How many steps are undone and redone at each checkpoint.
const BACK_AND_FORTH: usize = 5;

fn main() -> ExitCode {
    let options = match Options::parse(lexopt::Parser::from_env()) {
        Ok(Some(options)) => options,
        Ok(None) => return print(HELP),
        Err(error) => {
            eprintln!("editor: {error} (see --help)");
            return ExitCode::from(2);
        }
    };
    match run(&options) {
        Ok(report) => print(&report),
        Err(error) => {
            eprintln!("editor: {error}");
            ExitCode::FAILURE
        }
    }
}

fn print(text: &str) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        // A reader that has seen enough, such as `head`, is no failure.
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            eprintln!("editor: cannot write to standard output: {error}");
            ExitCode::FAILURE
        }
        _ => ExitCode::SUCCESS,
    }
}

struct Options {
    file: PathBuf,
    step: usize,
    lines: usize,
}

impl Options {
    /// Returns the options, or `None` when help was asked for.
    fn parse(mut args: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let (mut file, mut step, mut lines) = (None, 100, 40);
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
                Short('h') | Long("help") => return Ok(None),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Some(Self {
            file: file.unwrap_or_else(|| DEFAULT_FILE.into()),
            step,
            lines,
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
    let arena = Arena::builder().build();
    let mut text = Text::with_metrics_in(&arena);
    text.push_str(&script.start);
    let mut session = Session::open(text);
    let mut report = String::new();
    writeln!(
        report,
        "opened {}: {}, {}",
        options.file.display(),
        bytes(script.start.len()),
        counted(script.edits.len(), "edit")
    )?;
    session.checkpoint("as opened");

    let points = checkpoints(script.edits.len());
    for (number, (chars, with)) in script.edits.iter().enumerate() {
        session.replace(chars.clone(), with);
        let done = number + 1;
        let point = points.iter().find(|(at, _)| *at == done);
        if done % options.step == 0 || point.is_some() {
            session.commit();
        }
        if let Some((_, name)) = point {
            session.check()?;
            session.checkpoint(*name);
            let steps = back_and_forth(&mut session, BACK_AND_FORTH)?;
            writeln!(
                report,
                "{:>9} edits: checkpoint \"{name}\", {} back and forth",
                count(done),
                counted(steps, "step")
            )?;
        }
    }
    if let Some(end) = script.end
        && *session.text() != *end
    {
        return Err("the last edit did not leave the text that the session ends with".into());
    }

    let steps = back_and_forth(&mut session, usize::MAX)?;
    writeln!(
        report,
        "undone to the start and redone to the end, {}: every state is what String says\n",
        counted(steps, "step")
    )?;
    report.push_str(&memory(&mut session, &arena)?);
    if let [.., from, to] = session.checkpoints() {
        report.push_str(&difference(from, to, options.lines));
    }
    Ok(report)
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
