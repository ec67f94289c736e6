//! The page faults that follow a fork, with one thread and with two, and what spares them.

use std::error::Error;
use std::thread;
use std::time::{Duration, Instant};

use cow_pages::advise::{Advice, Region};
use cow_pages::forked::{Forked, fork_snapshot};

const WORDS: usize = 128 << 17;
const WORDS_PER_PAGE: usize = 512;

fn main() -> Result<(), Box<dyn Error>> {
    let mut region = Region::<u64>::new(WORDS)?;
    region.advise(Advice::NoHugePage)?;
    region.fill(1);
    println!("128 MiB in pages of 4 KiB; one write to each, ns per page and thread\n");

    show("not forked", &mut region, 1, |_| Ok(None))?;
    let one = show("forked", &mut region, 1, |_| idle_child())?;
    let two = show("forked, two threads", &mut region, 2, |_| idle_child())?;
    println!("claim:    two threads of one process take the storm slower than one");
    println!("observed: a page takes {:.1} times as long\n", two / one);

    let before = show("touched before the fork", &mut region, 1, |region| {
        region.advise(Advice::PopulateWrite)?;
        idle_child()
    })?;
    println!("claim:    touching the pages before the fork spares nothing");
    println!("observed: {:.2} of the time without\n", before / one);

    let start = Instant::now();
    let after = show("populated after the fork", &mut region, 1, |region| {
        let child = idle_child()?;
        region.advise(Advice::PopulateWrite)?;
        Ok(child)
    })?;
    println!("claim:    populating them after the fork spares the writers the storm");
    println!(
        "observed: {:.2} of the time without, for {:.1?} in all",
        after / one,
        start.elapsed()
    );
    Ok(())
}

fn idle_child() -> Result<Option<Forked<u8>>, cow_pages::Error> {
    fork_snapshot(&(), |()| {
        loop {
            thread::sleep(Duration::from_secs(60));
        }
    })
    .map(Some)
}

/// Prepares, writes every page once, and prints and returns what a page took.
fn show(
    name: &str,
    region: &mut Region<u64>,
    threads: usize,
    prepare: impl FnOnce(&mut Region<u64>) -> Result<Option<Forked<u8>>, cow_pages::Error>,
) -> Result<f64, cow_pages::Error> {
    let _child = prepare(region)?;
    let part = WORDS / threads;
    let start = Instant::now();
    thread::scope(|scope| {
        for words in region.chunks_mut(part) {
            scope.spawn(move || {
                for word in words.iter_mut().step_by(WORDS_PER_PAGE) {
                    *word += 1;
                }
            });
        }
    });
    let nanos = start.elapsed().as_secs_f64() * 1e9 / (part / WORDS_PER_PAGE) as f64;
    println!("{name:<26} {nanos:>8.0} ns");
    Ok(nanos)
}
