//! A collection as what it is below: chunks, and handles from one to the next.
//!
//! What can be said of any collection is said here, on one walk that each of them offers: what dropping
//! it frees, alone or with others, and what it shares.

use std::collections::{HashMap, HashSet};

use cow_core::ChunkUsage;

use crate::{
    Memory,
    drops::{Dismantle, DropSteps, Dropper},
};

/// A collection of this crate.
///
/// Implemented by all of them, and by nothing else.
pub trait Collection: Clone + Graph + Dismantle {
    /// Hands the collection to a thread in the background, which drops it.
    ///
    /// The last handle to a large collection takes a while to drop: every chunk is given back, and every
    /// value with drop glue is dropped. A thread that must not stall hands it over instead. See
    /// [`Dropper`] for a thread of your own that can be waited for.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::{Collection, CowVec};
    ///
    /// let state: CowVec<String> = (0..1000).map(|n| n.to_string()).collect();
    /// state.drop_in_background();
    /// ```
    fn drop_in_background(self)
    where
        Self: Send + 'static,
    {
        Dropper::shared().drop_later(self);
    }

    /// Begins to drop the collection, some chunks at a time: for a thread that does it itself.
    fn into_drop_steps(self) -> DropSteps<Self> {
        DropSteps::new(self)
    }
}

impl<C: Clone + Graph + Dismantle> Collection for C {}

/// The walk. Public only so that [`Collection`] can ask for it.
pub trait Graph {
    /// Shows every handle to a chunk to `visit`, each before those that lie in its chunk; these are
    /// passed over when `visit` returns `false`.
    #[doc(hidden)]
    fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool);
}

/// A handle to a chunk.
#[derive(Clone, Copy, Debug)]
pub struct Edge {
    pub(crate) chunk: *const u8,
    pub(crate) usage: ChunkUsage,
}

/// What dropping these collections together frees: the chunks to which no other handle leads.
///
/// It drops them on paper. A chunk goes when as many handles to it are gone as there are; the handles
/// that lie in it go with it. So the work is proportional to what is freed.
pub(crate) fn freed_by<'a>(collections: impl IntoIterator<Item = &'a dyn Graph>) -> Memory {
    let mut freed = Memory::default();
    let mut left = HashMap::new();
    for collection in collections {
        collection.edges(&mut |edge| {
            let is_last = edge.usage.handles == 1 || {
                let left = left.entry(edge.chunk).or_insert(edge.usage.handles);
                *left = left.saturating_sub(1);
                *left == 0
            };
            if is_last {
                freed.add_chunk(edge.usage.bytes, true);
            }
            is_last
        });
    }
    freed
}

/// What a collection costs. A chunk that it leads to by several ways counts once.
pub(crate) fn memory(collection: &dyn Graph) -> Memory {
    let freed = freed_by([collection]);
    let mut all = Memory::default();
    let mut shared = HashSet::new();
    collection.edges(&mut |edge| {
        let is_new = edge.usage.handles == 1 || shared.insert(edge.chunk);
        if is_new {
            all.add_chunk(edge.usage.bytes, false);
        }
        is_new
    });
    Memory {
        // Other threads may have given up chunks between the two walks.
        bytes_shared: all.bytes_shared.saturating_sub(freed.bytes_exclusive),
        chunks_shared: all.chunks_shared.saturating_sub(freed.chunks_exclusive),
        ..freed
    }
}
