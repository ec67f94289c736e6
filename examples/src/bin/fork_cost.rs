//! What a copy costs by size: `fork` beside the copies of this crate and of the collections.
//!
//! Prints a table, and draws it into `fork_cost.svg` in the directory for temporary files, or at the
//! path given as the first argument. Takes about 2 GiB of memory.

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use cow_collections::{Arena, CowVec};
use cow_pages::advise::{Advice, Region};
use cow_pages::forked::{Forked, fork_snapshot};
use cow_pages::image::{ImageBuilder, View};
use cow_pages::live::Live;

const SIZES_MIB: [usize; 4] = [16, 64, 256, 1024];
const ROUNDS: usize = 5;
const WORDS_PER_PAGE: usize = 512;

/// The copy alone, and with a write to every hundredth page after it.
#[derive(Clone, Copy)]
struct Cost {
    copy: Duration,
    with_writes: Duration,
}

type Outcome<T> = Result<T, Box<dyn Error>>;
type Contender = (&'static str, &'static str, fn(usize) -> Outcome<Cost>);

const CONTENDERS: [Contender; 5] = [
    ("fork, 4 KiB pages", "#d62728", |words| {
        fork(words, Advice::NoHugePage)
    }),
    ("fork, 2 MiB pages", "#ff9896", |words| {
        fork(words, Advice::HugePage)
    }),
    ("image view", "#1f77b4", image_view),
    ("live snapshot", "#2ca02c", live_snapshot),
    ("CowVec snapshot", "#9467bd", vec_snapshot),
];

fn main() -> Outcome<()> {
    warm_up()?;
    println!("medians of {ROUNDS}: the copy, and the copy with a write to 1 % of the pages\n");
    print!("{:>9}", "MiB");
    CONTENDERS
        .iter()
        .for_each(|(name, ..)| print!("{name:>26}"));
    println!();
    let mut rows = Vec::new();
    for mib in SIZES_MIB {
        print!("{mib:>9}");
        let mut row = Vec::new();
        for (_, _, measure) in CONTENDERS {
            let cost = measure(mib << 17)?;
            print!(
                "{:>26}",
                format!("{:.1?} / {:.1?}", cost.copy, cost.with_writes)
            );
            row.push(cost);
        }
        println!();
        rows.push(row);
    }
    let path = std::env::args_os()
        .nth(1)
        .map_or_else(|| std::env::temp_dir().join("fork_cost.svg"), PathBuf::from);
    std::fs::write(&path, draw(&rows)?)?;
    println!("\ndrawn into {}", path.display());
    Ok(())
}

/// Has the host give this machine memory, which would otherwise be measured as page faults.
fn warm_up() -> Outcome<()> {
    Region::<u64>::new(2 << 27)?.advise(Advice::PopulateWrite)?;
    Ok(())
}

/// Measures rounds of a copy of `state`, which stays while every hundredth page is written.
fn measure<S, C>(
    words: usize,
    state: &mut S,
    copy: impl Fn(&mut S) -> Outcome<C>,
    write: impl Fn(&mut S, &mut C, usize) -> Outcome<()>,
    restore: impl Fn(&mut S) -> Outcome<()>,
) -> Outcome<Cost> {
    let mut copies = Vec::new();
    let mut totals = Vec::new();
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let mut kept = copy(state)?;
        copies.push(start.elapsed());
        for place in (0..words).step_by(100 * WORDS_PER_PAGE) {
            write(state, &mut kept, place)?;
        }
        totals.push(start.elapsed());
        drop(kept);
        restore(state)?;
    }
    copies.sort_unstable();
    totals.sort_unstable();
    Ok(Cost {
        copy: copies[ROUNDS / 2],
        with_writes: totals[ROUNDS / 2],
    })
}

fn fork(words: usize, advice: Advice) -> Outcome<Cost> {
    let mut region = Region::<u64>::new(words)?;
    region.advise(advice)?;
    region.fill(1);
    let idle_child = |_: &mut Region<u64>| -> Outcome<Forked<u8>> {
        Ok(fork_snapshot(&(), |()| {
            loop {
                std::thread::sleep(Duration::from_secs(60));
            }
        })?)
    };
    let write = |region: &mut Region<u64>, _: &mut Forked<u8>, place: usize| {
        region[place] += 1;
        Ok(())
    };
    measure(words, &mut region, idle_child, write, |region| {
        // The writes took the huge pages apart.
        if advice == Advice::HugePage {
            region.advise(Advice::DontNeed)?;
            region.fill(1);
        }
        Ok(())
    })
}

