//! Replays a real editing history, keeping a snapshot every 100 edits: once into a
//! `CowVec<char>`, whose snapshots share what did not change, and once into a `Vec<char>`, whose
//! snapshots are eager clones. Prints what each took, and checks every snapshot. In the end the same
//! is done in arenas of each page policy.
//!
//! ```text
//! cargo run --release -p cow-examples --bin replay
//! ```

use std::error::Error;
use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cow_collections::CowVec;
use cow_core::{Arena, ArenaStats};
use cow_examples::command;
use cow_examples::heap::CountingHeap;
use cow_examples::pages::{Pages, Took, measure, under_each};
use cow_examples::plot::{Line, Plot};
use cow_examples::replay::Replay;
use cow_examples::side_by_side::{Table, time_drop};
use cow_examples::text::Text;
use cow_examples::trace::Trace;
use cow_examples::units::{bytes, counted};
use indicatif::{ProgressBar, ProgressStyle};

const DEFAULT_TRACE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/editing-traces/automerge-paper.json.gz"
);
const MIB: usize = 1 << 20;

#[global_allocator]
static HEAP: CountingHeap = CountingHeap::new();

fn main() -> ExitCode {
    command::run("replay", &help(), Options::parse, run)
}

fn help() -> String {
    format!(
        "\
Replays an editing history into a CowVec<char> and a Vec<char>, keeps snapshots of both,
checks them, and prints what each took.

Usage: replay [OPTIONS] [TRACE]

  TRACE              JSON trace, plain or gzipped [default: the bundled automerge-paper]
  --every N          edits from one snapshot to the next [default: 100]
  --svg FILE         also write the plot of memory to FILE
  --max-memory MIB   refuse to start when the eager clones need more [default: 4096]
  --pages KIND       work in pages of this kind alone: {pages}
                     [default: the pages of any arena, and then each kind once more]
  -h, --help         print this

Exit codes: 0 done and checked, 1 a file or a check failed, 2 bad usage.
",
        pages = Pages::names()
    )
}

struct Options {
    trace: PathBuf,
    every: NonZeroUsize,
    svg: Option<PathBuf>,
    max_memory_mib: usize,
    pages: Option<Pages>,
}

impl Options {
    /// Returns the options, or `None` when help was asked for.
    fn parse(mut args: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let (mut trace, mut every, mut svg, mut max_memory_mib) = (None, None, None, None);
        let mut pages = None;
        while let Some(arg) = args.next()? {
            match arg {
                Value(path) if trace.is_none() => trace = Some(PathBuf::from(path)),
                Long("every") => every = Some(args.value()?.parse()?),
                Long("svg") => svg = Some(PathBuf::from(args.value()?)),
                Long("max-memory") => max_memory_mib = Some(args.value()?.parse()?),
                Long("pages") => pages = Some(args.value()?.parse()?),
                Short('h') | Long("help") => return Ok(None),
                _ => return Err(arg.unexpected()),
            }
        }
        Ok(Some(Self {
            trace: trace.unwrap_or_else(|| DEFAULT_TRACE.into()),
            every: every.unwrap_or(const { NonZeroUsize::new(100).unwrap() }),
            svg,
            max_memory_mib: max_memory_mib.unwrap_or(4096),
            pages,
        }))
    }
}

/// Runs both contenders, checks them against the trace and each other, and returns the report.
fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let file = options.trace.display();
    let name = options
        .trace
        .file_name()
        .unwrap_or(options.trace.as_os_str())
        .display();
    let trace = Trace::read(&options.trace).map_err(|error| format!("{file}: {error}"))?;
    let clone_bytes = clone_bytes(&trace, options.every);
    if clone_bytes > options.max_memory_mib.saturating_mul(MIB) {
        return Err(format!(
            "{file}: the eager clones of --every {} need {}, more than --max-memory {} MiB allows",
            options.every,
            bytes(clone_bytes),
            options.max_memory_mib,
        )
        .into());
    }
    // Opened first, so that a bad path is known before the work.
    let svg = match &options.svg {
        Some(path) => Some((
            path,
            File::create(path).map_err(|error| cannot_write(path, &error))?,
        )),
        None => None,
    };

    let arena = Pages::arena_of(options.pages);
    let (cow, Took { stats, .. }) = replay_in(&arena, &trace, options.every);
    let eager = replay(&trace, options.every, <[char]>::to_vec);

    cow.check_end(&trace)
        .and_then(|()| eager.check_end(&trace))
        .and_then(|()| cow.check_snapshots(&eager.snapshots))
        .map_err(|problem| format!("{file}: {problem}"))?;
    let pages = match options.pages {
        Some(_) => String::new(),
        None => in_all_pages(&trace, options.every, &eager.snapshots)
            .map_err(|problem| format!("{file}: {problem}"))?,
    };

    let done = edits_done(&trace, options.every);
    let every = counted(options.every.get(), "edit");
    let plot = plot(
        format!("memory held, {name}, a snapshot every {every}"),
        &done,
        &cow,
        &eager,
    );
    if let Some((path, mut svg)) = svg {
        svg.write_all(plot.to_svg().as_bytes())
            .map_err(|error| cannot_write(path, &error))?;
    }
    let plot = plot.to_terminal();
    let table = table(cow, eager, &stats, clone_bytes);
    let left = arena.stats().chunks_live();
    if left != 0 {
        return Err(format!(
            "{file}: {} left when all is dropped",
            counted(left, "chunk")
        )
        .into());
    }
    Ok(format!(
        "{name}: {}, {} at the end\n\n{table}\n{plot}{pages}",
        counted(trace.edits().len(), "edit"),
        counted(trace.end().len(), "character"),
    ))
}

