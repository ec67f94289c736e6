//! The workloads, each written once for all contenders.
//!
//! Every job is a function of its own that is never inlined: its loop is then compiled as hot code
//! and looks the same however many jobs a program names. Results end in the stage's sum or pass
//! through `black_box`, outside the innermost loop where that is enough.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::lane::{Job, Stage};
use super::{Chunked, Contender, Spliced, Workload};
use crate::clock::{Stopwatch, median};
use crate::element::Element;
use crate::rng::scale;

/// The jobs that every contender can do.
pub(super) fn every<T: Element, C: Contender<T>>(workload: Workload) -> Option<Job<T, C>> {
    match workload {
        Workload::Collect => Some(collect),
        Workload::Push => Some(push),
        Workload::Drop => Some(drop_unshared),
        Workload::GetRandom => Some(get_random),
        Workload::GetChain => Some(get_chain),
        Workload::IterSum => Some(iter_sum),
        Workload::IterFor => Some(iter_for),
        Workload::Write => Some(write),
        Workload::Snapshot => Some(snapshot),
        Workload::SnapshotWrite => Some(snapshot_write),
        Workload::FirstWrite => Some(first_write),
        Workload::SnapshotWrite1000 => Some(snapshot_write_1000),
        Workload::SnapshotPush => Some(snapshot_push),
        _ => None,
    }
}

/// The jobs of contenders that show contiguous slices.
pub(super) fn chunked<T: Element, C: Chunked<T>>(workload: Workload) -> Option<Job<T, C>> {
    match workload {
        Workload::Chunks => Some(chunks),
        _ => None,
    }
}

/// The jobs of contenders that can be edited in the middle.
pub(super) fn spliced<T: Element, C: Spliced<T>>(workload: Workload) -> Option<Job<T, C>> {
    match workload {
        Workload::InsertRemove => Some(insert_remove),
        Workload::ConcatSplit => Some(concat_split),
        _ => None,
    }
}

#[inline(never)]
fn collect<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let len = stage.len;
    in_batches(stage, iters, |vecs, batch| {
        let watch = Stopwatch::start();
        for _ in 0..batch {
            vecs.push(Stage::<T, C>::collect(black_box(len)));
        }
        let took = watch.stop();
        black_box(vecs).clear();
        took
    })
}

#[inline(never)]
fn push<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let len = stage.len as u64;
    in_batches(stage, iters, |vecs, batch| {
        let watch = Stopwatch::start();
        for _ in 0..batch {
            let mut vec = C::new();
            for seed in 0..black_box(len) {
                vec.push(T::make(seed));
            }
            vecs.push(vec);
        }
        let took = watch.stop();
        black_box(vecs).clear();
        took
    })
}

#[inline(never)]
fn drop_unshared<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let len = stage.len;
    in_batches(stage, iters, |vecs, batch| {
        vecs.extend((0..batch).map(|_| Stage::<T, C>::collect(len)));
        let watch = Stopwatch::start();
        black_box(vecs).clear();
        watch.stop()
    })
}

/// Has `timed` make or drop `iters` vectors, a batch at a time, and returns the sum of its times.
///
/// A batch is one vector, or as many as make reading the clock cheap beside them.
fn in_batches<T, C>(
    stage: &Stage<T, C>,
    iters: u64,
    mut timed: impl FnMut(&mut Vec<C>, u64) -> Duration,
) -> Duration {
    const ELEMENTS: usize = 1 << 14;
    let batch_max = (ELEMENTS / stage.len).max(1);
    let mut vecs = Vec::with_capacity(batch_max);
    let mut took = Duration::ZERO;
    let mut left = iters;
    while left > 0 {
        let batch = left.min(batch_max as u64);
        took += timed(&mut vecs, batch);
        left -= batch;
    }
    took
}

#[inline(never)]
fn get_random<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let (vec, len, mut rng) = (black_box(&stage.vec), stage.len, stage.rng.clone());
    let mut sum = 0_u64;
    let watch = Stopwatch::start();
    for _ in 0..iters {
        sum = sum.wrapping_add(vec.get(rng.below(len)).weigh());
    }
    let took = watch.stop();
    stage.rng = rng;
    stage.add(sum);
    took
}

#[inline(never)]
fn get_chain<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    // The step makes every round different, so that the chain never falls into a short cycle.
    const STEP: u64 = 0xd1b5_4a32_d192_ed03;
    let (vec, len) = (black_box(&stage.vec), stage.len);
    let mut step = stage.rng.bits();
    let mut index = 0;
    let watch = Stopwatch::start();
    for _ in 0..iters {
        step = step.wrapping_add(STEP);
        index = scale(vec.get(index).key().wrapping_add(step), len);
    }
    let took = watch.stop();
    stage.add(index as u64);
    took
}

#[inline(never)]
fn iter_sum<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let mut sum = 0_u64;
    let watch = Stopwatch::start();
    for _ in 0..iters {
        let vec = black_box(&stage.vec);
        sum = vec.iter().map(T::weigh).fold(sum, u64::wrapping_add);
    }
    let took = watch.stop();
    stage.add(sum);
    took
}