fn image_view(words: usize) -> Outcome<Cost> {
    let mut builder = ImageBuilder::<u64>::new(words)?;
    builder.fill(1);
    let mut image = builder.finish()?;
    let write = |_: &mut _, view: &mut View<u64>, place: usize| {
        view[place] += 1;
        Ok(())
    };
    measure(
        words,
        &mut image,
        |image| Ok(image.view()?),
        write,
        |_| Ok(()),
    )
}

fn live_snapshot(words: usize) -> Outcome<Cost> {
    let mut live = Live::<u64>::new(words)?;
    live.make_mut(..)?.fill(1);
    let write = |live: &mut Live<u64>, _: &mut _, place: usize| {
        live.make_mut(place..=place)?[0] += 1;
        Ok(())
    };
    measure(
        words,
        &mut live,
        |live| Ok(live.snapshot()?),
        write,
        |_| Ok(()),
    )
}

fn vec_snapshot(words: usize) -> Outcome<Cost> {
    let mut vector: CowVec<u64> = std::iter::repeat_n(1, words).collect();
    let write = |vector: &mut CowVec<u64>, _: &mut _, place: usize| {
        vector[place] += 1;
        Ok(())
    };
    let cost = measure(
        words,
        &mut vector,
        |vector| Ok(vector.clone()),
        write,
        |_| Ok(()),
    )?;
    drop(vector);
    // The arena would keep the memory for the next vector, and the next `fork` copy its page tables.
    Arena::global().trim();
    Ok(cost)
}

/// Draws both costs over the size, both axes logarithmic: a line for the copy, dashes with writes.
fn draw(rows: &[Vec<Cost>]) -> Result<String, std::fmt::Error> {
    const LEFT: f64 = 80.0;
    const TOP: f64 = 30.0;
    const PLOT_WIDTH: f64 = 420.0;
    const PLOT_HEIGHT: f64 = 360.0;
    // From 10 ns to 1 s.
    const DECADES: f64 = 8.0;
    let x = |row: usize| LEFT + PLOT_WIDTH * row as f64 / (SIZES_MIB.len() - 1) as f64;
    let y = |duration: Duration| {
        let decade = (duration.as_secs_f64().log10() + DECADES).clamp(0.0, DECADES);
        TOP + PLOT_HEIGHT * (1.0 - decade / DECADES)
    };
    let mut body = String::new();
    for (decade, label) in [
        "10 ns", "100 ns", "1 µs", "10 µs", "100 µs", "1 ms", "10 ms", "100 ms", "1 s",
    ]
    .into_iter()
    .enumerate()
    {
        let y = TOP + PLOT_HEIGHT * (1.0 - decade as f64 / DECADES);
        let right = LEFT + PLOT_WIDTH;
        writeln!(
            body,
            r##"<line x1="{LEFT}" y1="{y}" x2="{right}" y2="{y}" stroke="#ddd"/>"##
        )?;
        writeln!(
            body,
            r#"<text x="{}" y="{}" text-anchor="end">{label}</text>"#,
            LEFT - 8.0,
            y + 4.0
        )?;
    }
    for (row, mib) in SIZES_MIB.iter().enumerate() {
        let (x, y) = (x(row), TOP + PLOT_HEIGHT + 18.0);
        writeln!(
            body,
            r#"<text x="{x}" y="{y}" text-anchor="middle">{mib} MiB</text>"#
        )?;
    }
    for (index, (name, color, _)) in CONTENDERS.iter().enumerate() {
        let points = |cost: fn(&Cost) -> Duration| {
            let point = |(row, costs): (usize, &Vec<Cost>)| {
                format!("{:.1},{:.1} ", x(row), y(cost(&costs[index])))
            };
            rows.iter().enumerate().map(point).collect::<String>()
        };
        let (copy, with_writes) = (points(|cost| cost.copy), points(|cost| cost.with_writes));
        let line = format!(r#"fill="none" stroke="{color}" stroke-width="2""#);
        writeln!(body, r#"<polyline points="{copy}" {line}/>"#)?;
        writeln!(
            body,
            r#"<polyline points="{with_writes}" {line} stroke-dasharray="5 4"/>"#
        )?;
        let (x, y) = (LEFT + PLOT_WIDTH + 20.0, TOP + 20.0 + 22.0 * index as f64);
        writeln!(
            body,
            r#"<line x1="{x}" y1="{y}" x2="{}" y2="{y}" {line}/>"#,
            x + 24.0
        )?;
        writeln!(
            body,
            r#"<text x="{}" y="{}">{name}</text>"#,
            x + 30.0,
            y + 4.0
        )?;
    }
    let (x, y) = (LEFT + PLOT_WIDTH + 20.0, TOP + 150.0);
    writeln!(
        body,
        r#"<text x="{x}" y="{y}">dashed: with writes to 1 %</text>"#
    )?;
    Ok(format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="720" height="440" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="white"/>
{body}</svg>
"#
    ))
}
