//! Ordered maps of plain data, merged leaf by leaf.

use bytemuck::NoUninit;
use cow_core::{AllocError, ArenaRef, Home, OrAbort, Pairs, PairsRef};
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::CowOrdMap;
use crate::{
    merge::{Merge, Table, index, position},
    node::btree::TreeMemo,
};

/// What became of shared nodes.
pub struct Nodes<K, V>(TreeMemo<K, V>);

impl<K, V> Default for Nodes<K, V> {
    fn default() -> Self {
        Self(TreeMemo::default())
    }
}

/// Plain data as bytes, none of which is padding.
fn bytes<T: NoUninit>(values: &[T]) -> &[u8] {
    bytemuck::cast_slice(values)
}

fn hash<K: NoUninit, V: NoUninit>(pairs: PairsRef<'_, K, V>) -> u64 {
    xxh3_64_with_seed(bytes(pairs.values()), xxh3_64(bytes(pairs.keys())))
}

/// `true` when two leaves hold the same pairs, byte for byte.
fn is_same<K: NoUninit, V: NoUninit>(a: PairsRef<'_, K, V>, b: PairsRef<'_, K, V>) -> bool {
    a.len() == b.len()
        && bytes(a.keys()) == bytes(b.keys())
        && bytes(a.values()) == bytes(b.values())
}

impl<K: NoUninit, V: NoUninit> Merge for CowOrdMap<K, V> {
    type Leaf = Pairs<K, V>;
    type Nodes = Nodes<K, V>;

    fn merge_from(
        &mut self,
        from: u64,
        max_chunks: usize,
        nodes: &mut Nodes<K, V>,
        table: &mut Table<Pairs<K, V>>,
    ) -> Result<Option<u64>, AllocError> {
        let home = self.arena().to_home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        let next = self
            .tree
            .swap_leaves(index(from), max_chunks, &mut nodes.0, &mut |site| {
                let pairs = site.pairs;
                let is_equal = |other: &Pairs<K, V>| {
                    let other = other.as_pairs();
                    other.arena() == arena && is_same(other, pairs)
                };
                let place = (pairs.as_ptr().addr(), pairs.len());
                table.offer(place, || hash(pairs), is_equal, || site.handle())
            })?;
        Ok(position(next, self.len()))
    }
}

impl<K: NoUninit + Ord, V: NoUninit> CowOrdMap<K, V> {
    /// Shares chunks with another map wherever both hold the same keys and values, byte for byte.
    /// Returns the number of chunks that were given up for one of `onto`.
    ///
    /// For versions that came about separately and hold much the same, such as a state that was loaded
    /// anew: rebased onto the former version it costs what differs, and `==` and `diff` pass over the
    /// rest. When all is equal the map becomes a snapshot of `onto`. Else a chunk is shared when `onto`
    /// has one with the same entries, no more and no fewer. Maps of different arenas share nothing.
    ///
    /// # Complexity
    ///
    /// O(n) bytes compared, and a search for each chunk. Copies the nodes that lead to a changed chunk,
    /// where others share them.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowOrdMap;
    ///
    /// let load = || (0..10_000_u32).map(|n| (n, n / 2)).collect::<CowOrdMap<_, _>>();
    /// let (old, mut new) = (load(), load());
    /// new.insert(7, 0);
    /// assert_eq!(new.memory().bytes_shared, 0);
    /// new.rebase(&old);
    /// assert!(new.memory().bytes_shared > 20 * new.memory().bytes_exclusive);
    ///
    /// new.insert(7, 3);
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
        if self.arena() != onto.arena() || self.ptr_eq(onto) {
            return Ok(0);
        }
        let (mut given_up, mut own) = (0, 0);
        let memo = &mut TreeMemo::default();
        self.tree.swap_leaves(0, usize::MAX, memo, &mut |site| {
            let there = site
                .pairs
                .keys()
                .first()
                .and_then(|key| onto.tree.leaf_of(key));
            match there {
                Some(there) if there.pairs.as_ptr() == site.pairs.as_ptr() => None,
                Some(there) if is_same(there.pairs, site.pairs) => {
                    given_up += 1;
                    Some(there.handle())
                }
                _ => {
                    own += 1;
                    None
                }
            }
        })?;
        if self.is_same(onto) {
            self.clone_from(onto);
            given_up += own;
        }
        Ok(given_up)
    }

    /// `true` when both hold the same pairs, byte for byte.
    fn is_same(&self, other: &Self) -> bool {
        let mut runs = self.tree.runs(&other.tree);
        self.len() == other.len()
            && runs.all(|(here, there)| {
                bytes(here.0) == bytes(there.0) && bytes(here.1) == bytes(there.1)
            })
    }
}
