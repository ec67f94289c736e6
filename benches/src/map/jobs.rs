//! The work, each written once for all contenders.
//!
//! As with vectors, every job is a function of its own that is never inlined. Keys and values that
//! a write hands over are made beforehand, a batch at a time, so that no time counts them.

use std::hint::black_box;
use std::time::Duration;

use super::deck::{Deck, entry};
use super::stage::Stage;
use super::{Contender, Cut, Diffed, Entry, Ordered, work};
use crate::bytes::measured;
use crate::clock::{OneByOne, Stopwatch};
use crate::suite::Job::{Once, Timed};
use crate::suite::{Jobs, in_batches};

/// The most entries that are made beforehand.
const BATCH: u64 = 1024;

/// The jobs that every contender can do.
pub(super) fn every<T: Entry, C: Contender<T>>() -> Jobs<Stage<T, C>> {
    vec![
        (work::BUILD, Timed(build)),
        (work::HIT, Timed(hit)),
        (work::MISS, Timed(miss)),
        (work::HIT_CHAIN, Timed(hit_chain)),
        (work::ITER, Timed(iter)),
        (work::OVERWRITE, Timed(overwrite)),
        (work::REMOVE, Timed(remove)),
        (work::SNAPSHOT, Timed(snapshot)),
        (work::SNAPSHOT_WRITE, Timed(snapshot_write)),
        (work::FIRST_WRITE, Timed(first_write)),
        (work::SNAPSHOT_WRITE_1000, Timed(snapshot_write_1000)),
        (work::BYTES_COPIED, Once(bytes_copied)),
        (work::BYTES_KEPT, Once(bytes_kept)),
        (work::BYTES_PER_ENTRY, Once(bytes_per_entry)),
        (work::BYTES_OF_ONE, Once(bytes_of_one)),
    ]
}

/// The jobs of contenders that find out what changed.
pub(super) fn diffed<T: Entry, C: Diffed<T>>() -> Jobs<Stage<T, C>> {
    vec![(work::DIFF, Timed(diff))]
}

/// The jobs of contenders in order.
pub(super) fn ordered<T: Entry, C: Ordered<T>>() -> Jobs<Stage<T, C>> {
    vec![(work::RANGE, Timed(range))]
}

/// The jobs of contenders that can be cut and joined.
pub(super) fn cut<T: Entry, C: Cut<T>>() -> Jobs<Stage<T, C>> {
    vec![(work::SPLIT_APPEND, Timed(split_append))]
}

#[inline(never)]
fn build<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let len = stage.len();
    in_batches(len, iters, |maps: &mut Vec<C>, batch| {
        let mut took = Duration::ZERO;
        for _ in 0..batch {
            let entries: Vec<(T, T)> = (0..len as u64).map(entry).collect();
            let watch = Stopwatch::start();
            let mut map = C::new();
            for (key, value) in entries {
                map.insert(key, value);
            }
            took += watch.stop();
            maps.push(map);
        }
        black_box(maps).clear();
        took
    })
}

#[inline(never)]
fn hit<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    get_all(stage, iters, |deck| &deck.present)
}

#[inline(never)]
fn miss<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    get_all(stage, iters, |deck| &deck.absent)
}

#[inline(always)]
fn get_all<T: Entry, C: Contender<T>>(
    stage: &mut Stage<T, C>,
    iters: u64,
    keys: fn(&Deck<T>) -> &[T],
) -> Duration {
    let mut sum = 0_u64;
    let mut left = iters;
    let watch = Stopwatch::start();
    while left > 0 {
        let run = stage.next_run(left);
        left -= run.len() as u64;
        let map = black_box(&stage.map);
        for key in &keys(&stage.deck)[run] {
            sum = sum.wrapping_add(map.get(key).map_or(1, T::weigh));
        }
    }
    let took = watch.stop();
    stage.add(sum);
    took
}

/// Goes through the same keys as [`hit`], but learns from each value which key is the next: the
/// processor cannot begin with it before. (A miss has no value to learn from.)
#[inline(never)]
fn hit_chain<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let (map, keys) = (black_box(&stage.map), &stage.deck.present);
    let mut at = 0;
    let watch = Stopwatch::start();
    for _ in 0..iters {
        let found = map.get(&keys[at]).map_or(1, T::weigh);
        // Hardly any value is this one.
        at += 1 + usize::from(found == u64::MAX);
        if at >= keys.len() {
            at = 0;
        }
    }
    let took = watch.stop();
    stage.add(at as u64);
    took
}

#[inline(never)]
fn iter<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let mut sum = 0_u64;
    let watch = Stopwatch::start();
    for _ in 0..iters {
        let map = black_box(&stage.map);
        for (key, value) in map.iter() {
            sum = sum.wrapping_add(key.weigh() ^ value.weigh());
        }
    }
    let took = watch.stop();
    stage.add(sum);
    took
}

#[inline(never)]
fn range<T: Entry, C: Ordered<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let mut sum = 0_u64;
    let mut left = iters;
    let watch = Stopwatch::start();
    while left > 0 {
        let run = stage.next_run(left);
        left -= run.len() as u64;
        let map = black_box(&stage.map);
        for first in &stage.deck.present[run] {
            for (key, value) in map.range_from(first).take(100) {
                sum = sum.wrapping_add(key.weigh() ^ value.weigh());
            }
        }
    }
    let took = watch.stop();
    stage.add(sum);
    took
}

