//! One edit, in the units of every contender.

use std::ops::Range;

/// A part of a text to be removed, and a text to be put in its place.
///
/// Some contenders count bytes and others characters; each gets what it counts.
#[derive(Clone, Debug)]
pub struct Edit {
    /// What goes, in bytes.
    pub bytes: Range<usize>,
    /// What goes, in characters.
    pub chars: Range<usize>,
    /// What comes.
    pub text: String,
}

impl Edit {
    /// An edit of a text that is ASCII.
    pub(super) fn ascii(removed: Range<usize>, text: &str) -> Self {
        Self {
            bytes: removed.clone(),
            chars: removed,
            text: text.to_owned(),
        }
    }
}
