//! What the short strings are asked to do.

use crate::suite::{Phase, Work};

/// Copy a text into a string, and drop it.
pub const FROM: Work = Work::operation("from", "from &str + drop");

/// Make a string of a static text.
pub const CONSTANT: Work = Work::operation("from_static", "from a static text");

/// Clone, and drop the clone.
pub const CLONE: Work = Work::operation("clone", "clone + drop").when(Phase::Snapshots);

/// Take an owned slice without the first and last four bytes, and drop it.
pub const SLICE: Work = Work::operation("slice", "owned slice + drop").when(Phase::Snapshots);

/// Append the text to an empty string, character by character.
pub const PUSH: Work = Work::operation("push", "build by push of each char");

/// Clone, append eight bytes, drop the clone.
pub const CLONE_PUSH: Work =
    Work::operation("clone_push", "clone + push_str of 8 B + drop").when(Phase::Snapshots);

/// Compare two strings that are equal, and not the same.
pub const EQ: Work = Work::operation("eq", "==, equal");

/// Hash.
pub const HASH: Work = Work::operation("hash", "hash (foldhash)");

/// The bytes of a string, handle included.
pub const BYTES: Work = Work::bytes("bytes", "memory of a text");

/// The bytes of one more clone, handle included.
pub const BYTES_OF_CLONE: Work = Work::bytes("bytes_of_clone", "memory of a clone");

/// All of them, in the order of the report.
pub const ALL: &[Work] = &[
    FROM,
    CONSTANT,
    CLONE,
    SLICE,
    PUSH,
    CLONE_PUSH,
    EQ,
    HASH,
    BYTES,
    BYTES_OF_CLONE,
];
