//! `CowString` in editing sessions: which ones, and what it sets out to reach.

use cow_benches::text::work::{REPLAY, REPLAY_KEPT_100};
use cow_benches::text::{AUTOMERGE_PAPER, REPLAYS, RUSTCODE, SEPH_BLOG1, SVELTECOMPONENT};

use super::{Section, Size};
use crate::targets::Bound::Times;
use crate::targets::Target;

pub(super) static SECTION: Section = Section {
    suite: &REPLAYS,
    sizes: &[
        Size::new(&AUTOMERGE_PAPER, PAPER, 4_000),
        Size::new(&RUSTCODE, CODE, 4_000).quick(1_000),
        Size::new(&SEPH_BLOG1, BLOG, 3_000),
        Size::new(&SVELTECOMPONENT, SVELTE, 3_000).quick(1_000),
    ],
    targets: TARGETS,
};

/// The edits of each session.
const PAPER: usize = 259_778;
const CODE: usize = 40_173;
const BLOG: usize = 137_993;
const SVELTE: usize = 19_749;

const CROP: &str = "crop";
const BUFFERED: &str = "jumprope_buffered";

const TARGETS: &[Target] = &[
    Target::new("automerge-paper", REPLAY, &[PAPER], Times(0.5, CROP)),
    Target::new("automerge-paper", REPLAY, &[PAPER], Times(1.0, BUFFERED)),
    Target::new("rustcode", REPLAY, &[CODE], Times(0.5, CROP)),
    Target::new("seph-blog1", REPLAY, &[BLOG], Times(0.5, CROP)),
    Target::new("sveltecomponent", REPLAY, &[SVELTE], Times(0.5, CROP)),
    Target::new(
        "automerge-paper",
        REPLAY_KEPT_100,
        &[PAPER],
        Times(1.0, CROP),
    ),
    Target::new("rustcode", REPLAY_KEPT_100, &[CODE], Times(1.0, CROP)),
    Target::new("seph-blog1", REPLAY_KEPT_100, &[BLOG], Times(1.0, CROP)),
    Target::new(
        "sveltecomponent",
        REPLAY_KEPT_100,
        &[SVELTE],
        Times(1.0, CROP),
    ),
];
