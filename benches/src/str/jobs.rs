//! The work, written once for all contenders.
//!
//! Every job is a function of its own that is never inlined, and goes round among the texts.

use std::hash::BuildHasher;
use std::hint::black_box;
use std::time::Duration;

use foldhash::fast::FixedState;

use super::stage::Stage;
use super::{Constant, Contender, Grown, Sliced, work};
use crate::bytes::measured;
use crate::clock::Stopwatch;
use crate::suite::Job::{Once, Timed};
use crate::suite::Jobs;

/// The jobs that every contender can do.
pub(super) fn every<C: Contender>() -> Jobs<Stage<C>> {
    vec![
        (work::FROM, Timed(from)),
        (work::CLONE, Timed(clone)),
        (work::EQ, Timed(eq)),
        (work::HASH, Timed(hash)),
        (work::BYTES, Once(bytes)),
        (work::BYTES_OF_CLONE, Once(bytes_of_clone)),
    ]
}

/// The jobs of contenders that can be appended to.
pub(super) fn grown<C: Grown>() -> Jobs<Stage<C>> {
    vec![
        (work::PUSH, Timed(push)),
        (work::CLONE_PUSH, Timed(clone_push)),
    ]
}

/// The jobs of contenders with owned slices, for texts that are long enough.
pub(super) fn sliced<C: Sliced>(bytes: usize) -> Jobs<Stage<C>> {
    if bytes < 2 * CUT {
        return Vec::new();
    }
    vec![(work::SLICE, Timed(slice))]
}

/// The jobs of contenders that take static texts as they are.
pub(super) fn constant<C: Constant>() -> Jobs<Stage<C>> {
    vec![(work::CONSTANT, Timed(constants))]
}

/// What a slice leaves out at each end.
const CUT: usize = 4;

/// Does something with each of `items` in turn, `iters` times in all.
#[inline(always)]
fn round_robin<T>(items: &[T], iters: u64, mut work: impl FnMut(&T)) -> Duration {
    let watch = Stopwatch::start();
    let mut left = iters;
    while left > 0 {
        let run = usize::try_from(left).map_or(items.len(), |left| left.min(items.len()));
        items[..run].iter().for_each(&mut work);
        left -= run as u64;
    }
    watch.stop()
}

#[inline(never)]
fn from<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    round_robin(&stage.texts, iters, |text| {
        black_box(C::new(black_box(text).as_str()));
    })
}

#[inline(never)]
fn clone<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    round_robin(&stage.made, iters, |made| {
        black_box(black_box(made).clone());
    })
}

#[inline(never)]
fn eq<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    let (mut at, mut equal) = (0, 0);
    let took = round_robin(&stage.made, iters, |made| {
        equal += u64::from(black_box(made).as_str() == stage.again[at].as_str());
        at = if at + 1 == stage.again.len() {
            0
        } else {
            at + 1
        };
    });
    stage.add(equal);
    took
}

#[inline(never)]
fn hash<C: Contender>(stage: &mut Stage<C>, iters: u64) -> Duration {
    let (state, mut sum) = (FixedState::with_seed(1), 0_u64);
    let took = round_robin(&stage.made, iters, |made| {
        sum = sum.wrapping_add(state.hash_one(black_box(made).as_str()));
    });
    stage.add(sum);
    took
}

#[inline(never)]
fn push<C: Grown>(stage: &mut Stage<C>, iters: u64) -> Duration {
    round_robin(&stage.texts, iters, |text| {
        let mut made = C::new("");
        text.chars().for_each(|char| made.push(char));
        black_box(made);
    })
}

#[inline(never)]
fn clone_push<C: Grown>(stage: &mut Stage<C>, iters: u64) -> Duration {
    round_robin(&stage.made, iters, |made| {
        let mut made = black_box(made).clone();
        made.push_str(black_box("appended"));
        black_box(made);
    })
}

#[inline(never)]
fn slice<C: Sliced>(stage: &mut Stage<C>, iters: u64) -> Duration {
    round_robin(&stage.made, iters, |made| {
        let end = made.as_str().len() - CUT;
        black_box(black_box(made).slice(CUT, end));
    })
}

#[inline(never)]
fn constants<C: Constant>(_: &mut Stage<C>, iters: u64) -> Duration {
    static TEXTS: [&str; 4] = [
        "static",
        "another static text",
        "one that fits into no handle at all",
        "",
    ];
    round_robin(&TEXTS, iters, |text| {
        let text = black_box(text);
        black_box(C::constant(text));
    })
}

fn bytes<C: Contender>(stage: &mut Stage<C>) -> f64 {
    let mut made = Vec::with_capacity(stage.texts.len());
    let ((), all) = measured(|| made.extend(stage.texts.iter().map(|text| C::new(text))));
    all.held as f64 / made.len() as f64 + size_of::<C>() as f64
}

fn bytes_of_clone<C: Contender>(stage: &mut Stage<C>) -> f64 {
    let mut made = Vec::with_capacity(stage.made.len());
    let ((), all) = measured(|| made.extend(stage.made.iter().cloned()));
    all.held as f64 / made.len() as f64 + size_of::<C>() as f64
}
