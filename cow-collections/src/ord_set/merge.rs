//! Ordered sets of plain data, merged leaf by leaf: what their maps do.

use bytemuck::NoUninit;
use cow_core::{AllocError, OrAbort};

use super::CowOrdSet;
use crate::{
    CowOrdMap,
    merge::{Merge, Table},
};

impl<T: NoUninit> Merge for CowOrdSet<T> {
    type Leaf = <CowOrdMap<T, ()> as Merge>::Leaf;
    type Nodes = <CowOrdMap<T, ()> as Merge>::Nodes;

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

impl<T: NoUninit + Ord> CowOrdSet<T> {
    /// Shares chunks with another set wherever both hold the same values, byte for byte. Returns the
    /// number of chunks that were given up for one of `onto`. See [`CowOrdMap::rebase`].
    ///
    /// # Complexity
    ///
    /// O(n) bytes compared, and a search for each chunk. Copies the nodes that lead to a changed chunk,
    /// where others share them.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowOrdSet;
    ///
    /// let old: CowOrdSet<u32> = (0..10_000).collect();
    /// let mut new: CowOrdSet<u32> = (0..10_000).collect();
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
        self.map.try_rebase(&onto.map)
    }
}
