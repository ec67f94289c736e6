//! The same calls on `CowHashMap` and on `HashMap`, with every version looked at after every step.

use quickcheck::{Arbitrary, Gen, QuickCheck};

use crate::world::{
    World,
    element::{Element, Wide},
    hasher::Spread,
    op::Op,
};

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::from_bytes(std::array::from_fn(|_| u8::arbitrary(g)))
    }
}

impl Arbitrary for Spread {
    fn arbitrary(g: &mut Gen) -> Self {
        *g.choose(&Self::ALL).unwrap()
    }
}

/// Runs random lists of calls on maps that start with a share of the entries they may have.
fn agrees_with_hash_map<K: Element, V: Element>() {
    fn run<K: Element, V: Element>(ops: Vec<Op>, spread: Spread, fraction: u8, order: usize) {
        let mut world = World::<K, V>::new(spread, usize::from(fraction));
        for op in ops {
            world.step(op);
            world.check();
        }
        world.end(order);
    }
    let (tests, size) = if cfg!(miri) { (3, 12) } else { (60, 60) };
    QuickCheck::new()
        .rng(Gen::new(size))
        .tests(tests)
        .quickcheck(run::<K, V> as fn(Vec<Op>, Spread, u8, usize));
}

#[test]
fn of_words() {
    agrees_with_hash_map::<u64, u64>();
}

#[test]
fn of_values_with_drop_glue() {
    agrees_with_hash_map::<String, String>();
}

#[test]
fn of_bytes_without_values() {
    agrees_with_hash_map::<u8, ()>();
}

#[test]
fn of_a_key_without_size() {
    agrees_with_hash_map::<(), u8>();
}

#[test]
#[cfg_attr(miri, ignore = "too many bytes for an interpreter")]
fn of_wide_values() {
    agrees_with_hash_map::<u64, Wide>();
}
