//! The chunks met in a scan, by what they hold.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use super::MergeStats;

/// The chunks met in a scan. `L` is a handle to one.
pub struct Table<L> {
    known: Vec<Known<L>>,
    by_hash: HashMap<u64, usize, Plain>,
    /// By address and length. The table keeps its chunks, so that no other comes to lie there.
    by_place: HashMap<(usize, usize), usize>,
    pub(super) stats: MergeStats,
}

struct Known<L> {
    leaf: L,
    /// Another chunk with the same hash.
    next: Option<usize>,
    /// Where the chunk is used, as far as was seen.
    sites: u64,
}

/// What a table knows of a chunk.
pub(crate) enum Met<'a, L> {
    /// This very chunk.
    Itself,
    /// Another one that is equal.
    Equal(&'a L),
    /// None like it.
    Nothing,
}

/// Passes a hash on as it is.
#[derive(Default)]
struct Identity(u64);

type Plain = BuildHasherDefault<Identity>;

impl Hasher for Identity {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("hashes are u64")
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl<L> Default for Table<L> {
    fn default() -> Self {
        Self {
            known: Vec::new(),
            by_hash: HashMap::default(),
            by_place: HashMap::new(),
            stats: MergeStats::default(),
        }
    }
}

impl<L: Clone> Table<L> {
    /// Returns an equal chunk that was met before, at another place; otherwise keeps this one in mind.
    ///
    /// `hash` tells a hash of all that is compared, and is asked only for a chunk at a new place.
    pub(crate) fn offer(
        &mut self,
        place: (usize, usize),
        hash: impl FnOnce() -> u64,
        is_equal: impl Fn(&L) -> bool,
        leaf: impl FnOnce() -> L,
    ) -> Option<L> {
        self.stats.pages_scanned += 1;
        if let Some(&number) = self.by_place.get(&place) {
            self.count_site(number);
            return None;
        }
        let hash = hash();
        if let Some(number) = self.find(hash, is_equal) {
            self.count_site(number);
            self.stats.pages_merged += 1;
            return Some(self.known[number].leaf.clone());
        }
        let number = self.known.len();
        self.known.push(Known {
            leaf: leaf(),
            next: self.by_hash.insert(hash, number),
            sites: 1,
        });
        self.by_place.insert(place, number);
        self.stats.pages_unshared += 1;
        None
    }

    /// Looks a chunk up, and keeps nothing in mind.
    pub(crate) fn look_up(
        &self,
        place: (usize, usize),
        hash: impl FnOnce() -> u64,
        is_equal: impl Fn(&L) -> bool,
    ) -> Met<'_, L> {
        if self.by_place.contains_key(&place) {
            return Met::Itself;
        }
        match self.find(hash(), is_equal) {
            Some(number) => Met::Equal(&self.known[number].leaf),
            None => Met::Nothing,
        }
    }

    /// The number of an equal chunk.
    fn find(&self, hash: u64, is_equal: impl Fn(&L) -> bool) -> Option<usize> {
        let mut next = self.by_hash.get(&hash).copied();
        while let Some(number) = next
            && !is_equal(&self.known[number].leaf)
        {
            next = self.known[number].next;
        }
        next
    }

    fn count_site(&mut self, number: usize) {
        let known = &mut self.known[number];
        known.sites += 1;
        if known.sites == 2 {
            self.stats.pages_unshared -= 1;
            self.stats.pages_shared += 1;
        }
        self.stats.pages_sharing += 1;
    }
}
