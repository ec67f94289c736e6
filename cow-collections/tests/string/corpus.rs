//! Replays what fuzzing found worth keeping.

#[path = "../support/corpus.rs"]
mod support;

use crate::world;

#[test]
#[cfg_attr(miri, ignore = "reads files")]
fn replay() {
    support::replay("string", world::replay);
}