#[inline(never)]
fn iter_for<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let mut sum = 0_u64;
    let watch = Stopwatch::start();
    for _ in 0..iters {
        let vec = black_box(&stage.vec);
        for element in vec.iter() {
            sum = sum.wrapping_add(element.weigh());
        }
    }
    let took = watch.stop();
    stage.add(sum);
    took
}

#[inline(never)]
fn chunks<T: Element, C: Chunked<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let mut sum = 0_u64;
    let watch = Stopwatch::start();
    for _ in 0..iters {
        let vec = black_box(&stage.vec);
        for chunk in vec.chunks() {
            sum = chunk.iter().map(T::weigh).fold(sum, u64::wrapping_add);
        }
    }
    let took = watch.stop();
    stage.add(sum);
    took
}

#[inline(never)]
fn write<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let (vec, len, mut rng) = (black_box(&mut stage.vec), stage.len, stage.rng.clone());
    let watch = Stopwatch::start();
    for seed in 0..iters {
        vec.get_mut(rng.below(len)).rewrite(seed);
    }
    let took = watch.stop();
    stage.rng = rng;
    took
}

#[inline(never)]
fn snapshot<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let vec = black_box(&stage.vec);
    let watch = Stopwatch::start();
    for _ in 0..iters {
        let snapshot = vec.clone();
        black_box(&snapshot);
    }
    watch.stop()
}

#[inline(never)]
fn snapshot_write<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    snapshot_writes::<T, C, 1>(stage, iters)
}

#[inline(never)]
fn snapshot_write_1000<T: Element, C: Contender<T>>(
    stage: &mut Stage<T, C>,
    iters: u64,
) -> Duration {
    snapshot_writes::<T, C, 1000>(stage, iters)
}

#[inline]
fn snapshot_writes<T: Element, C: Contender<T>, const WRITES: u64>(
    stage: &mut Stage<T, C>,
    iters: u64,
) -> Duration {
    let (vec, len, mut rng) = (black_box(&mut stage.vec), stage.len, stage.rng.clone());
    let watch = Stopwatch::start();
    for seed in 0..iters {
        let snapshot = vec.clone();
        for _ in 0..WRITES {
            vec.get_mut(rng.below(len)).rewrite(seed);
        }
        black_box(&snapshot);
    }
    let took = watch.stop();
    stage.rng = rng;
    took
}

/// Times each write by itself, on the clock that takes little to read, and returns the median for
/// each: one write that was interrupted then does not count for a thousand.
#[inline(never)]
fn first_write<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    const BATCH: u64 = 1024;
    let (vec, len, mut rng) = (black_box(&mut stage.vec), stage.len, stage.rng.clone());
    let mut writes = Vec::with_capacity(iters.min(BATCH) as usize);
    let mut took = Duration::ZERO;
    for seed in 0..iters {
        let snapshot = vec.clone();
        let index = rng.below(len);
        let started = Instant::now();
        vec.get_mut(index).rewrite(seed);
        writes.push(started.elapsed());
        black_box(&snapshot);
        if writes.len() as u64 == BATCH || seed + 1 == iters {
            let one = median(writes.iter().copied()).saturating_sub(instant_cost());
            took += one.mul_f64(writes.len() as f64);
            writes.clear();
        }
    }
    stage.rng = rng;
    took
}

/// Returns what two readings of the clock are apart with nothing between them.
fn instant_cost() -> Duration {
    static COST: OnceLock<Duration> = OnceLock::new();
    *COST.get_or_init(|| median((0..1001).map(|_| Instant::now().elapsed())))
}

/// Pushes in batches of an eighth of the vector, and pops each batch off again while the clock
/// stands, so that the vector keeps its size.
#[inline(never)]
fn snapshot_push<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let batch_max = (stage.len as u64 / 8).max(1);
    let vec = black_box(&mut stage.vec);
    let mut took = Duration::ZERO;
    let mut left = iters;
    while left > 0 {
        let batch = left.min(batch_max);
        let watch = Stopwatch::start();
        for seed in 0..batch {
            let snapshot = vec.clone();
            vec.push(T::make(seed));
            black_box(&snapshot);
        }
        took += watch.stop();
        for _ in 0..batch {
            vec.pop();
        }
        left -= batch;
    }
    took
}

#[inline(never)]
fn insert_remove<T: Element, C: Spliced<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let (vec, len, mut rng) = (black_box(&mut stage.vec), stage.len, stage.rng.clone());
    let watch = Stopwatch::start();
    for seed in 0..iters {
        vec.insert(rng.below(len), T::make(seed));
        black_box(vec.remove(rng.below(len)));
    }
    let took = watch.stop();
    stage.rng = rng;
    took
}

#[inline(never)]
fn concat_split<T: Element, C: Spliced<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let (vec, len, mut rng) = (black_box(&mut stage.vec), stage.len, stage.rng.clone());
    let watch = Stopwatch::start();
    for _ in 0..iters {
        let tail = black_box(vec.split_off(rng.below(len)));
        vec.append(tail);
    }
    let took = watch.stop();
    stage.rng = rng;
    took
}
