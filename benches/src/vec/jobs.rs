//! The workloads, each written once for all contenders.
//!
//! Every job is a function of its own that is never inlined: its loop is then compiled as hot code
//! and looks the same however many jobs a program names. Results end in the stage's sum or pass
//! through `black_box`, outside the innermost loop where that is enough.

use std::hint::black_box;
use std::time::Duration;

use super::stage::Stage;
use super::{Chunked, Contender, Spliced, work};
use crate::bytes::measured;
use crate::clock::{OneByOne, Stopwatch};
use crate::element::Element;
use crate::rng::scale;
use crate::suite::Job::{Once, Timed};
use crate::suite::{Jobs, in_batches};

/// The jobs that every contender can do.
pub(super) fn every<T: Element, C: Contender<T>>() -> Jobs<Stage<T, C>> {
    vec![
        (work::COLLECT, Timed(collect)),
        (work::PUSH, Timed(push)),
        (work::DROP, Timed(drop_unshared)),
        (work::GET_RANDOM, Timed(get_random)),
        (work::GET_CHAIN, Timed(get_chain)),
        (work::ITER_SUM, Timed(iter_sum)),
        (work::ITER_FOR, Timed(iter_for)),
        (work::WRITE, Timed(write)),
        (work::SNAPSHOT, Timed(snapshot)),
        (work::SNAPSHOT_WRITE, Timed(snapshot_writes::<T, C, 1>)),
        (work::FIRST_WRITE, Timed(first_write)),
        (
            work::SNAPSHOT_WRITE_1000,
            Timed(snapshot_writes::<T, C, 1000>),
        ),
        (work::SNAPSHOT_PUSH, Timed(snapshot_push)),
        (work::BYTES_COPIED, Once(bytes_copied)),
        (work::BYTES_KEPT, Once(bytes_kept)),
        (work::BYTES_PER_ELEMENT, Once(bytes_per_element)),
        (work::BYTES_OF_THREE, Once(bytes_of_three)),
    ]
}

/// The jobs of contenders that show contiguous slices.
pub(super) fn chunked<T: Element, C: Chunked<T>>() -> Jobs<Stage<T, C>> {
    vec![(work::CHUNKS, Timed(chunks))]
}

/// The jobs of contenders that can be edited in the middle.
pub(super) fn spliced<T: Element, C: Spliced<T>>() -> Jobs<Stage<T, C>> {
    vec![
        (work::INSERT_REMOVE, Timed(insert_remove)),
        (work::CONCAT_SPLIT, Timed(concat_split)),
    ]
}

#[inline(never)]
fn collect<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let len = stage.len;
    in_batches(len, iters, |vecs: &mut Vec<C>, batch| {
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
    let len = stage.len;
    in_batches(len, iters, |vecs: &mut Vec<C>, batch| {
        let watch = Stopwatch::start();
        for _ in 0..batch {
            let mut vec = C::new();
            for seed in 0..black_box(len as u64) {
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
    in_batches(len, iters, |vecs: &mut Vec<C>, batch| {
        vecs.extend((0..batch).map(|_| Stage::<T, C>::collect(len)));
        let watch = Stopwatch::start();
        black_box(vecs).clear();
        watch.stop()
    })
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

#[inline(never)]
fn first_write<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>, iters: u64) -> Duration {
    let (vec, len, mut rng) = (black_box(&mut stage.vec), stage.len, stage.rng.clone());
    let mut writes = OneByOne::default();
    for seed in 0..iters {
        let snapshot = vec.clone();
        let index = rng.below(len);
        writes.time(|| vec.get_mut(index).rewrite(seed));
        black_box(&snapshot);
    }
    stage.rng = rng;
    writes.total()
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

fn bytes_copied<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>) -> f64 {
    let writes = (4_000_000 / stage.len as u64).clamp(1, 100);
    let bytes = measured(|| snapshot_writes::<T, C, 1>(stage, writes)).1;
    bytes.copied as f64 / writes as f64
}

fn bytes_kept<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>) -> f64 {
    const SNAPSHOTS: u32 = 8;
    let mut kept = Vec::with_capacity(SNAPSHOTS as usize);
    let ((), growth) = measured(|| {
        for seed in 0..SNAPSHOTS {
            kept.push(stage.vec.clone());
            let index = stage.rng.below(stage.len);
            stage.vec.get_mut(index).rewrite(u64::from(seed));
        }
    });
    growth.held as f64 / f64::from(SNAPSHOTS) + size_of::<C>() as f64
}

fn bytes_per_element<T: Element, C: Contender<T>>(stage: &mut Stage<T, C>) -> f64 {
    let (_vec, whole) = measured(|| Stage::<T, C>::collect(stage.len));
    (whole.held as f64 + size_of::<C>() as f64) / stage.len as f64
}

fn bytes_of_three<T: Element, C: Contender<T>>(_: &mut Stage<T, C>) -> f64 {
    const VECTORS: u32 = 1000;
    let mut vecs = Vec::with_capacity(VECTORS as usize);
    let ((), all) =
        measured(|| vecs.extend((0..VECTORS).map(|_| Stage::<T, C>::collect(black_box(3)))));
    all.held as f64 / f64::from(VECTORS) + size_of::<C>() as f64
}
