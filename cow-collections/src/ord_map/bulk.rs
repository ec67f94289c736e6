//! Edits of whole ranges, and edits that decide pair by pair.

use std::{borrow::Borrow, fmt, iter::FusedIterator, ops, ops::RangeBounds};

use cow_core::{AllocError, OrAbort};

use super::CowOrdMap;
use crate::node::btree::Tree;

impl<K: Ord + Clone, V: Clone> CowOrdMap<K, V> {
    /// Moves all pairs of `other` into this map, and leaves `other` empty. Where both have a key, that
    /// of `other` stays, with its value.
    ///
    /// # Complexity
    ///
    /// O(log n) when all keys of one map are above those of the other, sharing the chunks of both; the
    /// chunks in which the maps overlap are merged pair by pair, the others are shared. O(pairs of
    /// `other`) if that is of another arena.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let mut day: CowOrdMap<u32, u32> = (0..100_000).map(|n| (n, n)).collect();
    /// let mut night = day.split_off(&60_000);
    /// day.append(&mut night); // no pair is copied but those of a chunk or two where they meet
    /// assert_eq!(day.len(), 100_000);
    /// assert!(night.is_empty());
    /// ```
    pub fn append(&mut self, other: &mut Self) {
        let other = other.tree.take();
        append(&mut self.tree, other).or_abort();
    }

    /// As [`append`](Self::append), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; both maps are as they were.
    pub fn try_append(&mut self, other: &mut Self) -> Result<(), AllocError> {
        self.or_as_before(|tree| append(tree, other.tree.clone()))?;
        other.clear();
        Ok(())
    }

    /// Runs `edit`; when it fails, the map is as it was before.
    fn or_as_before<R>(
        &mut self,
        edit: impl FnOnce(&mut Tree<K, V>) -> Result<R, AllocError>,
    ) -> Result<R, AllocError> {
        let before = self.clone();
        match edit(&mut self.tree) {
            Ok(result) => {
                // What only the map before had goes now: `result` would leak if that panicked later.
                drop(before);
                Ok(result)
            }
            Err(error) => {
                *self = before;
                Err(error)
            }
        }
    }

    /// Splits the map in two: keeps the keys below `key` and returns the others.
    ///
    /// # Complexity
    ///
    /// O(log n), sharing the chunks. The pairs of one leaf are moved, or cloned where it is shared.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let mut low: CowOrdMap<u32, ()> = (0..10).map(|n| (n, ())).collect();
    /// let high = low.split_off(&7);
    /// assert_eq!((low.len(), high.len()), (7, 3));
    /// ```
    #[must_use = "use `remove_range` if you don't need the other half"]
    pub fn split_off<Q>(&mut self, key: &Q) -> Self
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (path, _) = self.tree.search(key);
        Self {
            tree: self.tree.split(&path).or_abort(),
        }
    }

    /// As [`split_off`](Self::split_off), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; the map is as it was.
    pub fn try_split_off<Q>(&mut self, key: &Q) -> Result<Self, AllocError>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (path, _) = self.tree.search(key);
        let tree = self.or_as_before(|tree| tree.split(&path))?;
        Ok(Self { tree })
    }

    /// Takes the pairs whose keys are in a range out, and returns them as a map of their own.
    ///
    /// # Complexity
    ///
    /// O(log n), sharing the chunks; and the drop of what was removed.
    ///
    /// # Panics
    ///
    /// If the range starts behind its end, or start and end are equal and both excluded.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let mut log: CowOrdMap<u32, &str> = [(1, "a"), (2, "b"), (3, "c")].into();
    /// let old = log.remove_range(..3);
    /// assert!(old.into_values().eq(["a", "b"]));
    /// assert_eq!(log, [(3, "c")].into());
    /// ```
    pub fn remove_range<Q, R>(&mut self, range: R) -> Self
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        let ranks = self.tree.ranks(&range);
        // Before there is a result, which would leak if a key's `drop` panicked.
        drop(range);
        Self {
            tree: remove_ranks(&mut self.tree, ranks).or_abort(),
        }
    }

    /// As [`remove_range`](Self::remove_range), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk; the map is as it was.
    ///
    /// # Panics
    ///
    /// As [`remove_range`](Self::remove_range).
    pub fn try_remove_range<Q, R>(&mut self, range: R) -> Result<Self, AllocError>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
        R: RangeBounds<Q>,
    {
        let ranks = self.tree.ranks(&range);
        drop(range);
        let tree = self.or_as_before(|tree| remove_ranks(tree, ranks))?;
        Ok(Self { tree })
    }

    /// Keeps the pairs for which `keep` is true. When `keep` panics, those that it was not asked about
    /// stay.
    ///
    /// # Complexity
    ///
    /// O(n). Shared: copies every chunk, since `keep` may change values.
    pub fn retain<F>(&mut self, mut keep: F)
    where
        F: FnMut(&K, &mut V) -> bool,
    {
        self.extract_if(.., |key, value| !keep(key, value))
            .for_each(drop);
    }

    /// Takes out the pairs in a range for which `take` is true, one by one as the iterator is asked.
    ///
    /// # Complexity
    ///
    /// O(log n) for each pair that is taken. Shared: copies each chunk that is reached.
    ///
    /// # Panics
    ///
    /// If the range starts behind its end, or start and end are equal and both excluded.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let mut map: CowOrdMap<u32, u32> = (0..8).map(|n| (n, n)).collect();
    /// let even: Vec<u32> = map.extract_if(2.., |key, _| key % 2 == 0).map(|(key, _)| key).collect();
    /// assert_eq!(even, [2, 4, 6]);
    /// assert!(map.into_keys().eq([0, 1, 3, 5, 7]));
    /// ```
    pub fn extract_if<R, F>(&mut self, range: R, take: F) -> ExtractIf<'_, K, V, F>
    where
        R: RangeBounds<K>,
        F: FnMut(&K, &mut V) -> bool,
    {
        let range = self.tree.ranks(&range);
        ExtractIf {
            tree: &mut self.tree,
            range,
            take,
        }
    }

    /// Adds pairs as [`extend`](Extend::extend) does, for arenas that may be full: all of them, or none.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk.
    pub fn try_extend<I>(&mut self, pairs: I) -> Result<(), AllocError>
    where
        I: IntoIterator<Item = (K, V)>,
    {
        let before = self.clone();
        for (key, value) in pairs {
            if let Err(error) = self.try_insert(key, value) {
                *self = before;
                return Err(error);
            }
        }
        Ok(())
    }
}

