//! Hash sets of plain data, merged bucket by bucket: what their maps do.

use std::hash::{BuildHasher, Hash};

use bytemuck::NoUninit;
use cow_core::{AllocError, OrAbort};

use super::CowHashSet;
use crate::{
    CowHashMap,
    merge::{Merge, Table},
};

impl<T: NoUninit, S: Clone> Merge for CowHashSet<T, S> {
    type Leaf = <CowHashMap<T, (), S> as Merge>::Leaf;
    type Nodes = <CowHashMap<T, (), S> as Merge>::Nodes;

    fn merge_from(
        &mut self,
        from: u64,
        max_chunks: usize,
        nodes: &mut Self::Nodes,
        table: &mut Table<Self::Leaf>,
    ) -> Result<Option<u64>, AllocError> {
        self.map.merge_from(from, max_chunks, nodes, table)
    }
}

impl<T: NoUninit + Eq + Hash, S: BuildHasher + Clone> CowHashSet<T, S> {
    /// Shares chunks with another set wherever both hold the same values, byte for byte. Returns the
    /// number of chunks that were given up for one of `onto`. See [`CowHashMap::rebase`].
    ///
    /// # Complexity
    ///
    /// O(n) bytes compared; O(n) hashes and insertions if the hashers are not known to be the same. Copies
    /// the nodes that lead to a changed chunk, where others share them.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowHashSet;
    ///
    /// let old: CowHashSet<u32> = (0..10_000).collect();
    /// let mut new: CowHashSet<u32> = (0..10_000).collect();
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
    /// When the arena has no chunk for the copy of a node, or for values that have to be moved; some
    /// chunks may be shared by then.
    pub fn try_rebase(&mut self, onto: &Self) -> Result<usize, AllocError> {
        self.map.try_rebase(&onto.map)
    }
}
