//! Images of a mebibyte that differ in one page of a hundred, made separately, as a host of virtual
//! machines or containers has them: merged chunk by chunk, and then written again. After them maps and
//! texts that differ in one entry or line of a hundred.
//!
//! ```text
//! cargo run --release -p cow-examples --bin same_chunks -- [images]
//! ```

use std::env;
use std::error::Error;
use std::time::{Duration, Instant};

use cow_collections::{AllocError, CowHashMap, CowOrdMap, CowString, CowVec, Merge, Merger};
use cow_core::Arena;
use cow_examples::units::{bytes, count, time};
use fastrand::Rng;

const IMAGE: usize = 1 << 20;
const PAGE: usize = 4 << 10;
/// One page, entry or line of so many is a collection's own.
const OWN: usize = 100;
/// Entries of a map, lines of a text.
const ENTRIES: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let images = env::args().nth(1).map_or(Ok(1000), |arg| arg.parse())?;
    let mut rng = Rng::with_seed(1);
    merge_images(images, &mut rng)?;
    // A tenth as many of each other kind.
    let others = (images / 10).max(2);
    println!();
    merge_others(others, &mut rng)?;
    Ok(())
}

fn merge_images(images: usize, rng: &mut Rng) -> Result<(), Box<dyn Error>> {
    let mut base = vec![0; IMAGE];
    rng.fill(&mut base);

    let arena = Arena::builder().build();
    let mut images: Vec<_> = (0..images)
        .map(|_| {
            let mut image = CowVec::new_in(&arena);
            for page in base.chunks(PAGE) {
                image.extend_from_slice(page);
                if rng.usize(..OWN) == 0 {
                    let at = image.len() - 1 - rng.usize(..PAGE);
                    image[at] ^= rng.u8(1..);
                }
            }
            image
        })
        .collect();
    let expected: Vec<_> = images.iter().step_by(100).map(CowVec::to_vec).collect();
    let before = arena.stats().bytes_used;
    println!(
        "{} images of 1 MiB, 1 page of {OWN} of each its own: {} in memory",
        count(images.len()),
        bytes(before)
    );

    let mut merger = Merger::new();
    let first = scan(&mut merger, &mut images)?;
    let second = scan(&mut merger, &mut images)?;
    let used = arena.stats().bytes_used;
    println!(
        "merged in {}, {:.1} GB/s: {} in memory, {:.2} % of before",
        time(first),
        (images.len() * IMAGE) as f64 / first.as_secs_f64() / 1e9,
        bytes(used),
        100.0 * used as f64 / before as f64,
    );
    println!(
        "a second scan, which changes nothing, took {}",
        time(second)
    );
    println!("{}", merger.stats());
    assert!(
        images
            .iter()
            .step_by(100)
            .zip(&expected)
            .all(|(a, b)| a == b)
    );

    let start = Instant::now();
    let copies = arena.stats().copies;
    for image in &mut images {
        image[rng.usize(..IMAGE)] ^= 1;
    }
    println!(
        "a write to each image parts what was merged: {} a write, {} chunks copied",
        time(start.elapsed() / u32::try_from(images.len())?),
        count(usize::try_from(arena.stats().copies - copies)?)
    );
    Ok(())
}

/// Goes through all collections once. Returns how long that took.
fn scan<C: Merge>(merger: &mut Merger<C>, all: &mut [C]) -> Result<Duration, AllocError> {
    let start = Instant::now();
    let mut all: Vec<_> = all.iter_mut().collect();
    merger.scan(&mut all, usize::MAX)?;
    Ok(start.elapsed())
}

/// Maps and texts, whose own entries lie anywhere, so that each is in another chunk; and ordered maps,
/// whose own entries lie in a row.
fn merge_others(each: usize, rng: &mut Rng) -> Result<(), AllocError> {
    println!(
        "{each} of each, of {} entries or lines, 1 of {OWN} its own",
        count(ENTRIES)
    );
    let keys = 0..ENTRIES as u64;
    let entries = |rng: &mut Rng| {
        let mut value = |key| match rng.usize(..OWN) {
            0 => rng.u64(..),
            _ => key,
        };
        keys.clone()
            .map(|key| (key, value(key)))
            .collect::<Vec<_>>()
    };
    let arena = Arena::builder().build();
    let maps = (0..each).map(|_| {
        let mut map = CowOrdMap::new_in(&arena);
        map.extend(entries(rng));
        map
    });
    let mut maps: Vec<_> = maps.collect();
    report("ordered maps", &arena, &mut maps)?;

    let arena = Arena::builder().build();
    let maps = (0..each).map(|_| {
        let own = keys.end / OWN as u64;
        let first = rng.u64(..keys.end - own);
        let mut map = CowOrdMap::new_in(&arena);
        map.extend(keys.clone().map(|key| (key, key)));
        map.extend((first..first + own).map(|key| (key, rng.u64(..))));
        map
    });
    let mut maps: Vec<_> = maps.collect();
    report("ordered maps, in a row", &arena, &mut maps)?;

    let arena = Arena::builder().build();
    // One seed for all: that of a map which was cleared.
    let mut empty = CowHashMap::new_in(&arena);
    empty.insert(0, 0);
    empty.clear();
    let maps = (0..each).map(|_| {
        let mut map = empty.clone();
        map.extend(entries(rng));
        map
    });
    let mut maps: Vec<_> = maps.collect();
    report("hash maps of one seed", &arena, &mut maps)?;

    let arena = Arena::builder().build();
    let texts = (0..each).map(|_| {
        let mut text = CowString::new_in(&arena);
        for (line, own) in entries(rng) {
            let mark = if line == own { ' ' } else { '!' };
            text.push_str(&format!("{line:8} of all lines, alike in all{mark}\n"));
        }
        text
    });
    let mut texts: Vec<_> = texts.collect();
    report("texts", &arena, &mut texts)
}

fn report<C: Merge>(what: &str, arena: &Arena, all: &mut [C]) -> Result<(), AllocError> {
    let before = arena.stats().bytes_used;
    let mut merger = Merger::new();
    let took = scan(&mut merger, all)?;
    let used = arena.stats().bytes_used;
    println!(
        "{what:22}  {} -> {}, {:.1} %, in {}; {}",
        bytes(before),
        bytes(used),
        100.0 * used as f64 / before as f64,
        time(took),
        merger.stats()
    );
    Ok(())
}
