//! Feeds a quarter of a year of departures, in time order, into three maps, and keeps a snapshot
//! at the end of each day: once into `CowHashMap`s and a `CowOrdMap`, whose snapshots share what
//! did not change, and once into std's maps, whose snapshots are eager clones. Then asks the
//! snapshots questions across days, and prints what everything took, and checks that both agree. In
//! the end the same is done in arenas of each page policy.
//!
//! ```text
//! cargo run --release -p cow-examples --bin flights
//! cargo run --release -p cow-examples --bin flights -- --from 2013-03-07 --to 2013-03-09
//! ```

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use cow_core::ArenaStats;
use cow_examples::command;
use cow_examples::flights::feed::Fed;
use cow_examples::flights::maps::{CowMaps, Maps, StdMaps};
use cow_examples::flights::{self, Flight, questions};
use cow_examples::heap::CountingHeap;
use cow_examples::pages::{Pages, measure, under_each};
use cow_examples::plot::{Line, Plot};
use cow_examples::side_by_side::{Table, time_drop};
use cow_examples::units::{bytes, count, counted, time};
use jiff::civil::{Date, date};

const DEFAULT_FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/data/flights/flights-2013q1.csv.gz"
);
/// The departures that a route must have to be ranked.
const ENOUGH: u32 = 100;

#[global_allocator]
static HEAP: CountingHeap = CountingHeap::new();

fn main() -> ExitCode {
    command::run("flights", &help(), Options::parse, run)
}

