//! One writer, several readers, one [`SnapshotCell`]: the writer moves money between accounts and
//! publishes after every transfer, and each reader finds every snapshot it loads to be in balance.
//! Nobody waits for anybody, and a reader that holds on to an old snapshot keeps only the chunks
//! that changed since.
//!
//! ```text
//! cargo run --release -p cow-examples --bin readers_and_writer
//! ```

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cow_collections::CowVec;
use cow_core::{Arena, SnapshotCell};
use cow_examples::units::{bytes, count, round};
use fastrand::Rng;

const RUN: Duration = Duration::from_secs(2);
const READERS: usize = 3;
const ACCOUNTS: usize = 100_000;
const OPENING_BALANCE: i64 = 1_000;
const MONEY: i64 = ACCOUNTS as i64 * OPENING_BALANCE;

/// What is published: a plain value whose clone is a snapshot.
#[derive(Clone)]
struct Bank {
    accounts: CowVec<i64>,
    version: u64,
}

impl Bank {
    fn in_balance(&self) -> bool {
        self.accounts.iter().sum::<i64>() == MONEY
    }
}

fn main() {
    // An arena of its own tells what this program's accounts hold.
    let arena = Arena::builder().build();
    let mut accounts = CowVec::new_in(&arena);
    accounts.resize(ACCOUNTS, OPENING_BALANCE);
    let opening = accounts.snapshot();
    let bank = SnapshotCell::new(Bank {
        accounts,
        version: 0,
    });

    let copied_before = arena.stats().bytes_copied;
    let stop = AtomicBool::new(false);
    let start = Instant::now();
    let (written, reads) = thread::scope(|scope| {
        let readers = [(); READERS].map(|()| scope.spawn(|| read(&bank, &stop)));
        let writer = scope.spawn(|| write(&bank, &stop));
        thread::sleep(RUN);
        stop.store(true, Ordering::Relaxed);
        let written = writer.join().expect("the writer does not panic");
        (
            written,
            readers.map(|reader| reader.join().expect("every snapshot is in balance")),
        )
    });
    let seconds = start.elapsed().as_secs_f64();
    let per_second = |n: usize| count(round(n as f64 / seconds));

    println!(
        "{} accounts, one writer, {READERS} readers, {seconds:.1} s\n",
        count(ACCOUNTS)
    );
    println!(
        "writer    {:>10} snapshots published per second: {} by commit, {} by rcu, {} by store",
        per_second(written.published()),
        count(written.commits),
        count(written.rcus),
        count(written.stores),
    );
    println!(
        "          {:>10} transfers aborted half-way: no reader saw one",
        count(written.aborts)
    );
    for (reader, reads) in (1..).zip(&reads) {
        println!(
            "reader {reader}  {:>10} snapshots loaded per second, all in balance: {} versions seen",
            per_second(reads.loads),
            count(reads.versions),
        );
    }

    let copied = usize::try_from(arena.stats().bytes_copied - copied_before).unwrap_or(usize::MAX);
    println!(
        "\ncopied per published snapshot: {} of {}",
        bytes(copied / written.published().max(1)),
        bytes(ACCOUNTS * size_of::<i64>()),
    );
    assert!(
        opening.iter().all(|&balance| balance == OPENING_BALANCE),
        "a snapshot never changes"
    );
    println!(
        "the snapshot taken before the first transfer is unchanged, and keeps {}",
        bytes(opening.memory().bytes_exclusive),
    );
}

#[derive(Default)]
struct Written {
    commits: usize,
    aborts: usize,
    rcus: usize,
    stores: usize,
}

impl Written {
    fn published(&self) -> usize {
        self.commits + self.rcus + self.stores
    }
}

/// Publishes transfers in each of the ways there are, until `stop`.
fn write(bank: &SnapshotCell<Bank>, stop: &AtomicBool) -> Written {
    let mut rng = Rng::with_seed(1);
    let mut written = Written::default();
    let mut savepoint = bank.load().accounts.snapshot();
    while !stop.load(Ordering::Relaxed) {
        let (from, to) = (rng.usize(..ACCOUNTS), rng.usize(..ACCOUNTS));
        let amount = rng.i64(1..100);
        match rng.u32(..1000) {
            // A snapshot is a value like any other: an old one can be published again.
            0 => {
                let version = bank.load().version + 1;
                bank.store(Bank {
                    accounts: savepoint,
                    version,
                });
                savepoint = bank.load().accounts.snapshot();
                written.stores += 1;
            }
            // Read, copy, update: the closure makes the next state of the current one.
            1..100 => {
                bank.rcu(|bank| {
                    let mut next = bank.clone();
                    next.accounts[from] -= amount;
                    next.accounts[to] += amount;
                    next.version += 1;
                    next
                });
                written.rcus += 1;
            }
            // The guard edits a private fork, so a change of mind costs nothing.
            100..200 => {
                let mut next = bank.write();
                next.accounts[from] -= amount;
                next.abort();
                written.aborts += 1;
            }
            _ => {
                let mut next = bank.write();
                next.accounts[from] -= amount;
                next.accounts[to] += amount;
                next.version += 1;
                next.commit();
                written.commits += 1;
            }
        }
    }
    written
}

#[derive(Default)]
struct Reads {
    loads: usize,
    versions: usize,
}

/// Loads snapshots until `stop`, and checks that each is in balance and none older than the last.
fn read(bank: &SnapshotCell<Bank>, stop: &AtomicBool) -> Reads {
    let mut reads = Reads::default();
    let mut last_version = 0;
    while !stop.load(Ordering::Relaxed) {
        let snapshot = bank.load();
        assert!(
            snapshot.in_balance(),
            "version {} lost or made money",
            snapshot.version
        );
        assert!(
            snapshot.version >= last_version,
            "a reader went back in time"
        );
        reads.loads += 1;
        reads.versions += usize::from(snapshot.version > last_version);
        last_version = snapshot.version;
    }
    reads
}
