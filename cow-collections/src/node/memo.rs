//! What took the places of nodes that several versions share, so that all of them share that after.

use std::collections::HashMap;

/// Shared nodes that were gone through, by address, and what took their places. `C` is a handle to one.
pub(crate) struct Memo<C> {
    seen: HashMap<usize, Seen<C>>,
}

struct Seen<C> {
    /// Kept, so that no other node comes to lie at its address, and nobody writes to it.
    _old: C,
    new: Option<C>,
}

impl<C> Default for Memo<C> {
    fn default() -> Self {
        Self {
            seen: HashMap::new(),
        }
    }
}

impl<C> Memo<C> {
    /// What took the place of the node at this address: `Some(None)` if it stays, `None` if it was not
    /// gone through.
    pub(crate) fn get(&self, place: usize) -> Option<Option<&C>> {
        self.seen.get(&place).map(|seen| seen.new.as_ref())
    }

    /// Notes what takes the place of a node, or that it stays.
    pub(crate) fn put(&mut self, place: usize, old: C, new: Option<C>) {
        self.seen.insert(place, Seen { _old: old, new });
    }
}
