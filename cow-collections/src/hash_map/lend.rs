//! Lending several values for writing at once.

use std::{
    borrow::Borrow,
    fmt,
    hash::{BuildHasher, Hash},
    iter::FusedIterator,
    marker::PhantomData,
    ptr::NonNull,
    slice,
};

use cow_core::OrAbort;

use super::CowHashMap;
use crate::node::trie::{Trie, by_clone};

impl<K: Clone, V: Clone, S> CowHashMap<K, V, S> {
    /// Goes through the entries, with the values for writing.
    ///
    /// # Complexity
    ///
    /// Shared: each chunk is copied as it is reached, and its nodes with it.
    pub fn iter_mut(&mut self) -> IterMut<'_, K, V> {
        IterMut {
            front: [].iter_mut(),
            left: self.len(),
            slices: SlicesMut {
                trie: NonNull::from_mut(&mut self.trie),
                next: Some(0),
                life: PhantomData,
            },
        }
    }

    /// Goes through the values for writing.
    ///
    /// # Complexity
    ///
    /// As [`iter_mut`](Self::iter_mut).
    pub fn values_mut(&mut self) -> ValuesMut<'_, K, V> {
        ValuesMut {
            entries: self.iter_mut(),
        }
    }

    /// The entries of each chunk, for writing.
    #[cfg(feature = "rayon")]
    pub(super) fn slices_mut(&mut self) -> impl Iterator<Item = &mut [(K, V)]> {
        self.iter_mut().slices
    }
}

impl<K: Eq + Hash + Clone, V: Clone, S: BuildHasher> CowHashMap<K, V, S> {
    /// Lends the values of several keys for writing at once.
    ///
    /// # Panics
    ///
    /// If two of the keys are in one entry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowHashMap;
    /// let mut map = CowHashMap::from([("a", 1), ("b", 2)]);
    /// if let [Some(a), Some(b), None] = map.get_disjoint_mut(["a", "b", "c"]) {
    ///     std::mem::swap(a, b);
    /// }
    /// assert_eq!(map["a"], 2);
    /// ```
    #[track_caller]
    pub fn get_disjoint_mut<Q, const N: usize>(&mut self, keys: [&Q; N]) -> [Option<&mut V>; N]
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        // Whatever looks at keys, or copies, comes before the first value is lent.
        let found = keys.map(|key| {
            let place = self.find(key)?;
            self.trie.at_mut(place, by_clone).or_abort();
            Some(place)
        });
        let places = found.map(|place| {
            let (_, value) = self.trie.at_mut(place?, by_clone).or_abort();
            Some(NonNull::from_mut(value))
        });
        for (i, place) in places.iter().enumerate() {
            assert!(
                place.is_none() || !places[..i].contains(place),
                "duplicate keys found"
            );
        }
        // SAFETY: the places differ, so the values do, but where they are of no size and nothing can be
        // written. All buckets were exclusive before the first of them was lent, so that they stay where
        // they are, and of each the values that are asked for are lent and no others.
        places.map(|place| place.map(|mut place| unsafe { place.as_mut() }))
    }
}

/// The buckets of a trie as slices for writing.
///
/// # Invariants
///
/// `trie` is borrowed mutably for `'a`, or `next` is `None` and it dangles. The slices handed out are
/// buckets whose hashes are below `next`; no bucket is reached twice.
struct SlicesMut<'a, T> {
    trie: NonNull<Trie<T>>,
    next: Option<u64>,
    life: PhantomData<&'a mut Trie<T>>,
}

// SAFETY: it stands for the `&mut Trie<T>` that it was made of.
unsafe impl<T: Send + Sync> Send for SlicesMut<'_, T> {}
// SAFETY: as above.
unsafe impl<T: Send + Sync> Sync for SlicesMut<'_, T> {}

impl<'a, T: Clone> Iterator for SlicesMut<'a, T> {
    type Item = &'a mut [T];

    fn next(&mut self) -> Option<&'a mut [T]> {
        loop {
            let hash = self.next?;
            // SAFETY: there is a next hash, so it is borrowed for `'a`. What was handed out lies in other
            // chunks, which neither the trie nor its nodes lie in.
            let trie = unsafe { self.trie.as_mut() };
            let (values, next) = trie.step_mut(hash, by_clone).or_abort();
            self.next = next;
            if !values.is_empty() {
                return Some(values);
            }
        }
    }
}

/// The entries of a [`CowHashMap`], with the values for writing. Made by [`CowHashMap::iter_mut`].
pub struct IterMut<'a, K, V> {
    front: slice::IterMut<'a, (K, V)>,
    slices: SlicesMut<'a, (K, V)>,
    left: usize,
}

impl<K, V> Default for IterMut<'_, K, V> {
    /// No entries.
    fn default() -> Self {
        Self {
            front: [].iter_mut(),
            slices: SlicesMut {
                trie: NonNull::dangling(),
                next: None,
                life: PhantomData,
            },
            left: 0,
        }
    }
}

impl<'a, K: Clone, V: Clone> Iterator for IterMut<'a, K, V> {
    type Item = (&'a K, &'a mut V);

    #[inline]
    fn next(&mut self) -> Option<(&'a K, &'a mut V)> {
        let (key, value) = match self.front.next() {
            Some(entry) => entry,
            None => {
                self.front = self.slices.next()?.iter_mut();
                self.front.next()?
            }
        };
        self.left -= 1;
        Some((key, value))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }

    #[inline]
    fn fold<B, F: FnMut(B, Self::Item) -> B>(self, init: B, mut f: F) -> B {
        let mut each = |sum, (key, value): &'a mut (K, V)| f(sum, (&*key, value));
        let mut sum = self.front.fold(init, &mut each);
        for values in self.slices {
            sum = values.iter_mut().fold(sum, &mut each);
        }
        sum
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for IterMut<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for IterMut<'_, K, V> {}

impl<K, V> fmt::Debug for IterMut<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IterMut")
            .field("entries_left", &self.left)
            .finish()
    }
}

impl<'a, K: Clone, V: Clone, S> IntoIterator for &'a mut CowHashMap<K, V, S> {
    type Item = (&'a K, &'a mut V);
    type IntoIter = IterMut<'a, K, V>;

    #[inline]
    fn into_iter(self) -> IterMut<'a, K, V> {
        self.iter_mut()
    }
}

/// The values of a [`CowHashMap`] for writing. Made by [`CowHashMap::values_mut`].
#[derive(Debug)]
pub struct ValuesMut<'a, K, V> {
    entries: IterMut<'a, K, V>,
}

impl<K, V> Default for ValuesMut<'_, K, V> {
    /// No values.
    fn default() -> Self {
        Self {
            entries: IterMut::default(),
        }
    }
}

impl<'a, K: Clone, V: Clone> Iterator for ValuesMut<'a, K, V> {
    type Item = &'a mut V;

    #[inline]
    fn next(&mut self) -> Option<&'a mut V> {
        let (_, value) = self.entries.next()?;
        Some(value)
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entries.size_hint()
    }

    #[inline]
    fn fold<B, F: FnMut(B, &'a mut V) -> B>(self, init: B, mut f: F) -> B {
        self.entries.fold(init, |sum, (_, value)| f(sum, value))
    }
}

impl<K: Clone, V: Clone> ExactSizeIterator for ValuesMut<'_, K, V> {}
impl<K: Clone, V: Clone> FusedIterator for ValuesMut<'_, K, V> {}
