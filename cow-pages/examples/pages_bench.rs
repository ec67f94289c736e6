//! Measures what the tiers of this crate cost beside `fork` and the kernel's own page faults.
//!
//! One run, medians, every contender in every round, and the time that the thread was running: so the
//! ratios hold on a noisy machine. Run it in release mode; it takes about 3 GiB of memory. `pages_bench <MiB>` sets the size of the
//! large regions (default 1024).

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::time::Duration;

use cow_pages::advise::{Advice, Region};
use cow_pages::forked::{Forked, fork_snapshot};
use cow_pages::image::{Image, ImageBuilder};
use cow_pages::live::{Live, TrapMechanism, TrapOptions};
use cow_pages::track::Tracked;
use rustix::time::{ClockId, clock_gettime};

const WORDS_PER_PAGE: usize = 512;
const ROUNDS: usize = 9;
/// Pages written per round where single faults are measured: 64 MiB, more than caches hold.
const PAGES: usize = 16 << 10;
/// Many short rounds there, so that a disturbance hits few of them.
const FAULT_ROUNDS: usize = 25;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let large_mib = std::env::args()
        .nth(1)
        .map_or(Ok(1024), |mib| mib.parse::<usize>())?;
    warm_up(large_mib)?;
    println!("large regions of {large_mib} MiB: medians of {ROUNDS} rounds");
    println!("faults over {PAGES} pages: medians of {FAULT_ROUNDS} rounds\n");
    whole_regions(large_mib << 20)?;
    println!();
    single_faults()?;
    println!();
    later_writes()?;
    println!();
    dirty_pages(large_mib << 20)?;
    open_file()?;
    Ok(())
}

/// Has the host give this machine memory, which would otherwise be measured as page faults.
fn warm_up(mib: usize) -> Outcome<()> {
    let mut region = Region::<u64>::new((3 * mib) << 17)?;
    region.advise(Advice::PopulateWrite)?;
    Ok(())
}

/// Returns the time this thread has been running, which leaves out what other processes took.
fn cpu_time() -> Duration {
    let now = clock_gettime(ClockId::ThreadCPUTime);
    Duration::from_secs(now.tv_sec.unsigned_abs())
        + Duration::from_nanos(now.tv_nsec.unsigned_abs())
}

fn time<T>(work: impl FnOnce() -> Outcome<T>) -> Outcome<(Duration, T)> {
    let start = cpu_time();
    let value = work()?;
    Ok((cpu_time() - start, value))
}

/// One line of the result: rounds of durations of something done `count` times.
#[derive(Default)]
struct Row {
    rounds: Vec<Duration>,
}

impl Row {
    fn add(&mut self, duration: Duration) {
        self.rounds.push(duration);
    }

    /// Returns nanoseconds per single thing.
    fn median_ns(&self, count: usize) -> f64 {
        median(self.rounds.iter().map(Duration::as_secs_f64)) * 1e9 / count as f64
    }

    /// Returns how many times as long as in the same round of another row it took.
    fn median_ratio(&self, base: &Self) -> f64 {
        let pairs = self.rounds.iter().zip(&base.rounds);
        median(pairs.map(|(this, base)| this.as_secs_f64() / base.as_secs_f64()))
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}

fn verdict(holds: bool) -> &'static str {
    if holds { "holds" } else { "MISSED" }
}

fn report_ms(what: &str, ns: f64, bar: Option<f64>) {
    let bar = bar.map_or(String::new(), |bar| {
        format!("bar {bar} ms: {}", verdict(ns <= bar * 1e6))
    });
    println!("{what:<58} {:>10.4} ms  {bar}", ns / 1e6);
}

fn report_faults(what: &str, row: &Row, base: &Row, bar: Option<f64>) {
    let (ns, ratio) = (row.median_ns(PAGES), row.median_ratio(base));
    let bar = bar.map_or(String::new(), |bar| {
        format!("bar {bar}x: {}", verdict(ratio <= bar))
    });
    println!("{what:<58} {ns:>10.0} ns  {ratio:>5.2}x  {bar}");
}

/// Forks a child that waits to be killed.
fn idle_child() -> Outcome<Forked<u8>> {
    Ok(fork_snapshot(&(), |()| {
        loop {
            std::thread::sleep(Duration::from_secs(60));
        }
    })?)
}

