//! `CowOrdMap`: the sizes, and what it sets out to reach.

use cow_benches::map::ord::{NUMBERS, STRINGS, SUITE};
use cow_benches::map::work::*;

use super::{Section, Size};
use crate::targets::Bound::{AtMost, Times};
use crate::targets::Target;

pub(super) static SECTION: Section = Section {
    suite: &SUITE,
    sizes: &[
        Size::new(&NUMBERS, 1_000, 3_000).quick(1_000),
        Size::new(&NUMBERS, 100_000, 6_000).quick(2_000),
        Size::new(&NUMBERS, 1_000_000, 12_000),
        Size::new(&NUMBERS, 4_000_000, 14_000),
        Size::new(&STRINGS, 1_000, 3_000).quick(1_000),
        Size::new(&STRINGS, 1_000_000, 12_000),
    ],
    targets: TARGETS,
};

const BTREE_MAP: &str = "std_clone";
const IMBL: &str = "imbl";

const NUMBER_SIZES: &[usize] = &[100_000, 1_000_000, 4_000_000];
const MILLION: &[usize] = &[1_000_000];

const TARGETS: &[Target] = &[
    Target::new("u64", HIT, NUMBER_SIZES, Times(0.9, BTREE_MAP)),
    Target::new("u64", HIT_CHAIN, NUMBER_SIZES, Times(0.9, BTREE_MAP)),
    Target::new("u64", BUILD, NUMBER_SIZES, Times(1.3, BTREE_MAP)),
    Target::new("u64", ITER, NUMBER_SIZES, Times(1.3, BTREE_MAP)),
    Target::new("u64", SNAPSHOT, NUMBER_SIZES, AtMost(15.0)),
    Target::new("u64", SNAPSHOT_WRITE, NUMBER_SIZES, Times(0.6, IMBL)),
    Target::new("u64", SPLIT_APPEND, MILLION, AtMost(20_000.0)),
    Target::new("u64", DIFF, MILLION, AtMost(100_000.0)),
    Target::new("u64", BYTES_PER_ENTRY, MILLION, AtMost(36.0)),
    Target::new("u64", BYTES_KEPT, MILLION, AtMost(2048.0)),
    Target::new("String", HIT, MILLION, Times(0.9, BTREE_MAP)),
    Target::new("String", HIT_CHAIN, MILLION, Times(0.9, BTREE_MAP)),
    Target::new("String", BUILD, MILLION, Times(1.3, BTREE_MAP)),
    Target::new("String", ITER, MILLION, Times(1.3, BTREE_MAP)),
    Target::new("String", SNAPSHOT, MILLION, AtMost(15.0)),
    Target::new("String", SNAPSHOT_WRITE, MILLION, Times(0.6, IMBL)),
    Target::new("String", SPLIT_APPEND, MILLION, AtMost(20_000.0)),
    Target::new("String", DIFF, MILLION, AtMost(100_000.0)),
];
