//! `CowOrdSet`: the sizes. What it sets out to reach is said of the map.

use cow_benches::set::ord::{NUMBERS, SUITE};

use super::{Section, Size};

pub(super) static SECTION: Section = Section {
    suite: &SUITE,
    sizes: &[
        Size::new(&NUMBERS, 1_000, 1_000).quick(300),
        Size::new(&NUMBERS, 100_000, 3_000).quick(800),
        Size::new(&NUMBERS, 1_000_000, 6_000),
    ],
    targets: &[],
};
