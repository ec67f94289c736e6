//! The work on one text, written once for all contenders.
//!
//! Every job is a function of its own that is never inlined. Edits are made up beforehand, outside the
//! times.

use std::hint::black_box;
use std::time::Duration;

use super::stage::Stage;
use super::{Contender, Edit, Lent, Lined, Persistent, work};
use crate::bytes::measured;
use crate::clock::{OneByOne, Stopwatch};
use crate::suite::Job::{Once, Timed};
use crate::suite::{Jobs, in_batches};

/// The jobs that every contender can do.
pub(super) fn every<C: Contender>() -> Jobs<Stage<C>> {
    vec![
        (work::BUILD, Timed(build)),
        (work::SNAPSHOT, Timed(snapshot)),
        (work::FIRST_EDIT, Timed(first_edit)),
        (work::INSERT, Timed(insert)),
        (work::DELETE, Timed(delete)),
        (work::TYPING, Timed(typing)),
        (work::BYTES_LOADED, Once(bytes_loaded)),
    ]
}

/// The jobs of contenders that lend their parts.
pub(super) fn lent<C: Lent>() -> Jobs<Stage<C>> {
    vec![(work::CHUNKS, Timed(chunks)), (work::CHARS, Timed(chars))]
}

/// The jobs of contenders whose snapshots share the text, and whose edits are fast at any length.
pub(super) fn persistent<C: Persistent>() -> Jobs<Stage<C>> {
    vec![
        (work::BYTES_EDITED, Once(bytes_edited)),
        (work::BYTES_KEPT, Once(bytes_kept)),
    ]
}

/// The jobs of contenders that know their lines.
pub(super) fn lined<C: Lined>() -> Jobs<Stage<C>> {
    vec![
        (work::LINES, Timed(lines)),
        (work::LINE_TO_BYTE, Timed(line_to_byte)),
        (work::BYTE_TO_LINE, Timed(byte_to_line)),
        (work::LINE_SLICE, Timed(line_slice)),
    ]
}

/// How many edits are made up at a time.
const BATCH: u64 = 1024;

#[inline(never)]
fn build<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    in_batches(stage.source.len(), iters, |texts: &mut Vec<C>, batch| {
        let watch = Stopwatch::start();
        for _ in 0..batch {
            texts.push(C::new(black_box(&stage.source)));
        }
        let took = watch.stop();
        black_box(texts).clear();
        took
    })
}

/// Reads the whole text so many times.
#[inline(always)]
fn passes<C: Contender>(stage: &mut Stage<C>, iters: u64, pass: impl Fn(&C) -> u64) -> Duration {
    let mut sum = 0_u64;
    let watch = Stopwatch::start();
    for _ in 0..iters {
        sum = sum.wrapping_add(pass(black_box(&stage.text)));
    }
    let took = watch.stop();
    stage.add(sum);
    took
}

#[inline(never)]
fn chunks<C: Lent>(stage: &mut Stage<C>, iters: u64) -> Duration {
    passes(stage, iters, |text| {
        text.chunks().map(|chunk| chunk.len() as u64).sum()
    })
}

#[inline(never)]
fn chars<C: Lent>(stage: &mut Stage<C>, iters: u64) -> Duration {
    passes(stage, iters, |text| text.chars().map(u64::from).sum())
}

#[inline(never)]
fn lines<C: Lined>(stage: &mut Stage<C>, iters: u64) -> Duration {
    passes(stage, iters, |text| {
        // Whether there is a line behind the last break is not for all the same.
        black_box(text.visit_lines());
        0
    })
}

/// Looks so many random places up, below `end`.
#[inline(always)]
fn look_up<C: Contender>(
    stage: &mut Stage<C>,
    iters: u64,
    end: usize,
    one: impl Fn(&C, usize) -> usize,
) -> Duration {
    let (mut rng, mut sum) = (stage.rng.clone(), 0_u64);
    let text = black_box(&stage.text);
    let watch = Stopwatch::start();
    for _ in 0..iters {
        sum = sum.wrapping_add(one(text, rng.below(end)) as u64);
    }
    let took = watch.stop();
    stage.rng = rng;
    stage.add(sum);
    took
}

#[inline(never)]
fn line_to_byte<C: Lined>(stage: &mut Stage<C>, iters: u64) -> Duration {
    let lines = stage.text.byte_to_line(stage.text.len_bytes() - 1).max(1);
    look_up(stage, iters, lines, C::line_to_byte)
}

#[inline(never)]
fn byte_to_line<C: Lined>(stage: &mut Stage<C>, iters: u64) -> Duration {
    let bytes = stage.text.len_bytes();
    look_up(stage, iters, bytes, C::byte_to_line)
}

