//! The same calls on `CowVec` and on `Vec`, with every version looked at after every step.

use cow_collections::PagePolicy;
use quickcheck::{Arbitrary, Gen, QuickCheck};

use crate::world::{
    World,
    element::{Element, Large, Wide},
    op::Op,
};

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::from_bytes(std::array::from_fn(|_| u8::arbitrary(g)))
    }
}

fn run<T: Element>(mut world: World<T>, ops: Vec<Op>, order: usize) {
    for op in ops {
        world.step(op);
        world.check();
    }
    world.end(order);
}

/// Runs random lists of calls on vectors that start with a share of `T::MANY` values.
fn agrees_with_vec<T: Element>() {
    check(|ops, fraction, order| {
        let world = World::<T>::new(T::MANY * usize::from(fraction) / 255);
        run(world, ops, order);
    });
}

/// The same on vectors of huge chunks. These are small where all is tiny; else `T::MANY` values fill none.
fn agrees_in_huge_chunks<T: Element>() {
    check(|ops, fraction, order| {
        let policy = match order % 3 {
            0 => PagePolicy::Transparent,
            _ => PagePolicy::Huge,
        };
        let len = 2 * T::MANY * usize::from(fraction) / 255;
        run(World::<T>::under(policy, len), ops, order);
    });
}

fn check(run: fn(Vec<Op>, u8, usize)) {
    let (tests, size) = if cfg!(miri) { (2, 12) } else { (40, 80) };
    QuickCheck::new()
        .rng(Gen::new(size))
        .tests(tests)
        .quickcheck(run);
}

#[test]
fn of_words() {
    agrees_with_vec::<u64>();
}

#[test]
fn of_words_in_huge_chunks() {
    agrees_in_huge_chunks::<u64>();
}

#[test]
fn of_bytes_in_huge_chunks() {
    agrees_in_huge_chunks::<u8>();
}

#[test]
fn of_bytes() {
    agrees_with_vec::<u8>();
}

#[test]
fn of_values_with_drop_glue() {
    agrees_with_vec::<String>();
}

#[test]
fn of_values_without_size() {
    agrees_with_vec::<()>();
}

#[test]
#[cfg_attr(miri, ignore = "too many bytes for an interpreter")]
fn of_wide_values() {
    agrees_with_vec::<Wide>();
}

#[test]
#[cfg_attr(miri, ignore = "too many bytes for an interpreter")]
fn of_values_larger_than_a_chunk() {
    agrees_with_vec::<Large>();
}
