//! Saves a large state to a file while 20,000 writes of 100 bytes a second go on, and measures what the
//! writes notice: the time of each, and the memory that their copies take.
//!
//! The state is saved in two ways, as a stream of checksummed chunks: by a snapshot that is held to the
//! end, and by one that is consumed (`into_chunks().write_to(..)`), which gives up every chunk that is in
//! the file. Both files are read back and verified.
//!
//! ```text
//! cargo run --release -p cow-examples --bin save_under_load -- [MiB] [writes a second]
//! cargo run --release -p cow-examples --bin save_under_load -- 2048
//! ```

use std::env;
use std::error::Error;
use std::fs::File;
use std::hash::{DefaultHasher, Hasher};
use std::io::{self, BufReader, Seek};
use std::thread;
use std::time::{Duration, Instant};

use cow_collections::{ChunkReader, ChunkWriter, CowVec};
use cow_core::Arena;
use cow_examples::units::{bytes, count, time};
use fastrand::Rng;

const WRITE_BYTES: usize = 100;
const TICK: Duration = Duration::from_millis(1);

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = env::args().skip(1);
    let mut number = |default: usize| args.next().map_or(Ok(default), |arg| arg.parse());
    let len = number(256)? << 20;
    let per_second = number(20_000)?;

    // An arena of its own tells what this program's state holds.
    let arena = Arena::builder().build();
    let mut live = CowVec::new_in(&arena);
    let mut rng = Rng::with_seed(1);
    while live.len() < len {
        let mut block = [0; 1 << 16];
        rng.fill(&mut block);
        live.extend_from_slice(&block);
    }
    println!(
        "{} in memory, {} writes of {WRITE_BYTES} bytes a second at random places\n",
        bytes(arena.stats().bytes_used),
        count(per_second),
    );

    let mut load = Load {
        arena: &arena,
        per_tick: per_second / 1000,
        rng,
    };
    let quiet_until = Instant::now() + Duration::from_secs(1);
    let quiet = load.run(&mut live, || Instant::now() < quiet_until);
    let held = load.save(&mut live, |snapshot, file| {
        let mut writer = ChunkWriter::new(file);
        snapshot
            .chunks()
            .try_for_each(|chunk| writer.write(chunk))?;
        writer.finish().map(drop)
        // The snapshot is dropped here, whole.
    })?;
    let consumed = load.save(&mut live, |snapshot, file| {
        snapshot.into_chunks().write_to(file).map(drop)
    })?;

    let columns = [quiet, held, consumed];
    let row = |label: &str, cell: &dyn Fn(&Outcome) -> String| {
        let [quiet, held, consumed] = columns.each_ref().map(cell);
        println!("{label:<24} {quiet:>14} {held:>16} {consumed:>14}");
    };
    println!(
        "{:<24} {:>14} {:>16} {:>14}",
        "", "no save", "held to the end", "consumed"
    );
    row("time", &|outcome| time(outcome.took));
    row("writes", &|outcome| count(outcome.writes));
    row("p50 of a write", &|outcome| time(outcome.per_mille(500)));
    row("p99.9 of a write", &|outcome| time(outcome.per_mille(999)));
    row("longest write", &|outcome| time(outcome.per_mille(1000)));
    row("bytes copied", &|outcome| bytes(outcome.copied));
    row("most extra memory", &|outcome| bytes(outcome.extra));
    println!("\nboth files were read back, and hold the state as it was at the snapshot");
    Ok(())
}

/// The writes, and where they go.
struct Load<'a> {
    arena: &'a Arena,
    per_tick: usize,
    rng: Rng,
}

/// What the writes noticed.
struct Outcome {
    took: Duration,
    writes: usize,
    /// The times of all writes, the shortest first.
    times: Vec<Duration>,
    copied: usize,
    extra: usize,
}

impl Outcome {
    fn per_mille(&self, part: usize) -> Duration {
        self.times[(self.times.len() - 1) * part / 1000]
    }
}

impl Load<'_> {
    /// Saves a snapshot on another thread, writes until that is done, and checks the file.
    fn save(
        &mut self,
        live: &mut CowVec<u8>,
        save: impl FnOnce(CowVec<u8>, &File) -> io::Result<()> + Send,
    ) -> Result<Outcome, Box<dyn Error>> {
        let mut file = tempfile::tempfile()?;
        let expected = hash_of(live.chunks());
        let snapshot = live.snapshot();
        let outcome = thread::scope(|scope| {
            let saver = scope.spawn(|| save(snapshot, &file).and_then(|()| file.sync_data()));
            let outcome = self.run(live, || !saver.is_finished());
            saver.join().expect("the save does not panic")?;
            Ok::<_, io::Error>(outcome)
        })?;
        file.rewind()?;
        let mut hasher = DefaultHasher::new();
        for chunk in ChunkReader::<u8, _>::new(BufReader::new(&file)) {
            hasher.write(&chunk?);
        }
        assert_eq!(hasher.finish(), expected, "the file is not what was saved");
        Ok(outcome)
    }

    /// Writes at the given pace for as long as `goes_on` says.
    fn run(&mut self, live: &mut CowVec<u8>, goes_on: impl Fn() -> bool) -> Outcome {
        let before = self.arena.stats();
        let start = Instant::now();
        let mut times = Vec::new();
        let (mut most_used, mut next_tick) = (before.bytes_used, start);
        while goes_on() {
            for _ in 0..self.per_tick {
                let at = self.rng.usize(..live.len() - WRITE_BYTES);
                let byte = self.rng.u8(..);
                let start = Instant::now();
                for i in at..at + WRITE_BYTES {
                    live[i] = byte;
                }
                times.push(start.elapsed());
            }
            most_used = most_used.max(self.arena.stats().bytes_used);
            next_tick += TICK;
            thread::sleep(next_tick.saturating_duration_since(Instant::now()));
        }
        let took = start.elapsed();
        times.sort_unstable();
        let copied = self.arena.stats().bytes_copied - before.bytes_copied;
        Outcome {
            took,
            writes: times.len(),
            times,
            copied: usize::try_from(copied).unwrap_or(usize::MAX),
            extra: most_used - before.bytes_used,
        }
    }
}

fn hash_of<'a>(chunks: impl Iterator<Item = &'a [u8]>) -> u64 {
    let mut hasher = DefaultHasher::new();
    chunks.for_each(|chunk| hasher.write(chunk));
    hasher.finish()
}
