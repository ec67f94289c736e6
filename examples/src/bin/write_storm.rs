//! Threads that fork vectors and write to the forks, all at once: each its own vector, and then all the
//! same one. What the second is slower by is what the forks of one base cost each other.
//!
//! A round takes a fork of a base of a million `u64`, writes to 16 random places of it, and drops it: each
//! write is a copy-on-write fault, with a path to copy. At the end, what it takes to have all those faults
//! ahead of time.
//!
//! ```text
//! cargo run --release -p cow-examples --bin write_storm -- [rounds]
//! ```

use std::env;
use std::error::Error;
use std::fmt;
use std::fs;
use std::hint::black_box;
use std::sync::Barrier;
use std::thread;
use std::time::{Duration, Instant};

use cow_collections::CowVec;
use cow_core::Arena;
use cow_examples::units::{count, time};
use fastrand::Rng;

const LEN: usize = 1_000_000;
const WRITES: usize = 16;
const REPEATS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = env::args().nth(1).map_or(Ok(2000), |arg| arg.parse())?;
    println!(
        "{} rounds of a fork and {WRITES} writes for each thread; {} processors\n",
        count(rounds),
        thread::available_parallelism()?
    );
    for (arena, own_arena) in [("the global arena", false), ("an arena of its own", true)] {
        let heads = ["each its own base", "forks of one base"];
        println!("{arena:<18} {:>38} {:>38}", heads[0], heads[1]);
        let columns = format!("{:>14} {:>12} {:>10}", "writes/s", "CPU/write", "p99.9");
        println!("{:<18} {columns} {columns}", "");
        for threads in [1, 2, 4, 8] {
            // In turns, so that what else the machine does hits both.
            let (mut own, mut one) = (Vec::new(), Vec::new());
            for _ in 0..REPEATS {
                let bases = |count| (0..count).map(|_| base(own_arena)).collect::<Vec<_>>();
                own.push(storm(&bases(threads), threads, rounds));
                one.push(storm(&bases(1), threads, rounds));
            }
            let [own, one] = [own, one].map(|mut outcomes| {
                outcomes.sort_by_key(|outcome: &Outcome| outcome.cpu);
                outcomes.swap_remove(REPEATS / 2)
            });
            let threads = format!("{threads} threads");
            println!("{threads:<18} {own} {one}");
        }
        println!();
    }
    println!("all chunks of a fork copied ahead:");
    type Prefault = fn(&mut CowVec<u64>);
    let ways: [(&str, Prefault); 2] = [
        ("prefault", |fork| fork.prefault(..)),
        ("par_prefault", |fork| fork.par_prefault(..)),
    ];
    for ((name, _), took) in ways.iter().zip(ahead(ways.map(|way| way.1))) {
        println!("{name:<18} {:>14}", time(took));
    }
    Ok(())
}

/// The median time of each way to copy a fork of one base, in turns.
fn ahead<const N: usize>(ways: [fn(&mut CowVec<u64>); N]) -> [Duration; N] {
    let (_arena, base) = base(true);
    let mut times = [const { Vec::new() }; N];
    for _ in 0..REPEATS {
        for (way, times) in ways.iter().zip(&mut times) {
            let mut fork = base.clone();
            let start = Instant::now();
            way(&mut fork);
            times.push(start.elapsed());
            drop(black_box(fork));
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[REPEATS / 2]
    })
}

/// A vector, and its arena: without a handle to that, extents would go back as soon as they are empty.
fn base(own_arena: bool) -> (Arena, CowVec<u64>) {
    let arena = if own_arena {
        Arena::builder().build()
    } else {
        Arena::global()
    };
    let mut base = CowVec::new_in(&arena);
    base.extend(0..LEN as u64);
    (arena, base)
}

struct Outcome {
    writes: usize,
    took: Duration,
    /// Processor time of all threads: waiting for a cache line is in it, waiting for a processor is not.
    cpu: Duration,
    /// What one write of a thousand takes longer than.
    late: Duration,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_second = self.writes as f64 / self.took.as_secs_f64();
        let cpu = self.cpu.div_f64(self.writes as f64);
        let (cpu, late) = (time(cpu), time(self.late));
        write!(f, "{:>12.2} M {cpu:>12} {late:>10}", per_second / 1e6)
    }
}

/// The processor time of this thread so far, where the system tells it; otherwise time as it goes by.
fn cpu_time(origin: Instant) -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = told.and_then(|line| line.split(' ').next()?.parse().ok());
    nanos.map_or_else(|| origin.elapsed(), Duration::from_nanos)
}

/// Lets the threads begin at once, each on the base whose turn it is.
fn storm(bases: &[(Arena, CowVec<u64>)], threads: usize, rounds: usize) -> Outcome {
    let start = Barrier::new(threads + 1);
    let (mut times, cpu, took) = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let (base, start) = (&bases[number % bases.len()].1, &start);
                scope.spawn(move || {
                    let mut rng = Rng::with_seed(number as u64);
                    let mut times = Vec::with_capacity(rounds * WRITES);
                    start.wait();
                    let origin = Instant::now();
                    let before = cpu_time(origin);
                    for _ in 0..rounds {
                        let mut fork = base.clone();
                        for _ in 0..WRITES {
                            let at = rng.usize(..LEN);
                            let start = Instant::now();
                            fork[at] += 1;
                            times.push(start.elapsed());
                        }
                        drop(black_box(fork));
                    }
                    (times, cpu_time(origin) - before)
                })
            })
            .collect();
        start.wait();
        let begun = Instant::now();
        let (mut times, mut cpu) = (Vec::new(), Duration::ZERO);
        for worker in workers {
            let outcome = worker.join().expect("no panics");
            times.extend(outcome.0);
            cpu += outcome.1;
        }
        (times, cpu, begun.elapsed())
    });
    times.sort_unstable();
    Outcome {
        writes: times.len(),
        took,
        cpu,
        late: times[(times.len() - 1) * 999 / 1000],
    }
}
