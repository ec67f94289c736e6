//! `CowVec`: the sizes, and what it sets out to reach.

use cow_benches::vec::work::*;
use cow_benches::vec::{NUMBERS, STRINGS, SUITE};

use super::{Section, Size};
use crate::targets::Bound::{AtMost, Times};
use crate::targets::Target;

pub(super) static SECTION: Section = Section {
    suite: &SUITE,
    sizes: &[
        Size::new(&NUMBERS, 1_000, 3_000).quick(1_000),
        Size::new(&NUMBERS, 100_000, 5_000).quick(1_500),
        Size::new(&NUMBERS, 1_000_000, 16_000),
        Size::new(&NUMBERS, 10_000_000, 20_000),
        Size::new(&STRINGS, 1_000, 3_000).quick(1_000),
        Size::new(&STRINGS, 100_000, 4_000).quick(1_500),
        Size::new(&STRINGS, 1_000_000, 10_000),
        Size::new(&STRINGS, 10_000_000, 8_000),
    ],
    targets: TARGETS,
};

const VEC: &str = "std_clone";
const IMBL: &str = "imbl";

const EVERY: &[usize] = &[1_000, 100_000, 1_000_000, 10_000_000];
const LARGE: &[usize] = &[1_000_000, 10_000_000];
const MILLION: &[usize] = &[1_000_000];

const TARGETS: &[Target] = &[
    Target::new("u64", SNAPSHOT, EVERY, AtMost(15.0)),
    Target::new("u64", GET_RANDOM, LARGE, Times(2.5, VEC)),
    Target::new("u64", GET_RANDOM, LARGE, Times(0.25, IMBL)),
    Target::new("u64", GET_CHAIN, LARGE, Times(1.3, VEC)),
    Target::new("u64", GET_CHAIN, LARGE, Times(0.25, IMBL)),
    Target::new("u64", ITER_SUM, LARGE, Times(1.3, VEC)),
    Target::new("u64", ITER_FOR, LARGE, Times(1.3, VEC)),
    Target::new("u64", CHUNKS, LARGE, Times(1.1, VEC)),
    Target::new("u64", WRITE, LARGE, Times(3.0, VEC)),
    Target::new("u64", WRITE, LARGE, Times(0.2, IMBL)),
    Target::new("u64", PUSH, LARGE, Times(1.5, VEC)),
    Target::new("u64", COLLECT, LARGE, Times(1.2, VEC)),
    Target::new("u64", SNAPSHOT_WRITE, LARGE, Times(0.3, IMBL)),
    Target::new("u64", SNAPSHOT_WRITE_1000, LARGE, Times(0.4, IMBL)),
    Target::new("u64", SNAPSHOT_PUSH, LARGE, AtMost(20.0)),
    Target::new("u64", SNAPSHOT_PUSH, LARGE, Times(0.5, IMBL)),
    Target::new("u64", INSERT_REMOVE, LARGE, Times(0.5, IMBL)),
    Target::new("u64", CONCAT_SPLIT, LARGE, Times(1.0, IMBL)),
    Target::new("u64", BYTES_PER_ELEMENT, MILLION, AtMost(8.3)),
    Target::new("u64", BYTES_OF_THREE, MILLION, AtMost(128.0)),
    Target::new("String", SNAPSHOT_WRITE, MILLION, Times(1.0, IMBL)),
    Target::new("String", ITER_SUM, MILLION, Times(1.3, VEC)),
    Target::new("String", ITER_FOR, MILLION, Times(1.3, VEC)),
];
