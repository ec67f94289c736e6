//! `CowString`: the sizes, and what it sets out to reach.

use cow_benches::text::work::*;
use cow_benches::text::{CODE, SUITE};

use super::{Section, Size};
use crate::targets::Bound::{AtMost, Times};
use crate::targets::Target;

pub(super) static SECTION: Section = Section {
    suite: &SUITE,
    sizes: &[
        Size::new(&CODE, 1 << 20, 5_000).quick(1_500),
        Size::new(&CODE, 100 << 20, 30_000),
    ],
    targets: TARGETS,
};

const CROP: &str = "crop";
const ROPEY_2: &str = "ropey2";

const LARGE: &[usize] = &[100 << 20];

const TARGETS: &[Target] = &[
    Target::new("code", BUILD, LARGE, Times(1.0, CROP)),
    Target::new("code", BUILD, LARGE, Times(1.0, ROPEY_2)),
    Target::new("code", INSERT, LARGE, Times(0.5, CROP)),
    Target::new("code", DELETE, LARGE, Times(0.5, CROP)),
    Target::new("code", TYPING, LARGE, Times(0.3, CROP)),
    Target::new("code", FIRST_EDIT, LARGE, Times(0.5, ROPEY_2)),
    Target::new("code", FIRST_EDIT, LARGE, Times(0.4, CROP)),
    Target::new("code", LINE_TO_BYTE, LARGE, Times(1.1, CROP)),
    Target::new("code", BYTE_TO_LINE, LARGE, Times(1.1, CROP)),
    Target::new("code", LINE_SLICE, LARGE, Times(1.1, CROP)),
    Target::new("code", CHUNKS, LARGE, Times(1.0, CROP)),
    Target::new("code", CHARS, LARGE, Times(1.0, CROP)),
    Target::new("code", LINES, LARGE, Times(1.0, CROP)),
    Target::new("code", BYTES_LOADED, LARGE, AtMost(106.0)),
    Target::new("code", BYTES_EDITED, LARGE, AtMost(130.0)),
    Target::new("code", BYTES_KEPT, LARGE, AtMost(4000.0)),
];