fn help() -> String {
    format!(
        "\
Feeds departures into copy-on-write maps and into std's maps, keeps a snapshot of both at the
end of each day, asks the snapshots questions, checks that both agree, and prints what each took.

Usage: flights [OPTIONS] [FILE]

  FILE         departures in time order, CSV, plain or gzipped [default: the bundled ones,
               out of New York City, January to March 2013]
  --from DATE  the day that is compared with a later one [default: 2013-02-07]
  --to DATE    that later day [default: 2013-02-09]
  --svg FILE   also write the plot of memory to FILE
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
    from: Date,
    to: Date,
    svg: Option<PathBuf>,
    pages: Option<Pages>,
}

impl Options {
    /// Returns the options, or `None` when help was asked for.
    fn parse(mut args: lexopt::Parser) -> Result<Option<Self>, lexopt::Error> {
        use lexopt::prelude::*;

        let mut options = Self {
            file: DEFAULT_FILE.into(),
            from: date(2013, 2, 7),
            to: date(2013, 2, 9),
            svg: None,
            pages: None,
        };
        let mut file = None;
        while let Some(arg) = args.next()? {
            match arg {
                Value(path) if file.is_none() => file = Some(PathBuf::from(path)),
                Long("from") => options.from = args.value()?.parse()?,
                Long("to") => options.to = args.value()?.parse()?,
                Long("svg") => options.svg = Some(PathBuf::from(args.value()?)),
                Long("pages") => options.pages = Some(args.value()?.parse()?),
                Short('h') | Long("help") => return Ok(None),
                _ => return Err(arg.unexpected()),
            }
        }
        if options.from > options.to {
            return Err(format!("--from {} is after --to {}", options.from, options.to).into());
        }
        options.file = file.unwrap_or(options.file);
        Ok(Some(options))
    }
}

/// Runs both contenders, checks them against each other, and returns the report.
fn run(options: &Options) -> Result<String, Box<dyn Error>> {
    let file = options.file.display();
    let flights = flights::read(&options.file).map_err(|error| format!("{file}: {error}"))?;
    if flights.is_empty() {
        return Err(format!("{file}: there are no flights").into());
    }

    let arena = Pages::arena_of(options.pages);
    let cow = Fed::run(|| CowMaps::new_in(&arena), &flights, &HEAP);
    let stats = arena.stats();
    let eager = Fed::run(StdMaps::default, &flights, &HEAP);
    check(&cow, &eager)?;

    let head = head(options, &flights, &cow);
    let days: Vec<usize> = (1..=cow.days.len()).collect();
    let plot = plot(&cow, &eager, &days);
    if let Some(path) = &options.svg {
        fs::write(path, plot.to_svg())
            .map_err(|error| format!("{}: cannot write the plot: {error}", path.display()))?;
    }
    let plot = plot.to_terminal();
    let answers = Questions {
        cow: &cow,
        eager: &eager,
    }
    .answers(options.from, options.to)?;
    let pages = match options.pages {
        Some(_) => String::new(),
        None => in_all_pages(options, &flights, &eager)?,
    };
    let table = took(cow, eager);
    let left = arena.stats().chunks_live();
    if left != 0 {
        return Err(format!("{} left when all is dropped", counted(left, "chunk")).into());
    }
    Ok(format!(
        "{head}\n{table}{}\n{plot}\n{answers}{pages}",
        legend(&stats)
    ))
}

/// Checks that each snapshot, after everything that followed it, still holds what the clone holds
/// that was taken at the same time.
fn check(cow: &Fed<CowMaps>, eager: &Fed<StdMaps>) -> Result<(), String> {
    if cow.days.len() != eager.days.len() {
        return Err("the contenders kept snapshots of different days".to_owned());
    }
    for (ours, theirs) in cow.days.iter().zip(&eager.days) {
        questions::agree(&ours.maps, &theirs.maps)
            .map_err(|problem| format!("the snapshots of {} differ: {problem}", ours.date))?;
    }
    Ok(())
}

/// Feeds and asks the cow maps once more in each kind of pages, and insists on the same.
fn in_all_pages(
    options: &Options,
    flights: &[Flight],
    eager: &Fed<StdMaps>,
) -> Result<String, String> {
    let table = under_each(|arena| {
        let feed = || Fed::run(|| CowMaps::new_in(arena), flights, &HEAP);
        let (cow, took) = measure(arena, &HEAP, feed);
        check(&cow, eager)?;
        let questions = Questions { cow: &cow, eager };
        questions.answers(options.from, options.to)?;
        Ok(took)
    })?;
    Ok(format!(
        "\n{table}checked: snapshots and answers are the same in all pages\n"
    ))
}

/// Returns what was fed, and how much the maps hold at the end.
fn head(options: &Options, flights: &[Flight], cow: &Fed<CowMaps>) -> String {
    let name = options.file.file_name().unwrap_or_default().display();
    let mut head = format!("{name}: {}", counted(flights.len(), "flight"));
    if let (Some(first), Some(last)) = (cow.days.first(), cow.days.last()) {
        head += &format!(
            " from {} to {}\nat the end the maps hold {} aircraft, {}, {}\n",
            first.date,
            last.date,
            count(last.maps.aircraft().len()),
            counted(last.maps.routes().len(), "route"),
            counted(last.maps.departures().len(), "departure"),
        );
    }
    head
}

/// Returns what the contenders took, and drops them.
fn took(cow: Fed<CowMaps>, eager: Fed<StdMaps>) -> Table {
    let snapshots = counted(cow.days.len(), "snapshot");
    let mut table = Table::new(&snapshots, CowMaps::NAME, StdMaps::NAME);
    table.times("time in writes", cow.feeding, eager.feeding);
    table.times("time in snapshots", cow.snapshotting, eager.snapshotting);
    table.times("total time", cow.total(), eager.total());
    table.bytes("peak memory", cow.peak_bytes, eager.peak_bytes);
    table.times("time to drop it all", time_drop(cow), time_drop(eager));
    table
}

/// Returns what the figures of the table are.
fn legend(stats: &ArenaStats) -> String {
    let copies = usize::try_from(stats.copies).unwrap_or(usize::MAX);
    format!(
        "
cow maps       two CowHashMaps and a CowOrdMap
std's maps     two HashMaps and a BTreeMap, whose snapshots are eager clones
ratio          std's maps over cow maps
time           copies after a snapshot count as writes
peak memory    most heap bytes held at once by maps and snapshots, as the allocator counts
               them; for the cow maps these are whole extents of 2 MiB, in which chunks
               filled {} of {} at the end, after {}
checked        each snapshot of the cow maps holds what the clone of the same day holds, and
               every answer below is the same; once all was dropped, no chunk was left
",
        bytes(stats.bytes_used),
        bytes(stats.bytes_reserved),
        counted(copies, "copy-on-write fault"),
    )
}

fn plot<'a>(cow: &'a Fed<CowMaps>, eager: &'a Fed<StdMaps>, days: &'a [usize]) -> Plot<'a> {
    let line = |label, bytes| Line {
        label,
        xs: days,
        bytes,
    };
    Plot {
        title: "memory held, a snapshot each day".to_owned(),
        x_label: "days",
        lines: [
            line(StdMaps::NAME, eager.held_bytes.as_slice()),
            line(CowMaps::NAME, cow.held_bytes.as_slice()),
        ],
    }
}

