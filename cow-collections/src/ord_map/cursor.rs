//! A place between two pairs, to be moved either way.

use std::{borrow::Borrow, fmt, ops::Bound};

use super::CowOrdMap;
use crate::node::btree::Slices;

impl<K, V> CowOrdMap<K, V> {
    /// Returns a cursor in front of the first key that is not below a bound.
    ///
    /// `Unbounded` stands in front of all keys.
    ///
    /// # Complexity
    ///
    /// O(log n).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// use std::ops::Bound;
    ///
    /// let map = CowOrdMap::from([(1, "a"), (2, "b"), (3, "c"), (4, "d")]);
    /// let mut cursor = map.lower_bound(Bound::Included(&2));
    /// assert_eq!(cursor.peek_prev(), Some((&1, &"a")));
    /// assert_eq!(cursor.next(), Some((&2, &"b")));
    /// assert_eq!(cursor.next(), Some((&3, &"c")));
    /// assert_eq!(cursor.prev(), Some((&3, &"c")));
    /// assert_eq!(cursor.index(), 2);
    /// ```
    #[must_use]
    pub fn lower_bound<Q>(&self, bound: Bound<&Q>) -> Cursor<'_, K, V>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.cursor_at(match bound {
            Bound::Included(key) => self.tree.rank_of(key, false),
            Bound::Excluded(key) => self.tree.rank_of(key, true),
            Bound::Unbounded => 0,
        })
    }

    /// Returns a cursor behind the last key that is not above a bound.
    ///
    /// `Unbounded` stands behind all keys.
    ///
    /// # Complexity
    ///
    /// O(log n).
    #[must_use]
    pub fn upper_bound<Q>(&self, bound: Bound<&Q>) -> Cursor<'_, K, V>
    where
        K: Borrow<Q> + Ord,
        Q: Ord + ?Sized,
    {
        self.cursor_at(match bound {
            Bound::Included(key) => self.tree.rank_of(key, true),
            Bound::Excluded(key) => self.tree.rank_of(key, false),
            Bound::Unbounded => self.len(),
        })
    }

    fn cursor_at(&self, index: usize) -> Cursor<'_, K, V> {
        Cursor {
            map: self,
            index,
            leaf: (&[], &[]),
            first: 0,
        }
    }
}

/// A place between two pairs of a [`CowOrdMap`], or at one of its ends. Made by
/// [`CowOrdMap::lower_bound`] and [`CowOrdMap::upper_bound`].
///
/// # Complexity
///
/// A step is O(1) within a leaf, and O(log n) to the next one.
pub struct Cursor<'a, K, V> {
    map: &'a CowOrdMap<K, V>,
    /// How many pairs come before.
    index: usize,
    /// The leaf that was looked at last, and its first pair's number.
    leaf: Slices<'a, K, V>,
    first: usize,
}

impl<K, V> Clone for Cursor<'_, K, V> {
    fn clone(&self) -> Self {
        Self { ..*self }
    }
}

impl<'a, K, V> Cursor<'a, K, V> {
    /// The number of pairs in front of the cursor.
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Pair number `index`.
    fn pair(&mut self, index: usize) -> Option<(&'a K, &'a V)> {
        if index >= self.map.len() {
            return None;
        }
        if index < self.first || index - self.first >= self.leaf.0.len() {
            let path = self.map.tree.path_to(index);
            let leaf = self.map.tree.leaf(&path)?;
            self.leaf = (leaf.keys(), leaf.values());
            self.first = index - path.position();
        }
        let at = index - self.first;
        Some((self.leaf.0.get(at)?, self.leaf.1.get(at)?))
    }

    /// Moves behind the next pair, and returns it; stays where it is when there is none.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would not have `prev`"
    )]
    pub fn next(&mut self) -> Option<(&'a K, &'a V)> {
        let pair = self.pair(self.index)?;
        self.index += 1;
        Some(pair)
    }

    /// Moves in front of the pair before, and returns it; stays where it is when there is none.
    pub fn prev(&mut self) -> Option<(&'a K, &'a V)> {
        let before = self.index.checked_sub(1)?;
        let pair = self.pair(before)?;
        self.index = before;
        Some(pair)
    }

    /// The pair behind the cursor.
    #[must_use]
    pub fn peek_next(&self) -> Option<(&'a K, &'a V)> {
        self.clone().next()
    }

    /// The pair in front of the cursor.
    #[must_use]
    pub fn peek_prev(&self) -> Option<(&'a K, &'a V)> {
        self.clone().prev()
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Cursor<'_, K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cursor")
            .field("prev", &self.peek_prev())
            .field("next", &self.peek_next())
            .finish()
    }
}
