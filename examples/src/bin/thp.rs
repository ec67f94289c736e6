//! Huge pages and copy-on-write: what a fork costs, and what one byte costs after it.

use std::error::Error;
use std::time::{Duration, Instant};

use cow_pages::account::{Observer, Usage};
use cow_pages::advise::{Advice, Region};
use cow_pages::forked::{Forked, fork_snapshot};

const WORDS: usize = 256 << 17;
const WORDS_PER_PAGE: usize = 512;
const WORDS_PER_HUGE_PAGE: usize = 512 * 512;

fn main() -> Result<(), Box<dyn Error>> {
    println!("256 MiB in pages of 4 KiB, then of 2 MiB");
    let mut forks = Vec::new();
    for huge in [false, true] {
        let mut region = Region::<u64>::new(WORDS)?;
        region.advise(if huge {
            Advice::HugePage
        } else {
            Advice::NoHugePage
        })?;
        region.fill(1);
        let name = if huge { "2 MiB" } else { "4 KiB" };
        println!(
            "{name}: AnonHugePages {} MiB",
            usage(&region)?.anon_huge_pages_kib >> 10
        );

        let start = Instant::now();
        let child = idle_child()?;
        let fork = start.elapsed();
        forks.push(fork);
        println!("{name}: fork {fork:.1?}");

        let (faults, elapsed) = faults_of(|| region[0] = 2)?;
        let copied = usage(&region)?.private_dirty_kib;
        println!("{name}: one byte: {faults} fault(s), {elapsed:.1?}, {copied} KiB private");
        println!(
            "{name}: AnonHugePages {} MiB",
            usage(&region)?.anon_huge_pages_kib >> 10
        );
        drop(child);

        if huge {
            println!("claim:    a sole owner gets a whole huge page back by one fault");
            let place = 5 * WORDS_PER_HUGE_PAGE;
            let (first, _) = faults_of(|| region[place] = 3)?;
            let pages = 1..WORDS_PER_HUGE_PAGE / WORDS_PER_PAGE;
            let (rest, _) = faults_of(|| {
                for page in pages {
                    region[place + page * WORDS_PER_PAGE] = 3;
                }
            })?;
            println!("observed: {first} fault for the first page, {rest} for the 511 others");
        }
    }
    println!("claim:    huge pages make a fork tens of times cheaper");
    println!(
        "observed: {:.0} times",
        forks[0].as_secs_f64() / forks[1].as_secs_f64()
    );
    println!(
        "claim:    one byte after it copies 4 KiB and not 2 MiB; the huge page is taken apart"
    );
    println!("observed: the lines \"one byte\" above");
    Ok(())
}

fn idle_child() -> Result<Forked<u8>, cow_pages::Error> {
    fork_snapshot(&(), |()| {
        loop {
            std::thread::sleep(Duration::from_secs(60));
        }
    })
}

/// Runs `work`, and returns the page faults of this process meanwhile.
fn faults_of(work: impl FnOnce()) -> Result<(u64, Duration), Box<dyn Error>> {
    let observer = Observer::myself();
    // After a fork the first reading takes faults of its own, on the heap and the stack.
    observer.counters()?;
    let before = observer.counters()?.minflt;
    let start = Instant::now();
    work();
    let elapsed = start.elapsed();
    Ok((observer.counters()?.minflt - before, elapsed))
}

/// What the kernel says of the region.
fn usage(region: &Region<u64>) -> Result<Usage, Box<dyn Error>> {
    let start = region.as_ptr().addr() as u64;
    let areas = Observer::myself().areas()?;
    let area = areas.into_iter().find(|(range, _)| range.contains(&start));
    Ok(area.ok_or("no such mapping")?.1)
}
