//! Vectors of plain data, merged chunk by chunk.

use bytemuck::NoUninit;
use cow_core::{AllocError, ArenaRef, Home, OrAbort};
use xxhash_rust::xxh3::xxh3_64;

use super::CowVec;
use crate::{
    merge::{Merge, Table, index, position},
    node::seq::{Leaf, VecMemo},
};

/// A leaf of a vector.
pub struct VecLeaf<T>(Leaf<T>);

impl<T> Clone for VecLeaf<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What became of shared nodes.
pub struct Nodes<T>(VecMemo<T>);

impl<T> Default for Nodes<T> {
    fn default() -> Self {
        Self(VecMemo::default())
    }
}

impl<T: NoUninit> Merge for CowVec<T> {
    type Leaf = VecLeaf<T>;
    type Nodes = Nodes<T>;

    fn merge_from(
        &mut self,
        from: u64,
        max_chunks: usize,
        nodes: &mut Nodes<T>,
        table: &mut Table<VecLeaf<T>>,
    ) -> Result<Option<u64>, AllocError> {
        let home = self.arena().to_home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        let next = self
            .seq
            .swap_leaves(index(from), max_chunks, &mut nodes.0, &mut |spot| {
                let bytes = bytemuck::cast_slice::<T, u8>(spot.values);
                let is_equal = |other: &VecLeaf<T>| {
                    other.0.arena() == arena
                        && bytemuck::cast_slice::<T, u8>(other.0.values()) == bytes
                };
                let place = (spot.values.as_ptr().addr(), spot.values.len());
                let leaf = || VecLeaf((spot.leaf)());
                let equal = table.offer(place, || xxh3_64(bytes), is_equal, leaf);
                equal.map(|leaf| leaf.0)
            })?;
        Ok(position(next, self.len()))
    }
}

impl<T: NoUninit> CowVec<T> {
    /// Shares chunks with another vector wherever both hold the same bytes at the same place. Returns
    /// the number of chunks that were given up for one of `onto`.
    ///
    /// For versions that came about separately and hold much the same, such as a state that was loaded
    /// anew: rebased onto the former version it costs what differs, and `==` and `diff` pass over the
    /// rest. When all is equal the vector becomes a snapshot of `onto`. Chunks are compared as they lie:
    /// behind an insertion of no whole chunk nothing is found equal. Vectors of different arenas share
    /// nothing. Values in chunks of 2 MiB are passed over.
    ///
    /// # Complexity
    ///
    /// O(n) bytes compared. Copies the nodes that lead to a changed chunk, where others share them.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowVec;
    ///
    /// let old: CowVec<u64> = (0..100_000).collect();
    /// let mut new: CowVec<u64> = (0..100_000).collect();
    /// new[7] = 0;
    /// assert_eq!(new.memory().bytes_shared, 0);
    /// new.rebase(&old);
    /// assert!(new.memory().bytes_exclusive < 16 << 10);
    ///
    /// new[7] = 7;
    /// new.rebase(&old);
    /// assert!(new.ptr_eq(&old));
    /// ```
    pub fn rebase(&mut self, onto: &Self) -> usize {
        self.try_rebase(onto).or_abort()
    }

    /// As [`rebase`](Self::rebase), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for the copy of a node; some chunks may be shared by then.
    pub fn try_rebase(&mut self, onto: &Self) -> Result<usize, AllocError> {
        if !self.seq.is_at_home_with(&onto.seq) || self.ptr_eq(onto) {
            return Ok(0);
        }
        let (mut given_up, mut equal) = (0, 0);
        let memo = &mut VecMemo::default();
        self.seq.swap_leaves(0, usize::MAX, memo, &mut |spot| {
            let (start, len) = (spot.start, spot.values.len());
            if start >= onto.len() {
                return None;
            }
            let (values, first) = onto.seq.leaf_at(start);
            if (first, values.len()) != (start, len) {
                return None;
            }
            if values.as_ptr() == spot.values.as_ptr() {
                equal += len;
                return None;
            }
            let bytes = bytemuck::cast_slice::<T, u8>;
            if bytes(values) != bytes(spot.values) {
                return None;
            }
            equal += len;
            let leaf = onto.seq.leaf_from(start, len)?;
            given_up += 1;
            Some(leaf)
        })?;
        if equal == onto.len() && equal == self.len() {
            self.clone_from(onto);
        }
        Ok(given_up)
    }
}
