//! What changed from one version of a text to another, and applying it to a third.

use std::{fmt, ops::Range};

use super::{CowString, PositionError, TextError};
use crate::{Lines, Metrics};

/// The changes that make one version of a [`CowString`] of another.
///
/// Made by [`CowString::diff`], carried out by [`CowString::apply`].
pub struct TextDiff<M: Metrics = Lines> {
    old_len: usize,
    new_len: usize,
    edits: Vec<TextEdit<M>>,
}

/// One part of a text that was replaced by another.
#[non_exhaustive]
pub struct TextEdit<M: Metrics = Lines> {
    /// The bytes of the part in the old version; empty for an insertion.
    pub old: Range<usize>,
    /// The bytes of the part in the new version; empty for a removal.
    pub new: Range<usize>,
    /// The part in the new version, sharing its chunks where there are whole ones.
    pub text: CowString<M>,
}

impl<M: Metrics> TextDiff<M> {
    /// The edits in order of place. They do not touch each other.
    #[must_use]
    pub fn edits(&self) -> &[TextEdit<M>] {
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

impl<M: Metrics> Clone for TextDiff<M> {
    fn clone(&self) -> Self {
        Self {
            edits: self.edits.clone(),
            ..*self
        }
    }
}

impl<M: Metrics> Clone for TextEdit<M> {
    fn clone(&self) -> Self {
        Self {
            old: self.old.clone(),
            new: self.new.clone(),
            text: self.text.clone(),
        }
    }
}

impl<M: Metrics> fmt::Debug for TextDiff<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.edits).finish()
    }
}

impl<M: Metrics> fmt::Debug for TextEdit<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} -> {:?}: {:?}", self.old, self.new, self.text)
    }
}

impl<M: Metrics> CowString<M> {
    /// The changes that make this version of `old`.
    ///
    /// # Complexity
    ///
    /// O(changes × log n): what both versions share is not looked at. Two texts that share nothing are
    /// compared byte by byte.
    ///
    /// Within a chunk that changed, what lies between the first and the last change counts as changed, or
    /// less where the length is as before. An edit never splits a character.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// let old: CowString = "a line of text\n".repeat(10_000).into();
    /// let mut new = old.clone();
    /// new.insert_str(75_000, "(more) ");
    ///
    /// let diff = new.diff(&old);
    /// assert_eq!(diff.edits().len(), 1);
    /// assert_eq!(diff.edits()[0].text, "(more) ");
    /// assert_eq!(diff.edits()[0].old, 75_000..75_000);
    ///
    /// let mut other = old;
    /// other.apply(&diff)?;
    /// assert_eq!(other, new);
    /// # Ok::<(), cow_collections::TextError>(())
    /// ```
    #[must_use]
    pub fn diff(&self, old: &Self) -> TextDiff<M> {
        let mut runs: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        for change in self.text.changes_since(&old.text) {
            let (was, is) = whole_chars(old, self, change.old, change.new);
            match runs.last_mut() {
                Some((old, new)) if old.end >= was.start || new.end >= is.start => {
                    (old.end, new.end) = (was.end, is.end);
                }
                _ => runs.push((was, is)),
            }
        }
        let edit = |(old, new): (Range<usize>, Range<usize>)| TextEdit {
            text: self.snapshot_range(new.clone()),
            old,
            new,
        };
        TextDiff {
            old_len: old.len(),
            new_len: self.len(),
            edits: runs.into_iter().map(edit).collect(),
        }
    }

    /// Carries out the changes of a diff.
    ///
    /// # Complexity
    ///
    /// O(bytes in the edits + edits × log n).
    ///
    /// # Errors
    ///
    /// When the text is not of the length that the diff starts from, when one of its places is inside a
    /// character here, or no chunk is left; the text is as it was.
    pub fn apply(&mut self, diff: &TextDiff<M>) -> Result<(), TextError> {
        if self.len() != diff.old_len {
            return Err(TextError::OtherText {
                expected_len: diff.old_len,
                found_len: self.len(),
            });
        }
        for edit in &diff.edits {
            for at in [edit.old.start, edit.old.end] {
                if !self.is_char_boundary(at) {
                    return Err(PositionError::InsideChar { at }.into());
                }
            }
        }
        let before = self.clone();
        // From the back, so that the places in front stay what the diff says.
        for edit in diff.edits.iter().rev() {
            if let Err(error) = self.text.replace_by(edit.old.clone(), &edit.text.text) {
                *self = before;
                return Err(error.into());
            }
        }
        Ok(())
    }
}

/// Widens a change until it starts and ends between characters, in both versions. What it takes in on
/// either side is the same in both.
fn whole_chars<M: Metrics>(
    old: &CowString<M>,
    new: &CowString<M>,
    mut was: Range<usize>,
    mut is: Range<usize>,
) -> (Range<usize>, Range<usize>) {
    while was.start > 0
        && is.start > 0
        && !(old.is_char_boundary(was.start) && new.is_char_boundary(is.start))
    {
        was.start -= 1;
        is.start -= 1;
    }
    while was.end < old.len()
        && is.end < new.len()
        && !(old.is_char_boundary(was.end) && new.is_char_boundary(is.end))
    {
        was.end += 1;
        is.end += 1;
    }
    (was, is)
}