/// Puts the pairs of `other` into `tree`.
fn append<K: Ord + Clone, V: Clone>(
    tree: &mut Tree<K, V>,
    mut other: Tree<K, V>,
) -> Result<(), AllocError> {
    if tree.arena() != other.arena() {
        let mut copy = Tree::new_in(tree.arena());
        let pairs: Vec<(K, V)> = super::IntoIter::of(other).collect();
        copy.fill(&mut pairs.into_iter())?;
        other = copy;
    }
    match (tree.last(), other.first()) {
        (Some((last, _)), Some((first, _))) if last >= first => {}
        _ => return tree.join(other),
    }
    if let (Some((first, _)), Some((last, _))) = (tree.first(), other.last())
        && last < first
    {
        let back = std::mem::replace(tree, other);
        return tree.join(back);
    }
    *tree = super::algebra::union(&other, tree)?;
    Ok(())
}

/// Takes the pairs out whose numbers are in a range.
fn remove_ranks<K: Clone, V: Clone>(
    tree: &mut Tree<K, V>,
    ranks: ops::Range<usize>,
) -> Result<Tree<K, V>, AllocError> {
    if ranks.is_empty() {
        return Ok(Tree::new_in(tree.arena()));
    }
    let back = tree.path_to(ranks.end);
    let back = tree.split(&back)?;
    let middle = tree.path_to(ranks.start);
    let middle = tree.split(&middle)?;
    tree.join(back)?;
    Ok(middle)
}

/// The pairs that a predicate takes out of a [`CowOrdMap`]. Made by [`CowOrdMap::extract_if`].
///
/// Those that it was not asked about when it is dropped stay in the map.
#[must_use = "iterators are lazy; use `retain` to drop what is taken"]
pub struct ExtractIf<'a, K, V, F> {
    tree: &'a mut Tree<K, V>,
    range: ops::Range<usize>,
    take: F,
}

impl<K: Clone, V: Clone, F> Iterator for ExtractIf<'_, K, V, F>
where
    F: FnMut(&K, &mut V) -> bool,
{
    type Item = (K, V);

    fn next(&mut self) -> Option<(K, V)> {
        while !self.range.is_empty() {
            let (keys, values, first) = self.tree.leaf_at_mut(self.range.start).or_abort();
            let end = self.range.end.min(first + keys.len());
            for rank in self.range.start..end {
                let is_taken = (self.take)(&keys[rank - first], &mut values[rank - first]);
                if is_taken {
                    self.range = rank..self.range.end - 1;
                    let mut path = self.tree.path_to(rank);
                    return Some(self.tree.remove_at(&mut path).or_abort());
                }
                self.range.start = rank + 1;
            }
        }
        None
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.range.len()))
    }
}

impl<K: Clone, V: Clone, F> FusedIterator for ExtractIf<'_, K, V, F> where
    F: FnMut(&K, &mut V) -> bool
{
}

impl<K, V, F> fmt::Debug for ExtractIf<'_, K, V, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExtractIf")
            .field("range", &self.range)
            .finish_non_exhaustive()
    }
}
