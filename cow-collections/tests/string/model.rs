//! The same calls on `CowString` and on `String`, with every version looked at after every step.

use cow_collections::{AllMetrics, Bytes, Lines, Utf16Lines};
use quickcheck::{Arbitrary, Gen, QuickCheck};

use crate::world::{Kind, Op, World, replay};

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::from_bytes(std::array::from_fn(|_| u8::arbitrary(g)))
    }
}

/// Runs random lists of calls on texts that start with some characters.
fn agrees_with_string<M: Kind>() {
    fn run<M: Kind>(ops: Vec<Op>, fraction: u8, order: usize) {
        let most = if cfg!(miri) { 200 } else { M::MANY };
        let mut world = World::<M>::new(most * usize::from(fraction) / 255);
        for op in ops {
            world.step(op);
            world.check();
        }
        world.end(order);
    }
    let (tests, size) = if cfg!(miri) { (2, 12) } else { (40, 100) };
    QuickCheck::new()
        .rng(Gen::new(size))
        .tests(tests)
        .quickcheck(run::<M> as fn(Vec<Op>, u8, usize));
}

#[test]
fn of_bytes() {
    agrees_with_string::<Bytes>();
}

#[test]
fn of_lines() {
    agrees_with_string::<Lines>();
}

#[test]
fn of_utf16() {
    agrees_with_string::<Utf16Lines>();
}

#[test]
fn of_all_metrics() {
    agrees_with_string::<AllMetrics>();
}

/// What the fuzz target does, with bytes that need no fuzzer.
#[test]
fn of_any_bytes() {
    let mut state = 1_u32;
    for len in [0, 1, 9, 200, 900] {
        let bytes: Vec<u8> = (0..len)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                state.to_be_bytes()[0]
            })
            .collect();
        replay(&bytes);
    }
}
