//! What a piece of work copies and keeps, on the heap and in the arena.
//!
//! An arena takes its memory from the system in extents, which would tell nothing, so its part
//! comes from its own statistics.

use cow_collections::Arena;

use crate::heap;

/// Bytes of the heap and of the global arena.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bytes {
    /// What the arena counts as copied, and what was allocated on the heap: a copy needs a place.
    pub copied: u64,
    /// By how much more is in use than before. On the heap this includes what the allocator adds
    /// to each block; in the arena it is whole chunks, with their counts.
    pub held: i64,
}

/// Runs `work` and returns its result with the bytes it copied and kept.
pub fn measured<R>(work: impl FnOnce() -> R) -> (R, Bytes) {
    let before = InArena::now();
    let (result, heap) = heap::counted(work);
    let after = InArena::now();
    let bytes = Bytes {
        copied: after.copied - before.copied + heap.allocated,
        held: after.held.wrapping_sub(before.held).cast_signed() + heap.held,
    };
    (result, bytes)
}

struct InArena {
    copied: u64,
    held: u64,
}

impl InArena {
    fn now() -> Self {
        // Beside each chunk, the arena keeps its refcount and the number of slots filled.
        const COUNTS: usize = size_of::<[u32; 2]>();
        let stats = Arena::global().stats();
        Self {
            copied: stats.bytes_copied,
            held: (stats.bytes_used + stats.chunks_live() * COUNTS) as u64,
        }
    }
}
