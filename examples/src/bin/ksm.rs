//! Equal pages, merged by the kernel behind the program's back, and taken apart by a write.
//!
//! Needs root, since merging is switched on for the whole system (and off again at the end).

use std::error::Error;
use std::fs;
use std::time::{Duration, Instant};

use cow_pages::account::Observer;
use cow_pages::advise::{Advice, Region};

const PAGES: usize = 8 << 10;
const WORDS_PER_PAGE: usize = 512;

fn main() -> Result<(), Box<dyn Error>> {
    let settings = [
        ("pages_to_scan", "10000"),
        ("sleep_millisecs", "0"),
        ("run", "1"),
    ];
    let mut saved = Vec::new();
    for (name, value) in settings {
        let path = format!("/sys/kernel/mm/ksm/{name}");
        saved.push((path.clone(), fs::read_to_string(&path)?));
        if let Err(error) = fs::write(&path, value) {
            println!("skipped: {path}: {error} (this program needs root)");
            return Ok(());
        }
    }
    let result = merge_and_part();
    for (path, value) in saved {
        fs::write(path, value)?;
    }
    result
}

fn merge_and_part() -> Result<(), Box<dyn Error>> {
    println!("claim:    {PAGES} pages with 1024 different contents need 1024 frames");
    let mut region = Region::<u64>::new(PAGES * WORDS_PER_PAGE)?;
    for (page, words) in region.chunks_mut(WORDS_PER_PAGE).enumerate() {
        words.fill(page as u64 % 1024 + 1);
    }
    region.advise(Advice::Mergeable)?;
    let start = Instant::now();
    let observer = Observer::myself();
    while observer.ksm().merging_pages < PAGES as u64 && start.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(2));
    }
    let ksm = observer.ksm();
    println!(
        "observed: {} pages are merged after {:.0?}; system-wide {} frames stand for {} further pages",
        ksm.merging_pages,
        start.elapsed(),
        ksm.pages_shared,
        ksm.pages_sharing,
    );

    println!("claim:    reading merged pages costs nothing, writing one copies it");
    let touch = |label: &str, work: &mut dyn FnMut(usize)| {
        let start = Instant::now();
        for page in 0..PAGES {
            work(page * WORDS_PER_PAGE);
        }
        let nanos = start.elapsed().as_nanos() / PAGES as u128;
        println!("observed: {label} {nanos} ns per page");
    };
    let mut sum = 0;
    touch("read       ", &mut |place| sum += region[place]);
    std::hint::black_box(sum);
    touch("first write", &mut |place| region[place] += 1);
    touch("then       ", &mut |place| region[place] += 1);
    let intact = (0..PAGES).all(|page| {
        let words = &region[page * WORDS_PER_PAGE..][..WORDS_PER_PAGE];
        words[0] == words[1] + 2 && words[1] == page as u64 % 1024 + 1
    });
    println!("claim:    no page saw the writes to its equals");
    println!("observed: {}", if intact { "none did" } else { "SOME DID" });
    Ok(())
}
