//! What a collection costs, and what of that others share.

use std::{fmt, ops::Add};

/// The chunks behind one handle.
///
/// A chunk is *exclusive* when this handle alone leads to it: dropping the handle frees it. Otherwise it
/// is *shared* with another handle or snapshot. A chunk that one handle leads to by several ways, as
/// after a vector was appended to itself, counts once.
///
/// # Examples
///
/// ```
/// use cow_collections::CowVec;
///
/// let mut state: CowVec<u64> = (0..10_000).collect();
/// assert_eq!(state.memory().bytes_shared, 0);
///
/// let snapshot = state.clone();
/// assert_eq!(state.memory().bytes_exclusive, 0);
///
/// state[5_000] = 1; // one path is copied
/// assert_eq!(state.memory().bytes_exclusive, snapshot.memory().bytes_exclusive);
/// assert!(state.memory().bytes_exclusive < 8 << 10);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Bytes of chunks that dropping this handle would free.
    pub bytes_exclusive: usize,
    /// Bytes of chunks that others keep too.
    pub bytes_shared: usize,
    /// Chunks that dropping this handle would free.
    pub chunks_exclusive: usize,
    /// Chunks that others keep too.
    pub chunks_shared: usize,
}

impl Memory {
    /// All bytes behind the handle.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.bytes_exclusive + self.bytes_shared
    }

    /// Counts a chunk.
    pub(crate) fn add_chunk(&mut self, bytes: usize, is_exclusive: bool) {
        if is_exclusive {
            self.bytes_exclusive += bytes;
            self.chunks_exclusive += 1;
        } else {
            self.bytes_shared += bytes;
            self.chunks_shared += 1;
        }
    }
}

impl Add for Memory {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            bytes_exclusive: self.bytes_exclusive + other.bytes_exclusive,
            bytes_shared: self.bytes_shared + other.bytes_shared,
            chunks_exclusive: self.chunks_exclusive + other.chunks_exclusive,
            chunks_shared: self.chunks_shared + other.chunks_shared,
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} B exclusive in {} chunks, {} B shared in {} chunks",
            self.bytes_exclusive, self.chunks_exclusive, self.bytes_shared, self.chunks_shared
        )
    }
}