#[inline(never)]
fn overwrite<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    in_written_batches(stage, iters, |map, pairs| {
        let watch = Stopwatch::start();
        for (key, value) in pairs {
            map.insert(key, value);
        }
        watch.stop()
    })
}

#[inline(never)]
fn snapshot<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let map = black_box(&stage.map);
    let watch = Stopwatch::start();
    for _ in 0..iters {
        let snapshot = map.clone();
        black_box(&snapshot);
    }
    watch.stop()
}

#[inline(never)]
fn snapshot_write<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    in_written_batches(stage, iters, |map, pairs| {
        let watch = Stopwatch::start();
        for (key, value) in pairs {
            let snapshot = map.clone();
            map.insert(key, value);
            black_box(&snapshot);
        }
        watch.stop()
    })
}

#[inline(never)]
fn first_write<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let mut writes = OneByOne::default();
    in_written_batches(stage, iters, |map, pairs| {
        for (key, value) in pairs {
            let snapshot = map.clone();
            writes.time(|| map.insert(key, value));
            black_box(&snapshot);
        }
        Duration::ZERO
    });
    writes.total()
}

#[inline(never)]
fn snapshot_write_1000<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let mut took = Duration::ZERO;
    for _ in 0..iters {
        let pairs = stage.pairs(1000);
        let map = black_box(&mut stage.map);
        let watch = Stopwatch::start();
        let snapshot = map.clone();
        for (key, value) in pairs {
            map.insert(key, value);
        }
        drop(black_box(snapshot));
        took += watch.stop();
    }
    took
}

/// Has `timed` write `iters` entries, a batch at a time, and returns the sum of its times.
fn in_written_batches<T: Entry, C: Contender<T>>(
    stage: &mut Stage<T, C>,
    iters: u64,
    mut timed: impl FnMut(&mut C, Vec<(T, T)>) -> Duration,
) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = iters;
    while left > 0 {
        let pairs = stage.pairs(left.min(BATCH));
        left -= pairs.len() as u64;
        took += timed(black_box(&mut stage.map), pairs);
    }
    took
}

#[inline(never)]
fn diff<T: Entry, C: Diffed<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let old = stage.map.clone();
    for (key, value) in stage.pairs(100) {
        stage.map.insert(key, value);
    }
    let map = black_box(&stage.map);
    let mut changes = 0;
    let watch = Stopwatch::start();
    for _ in 0..iters {
        changes += map.changes(black_box(&old));
    }
    let took = watch.stop();
    assert_eq!(changes as u64, 100 * iters, "{}", C::NAME);
    took
}

/// Removes batches of up to an eighth of the map, and inserts each batch again while the clock
/// stands, so that the map keeps its size.
#[inline(never)]
fn remove<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let batch_max = (stage.len() as u64 / 8).max(1);
    let mut took = Duration::ZERO;
    let mut left = iters;
    while left > 0 {
        let pairs = stage.pairs(left.min(batch_max));
        left -= pairs.len() as u64;
        let map = black_box(&mut stage.map);
        let watch = Stopwatch::start();
        for (key, _) in &pairs {
            map.remove(key);
        }
        took += watch.stop();
        for (key, value) in pairs {
            map.insert(key, value);
        }
    }
    took
}

#[inline(never)]
fn split_append<T: Entry, C: Cut<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = iters;
    while left > 0 {
        let run = stage.next_run(left);
        left -= run.len() as u64;
        let map = black_box(&mut stage.map);
        let watch = Stopwatch::start();
        for key in &stage.deck.present[run] {
            let tail = black_box(map.split_off(key));
            map.append(tail);
        }
        took += watch.stop();
    }
    took
}

fn bytes_copied<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>) -> f64 {
    let writes = (4_000_000 / stage.len() as u64).clamp(1, 100);
    let mut copied = 0;
    in_written_batches(stage, writes, |map, pairs| {
        for (key, value) in pairs {
            let write = || {
                let snapshot = map.clone();
                map.insert(key, value);
                snapshot
            };
            copied += measured(write).1.copied;
        }
        Duration::ZERO
    });
    copied as f64 / writes as f64
}

fn bytes_kept<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>) -> f64 {
    const SNAPSHOTS: u32 = 8;
    let mut kept = Vec::with_capacity(SNAPSHOTS as usize);
    let ((), growth) = measured(|| {
        for (key, value) in stage.pairs(SNAPSHOTS.into()) {
            kept.push(stage.map.clone());
            stage.map.insert(key, value);
        }
    });
    growth.held as f64 / f64::from(SNAPSHOTS) + size_of::<C>() as f64
}

fn bytes_per_entry<T: Entry, C: Contender<T>>(stage: &mut Stage<T, C>) -> f64 {
    stage.bytes / stage.len() as f64
}

fn bytes_of_one<T: Entry, C: Contender<T>>(_: &mut Stage<T, C>) -> f64 {
    const MAPS: u32 = 1000;
    let mut maps = Vec::with_capacity(MAPS as usize);
    let ((), all) = measured(|| maps.extend((0..MAPS).map(|_| Stage::<T, C>::build(black_box(1)))));
    all.held as f64 / f64::from(MAPS) + size_of::<C>() as f64
}
