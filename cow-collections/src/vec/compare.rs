//! Equality, order, hash, and the difference of two versions.

use std::{
    cmp::Ordering,
    hash::{Hash, Hasher},
};

use super::CowVec;
use crate::diff::{Edit, PatchError, VecDiff};

impl<T> CowVec<T> {
    /// The changes that make this version of `old`.
    ///
    /// # Complexity
    ///
    /// O(changes × log n): what both versions share is not looked at. Two vectors that share nothing are
    /// compared value by value.
    ///
    /// Values within a chunk that changed are compared in place if their number is as before; else what
    /// lies between the first and the last change there counts as changed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let old: CowVec<u32> = (0..1_000_000).collect();
    /// let mut new = old.clone();
    /// new[7] = 70;
    /// new.remove(500_000);
    ///
    /// let diff = new.diff(&old);
    /// assert_eq!(diff.edits().len(), 2);
    /// assert_eq!(diff.edits()[0].values, [70]);
    /// assert_eq!(diff.edits()[1].old, 500_000..500_001);
    ///
    /// let mut other = old;
    /// other.apply(&diff)?;
    /// assert_eq!(other, new);
    /// # Ok::<(), cow_collections::PatchError>(())
    /// ```
    #[must_use]
    pub fn diff(&self, old: &Self) -> VecDiff<T>
    where
        T: Clone + PartialEq,
    {
        let edits = self.seq.changes_since(&old.seq).into_iter();
        let edit = |change: crate::node::seq::Change| Edit {
            values: self.slice(change.new.clone()),
            old: change.old,
            new: change.new,
        };
        VecDiff {
            old_len: old.len(),
            new_len: self.len(),
            edits: edits.map(edit).collect(),
        }
    }

    /// Carries out the changes of a diff.
    ///
    /// # Complexity
    ///
    /// O(values in the edits + edits × log n).
    ///
    /// # Errors
    ///
    /// When the diff starts from another length; the vector is as it was.
    pub fn apply(&mut self, diff: &VecDiff<T>) -> Result<(), PatchError>
    where
        T: Clone,
    {
        if self.len() != diff.old_len {
            return Err(PatchError {
                expected_len: diff.old_len,
                found_len: self.len(),
            });
        }
        // From the back, so that the places in front stay what the diff says.
        for edit in diff.edits.iter().rev() {
            if edit.old.len() == edit.new.len() {
                edit.old
                    .clone()
                    .zip(&edit.values)
                    .for_each(|(i, value)| self[i] = value.clone());
            } else {
                self.splice(edit.old.clone(), edit.values.clone());
            }
        }
        Ok(())
    }
}

impl<T: PartialEq> PartialEq for CowVec<T> {
    /// Compares the values; chunks that both share are taken to be equal.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.seq.pairs(&other.seq).all(|(a, b)| a == b)
    }
}

impl<T: Eq> Eq for CowVec<T> {}

impl<T: PartialOrd> PartialOrd for CowVec<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        let differ =
            |(a, b): (&[T], &[T])| Some(a.partial_cmp(b)).filter(|&o| o != Some(Ordering::Equal));
        let first = self.seq.pairs(&other.seq).find_map(differ);
        first.unwrap_or_else(|| Some(self.len().cmp(&other.len())))
    }
}

impl<T: Ord> Ord for CowVec<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        let differ = |(a, b): (&[T], &[T])| Some(a.cmp(b)).filter(|order| order.is_ne());
        let first = self.seq.pairs(&other.seq).find_map(differ);
        first.unwrap_or_else(|| self.len().cmp(&other.len()))
    }
}

impl<T: Hash> Hash for CowVec<T> {
    /// As for a slice of the same values, as far as `Hasher` promises: the length, then each value.
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.len());
        self.iter().for_each(|value| value.hash(state));
    }
}

impl<T: PartialEq<U>, U> PartialEq<[U]> for CowVec<T> {
    fn eq(&self, other: &[U]) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a == b)
    }
}

impl<T: PartialEq<U>, U> PartialEq<&[U]> for CowVec<T> {
    fn eq(&self, other: &&[U]) -> bool {
        *self == **other
    }
}

impl<T: PartialEq<U>, U, const N: usize> PartialEq<[U; N]> for CowVec<T> {
    fn eq(&self, other: &[U; N]) -> bool {
        *self == other[..]
    }
}

impl<T: PartialEq<U>, U> PartialEq<Vec<U>> for CowVec<T> {
    fn eq(&self, other: &Vec<U>) -> bool {
        *self == other[..]
    }
}

impl<T: PartialEq<U>, U> PartialEq<CowVec<U>> for Vec<T> {
    fn eq(&self, other: &CowVec<U>) -> bool {
        self.len() == other.len() && self.iter().zip(other).all(|(a, b)| a == b)
    }
}
