//! Hash maps of plain data, merged bucket by bucket.
//!
//! A bucket's place and its tags come from the hashes of its keys. So only maps that are known to hash
//! alike exchange buckets, and only at the same place.

use std::{
    hash::{BuildHasher, Hash},
    ops::ControlFlow,
};

use bytemuck::{NoUninit, bytes_of};
use cow_core::{AllocError, ArenaRef, Bucket, BucketRef, Home, Marks, OrAbort};
use xxhash_rust::xxh3::xxh3_64;

use super::CowHashMap;
use crate::{
    merge::{Merge, Table},
    node::trie::{Interval, Region, TrieMemo, by_clone},
};

/// A bucket of a map.
pub struct BucketLeaf<K, V> {
    bucket: Bucket<(K, V)>,
    origin: Origin,
}

/// Where a bucket may lie.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Origin {
    /// Stands for the hasher of the map (see `CowHashMap::hashing`).
    hashing: u64,
    interval: Interval,
}

impl<K, V> Clone for BucketLeaf<K, V> {
    fn clone(&self) -> Self {
        Self {
            bucket: self.bucket.clone(),
            origin: self.origin,
        }
    }
}

/// What became of shared nodes.
pub struct Nodes<K, V>(TrieMemo<(K, V)>);

impl<K, V> Default for Nodes<K, V> {
    fn default() -> Self {
        Self(TrieMemo::default())
    }
}

impl Origin {
    /// A hash of where a bucket lies and of what it holds. Key and value each on its own: there may be
    /// bytes between the two that are nothing.
    fn hash<K: NoUninit, V: NoUninit>(self, bucket: BucketRef<'_, (K, V)>) -> u64 {
        let mut bytes = Vec::with_capacity(32 + size_of_val(bucket.values()));
        bytes.extend_from_slice(&self.hashing.to_le_bytes());
        bytes.extend_from_slice(&self.interval.start.to_le_bytes());
        bytes.extend_from_slice(&self.interval.depth.to_le_bytes());
        for (key, value) in bucket.values() {
            bytes.extend_from_slice(bytes_of(key));
            bytes.extend_from_slice(bytes_of(value));
        }
        xxh3_64(&bytes)
    }
}

fn is_same_entry<K: NoUninit, V: NoUninit>(a: &(K, V), b: &(K, V)) -> bool {
    bytes_of(&a.0) == bytes_of(&b.0) && bytes_of(&a.1) == bytes_of(&b.1)
}

/// `true` when two buckets have the same size and the same entries and tags in the same order.
fn is_same<K: NoUninit, V: NoUninit>(a: BucketRef<'_, (K, V)>, b: BucketRef<'_, (K, V)>) -> bool {
    a.chunk_bytes() == b.chunk_bytes()
        && a.tags() == b.tags()
        && a.values()
            .iter()
            .zip(b.values())
            .all(|(a, b)| is_same_entry(a, b))
}

/// `true` when two buckets have the same size and the same entries and tags, in whatever order.
fn is_same_set<K: NoUninit, V: NoUninit>(
    a: BucketRef<'_, (K, V)>,
    b: BucketRef<'_, (K, V)>,
) -> bool {
    if is_same(a, b) {
        return true;
    }
    // Larger ones hold keys whose hashes are all the same: no order, no sharing.
    let grown = Bucket::<(K, V)>::GROWN_CAPACITY;
    if a.chunk_bytes() != b.chunk_bytes() || a.len() != b.len() || a.len() > grown {
        return false;
    }
    let mut taken = Marks::default();
    a.tags().iter().zip(a.values()).all(|(tag, entry)| {
        let found = (0..b.len()).find(|&i| {
            b.tags()[i] == *tag && !taken.contains(i) && is_same_entry(&b.values()[i], entry)
        });
        if let Some(i) = found {
            taken.mark(i, true);
        }
        found.is_some()
    })
}

impl<K: NoUninit, V: NoUninit, S: Clone> Merge for CowHashMap<K, V, S> {
    type Leaf = BucketLeaf<K, V>;
    type Nodes = Nodes<K, V>;

