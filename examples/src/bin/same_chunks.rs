//! A thousand images of a mebibyte that differ in one page of a hundred, made separately, as a host of
//! virtual machines or containers has them: merged chunk by chunk, and then written again.
//!
//! ```text
//! cargo run --release -p cow-examples --bin same_chunks -- [images]
//! ```

use std::env;
use std::error::Error;
use std::time::Instant;

use cow_collections::{CowVec, Merger};
use cow_core::Arena;
use cow_examples::units::{bytes, count, time};
use fastrand::Rng;

const IMAGE: usize = 1 << 20;
const PAGE: usize = 4 << 10;
/// One page of so many is an image's own.
const OWN: usize = 100;

fn main() -> Result<(), Box<dyn Error>> {
    let images = env::args().nth(1).map_or(Ok(1000), |arg| arg.parse())?;
    let mut rng = Rng::with_seed(1);
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
    let mut scan = || {
        let start = Instant::now();
        let mut all: Vec<_> = images.iter_mut().collect();
        merger.scan(&mut all, usize::MAX).map(|_| start.elapsed())
    };
    let (first, second) = (scan()?, scan()?);
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
