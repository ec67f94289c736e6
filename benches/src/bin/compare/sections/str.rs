//! `CowStr`: the sizes, and what it sets out to reach.

use cow_benches::str::work::*;
use cow_benches::str::{OF_8, OF_24, OF_40, OF_200, SUITE};

use super::{Section, Size};
use crate::targets::Bound::TimesBest;
use crate::targets::Target;

pub(super) static SECTION: Section = Section {
    suite: &SUITE,
    sizes: &[
        Size::new(&OF_8, 1_000, 2_000).quick(500),
        Size::new(&OF_24, 1_000, 2_000),
        Size::new(&OF_40, 1_000, 2_000).quick(500),
        Size::new(&OF_200, 1_000, 2_000),
    ],
    targets: TARGETS,
};

const THOUSAND: &[usize] = &[1_000];

/// Those that are no plain `String` or `Arc<str>`.
const PEERS: &[&str] = &[
    "ecow",
    "smol_str",
    "compact_str",
    "lean_string",
    "arcstr",
    "hipstr",
];

const TARGETS: &[Target] = &[
    Target::new("8 B", FROM, THOUSAND, TimesBest(1.2, PEERS)),
    Target::new("8 B", CLONE, THOUSAND, TimesBest(1.2, PEERS)),
    Target::new("40 B", CLONE, THOUSAND, TimesBest(1.2, PEERS)),
    Target::new("200 B", CLONE, THOUSAND, TimesBest(1.2, PEERS)),
    Target::new("40 B", SLICE, THOUSAND, TimesBest(1.2, PEERS)),
    Target::new("200 B", SLICE, THOUSAND, TimesBest(1.2, PEERS)),
    Target::new("40 B", CONSTANT, THOUSAND, TimesBest(1.2, PEERS)),
];