#[inline(never)]
fn line_slice<C: Lined>(stage: &mut Stage<C>, iters: u64) -> Duration {
    let lines = stage.text.byte_to_line(stage.text.len_bytes() - 1).max(1);
    look_up(stage, iters, lines, |text, line| {
        // Whether the break is a part of the line is not for all the same.
        black_box(text.line_len(line));
        line
    })
}

#[inline(never)]
fn snapshot<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    let text = black_box(&stage.text);
    let watch = Stopwatch::start();
    for _ in 0..iters {
        black_box(text.clone());
    }
    watch.stop()
}

#[inline(never)]
fn first_edit<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    let mut one_by_one = OneByOne::default();
    in_edited_batches(stage, iters, Stage::inserts, |text, edits| {
        for edit in edits {
            let snapshot = text.clone();
            one_by_one.time(|| text.edit(edit));
            drop(snapshot);
        }
        Duration::ZERO
    });
    one_by_one.total()
}

#[inline(never)]
fn insert<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    in_edited_batches(stage, iters, Stage::inserts, all)
}

#[inline(never)]
fn delete<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    // A short text is made anew before it ends.
    let least = stage.source.len() / 2;
    let batch = (least as u64 / 16).clamp(1, BATCH);
    let mut took = Duration::ZERO;
    let mut left = iters;
    while left > 0 {
        let count = left.min(batch);
        if stage.text.len_bytes() < least {
            stage.text = C::new(&stage.source);
        }
        took += in_edited_batches(stage, count, Stage::deletes, all);
        left -= count;
    }
    took
}

#[inline(never)]
fn typing<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    in_edited_batches(stage, iters, runs, all)
}

/// Returns so many keys, each 100 in a row.
fn runs<C: Contender>(stage: &mut Stage<C>, count: usize) -> Vec<Edit> {
    let len = stage.text.len_bytes();
    let mut at = 0;
    let key = |number: usize| {
        at = match number % 100 {
            0 => stage.rng.below(len),
            _ => at + 1,
        };
        Edit::ascii(at..at, "k")
    };
    (0..count).map(key).collect()
}

/// Makes all edits and returns the time.
fn all<C: Contender>(text: &mut C, edits: &[Edit]) -> Duration {
    let watch = Stopwatch::start();
    for edit in edits {
        text.edit(edit);
    }
    watch.stop()
}

/// Makes `iters` edits that `make_up` makes up, some at a time.
fn in_edited_batches<C: Contender>(
    stage: &mut Stage<C>,
    iters: u64,
    make_up: impl Fn(&mut Stage<C>, usize) -> Vec<Edit>,
    mut timed: impl FnMut(&mut C, &[Edit]) -> Duration,
) -> Duration {
    let mut took = Duration::ZERO;
    let mut left = iters;
    while left > 0 {
        let batch = left.min(BATCH);
        let count = usize::try_from(batch).expect("a batch is small");
        let edits = make_up(stage, count);
        took += timed(black_box(&mut stage.text), &edits);
        left -= batch;
    }
    took
}

/// The handle comes on top of what is behind it.
fn per_hundred<C: Contender>(held: i64, text: &C) -> f64 {
    100.0 * (held as f64 + size_of::<C>() as f64) / text.len_bytes() as f64
}

fn bytes_loaded<C: Contender>(stage: &mut Stage<C>) -> f64 {
    let (text, all) = measured(|| C::new(&stage.source));
    per_hundred(all.held, &text)
}

fn bytes_edited<C: Persistent>(stage: &mut Stage<C>) -> f64 {
    // Fewer where there is less to edit; the figure is told from 1 MiB on.
    let edits = (stage.source.len() as u64).min(400_000);
    // What is deleted has to be there.
    let batch = (stage.source.len() as u64 / 16).clamp(1, BATCH);
    let (_text, loaded) = measured(|| C::new(&stage.source));
    let mut held = loaded.held;
    let mut edited = Stage::<C>::new(&stage.source);
    // Only what the edits add counts, and not the lists of them.
    for _ in 0..edits / batch / 2 {
        for make_up in [Stage::inserts, Stage::deletes] {
            in_edited_batches(&mut edited, batch, make_up, |text, edits| {
                held += measured(|| edits.iter().for_each(|edit| text.edit(edit)))
                    .1
                    .held;
                Duration::ZERO
            });
        }
    }
    per_hundred(held, &edited.text)
}

fn bytes_kept<C: Persistent>(stage: &mut Stage<C>) -> f64 {
    const SNAPSHOTS: u32 = 1000;
    let mut kept = Vec::with_capacity(SNAPSHOTS as usize);
    let mut growth = 0;
    in_edited_batches(stage, SNAPSHOTS.into(), Stage::inserts, |text, edits| {
        for edit in edits {
            let snapshot = || {
                kept.push(text.clone());
                text.edit(edit);
            };
            growth += measured(snapshot).1.held;
        }
        Duration::ZERO
    });
    growth as f64 / f64::from(SNAPSHOTS) + size_of::<C>() as f64
}
