//! Combining two sets: lazily, as `BTreeSet` does, or into a third that shares their chunks.

use std::{
    cmp::Ordering,
    fmt,
    iter::{FusedIterator, Peekable},
    ops::{BitAnd, BitOr, BitXor, Sub},
};

use super::{CowOrdSet, Iter};

impl<T: Ord> CowOrdSet<T> {
    /// Goes through the values that are in one of the sets, in order. `&a | &b` makes a set of them.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowOrdSet;
    /// let (a, b) = (CowOrdSet::from([1, 2]), CowOrdSet::from([2, 3]));
    /// assert!(a.union(&b).eq(&[1, 2, 3]));
    /// assert!(a.intersection(&b).eq(&[2]));
    /// assert!(a.difference(&b).eq(&[1]));
    /// assert!(a.symmetric_difference(&b).eq(&[1, 3]));
    /// ```
    pub fn union<'a>(&'a self, other: &'a Self) -> Union<'a, T> {
        Union(Merge::new(self, other))
    }

    /// Goes through the values that are in both sets, in order. `&a & &b` makes a set of them.
    pub fn intersection<'a>(&'a self, other: &'a Self) -> Intersection<'a, T> {
        Intersection(Merge::new(self, other))
    }

    /// Goes through the values that are in this set alone, in order. `&a - &b` makes a set of them.
    pub fn difference<'a>(&'a self, other: &'a Self) -> Difference<'a, T> {
        Difference(Merge::new(self, other))
    }

    /// Goes through the values that are in one of the sets alone, in order. `&a ^ &b` makes a set of
    /// them.
    pub fn symmetric_difference<'a>(&'a self, other: &'a Self) -> SymmetricDifference<'a, T> {
        SymmetricDifference(Merge::new(self, other))
    }

    /// `true` when the sets have no value in common.
    #[must_use]
    pub fn is_disjoint(&self, other: &Self) -> bool {
        self.intersection(other).next().is_none()
    }

    /// `true` when `other` has all values of this set.
    #[must_use]
    pub fn is_subset(&self, other: &Self) -> bool {
        self.ptr_eq(other) || (self.len() <= other.len() && self.difference(other).next().is_none())
    }

    /// `true` when this set has all values of `other`.
    #[must_use]
    pub fn is_superset(&self, other: &Self) -> bool {
        other.is_subset(self)
    }
}

/// Which of two sets has a value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Left,
    Right,
    Both,
}

/// The values of two sets in one order.
struct Merge<'a, T> {
    left: Peekable<Iter<'a, T>>,
    right: Peekable<Iter<'a, T>>,
}

impl<'a, T: Ord> Merge<'a, T> {
    fn new(left: &'a CowOrdSet<T>, right: &'a CowOrdSet<T>) -> Self {
        Self {
            left: left.iter().peekable(),
            right: right.iter().peekable(),
        }
    }

    fn next(&mut self) -> Option<(&'a T, Side)> {
        let order = match (self.left.peek(), self.right.peek()) {
            (Some(left), Some(right)) => left.cmp(right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => return None,
        };
        match order {
            Ordering::Less => Some((self.left.next()?, Side::Left)),
            Ordering::Greater => Some((self.right.next()?, Side::Right)),
            Ordering::Equal => {
                self.right.next();
                Some((self.left.next()?, Side::Both))
            }
        }
    }

    /// The next value that is on one of some sides.
    fn next_on(&mut self, is_wanted: impl Fn(Side) -> bool) -> Option<&'a T> {
        loop {
            let (value, side) = self.next()?;
            if is_wanted(side) {
                return Some(value);
            }
        }
    }

    fn lens(&self) -> (usize, usize) {
        (self.left.len(), self.right.len())
    }
}

impl<T> Clone for Merge<'_, T> {
    fn clone(&self) -> Self {
        Self {
            left: self.left.clone(),
            right: self.right.clone(),
        }
    }
}

/// Makes an iterator of a merge.
macro_rules! merged {
    ($(#[$doc:meta])* $name:ident, $is_wanted:expr, $bounds:expr) => {
        $(#[$doc])*
        #[must_use = "iterators are lazy; use an operator to make a set"]
        pub struct $name<'a, T>(Merge<'a, T>);

        impl<T> Clone for $name<'_, T> {
            fn clone(&self) -> Self {
                Self(self.0.clone())
            }
        }

        impl<'a, T: Ord> Iterator for $name<'a, T> {
            type Item = &'a T;

            fn next(&mut self) -> Option<&'a T> {
                self.0.next_on($is_wanted)
            }

            fn size_hint(&self) -> (usize, Option<usize>) {
                let (left, right) = self.0.lens();
                let bounds: fn(usize, usize) -> (usize, usize) = $bounds;
                let (least, most) = bounds(left, right);
                (least, Some(most))
            }
        }

        impl<T: Ord> FusedIterator for $name<'_, T> {}

        impl<T: Ord + fmt::Debug> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_list().entries(self.clone()).finish()
            }
        }
    };
}

merged! {
    /// The values of either of two sets. Made by [`CowOrdSet::union`].
    Union, |_| true, |left, right| (left.max(right), left.saturating_add(right))
}
merged! {
    /// The values that two sets have in common. Made by [`CowOrdSet::intersection`].
    Intersection, |side| side == Side::Both, |left, right| (0, left.min(right))
}
merged! {
    /// The values of one set that another has not. Made by [`CowOrdSet::difference`].
    Difference, |side| side == Side::Left, |left, right| (left.saturating_sub(right), left)
}
merged! {
    /// The values that only one of two sets has. Made by [`CowOrdSet::symmetric_difference`].
    SymmetricDifference, |side| side != Side::Both, |left, right| {
        (left.abs_diff(right), left.saturating_add(right))
    }
}

/// Makes an operator of a call of the map, which shares chunks.
macro_rules! operator {
    ($trait:ident, $call:ident, $map_call:ident, $doc:literal) => {
        impl<T: Ord + Clone> $trait<&CowOrdSet<T>> for &CowOrdSet<T> {
            type Output = CowOrdSet<T>;

            #[doc = $doc]
            ///
            /// # Complexity
            ///
            /// As [`CowOrdMap::union`](crate::CowOrdMap::union): chunks that both share, and subtrees
            /// that lie apart, are not looked into.
            fn $call(self, other: &CowOrdSet<T>) -> CowOrdSet<T> {
                self.map.$map_call(&other.map).into()
            }
        }
    };
}

operator!(BitOr, bitor, union, "The values of either set.");
operator!(BitAnd, bitand, intersection, "The values of both sets.");
operator!(
    Sub,
    sub,
    difference,
    "The values of this set that the other has not."
);
operator!(
    BitXor,
    bitxor,
    symmetric_difference,
    "The values that only one of the sets has."
);
