//! Saves a live `CowVec<u64>` to a file from another thread while the main thread goes on writing.
//! The file holds the state of one moment, and nobody waited for it.
//!
//! The save is made in two ways. One holds its snapshot to the end, so that every chunk written
//! meanwhile has to be copied. The other consumes its snapshot chunk by chunk with `into_chunks`:
//! a chunk that is already in the file is shared no more, and a write to it copies nothing.
//!
//! ```text
//! cargo run --release -p cow-examples --bin background_save
//! ```

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};
use std::ops::Deref;
use std::thread;
use std::time::{Duration, Instant};

use cow_collections::CowVec;
use cow_core::Arena;
use cow_examples::units::{bytes, count, time};
use fastrand::Rng;

const LEN: usize = 4 << 20;
/// The speed of the disk: a real one may be too fast for a demonstration, or too uneven.
const BYTES_PER_SECOND: f64 = 32.0 * 1024.0 * 1024.0;
const WRITES_PER_TICK: usize = 8;
const TICK: Duration = Duration::from_millis(1);

fn main() -> io::Result<()> {
    // An arena of its own tells what this program's elements hold.
    let arena = Arena::builder().build();
    let mut live = CowVec::new_in(&arena);
    live.extend(0..LEN as u64);
    println!(
        "{} elements, {} in memory; a disk of 32 MiB/s; {} random writes per {TICK:?} meanwhile\n",
        count(LEN),
        bytes(arena.stats().bytes_used),
        WRITES_PER_TICK,
    );

    let held = save_while_writing(&mut live, &arena, |snapshot, file| {
        write_out(snapshot.chunks(), file)
        // The snapshot is dropped here, whole.
    })?;
    let consumed = save_while_writing(&mut live, &arena, |snapshot, file| {
        // Each chunk is dropped as soon as it is written.
        write_out(snapshot.into_chunks(), file)
    })?;

    row("snapshot", "held to the end", "consumed");
    row("to take it", &time(held.snapshot), &time(consumed.snapshot));
    row("to save it", &time(held.save), &time(consumed.save));
    row(
        "writes meanwhile",
        &count(held.writes),
        &count(consumed.writes),
    );
    row(
        "bytes copied for them",
        &bytes(held.copied),
        &bytes(consumed.copied),
    );
    row(
        "most extra memory",
        &bytes(held.extra),
        &bytes(consumed.extra),
    );
    println!("\nboth files hold the elements as they were when the snapshot was taken");
    Ok(())
}

fn row(label: &str, held: &str, consumed: &str) {
    println!("{label:<22} {held:>16} {consumed:>16}");
}

/// What one save took.
struct Outcome {
    snapshot: Duration,
    save: Duration,
    writes: usize,
    copied: usize,
    extra: usize,
}

/// Saves a snapshot of `live` on another thread, writes to `live` until that is done, and checks
/// the file.
fn save_while_writing(
    live: &mut CowVec<u64>,
    arena: &Arena,
    save: impl FnOnce(CowVec<u64>, &File) -> io::Result<()> + Send,
) -> io::Result<Outcome> {
    let mut file = tempfile::tempfile()?;
    // A plain copy, only so that this program can check the file.
    let expected = live.to_vec();
    let before = arena.stats();

    let start = Instant::now();
    let snapshot = live.snapshot();
    let taken = start.elapsed();
    let (writes, extra) = thread::scope(|scope| {
        let saver = scope.spawn(|| save(snapshot, &file));
        let mut rng = Rng::with_seed(2);
        let (mut writes, mut most_used) = (0, before.bytes_used);
        while !saver.is_finished() {
            for _ in 0..WRITES_PER_TICK {
                live[rng.usize(..LEN)] = rng.u64(..);
            }
            writes += WRITES_PER_TICK;
            most_used = most_used.max(arena.stats().bytes_used);
            thread::sleep(TICK);
        }
        saver.join().expect("the save does not panic")?;
        Ok::<_, io::Error>((writes, most_used - before.bytes_used))
    })?;
    let save = start.elapsed();

    let copied = arena.stats().bytes_copied - before.bytes_copied;
    file.rewind()?;
    check(&file, &expected)?;
    Ok(Outcome {
        snapshot: taken,
        save,
        writes,
        copied: usize::try_from(copied).unwrap_or(usize::MAX),
        extra,
    })
}

/// Writes the chunks in order, dropping each before the next, at the speed of the disk.
fn write_out<C: Deref<Target = [u64]>>(
    chunks: impl Iterator<Item = C>,
    file: &File,
) -> io::Result<()> {
    let mut out = BufWriter::new(file);
    let start = Instant::now();
    let mut written = 0;
    for chunk in chunks {
        for element in &*chunk {
            out.write_all(&element.to_le_bytes())?;
        }
        written += size_of_val(&*chunk);
        drop(chunk);
        let due = Duration::from_secs_f64(written as f64 / BYTES_PER_SECOND);
        thread::sleep(due.saturating_sub(start.elapsed()));
    }
    out.flush()
}

/// Checks that the file holds `expected` and nothing else.
fn check(file: &File, expected: &[u64]) -> io::Result<()> {
    let mut file = BufReader::new(file);
    for (i, &element) in expected.iter().enumerate() {
        let mut saved = [0; size_of::<u64>()];
        file.read_exact(&mut saved)?;
        assert_eq!(
            u64::from_le_bytes(saved),
            element,
            "element {i} is not as it was"
        );
    }
    assert_eq!(
        file.read(&mut [0])?,
        0,
        "the file goes on after the last element"
    );
    Ok(())
}
