//! An arena that has as much left as a test wants.

use cow_collections::Arena;
use cow_core::Slots;

/// The smallest chunk.
const STEP: usize = 64;

/// Chunks that hold all that an arena has left, but for some bytes.
pub(crate) struct Ballast {
    _chunks: Vec<Slots<[u8; STEP]>>,
}

impl Ballast {
    /// Leaves `spare` bytes of an arena that is limited to `limit`.
    pub(crate) fn new(arena: &Arena, limit: usize, spare: usize) -> Self {
        let mut chunks = Vec::new();
        let mut left = limit - arena.stats().bytes_used - spare;
        // Chunks below 64 KiB are powers of two, larger ones are as large as was asked.
        while left >= STEP {
            let bytes = if left > 64 << 10 {
                left / STEP * STEP
            } else {
                1 << left.ilog2()
            };
            chunks.push(Slots::try_with_capacity_in(arena.into(), bytes / STEP).unwrap());
            left = limit - arena.stats().bytes_used - spare;
        }
        Self { _chunks: chunks }
    }
}

/// The room to try next: a smallest chunk more, and some more than that where there is much, or where
/// checkers make every round long.
pub(crate) fn more(spare: usize) -> usize {
    let leap = if cfg!(cow_heap) || spare > 64 << 10 {
        spare / 8
    } else {
        0
    };
    spare + STEP + leap / STEP * STEP
}