/// Asks both contenders, and insists on the same answers.
struct Questions<'a> {
    cow: &'a Fed<CowMaps>,
    eager: &'a Fed<StdMaps>,
}

impl Questions<'_> {
    fn answers(&self, from: Date, to: Date) -> Result<String, String> {
        Ok([
            self.moves(from, to)?,
            self.delays()?,
            self.departures(from)?,
        ]
        .join("\n"))
    }

    /// Returns the maps of both contenders at the end of a day.
    fn at_end_of(&self, date: Date) -> Result<(&CowMaps, &StdMaps), String> {
        let maps = self.cow.at_end_of(date).zip(self.eager.at_end_of(date));
        maps.ok_or_else(|| format!("there are no flights on {date}"))
    }

    fn moves(&self, from: Date, to: Date) -> Result<String, String> {
        const SHOWN: usize = 5;
        let ((old, old_eager), (new, new_eager)) = (self.at_end_of(from)?, self.at_end_of(to)?);
        let (moves, took) = timed(|| questions::moves(old, new));
        let (moves_eager, took_eager) = timed(|| questions::moves(old_eager, new_eager));
        same("aircraft that moved", &moves, &moves_eager)?;
        let mut out = format!(
            "Which aircraft were elsewhere at the end of {to} than at the end of {from}?
  {} of {}, besides {} seen for the first time: {} by diff, {} by looking every one up
",
            count(moves.moved.len()),
            count(old.aircraft().len()),
            count(moves.first_seen),
            time(took),
            time(took_eager),
        );
        for one in moves.moved.iter().take(SHOWN) {
            out += &format!("  {:<7} {} -> {}\n", one.aircraft, one.from, one.to);
        }
        if moves.moved.len() > SHOWN {
            out += "  ...\n";
        }
        Ok(out)
    }

    fn delays(&self) -> Result<String, String> {
        let mut out = format!(
            "How late did flights leave up to the end of a day?
  {:<10} {:>9} {:>10} {:>9} {:>9}  latest route of those with {ENOUGH} departures
",
            "", "departed", "cancelled", "mean", "longest",
        );
        for date in self.ends_of_months() {
            let (cow, eager) = self.at_end_of(date)?;
            let delays = questions::delays(cow, ENOUGH);
            same("delays", &delays, &questions::delays(eager, ENOUGH))?;
            let all = delays.all;
            let worst = delays
                .worst
                .first()
                .map(|(route, of_route)| format!("{route}, {:.1} min", of_route.mean()));
            out += &format!(
                "  {date} {:>9} {:>10} {:>9} {:>9}  {}\n",
                count(all.departed as usize),
                count(all.cancelled as usize),
                format!("{:.1} min", all.mean()),
                format!("{} min", count(all.longest.unsigned_abs().into())),
                worst.unwrap_or_default(),
            );
        }
        Ok(out)
    }

    /// Returns the last days with flights of all months.
    fn ends_of_months(&self) -> Vec<Date> {
        let months = self
            .cow
            .days
            .chunk_by(|a, b| a.date.month() == b.date.month());
        months.filter_map(|days| Some(days.last()?.date)).collect()
    }

    fn departures(&self, date: Date) -> Result<String, String> {
        const SHOWN: usize = 5;
        let (cow, eager) = self.at_end_of(date)?;
        let morning = [6 * 60, 7 * 60];
        let late = questions::departures(cow, date, morning);
        same(
            "departures",
            &late,
            &questions::departures(eager, date, morning),
        )?;
        let mut out = format!(
            "Which of the {} between 6:00 and 7:00 on {date} left latest?\n",
            counted(late.len(), "departure")
        );
        for (slot, departure) in late.iter().take(SHOWN) {
            out += &format!(
                "  {}:{:02} {:<8} {}, {} min late\n",
                slot.minute / 60,
                slot.minute % 60,
                departure.number,
                departure.route,
                departure.delay.unwrap_or_default(),
            );
        }
        Ok(out)
    }
}

fn same<T: PartialEq>(what: &str, ours: &T, theirs: &T) -> Result<(), String> {
    if ours == theirs {
        Ok(())
    } else {
        Err(format!("the contenders disagree on the {what}"))
    }
}

/// Returns an answer and the least time that it took.
fn timed<R>(ask: impl Fn() -> R) -> (R, Duration) {
    let started = Instant::now();
    let answer = ask();
    let mut least = started.elapsed();
    for _ in 0..10 {
        let started = Instant::now();
        drop(ask());
        least = least.min(started.elapsed());
    }
    (answer, least)
}