fn cannot_write(path: &Path, error: &io::Error) -> String {
    format!("{}: cannot write the plot: {error}", path.display())
}

/// Returns what the characters in all the eager clones take together.
fn clone_bytes(trace: &Trace, every: NonZeroUsize) -> usize {
    let kept = trace.lens().skip(every.get() - 1).step_by(every.get());
    kept.sum::<usize>().saturating_mul(size_of::<char>())
}

fn replay<T: Text>(
    trace: &Trace,
    every: NonZeroUsize,
    create: impl FnOnce(&[char]) -> T,
) -> Replay<T> {
    // Drawn on standard error, and only when that is a terminal.
    let bar = ProgressBar::new(trace.edits().len() as u64).with_style(
        ProgressStyle::with_template("{msg:>14} {wide_bar} {human_pos} of {human_len} edits")
            .expect("the template is well-formed"),
    );
    bar.set_message(T::NAME);
    let replay = Replay::run(create, trace, every, &HEAP, |done| {
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    replay
}

/// Replays into a CowVec in an arena.
fn replay_in(arena: &Arena, trace: &Trace, every: NonZeroUsize) -> (Replay<CowVec<char>>, Took) {
    let create = |start: &[char]| {
        let mut text = CowVec::new_in(arena);
        text.extend_from_slice(start);
        text
    };
    measure(arena, &HEAP, || replay(trace, every, create))
}

/// Replays once more in each kind of pages, and insists on the same end and snapshots.
fn in_all_pages(
    trace: &Trace,
    every: NonZeroUsize,
    clones: &[Vec<char>],
) -> Result<String, String> {
    let table = under_each(|arena| {
        let (cow, took) = replay_in(arena, trace, every);
        cow.check_end(trace)?;
        cow.check_snapshots(clones)?;
        Ok(took)
    })?;
    Ok(format!(
        "\n{table}checked: the end and all snapshots are the same in all pages\n"
    ))
}

/// Returns how many edits are done where [`Replay::held_bytes`] was sampled.
fn edits_done(trace: &Trace, every: NonZeroUsize) -> Vec<usize> {
    let edits = trace.edits().len();
    let mut done: Vec<usize> = (1..=edits / every).map(|i| i * every.get()).collect();
    if !edits.is_multiple_of(every.get()) {
        done.push(edits);
    }
    done
}

fn plot<'a>(
    title: String,
    done: &'a [usize],
    cow: &'a Replay<CowVec<char>>,
    eager: &'a Replay<Vec<char>>,
) -> Plot<'a> {
    let line = |label, bytes| Line {
        label,
        xs: done,
        bytes,
    };
    Plot {
        title,
        x_label: "edits",
        lines: [
            line(<Vec<char>>::NAME, eager.held_bytes.as_slice()),
            line(<CowVec<char>>::NAME, cow.held_bytes.as_slice()),
        ],
    }
}

/// Returns the two contenders side by side, and under them what the figures are.
fn table(
    cow: Replay<CowVec<char>>,
    eager: Replay<Vec<char>>,
    stats: &ArenaStats,
    clone_bytes: usize,
) -> String {
    let snapshots = counted(cow.snapshots.len(), "snapshot");
    let copied_bytes = usize::try_from(stats.bytes_copied).unwrap_or(usize::MAX);
    let mut table = Table::new(&snapshots, <CowVec<char>>::NAME, <Vec<char>>::NAME);
    table.times("time in edits", cow.editing, eager.editing);
    table.times("time in snapshots", cow.snapshotting, eager.snapshotting);
    table.times("total time", cow.total(), eager.total());
    table.bytes("peak memory", cow.peak_bytes, eager.peak_bytes);
    table.bytes("bytes copied", copied_bytes, clone_bytes);
    table.times("time to drop it all", time_drop(cow), time_drop(eager));
    format!(
        "{table}
ratio         Vec<char> over CowVec<char>
time          edits and snapshots alone; copies after a snapshot count as edits
peak memory   most heap bytes held at once by text and snapshots, as the allocator
              counts them; for the CowVec these are whole extents of 2 MiB, in which
              chunks filled {} of {} at the end
bytes copied  CowVec: {}, a chunk each; Vec: every clone
checked       both texts end as the trace says, and {snapshots} of the CowVec
              equal the clones of the Vec taken at the same edits; once all was
              dropped, no chunk was left
",
        bytes(stats.bytes_used),
        bytes(stats.bytes_reserved),
        counted(
            usize::try_from(stats.copies).unwrap_or(usize::MAX),
            "copy-on-write fault"
        ),
    )
}