fn base_pages(words: usize) -> Outcome<Region<u64>> {
    let mut region = Region::new(words)?;
    region.advise(Advice::NoHugePage)?;
    region.advise(Advice::PopulateWrite)?;
    Ok(region)
}

fn image_of_ones(words: usize) -> Outcome<Image<u64>> {
    let mut builder = ImageBuilder::new(words)?;
    builder.fill(1);
    Ok(builder.finish()?)
}

/// What a copy of a whole region costs, before anything is written.
fn whole_regions(bytes: usize) -> Outcome<()> {
    let words = bytes / 8;
    let (mut view, mut snapshot, mut fork) = (Row::default(), Row::default(), Row::default());
    {
        let image = image_of_ones(words)?;
        for _ in 0..ROUNDS {
            view.add(time(|| Ok(image.view()?))?.0);
        }
    }
    {
        let mut live = Live::<u64>::new(words)?;
        live.make_mut(..)?.fill(1);
        drop(live.snapshot()?);
        for _ in 0..ROUNDS {
            snapshot.add(time(|| Ok(live.snapshot()?))?.0);
        }
    }
    {
        let _region = base_pages(words)?;
        for _ in 0..ROUNDS {
            fork.add(time(idle_child)?.0);
        }
    }
    let fork_ns = fork.median_ns(1);
    report_ms("fork of an image", view.median_ns(1), Some(0.1));
    report_ms(
        "snapshot of a clean live region",
        snapshot.median_ns(1),
        Some(0.1),
    );
    report_ms("fork() with as much in 4 KiB pages", fork_ns, None);
    for (what, row) in [("fork of an image", &view), ("live snapshot", &snapshot)] {
        let ratio = fork_ns / row.median_ns(1);
        println!(
            "fork() / {what:<49} {ratio:>10.0} x   bar 100x: {}",
            verdict(ratio >= 100.0)
        );
    }
    Ok(())
}

/// The order in which pages are written.
#[derive(Clone, Copy)]
enum Order {
    Sequential,
    Scattered,
}

impl Order {
    /// Returns the first word of the `i`th page.
    fn place(self, i: usize) -> usize {
        let page = match self {
            Self::Sequential => i,
            // An odd factor permutes a power of two.
            Self::Scattered => i.wrapping_mul(0x9e37_79b1) % PAGES,
        };
        page * WORDS_PER_PAGE
    }
}

/// Times a first write to every page.
fn write_pages(order: Order, mut write: impl FnMut(usize)) -> Duration {
    let start = cpu_time();
    for i in 0..PAGES {
        write(order.place(i));
    }
    cpu_time() - start
}

/// First writes to shared pages, beside the kernel's copy-on-write fault after a fork.
fn single_faults() -> Outcome<()> {
    let words = PAGES * WORDS_PER_PAGE;
    let mut region = base_pages(words)?;
    let image = image_of_ones(words)?;
    let mut barrier = Live::<u64>::new(words)?;
    barrier.make_mut(..)?.fill(1);
    let mut trapped = Live::<u64>::new(words)?;
    trapped.make_mut(..)?.fill(1);
    let options = TrapOptions::new();
    trapped.trap(&options)?;
    println!(
        "traps by {:?}",
        trapped.trap_mechanism().unwrap_or(TrapMechanism::Auto)
    );
    for order in [Order::Sequential, Order::Scattered] {
        let mut rows: [Row; 4] = Default::default();
        let mut arming = Row::default();
        for _ in 0..FAULT_ROUNDS {
            let child = idle_child()?;
            rows[0].add(write_pages(order, |place| region[place] = 2));
            drop(child);

            let mut view = image.view()?;
            rows[1].add(write_pages(order, |place| view[place] = 2));
            drop(view);

            let snapshot = barrier.snapshot()?;
            let mut failed = None;
            rows[2].add(write_pages(order, |place| {
                match barrier.make_mut(place..=place) {
                    Ok(word) => word[0] = 2,
                    Err(error) => failed = Some(error),
                }
            }));
            failed.map_or(Ok(()), Err)?;
            drop(snapshot);

            let mut writable = trapped.trap(&options)?;
            let (armed, snapshot) = time(|| Ok(writable.snapshot()?))?;
            arming.add(armed);
            let words = &mut writable[..];
            rows[3].add(write_pages(order, |place| words[place] = 2));
            drop(snapshot);
        }
        let [kernel, view, barrier, trap] = &rows;
        let (name, trap_bar) = match order {
            Order::Sequential => ("sequential", 1.6),
            Order::Scattered => ("scattered", 3.5),
        };
        report_faults(
            &format!("{name}: kernel's fault after fork"),
            kernel,
            kernel,
            None,
        );
        report_faults(
            &format!("{name}: first write in a view"),
            view,
            kernel,
            Some(1.15),
        );
        report_faults(
            &format!("{name}: live barrier, first write"),
            barrier,
            kernel,
            Some(1.2),
        );
        report_faults(&format!("{name}: live trap"), trap, kernel, Some(trap_bar));
        println!(
            "{:<58} {:>10.0} ns",
            format!("{name}: re-arming snapshot, per page written"),
            arming.median_ns(PAGES)
        );
    }
    Ok(())
}

