//! Taking entries out that a closure chooses, and giving up the room they leave.

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    iter::FusedIterator,
};

use cow_core::OrAbort;

use super::CowHashMap;
use crate::node::trie::{Trie, by_clone};

impl<K: Clone, V: Clone, S> CowHashMap<K, V, S> {
    /// Drops the entries for which `keep` is `false`.
    ///
    /// # Complexity
    ///
    /// O(n). Shared: copies each chunk, since `keep` may write to any value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let mut map: CowHashMap<u32, u32> = (0..8).map(|n| (n, n * 10)).collect();
    /// map.retain(|&key, _| key % 2 == 0);
    /// assert_eq!(map.len(), 4);
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        let keep = |entry: &mut (K, V)| keep(&entry.0, &mut entry.1);
        self.trie.retain(keep, by_clone).or_abort();
    }

    /// Takes the entries out for which `is_it` is `true`, as the iterator is used. What it does not
    /// reach stays.
    ///
    /// # Complexity
    ///
    /// O(1) an entry. Shared: copies each chunk that it reaches, since `is_it` may write to any value.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let mut map: CowHashMap<u32, u32> = (0..8).map(|n| (n, n)).collect();
    /// let even: CowHashMap<u32, u32> = map.extract_if(|key, _| key % 2 == 0).collect();
    /// assert_eq!((even.len(), map.len()), (4, 4));
    /// ```
    pub fn extract_if<F: FnMut(&K, &mut V) -> bool>(&mut self, is_it: F) -> ExtractIf<'_, K, V, F> {
        ExtractIf {
            trie: &mut self.trie,
            hash: 0,
            next: Some(0),
            unasked: 0,
            taken: false,
            is_it,
        }
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> CowHashMap<K, V, S> {
    /// Gives up room that is not needed, where no snapshot shares it: joins small chunks, and moves a
    /// small map to a smaller chunk.
    ///
    /// # Complexity
    ///
    /// O(chunks).
    pub fn shrink_to_fit(&mut self) {
        self.trie.compact(by_clone);
        self.trie.shrink_top();
    }

    /// As [`shrink_to_fit`](Self::shrink_to_fit), unless there are fewer entries than `min_capacity`. A
    /// hint.
    pub fn shrink_to(&mut self, min_capacity: usize) {
        if self.len() >= min_capacity {
            self.shrink_to_fit();
        }
    }
}

/// The entries that a closure chooses. Made by [`CowHashMap::extract_if`].
pub struct ExtractIf<'a, K: Clone, V: Clone, F> {
    trie: &'a mut Trie<(K, V)>,
    /// A hash of the current bucket, of which the first `unasked` entries were not asked.
    hash: u64,
    unasked: usize,
    /// The first hash behind it.
    next: Option<u64>,
    taken: bool,
    is_it: F,
}

impl<K: Clone, V: Clone, F: FnMut(&K, &mut V) -> bool> Iterator for ExtractIf<'_, K, V, F> {
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        loop {
            // From the back, where what takes the place of a removed one was asked already.
            while let Some(index) = self.unasked.checked_sub(1) {
                let place = Trie::<(K, V)>::place(self.hash, index);
                let (key, value) = self.trie.at_mut(place, by_clone).or_abort();
                let is_it = (self.is_it)(key, value);
                self.unasked = index;
                if is_it {
                    self.taken = true;
                    let (entry, _) = self.trie.remove_unsettled(place, by_clone).or_abort();
                    return Some(entry);
                }
            }
            self.hash = self.next?;
            (self.unasked, self.next) = self.trie.step_len(self.hash);
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.trie.len()))
    }
}

impl<K: Clone, V: Clone, F: FnMut(&K, &mut V) -> bool> FusedIterator for ExtractIf<'_, K, V, F> {}

impl<K: Clone, V: Clone, F> Drop for ExtractIf<'_, K, V, F> {
    fn drop(&mut self) {
        if self.taken {
            self.trie.compact(by_clone);
        }
    }
}

impl<K: Clone, V: Clone, F> fmt::Debug for ExtractIf<'_, K, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf").finish_non_exhaustive()
    }
}
