//! Sets made of two: as iterators, which look each value up, and as operators, which pass over what both
//! share.

use std::{
    fmt,
    hash::{BuildHasher, Hash},
    iter::{Chain, FusedIterator},
    ops::{BitAnd, BitOr, BitXor, Sub},
};

use super::{CowHashSet, Iter};

impl<T: Eq + Hash, S: BuildHasher> CowHashSet<T, S> {
    /// Goes through the values of this set that are not in the other.
    ///
    /// The operator [`-`](#impl-Sub-for-%26CowHashSet%3CT,+S%3E) makes a set of them, and passes over
    /// what both share.
    pub fn difference<'a>(&'a self, other: &'a Self) -> Difference<'a, T, S> {
        Difference {
            values: self.iter(),
            other,
        }
    }

    /// Goes through the values that are in both sets.
    pub fn intersection<'a>(&'a self, other: &'a Self) -> Intersection<'a, T, S> {
        let (small, large) = if self.len() <= other.len() {
            (self, other)
        } else {
            (other, self)
        };
        Intersection {
            values: small.iter(),
            other: large,
        }
    }

    /// Goes through the values that are in one of the sets alone.
    pub fn symmetric_difference<'a>(&'a self, other: &'a Self) -> SymmetricDifference<'a, T, S> {
        SymmetricDifference {
            values: self.difference(other).chain(other.difference(self)),
        }
    }

    /// Goes through the values that are in either set, each once.
    pub fn union<'a>(&'a self, other: &'a Self) -> Union<'a, T, S> {
        let (small, large) = if self.len() <= other.len() {
            (self, other)
        } else {
            (other, self)
        };
        Union {
            values: large.iter().chain(small.difference(large)),
        }
    }
}

/// The values of one set that are not in another. Made by [`CowHashSet::difference`].
pub struct Difference<'a, T, S> {
    values: Iter<'a, T>,
    other: &'a CowHashSet<T, S>,
}

/// The values that are in both of two sets. Made by [`CowHashSet::intersection`].
pub struct Intersection<'a, T, S> {
    values: Iter<'a, T>,
    other: &'a CowHashSet<T, S>,
}

/// The values that are in one of two sets alone. Made by [`CowHashSet::symmetric_difference`].
pub struct SymmetricDifference<'a, T, S> {
    values: Chain<Difference<'a, T, S>, Difference<'a, T, S>>,
}

/// The values that are in either of two sets. Made by [`CowHashSet::union`].
pub struct Union<'a, T, S> {
    values: Chain<Iter<'a, T>, Difference<'a, T, S>>,
}

impl<T, S> Clone for Difference<'_, T, S> {
    fn clone(&self) -> Self {
        Self {
            values: self.values.clone(),
            other: self.other,
        }
    }
}

impl<T, S> Clone for Intersection<'_, T, S> {
    fn clone(&self) -> Self {
        Self {
            values: self.values.clone(),
            other: self.other,
        }
    }
}

impl<T, S> Clone for SymmetricDifference<'_, T, S> {
    fn clone(&self) -> Self {
        Self {
            values: self.values.clone(),
        }
    }
}

impl<T, S> Clone for Union<'_, T, S> {
    fn clone(&self) -> Self {
        Self {
            values: self.values.clone(),
        }
    }
}

impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for Difference<'a, T, S> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        self.values.find(|value| !self.other.contains(*value))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.values.size_hint().1)
    }
}

impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for Intersection<'a, T, S> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        self.values.find(|value| self.other.contains(*value))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, self.values.size_hint().1)
    }
}

impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for SymmetricDifference<'a, T, S> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        self.values.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}

impl<'a, T: Eq + Hash, S: BuildHasher> Iterator for Union<'a, T, S> {
    type Item = &'a T;

    #[inline]
    fn next(&mut self) -> Option<&'a T> {
        self.values.next()
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        self.values.size_hint()
    }
}

impl<T: Eq + Hash, S: BuildHasher> FusedIterator for Difference<'_, T, S> {}
impl<T: Eq + Hash, S: BuildHasher> FusedIterator for Intersection<'_, T, S> {}
impl<T: Eq + Hash, S: BuildHasher> FusedIterator for SymmetricDifference<'_, T, S> {}
impl<T: Eq + Hash, S: BuildHasher> FusedIterator for Union<'_, T, S> {}

impl<T: fmt::Debug + Eq + Hash, S: BuildHasher> fmt::Debug for Difference<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: fmt::Debug + Eq + Hash, S: BuildHasher> fmt::Debug for Intersection<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: fmt::Debug + Eq + Hash, S: BuildHasher> fmt::Debug for SymmetricDifference<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: fmt::Debug + Eq + Hash, S: BuildHasher> fmt::Debug for Union<'_, T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.clone()).finish()
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> BitOr for &CowHashSet<T, S> {
    type Output = CowHashSet<T, S>;

    /// The values that are in either set: shares the chunks of the left one.
    ///
    /// # Complexity
    ///
    /// O(changes), when one is a clone of the other or both are clones of a third. Else O(values of the
    /// right one).
    fn bitor(self, other: Self) -> CowHashSet<T, S> {
        CowHashSet {
            map: self.map.union(&other.map),
        }
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> BitAnd for &CowHashSet<T, S> {
    type Output = CowHashSet<T, S>;

    /// The values that are in both sets: shares the chunks of the left one.
    ///
    /// # Complexity
    ///
    /// O(changes), when one is a clone of the other or both are clones of a third. Else O(values).
    fn bitand(self, other: Self) -> CowHashSet<T, S> {
        CowHashSet {
            map: self.map.intersection(&other.map),
        }
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> BitXor for &CowHashSet<T, S> {
    type Output = CowHashSet<T, S>;

    /// The values that are in one of the sets alone.
    ///
    /// # Complexity
    ///
    /// O(changes), when one is a clone of the other or both are clones of a third. Else O(values).
    fn bitxor(self, other: Self) -> CowHashSet<T, S> {
        CowHashSet {
            map: self.map.symmetric_difference(&other.map),
        }
    }
}

impl<T: Eq + Hash + Clone, S: BuildHasher + Clone> Sub for &CowHashSet<T, S> {
    type Output = CowHashSet<T, S>;

    /// The values of the left set that are not in the right one.
    ///
    /// # Complexity
    ///
    /// O(changes), when one is a clone of the other or both are clones of a third. Else O(values).
    fn sub(self, other: Self) -> CowHashSet<T, S> {
        CowHashSet {
            map: self.map.difference(&other.map),
        }
    }
}
