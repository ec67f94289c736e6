//! The same calls on `CowString` and on `String`, with every version looked at after every step.

use cow_collections::{AllMetrics, Bytes, Lines, Utf16Lines};
use quickcheck::{Arbitrary, Gen, QuickCheck};

use crate::world::{Kind, Op, World};

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
