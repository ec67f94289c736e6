//! The same calls on `CowOrdMap` and on `BTreeMap`, with every version looked at after every step.

use quickcheck::{Arbitrary, Gen, QuickCheck};

use crate::world::{
    World,
    element::{Element, Keys, Texts, Wide, Words},
    op::Op,
};

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::from_bytes(std::array::from_fn(|_| u8::arbitrary(g)))
    }
}

/// Runs random lists of calls on maps that start with a share of `E::MANY` pairs.
fn agrees_with_btree_map<E: Element>() {
    fn run<E: Element>(ops: Vec<Op>, fraction: u8, order: usize) {
        let mut world = World::<E>::new(E::MANY * usize::from(fraction) / 255);
        for op in ops {
            world.step(op);
            world.check();
        }
        world.end(order);
    }
    let (tests, size) = if cfg!(miri) { (2, 12) } else { (30, 80) };
    QuickCheck::new()
        .rng(Gen::new(size))
        .tests(tests)
        .quickcheck(run::<E> as fn(Vec<Op>, u8, usize));
}

#[test]
fn of_words() {
    agrees_with_btree_map::<Words>();
}

#[test]
fn of_pairs_with_drop_glue() {
    agrees_with_btree_map::<Texts>();
}

#[test]
fn of_keys_alone() {
    agrees_with_btree_map::<Keys>();
}

#[test]
#[cfg_attr(miri, ignore = "too many bytes for an interpreter")]
fn of_wide_values() {
    agrees_with_btree_map::<Wide>();
}
