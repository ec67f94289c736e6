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

/// The changes that make one version of a map of another.
///
/// Made by the `diff` of a map, carried out by its `apply`.
///
/// # Examples
///
/// ```
/// use cow_collections::{Change, MapDiff};
///
/// let diff: MapDiff<&str, u32> = [
///     Change::Added { key: "a", value: 1 },
///     Change::Updated { key: "b", old: 2, new: 3 },
/// ]
/// .into_iter()
/// .collect();
/// assert_eq!(diff.changes()[1].key(), &"b");
/// assert_eq!(diff.changes()[1].new(), Some(&3));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct MapDiff<K, V> {
    changes: Vec<Change<K, V>>,
}

/// The changes that make one version of a set of another.
pub type SetDiff<T> = MapDiff<T, ()>;

/// What became of one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<K, V> {
    /// The key is in the new version alone.
    Added {
        /// The key.
        key: K,
        /// Its value in the new version.
        value: V,
    },
    /// The key was in the old version alone.
    Removed {
        /// The key.
        key: K,
        /// Its value in the old version.
        value: V,
    },
    /// The key is in both versions, with values that are not equal.
    Updated {
        /// The key.
        key: K,
        /// Its value in the old version.
        old: V,
        /// Its value in the new version.
        new: V,
    },
}

impl<K, V> MapDiff<K, V> {
    /// The changes, one for each key that changed: in the order of the keys where the map has one.
    #[must_use]
    pub fn changes(&self) -> &[Change<K, V>] {
        &self.changes
    }

    /// The changes, by value.
    #[must_use]
    pub fn into_changes(self) -> Vec<Change<K, V>> {
        self.changes
    }

    /// The number of changes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// `true` when the versions are equal.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Checks that each change starts from what a map holds, before any of them is made.
    pub(crate) fn check<'m>(&self, found: impl Fn(&K) -> Option<&'m V>) -> Result<(), MapPatchError>
    where
        V: PartialEq + 'm,
    {
        match self
            .changes
            .iter()
            .position(|change| found(change.key()) != change.old())
        {
            Some(change) => Err(MapPatchError { change }),
            None => Ok(()),
        }
    }
}

impl<K, V> FromIterator<Change<K, V>> for MapDiff<K, V> {
    fn from_iter<I: IntoIterator<Item = Change<K, V>>>(changes: I) -> Self {
        Self {
            changes: changes.into_iter().collect(),
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for MapDiff<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.changes).finish()
    }
}

impl<K, V> Change<K, V> {
    /// The key.
    #[must_use]
    pub fn key(&self) -> &K {
        match self {
            Self::Added { key, .. } | Self::Removed { key, .. } | Self::Updated { key, .. } => key,
        }
    }

    /// The value in the old version.
    #[must_use]
    pub fn old(&self) -> Option<&V> {
        match self {
            Self::Added { .. } => None,
            Self::Removed { value, .. } => Some(value),
            Self::Updated { old, .. } => Some(old),
        }
    }

    /// The value in the new version.
    #[must_use]
    #[expect(clippy::new_ret_no_self, reason = "the opposite of `old`")]
    pub fn new(&self) -> Option<&V> {
        match self {
            Self::Added { value, .. } => Some(value),
            Self::Removed { .. } => None,
            Self::Updated { new, .. } => Some(new),
        }
    }
}

/// A diff does not fit the map it was to be applied to. The map is as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct MapPatchError {
    /// The number of the first change that starts from something else than the map holds.
    pub change: usize,
}

impl fmt::Display for MapPatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "change {} of the diff starts from another value than the map holds",
            self.change
        )
    }
}

impl Error for MapPatchError {}
