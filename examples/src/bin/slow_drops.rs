//! Gets rid of a vector of ten million values in three ways, and measures for how long each of them
//! keeps the thread that does it from its work.
//!
//! The thread has a tick of work to do all the time: one write to another vector. What it reports is the
//! longest time between the beginnings of two ticks, which is what a caller of this thread would notice.
//!
//! ```text
//! cargo run --release -p cow-examples --bin slow_drops -- [values]
//! ```

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use cow_collections::{Collection, CowVec, Dropper};
use cow_examples::units::{count, time};

/// Chunks that are dropped in a tick.
const CHUNKS: [usize; 2] = [64, 8];

fn main() -> Result<(), Box<dyn Error>> {
    let len = match env::args().nth(1) {
        Some(len) => len.replace(',', "").parse()?,
        None => 10_000_000,
    };
    // The thread of the process starts with the first call, which is not what is to be measured.
    Dropper::shared().flush();
    println!(
        "{} values; the longest pause of a thread that gets rid of them\n",
        count(len)
    );
    println!(
        "{:<24} {:>14} {:>14} {:>14} {:>14}",
        "values of", "drop", "64 a tick", "8 a tick", "in background"
    );
    report("u64, 8 B", || (0..len as u64).collect());
    report("String, on the heap", || {
        (0..len).map(|n| n.to_string()).collect()
    });
    println!(
        "\nof 100,000 ticks with nothing to drop the longest took {}",
        time(ticks(|tick| tick == 100_000))
    );
    Ok(())
}

fn report<T: Clone + Send + Sync + 'static>(name: &str, make: impl Fn() -> CowVec<T>) {
    let mut vec = Some(make());
    let dropped = ticks(|_| {
        drop(vec.take());
        true
    });
    let stepped = CHUNKS.map(|chunks| {
        let mut rest = make().into_drop_steps();
        ticks(|_| rest.drop_step(chunks))
    });
    let mut vec = Some(make());
    let start = Instant::now();
    let handed = ticks(|tick| {
        if let Some(vec) = vec.take() {
            vec.drop_in_background();
        }
        // As long as the drop may take in the other thread.
        tick > 100 && start.elapsed() > 4 * dropped
    });
    Dropper::shared().flush();
    println!(
        "{name:<24} {:>14} {:>14} {:>14} {:>14}",
        time(dropped),
        time(stepped[0]),
        time(stepped[1]),
        time(handed)
    );
}

/// Ticks until `is_done` says so. Returns the longest tick.
fn ticks(mut is_done: impl FnMut(usize) -> bool) -> Duration {
    let mut work: CowVec<usize> = (0..1000).collect();
    let (mut longest, mut tick) = (Duration::ZERO, 0);
    loop {
        let start = Instant::now();
        let snapshot = work.snapshot();
        work[tick % 1000] += 1;
        drop(black_box(snapshot));
        let done = is_done(tick);
        longest = longest.max(start.elapsed());
        tick += 1;
        if done {
            return longest;
        }
    }
}
