//! The same calls on `CowStr` and `String`, on `CowBytes` and `Vec<u8>`, with every version looked at
//! after every step.

use quickcheck::{Arbitrary, Gen, QuickCheck};

use crate::world::{Kind, Runs, Texts, World, op::Op};

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        Self::from_bytes(std::array::from_fn(|_| u8::arbitrary(g)))
    }
}

/// Runs random lists of calls.
fn agrees_with_std<K: Kind>() {
    fn run<K: Kind>(ops: Vec<Op>, order: usize) {
        let mut world = World::<K>::new();
        for op in ops {
            world.step(op);
            world.check();
        }
        world.end(order);
    }
    let (tests, size) = if cfg!(miri) { (4, 30) } else { (200, 120) };
    QuickCheck::new()
        .rng(Gen::new(size))
        .tests(tests)
        .quickcheck(run::<K> as fn(Vec<Op>, usize));
}

#[test]
fn many_strings_agree_with_string() {
    agrees_with_std::<Texts>();
}

#[test]
fn many_byte_strings_agree_with_vec() {
    agrees_with_std::<Runs>();
}
