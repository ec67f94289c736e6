//! What the texts are asked to do.

use crate::suite::{Phase, Work};

/// Make a text of a `&str`.
pub const BUILD: Work = Work::operation("build", "build from &str");

/// Visit every contiguous part.
pub const CHUNKS: Work = Work::operation("chunks", "iterate chunks");

/// Sum all characters.
pub const CHARS: Work = Work::operation("chars", "sum of chars");

/// Visit every line.
pub const LINES: Work = Work::operation("lines", "iterate lines");

/// Find the first byte of a random line.
pub const LINE_TO_BYTE: Work = Work::operation("line_to_byte", "line -> byte");

/// Find the line of a random byte.
pub const BYTE_TO_LINE: Work = Work::operation("byte_to_line", "byte -> line");

/// Take a slice of a random line.
pub const LINE_SLICE: Work = Work::operation("line_slice", "random line slice");

/// Take a snapshot and drop it.
pub const SNAPSHOT: Work = Work::operation("snapshot", "snapshot + drop").when(Phase::Snapshots);

/// The first edit after a snapshot, alone.
pub const FIRST_EDIT: Work =
    Work::operation("first_edit", "first edit after a snapshot, alone").when(Phase::Snapshots);

/// Insert 1 to 11 bytes at a random place.
pub const INSERT: Work = Work::operation("insert", "random insert").when(Phase::Edits);

/// Delete 1 to 8 bytes at a random place.
pub const DELETE: Work = Work::operation("delete", "random delete").when(Phase::Edits);

/// Type a key; each 100 keys at another place.
pub const TYPING: Work =
    Work::operation("typing", "typing, a key in runs of 100").when(Phase::Edits);

/// The bytes of a text as made, for each byte of it, in hundredths.
pub const BYTES_LOADED: Work =
    Work::bytes("bytes_loaded", "memory of 100 bytes of text, as made").between(1 << 16, 1 << 30);

/// The same after many random edits.
pub const BYTES_EDITED: Work = Work::bytes(
    "bytes_edited",
    "memory of 100 bytes of text, after 400,000 edits",
)
.between(1 << 20, 1 << 30);

/// The bytes by which memory grows with each snapshot kept, when one random edit follows it.
pub const BYTES_KEPT: Work =
    Work::bytes("bytes_kept", "memory per snapshot kept and edit").between(1 << 16, 1 << 30);

/// All of them, in the order of the report.
pub const ALL: &[Work] = &[
    BUILD,
    CHUNKS,
    CHARS,
    LINES,
    LINE_TO_BYTE,
    BYTE_TO_LINE,
    LINE_SLICE,
    SNAPSHOT,
    FIRST_EDIT,
    INSERT,
    DELETE,
    TYPING,
    BYTES_LOADED,
    BYTES_EDITED,
    BYTES_KEPT,
];

/// Replay a session.
pub const REPLAY: Work = Work::operation("all", "a session");

/// Replay a session, and keep a snapshot of each 100 edits.
pub const REPLAY_KEPT_100: Work =
    Work::operation("kept_100", "a session, a snapshot kept each 100 edits");

/// Replay a session, and keep a snapshot of every edit.
pub const REPLAY_KEPT_1: Work =
    Work::operation("kept_1", "a session, a snapshot kept each edit").between(0, 50_000);

/// All that is done with a session.
pub const REPLAYS: &[Work] = &[REPLAY, REPLAY_KEPT_100, REPLAY_KEPT_1];
