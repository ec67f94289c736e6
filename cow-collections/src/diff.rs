//! What changed from one version to another, and applying it to a third.

use std::{error::Error, fmt, ops::Range};

use crate::CowVec;

/// The changes that make one version of a [`CowVec`] of another.
///
/// Made by [`CowVec::diff`], carried out by [`CowVec::apply`].
#[derive(Clone, PartialEq, Eq)]
pub struct VecDiff<T> {
    pub(crate) old_len: usize,
    pub(crate) new_len: usize,
    pub(crate) edits: Vec<Edit<T>>,
}

/// One run of values that was replaced by another.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edit<T> {
    /// The place of the run in the old version; empty for an insertion.
    pub old: Range<usize>,
    /// The place of the run in the new version; empty for a removal.
    pub new: Range<usize>,
    /// The values of the run in the new version, sharing its chunks where there are whole ones.
    pub values: CowVec<T>,
}

impl<T> VecDiff<T> {
    /// The edits in order of place. They do not touch each other.
    #[must_use]
    pub fn edits(&self) -> &[Edit<T>] {
        &self.edits
    }

    /// `true` when the versions are equal.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.edits.is_empty()
    }

    /// The length of the version that this diff starts from.
    #[must_use]
    pub fn old_len(&self) -> usize {
        self.old_len
    }

    /// The length of the version that it leads to.
    #[must_use]
    pub fn new_len(&self) -> usize {
        self.new_len
    }
}

impl<T: fmt::Debug> fmt::Debug for VecDiff<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.edits).finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for Edit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} -> {:?}: {:?}", self.old, self.new, self.values)
    }
}

/// A diff does not fit the version it was to be applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PatchError {
    /// The length that the diff starts from.
    pub expected_len: usize,
    /// The length that was found.
    pub found_len: usize,
}

impl fmt::Display for PatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the diff starts from {} values, but there are {}",
            self.expected_len, self.found_len
        )
    }
}

impl Error for PatchError {}
