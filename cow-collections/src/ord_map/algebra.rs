//! Combining two maps into a third.

use cow_core::{AllocError, OrAbort};

use super::CowOrdMap;
use crate::node::btree::{Rules, Tree, combine};

impl<K: Ord + Clone, V: Clone> CowOrdMap<K, V> {
    /// The keys of both maps; where both have one, with the value of this map.
    ///
    /// # Complexity
    ///
    /// Chunks that both share, and subtrees that lie apart, are taken over whole; the others are merged
    /// pair by pair.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let a = CowOrdMap::from([(1, "a"), (2, "a")]);
    /// let b = CowOrdMap::from([(2, "b"), (3, "b")]);
    /// assert_eq!(a.union(&b), [(1, "a"), (2, "a"), (3, "b")].into());
    /// assert_eq!(a.intersection(&b), [(2, "a")].into());
    /// assert_eq!(a.difference(&b), [(1, "a")].into());
    /// assert_eq!(a.symmetric_difference(&b), [(1, "a"), (3, "b")].into());
    /// ```
    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        self.combined(other, |a, b| union(a, b))
    }

    /// The keys of both maps; where both have one, `merge` makes its value of both.
    ///
    /// # Complexity
    ///
    /// As [`union`](Self::union), but `merge` is asked about every key that both have, in shared chunks
    /// too.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdMap;
    /// let a = CowOrdMap::from([("apples", 1), ("pears", 2)]);
    /// let b = CowOrdMap::from([("apples", 5)]);
    /// let sum = a.union_with(&b, |_, x, y| x + y);
    /// assert_eq!(sum, [("apples", 6), ("pears", 2)].into());
    /// ```
    #[must_use]
    pub fn union_with(&self, other: &Self, mut merge: impl FnMut(&K, &V, &V) -> V) -> Self {
        self.merge_with(other, |key, a, b| Some(merge(key, a, b)))
    }

    /// The keys of both maps; where both have one, `merge` makes its value of both, or leaves it out.
    ///
    /// # Complexity
    ///
    /// As [`union_with`](Self::union_with).
    #[must_use]
    pub fn merge_with(&self, other: &Self, merge: impl FnMut(&K, &V, &V) -> Option<V>) -> Self {
        let rules = Rules {
            left: true,
            right: true,
            shared: None,
            both: merge,
        };
        self.combined(other, |a, b| combine(a, b, rules))
    }

    /// The keys that both maps have, with the values of this map.
    ///
    /// # Complexity
    ///
    /// As [`union`](Self::union).
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let rules = Rules {
            left: false,
            right: false,
            shared: Some(true),
            both: |_: &K, value: &V, _: &V| Some(value.clone()),
        };
        self.combined(other, |a, b| combine(a, b, rules))
    }

    /// The keys that both maps have; `merge` makes the values.
    ///
    /// # Complexity
    ///
    /// As [`union_with`](Self::union_with).
    #[must_use]
    pub fn intersection_with(&self, other: &Self, mut merge: impl FnMut(&K, &V, &V) -> V) -> Self {
        let rules = Rules {
            left: false,
            right: false,
            shared: None,
            both: |key: &K, a: &V, b: &V| Some(merge(key, a, b)),
        };
        self.combined(other, |a, b| combine(a, b, rules))
    }

    /// The pairs of this map whose keys the other one has not.
    ///
    /// # Complexity
    ///
    /// As [`union`](Self::union).
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let rules = Rules {
            left: true,
            right: false,
            shared: Some(false),
            both: |_: &K, _: &V, _: &V| None,
        };
        self.combined(other, |a, b| combine(a, b, rules))
    }

    /// The pairs whose keys only one of the maps has.
    ///
    /// # Complexity
    ///
    /// As [`union`](Self::union).
    #[must_use]
    pub fn symmetric_difference(&self, other: &Self) -> Self {
        let rules = Rules {
            left: true,
            right: true,
            shared: Some(false),
            both: |_: &K, _: &V, _: &V| None,
        };
        self.combined(other, |a, b| combine(a, b, rules))
    }

    /// Combines the trees, that of the other map copied if it is of another arena.
    fn combined(
        &self,
        other: &Self,
        combine: impl FnOnce(&Tree<K, V>, &Tree<K, V>) -> Result<Tree<K, V>, AllocError>,
    ) -> Self {
        let tree = if self.arena() == other.arena() {
            combine(&self.tree, &other.tree)
        } else {
            let mut copy = Tree::new_in(self.arena());
            let pairs: Vec<(K, V)> = other.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
            let combined = copy
                .fill(&mut pairs.into_iter())
                .and_then(|()| combine(&self.tree, &copy));
            drop(copy);
            combined
        };
        Self {
            tree: tree.or_abort(),
        }
    }
}

/// The union of two trees of one arena: where both have a key, with the pair of the first.
pub(super) fn union<K: Ord + Clone, V: Clone>(
    first: &Tree<K, V>,
    second: &Tree<K, V>,
) -> Result<Tree<K, V>, AllocError> {
    let rules = Rules {
        left: true,
        right: true,
        shared: Some(true),
        both: |_: &K, value: &V, _: &V| Some(value.clone()),
    };
    combine(first, second, rules)
}
