//! What the sets are asked to do.

use crate::suite::Work;

/// Compare a set with a snapshot of it that has not changed.
pub const EQUAL: Work =
    Work::operation("equal", "== with an unchanged snapshot").between(0, 100_000);

/// Unite two versions that are 100 values apart.
pub const UNION_NEAR: Work = Work::operation("union_near", "union of versions 100 values apart");

/// Intersect them.
pub const INTERSECTION_NEAR: Work = Work::operation(
    "intersection_near",
    "intersection of versions 100 values apart",
);

/// Take one from the other.
pub const DIFFERENCE_NEAR: Work =
    Work::operation("difference_near", "difference of versions 100 values apart");

/// Unite two sets that were made apart and have half of their values in common.
pub const UNION_FAR: Work = Work::per_element("union_far", "union of unrelated sets");

/// Intersect them.
pub const INTERSECTION_FAR: Work =
    Work::per_element("intersection_far", "intersection of unrelated sets");

/// Take one from the other.
pub const DIFFERENCE_FAR: Work =
    Work::per_element("difference_far", "difference of unrelated sets");

/// All of them, in the order of the report.
pub const ALL: &[Work] = &[
    EQUAL,
    UNION_NEAR,
    INTERSECTION_NEAR,
    DIFFERENCE_NEAR,
    UNION_FAR,
    INTERSECTION_FAR,
    DIFFERENCE_FAR,
];