/// Writes through the barrier to pages that were written before, beside plain stores.
fn later_writes() -> Outcome<()> {
    const WRITES: usize = 10_000_000;
    let words = 1 << 18;
    let mut live = Live::<u64>::new(words)?;
    let _snapshot = live.snapshot()?;
    live.make_mut(..)?.fill(1);
    let mut plain = vec![1_u64; words];
    let place = |i: usize| i.wrapping_mul(0x9e37_79b1) % words;
    let (mut through_barrier, mut stores) = (Row::default(), Row::default());
    for _ in 0..ROUNDS {
        let start = cpu_time();
        for i in 0..WRITES {
            let place = black_box(place(i));
            live.make_mut(place..=place)?[0] = i as u64;
        }
        through_barrier.add(cpu_time() - start);
        let start = cpu_time();
        for i in 0..WRITES {
            plain[black_box(place(i))] = i as u64;
        }
        stores.add(cpu_time() - start);
    }
    black_box((&live[0], &plain[0]));
    let (barrier, store) = (through_barrier.median_ns(WRITES), stores.median_ns(WRITES));
    println!(
        "{:<58} {barrier:>10.2} ns  plain store {store:.2} ns  bar +10 ns: {}",
        "live barrier, later write",
        verdict(barrier - store <= 10.0)
    );
    Ok(())
}

/// Collecting the written pages of a region, and starting over.
fn dirty_pages(bytes: usize) -> Outcome<()> {
    let mut tracked = Tracked::<u64>::new(bytes / 8)?;
    tracked.fill(1);
    tracked.take_dirty()?;
    let page_count = bytes / 8 / WORDS_PER_PAGE;
    for (percent, bar) in [(0, None), (1, Some(3.0)), (10, None), (100, None)] {
        let (mut row, mut writes) = (Row::default(), Row::default());
        let count = page_count * percent / 100;
        for round in 0..ROUNDS {
            let start = cpu_time();
            for i in 0..count {
                let page = (i.wrapping_mul(0x9e37_79b1) + round) % page_count;
                tracked[page * WORDS_PER_PAGE] += 1;
            }
            writes.add(cpu_time() - start);
            let (elapsed, set) = time(|| Ok(tracked.take_dirty()?))?;
            assert_eq!(set.page_count(), count, "exactly the written pages");
            row.add(elapsed);
        }
        report_ms(
            &format!("dirty pages, {percent} % written: collect and re-arm"),
            row.median_ns(1),
            bar,
        );
        if percent == 100 {
            println!(
                "{:<58} {:>10.0} ns",
                "first write to a tracked page",
                writes.median_ns(count)
            );
        }
    }
    Ok(())
}

/// Opening a file as an image, whatever its size.
fn open_file() -> Outcome<()> {
    let path = std::env::temp_dir().join(format!("pages_bench.{}", std::process::id()));
    let mut file = File::create_new(&path)?;
    file.write_all(&7_u64.to_ne_bytes())?;
    file.set_len(2 << 30)?;
    drop(file);
    let mut row = Row::default();
    for _ in 0..ROUNDS {
        let (elapsed, first) = time(|| {
            // SAFETY: the file is this program's own, and stays as it is.
            let image = unsafe { Image::<u64>::open_mapped(&path) }?;
            Ok(image.view()?[0])
        })?;
        assert_eq!(first, 7);
        row.add(elapsed);
    }
    std::fs::remove_file(&path)?;
    report_ms(
        "open a 2 GiB file (sparse), first element read",
        row.median_ns(1),
        Some(1.0),
    );
    Ok(())
}