    /// A position is a hash.
    fn merge_from(
        &mut self,
        from: u64,
        max_chunks: usize,
        nodes: &mut Nodes<K, V>,
        table: &mut Table<BucketLeaf<K, V>>,
    ) -> Result<Option<u64>, AllocError> {
        let home = self.arena().to_home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        let hashing = self.hashing();
        self.trie
            .swap_buckets(from, max_chunks, &mut nodes.0, &mut |site| {
                let (bucket, interval) = (site.bucket, site.interval);
                let origin = Origin { hashing, interval };
                let is_equal = |other: &BucketLeaf<K, V>| {
                    other.origin == origin
                        && other.bucket.arena() == arena
                        && is_same(other.bucket.as_bucket(), bucket)
                };
                let leaf = || BucketLeaf {
                    bucket: site.handle(),
                    origin,
                };
                let place = (bucket.as_ptr().addr(), bucket.len());
                let equal = table.offer(place, || origin.hash(bucket), is_equal, leaf);
                equal.map(|leaf| leaf.bucket)
            })
    }
}

impl<K, V, S> CowHashMap<K, V, S>
where
    K: NoUninit + Eq + Hash,
    V: NoUninit,
    S: BuildHasher + Clone,
{
    /// Shares chunks with another map wherever both hold the same keys and values, byte for byte.
    /// Returns the number of chunks that were given up for one of `onto`.
    ///
    /// For versions that came about separately and hold much the same, such as a state that was loaded
    /// anew: rebased onto the former version it costs what differs, and `==` and `diff` pass over the
    /// rest. When all is equal the map becomes a snapshot of `onto`. The order in which entries came does
    /// not matter; that of iteration may change. Maps of different arenas share nothing.
    ///
    /// A map that is not known to hash as `onto` does takes over its hasher, and all entries are put where
    /// that leads. So does any map with a seed of its own, once.
    ///
    /// # Complexity
    ///
    /// O(n) bytes compared; O(n) hashes and insertions if the hashers are not known to be the same. Copies
    /// the nodes that lead to a changed chunk, where others share them.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowHashMap;
    ///
    /// let old: CowHashMap<u32, u32> = (0..10_000).map(|n| (n, n / 2)).collect();
    /// let mut new: CowHashMap<u32, u32> = (0..10_000).rev().map(|n| (n, n / 2)).collect();
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
    /// When the arena has no chunk for the copy of a node, or for entries that have to be moved; some
    /// chunks may be shared by then.
    pub fn try_rebase(&mut self, onto: &Self) -> Result<usize, AllocError> {
        let is_alone = self.is_empty() || onto.is_empty() || self.arena() != onto.arena();
        if is_alone || self.ptr_eq(onto) {
            return Ok(0);
        }
        if self.hashes_as(onto) {
            return self.share_buckets(onto);
        }
        let mut moved = onto.empty_here();
        for (&key, &value) in self.iter() {
            let hash = moved.hash(&key);
            moved.insert_new(hash, key, value, by_clone)?;
        }
        let given_up = moved.share_buckets(onto)?;
        *self = moved;
        Ok(given_up)
    }

    /// Takes over the buckets of a map that hashes alike where they hold the same.
    fn share_buckets(&mut self, onto: &Self) -> Result<usize, AllocError> {
        let (mut given_up, mut own) = (0, 0);
        let memo = &mut TrieMemo::default();
        self.trie.swap_buckets(0, usize::MAX, memo, &mut |site| {
            let there = onto.trie.site(site.interval.start);
            match there.filter(|there| there.interval == site.interval) {
                Some(there) if there.bucket.as_ptr() == site.bucket.as_ptr() => None,
                Some(there) if is_same_set(there.bucket, site.bucket) => {
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

    /// `true` when a map that hashes alike holds the same entries, byte for byte.
    fn is_same(&self, other: &Self) -> bool {
        let mut is_there = |here: Region<'_, (K, V)>, there: Region<'_, (K, V)>| {
            here.try_for_each(&mut |found| {
                let entry = found.value;
                let hash = || self.hash(&entry.0);
                match there.find(&found, hash, |other| is_same_entry(other, entry)) {
                    Some(_) => ControlFlow::Continue(()),
                    None => ControlFlow::Break(()),
                }
            })
        };
        self.len() == other.len()
            && self
                .trie
                .differing(&other.trie, &mut is_there)
                .is_continue()
    }
}
