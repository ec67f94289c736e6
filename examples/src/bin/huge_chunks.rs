//! Ten million numbers in chunks of 2 MiB, beside a `Vec` and a `CowVec` in leaves of 4 KiB: what a random
//! read takes, and what the first write after a snapshot copies.
//!
//! ```text
//! cargo run --release -p cow-examples --bin huge_chunks -- [values]
//! ```

use std::env;
use std::error::Error;
use std::hint::black_box;
use std::ops::Index;
use std::time::{Duration, Instant};

use cow_collections::{Arena, CowVec, PagePolicy};
use cow_examples::units::{bytes, count, time};
use fastrand::Rng;

const READS: usize = 1_000_000;
const REPEATS: usize = 7;
const WRITES: usize = 200;

fn main() -> Result<(), Box<dyn Error>> {
    let len = env::args()
        .nth(1)
        .map_or(Ok(10_000_000), |arg| arg.parse())?;
    let arena = Arena::builder()
        .page_policy(PagePolicy::Transparent)
        .build();
    let values: Vec<u64> = (0..len as u64).collect();
    let vec: CowVec<u64> = values.iter().copied().collect();
    let start = Instant::now();
    let mut huge = CowVec::new_in(&arena);
    huge.extend_from_slice(&values);
    let loaded = start.elapsed();
    let mut rng = Rng::with_seed(1);
    let places: Vec<usize> = (0..READS).map(|_| rng.usize(..len)).collect();

    println!(
        "random reads of {} u64, the median of {REPEATS}",
        count(len)
    );
    println!(
        "{:<14} {:>16} {:>20}",
        "", "one after other", "place told by value"
    );
    let mut rows = [
        ("Vec", [0.0; 2]),
        ("CowVec", [0.0; 2]),
        ("in 2 MiB", [0.0; 2]),
    ];
    for (column, dependent) in [false, true].into_iter().enumerate() {
        let mut times = [const { Vec::new() }; 3];
        // In turns, so that what else the machine does hits all.
        for _ in 0..REPEATS {
            times[0].push(reads(&values, &places, len, dependent));
            times[1].push(reads(&vec, &places, len, dependent));
            times[2].push(reads(&huge, &places, len, dependent));
        }
        for (row, mut times) in rows.iter_mut().zip(times) {
            times.sort_unstable();
            row.1[column] = times[REPEATS / 2].as_nanos() as f64 / READS as f64;
        }
    }
    let flat = rows[0].1;
    for (name, [free, chained]) in rows {
        println!(
            "{name:<14} {free:>7.1} ns {:>5.2}x {chained:>11.1} ns {:>4.2}x",
            free / flat[0],
            chained / flat[1]
        );
    }

    println!(
        "\nloaded in {}: {} values in chunks of 2 MiB",
        time(loaded),
        count(huge.huge_len())
    );
    let before = arena.stats();
    let mut first = Duration::ZERO;
    for _ in 0..WRITES {
        let mut fork = huge.snapshot();
        let at = rng.usize(..len);
        let start = Instant::now();
        fork[at] += 1;
        first += start.elapsed();
    }
    let after = arena.stats();
    let copied = usize::try_from(after.bytes_copied - before.bytes_copied)?;
    let (write, chunk) = (first / u32::try_from(WRITES)?, copy_of_a_chunk());
    println!(
        "the first write to a snapshot's fork: {}, {} copied; a chunk of 2 MiB is copied in {}, {:.0} times that",
        time(write),
        bytes(copied / WRITES),
        time(chunk),
        chunk.as_secs_f64() / write.as_secs_f64()
    );

    let snapshot = huge.snapshot();
    for _ in 0..1000 {
        huge[rng.usize(..len)] += 1;
    }
    println!(
        "1,000 writes beside a snapshot: {} chunks split, {} pages of 4 KiB outside of them",
        arena.stats().thp_split - after.thp_split,
        count(huge.split_pages())
    );
    drop(snapshot);
    let start = Instant::now();
    let collapsed = huge.collapse();
    println!(
        "without the snapshot: {collapsed} chunks collapsed in {}",
        time(start.elapsed())
    );
    Ok(())
}

/// Reads at all places; if `dependent`, the next place is only known from the value before.
fn reads(
    values: &impl Index<usize, Output = u64>,
    places: &[usize],
    len: usize,
    dependent: bool,
) -> Duration {
    let start = Instant::now();
    let mut sum = 0;
    if dependent {
        let mut last = 0;
        for &place in places {
            // The processor has to have the value before it knows the next place.
            last = usize::from(values[(place + last) % len] % 2 == 1);
        }
        sum = last as u64;
    } else {
        for &place in places {
            sum ^= values[place];
        }
    }
    black_box(sum);
    start.elapsed()
}

fn copy_of_a_chunk() -> Duration {
    let (from, mut to) = (vec![1_u8; 2 << 20], vec![0; 2 << 20]);
    let start = Instant::now();
    for _ in 0..20 {
        to.copy_from_slice(black_box(&from));
        black_box(&mut to);
    }
    start.elapsed() / 20
}
