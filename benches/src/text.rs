//! The large texts: what a contender must offer, who they are, and what they are asked to do.
//!
//! [`Contender`] is what all of them can do. [`Lent`] ones lend their parts, [`Persistent`] ones take snapshots without copying the
//! text, [`Lined`] ones find lines. [`work`] lists all work. There are two suites: [`SUITE`] edits and
//! reads one text of a given length, [`REPLAYS`] replays editing sessions that people had.

mod cow;
mod crop;
mod edit;
mod jobs;
mod jumprope;
mod replay;
mod ropey;
mod ropey2;
mod stage;
mod std_string;
pub mod work;

use cow_collections::CowString;

use crate::suite::{Kind, Lane, Noun, Suite, lane};
use edit::Edit;
use stage::Stage;

pub use replay::{AUTOMERGE_PAPER, RUSTCODE, SEPH_BLOG1, SVELTECOMPONENT};

/// The comparison of texts of one length.
pub static SUITE: Suite = Suite {
    name: "text",
    title: "CowString",
    noun: Noun {
        one: "byte",
        many: "bytes",
    },
    peers: ["crop", "ropey2"],
    works: work::ALL,
    highlights: &[work::FIRST_EDIT, work::INSERT, work::TYPING],
    kinds: &[&CODE],
    notes: &[
        "The text is ASCII, so that positions in bytes and in characters are the same: jumprope and \
         ropey 1 count characters.",
        "ropey 1, ropey 2 and crop are asked for lines that end with a line feed. jumprope has no \
         lines, and takes a snapshot by inserting the whole text into another rope. String copies it, \
         and takes part up to 1 MiB.",
    ],
};

/// The comparison of editing sessions.
pub static REPLAYS: Suite = Suite {
    name: "replay",
    title: "CowString, editing sessions",
    noun: Noun {
        one: "edit",
        many: "edits",
    },
    peers: ["crop", "jumprope_buffered"],
    works: work::REPLAYS,
    highlights: &[work::REPLAY, work::REPLAY_KEPT_100],
    kinds: &[&AUTOMERGE_PAPER, &RUSTCODE, &SEPH_BLOG1, &SVELTECOMPONENT],
    notes: &[
        "One operation is a whole session, keystroke by keystroke, from an empty text to the last \
         edit. Snapshots are dropped after the time.",
        "jumprope and String take part where no snapshots are kept, since theirs are copies.",
    ],
};

/// Programs and prose.
pub static CODE: Kind = Kind {
    name: "code",
    suffix: "",
    bytes_per_element: 12,
    lanes,
};

/// A text under test. `Clone` is how it takes a snapshot, whatever that costs.
///
/// Each call goes to the contender's best way of doing it.
pub trait Contender: Clone + 'static {
    /// The contender in benchmark names.
    const NAME: &'static str;

    /// The contender in tables and plots.
    const TITLE: &'static str;

    /// Returns the text.
    fn new(text: &str) -> Self;

    /// Removes a part of the text, and inserts another in its place.
    fn edit(&mut self, edit: &Edit);

    /// Returns the number of bytes.
    fn len_bytes(&self) -> usize;

    /// Returns the text.
    fn to_text(&self) -> String;
}

/// A text that lends its parts.
pub trait Lent: Contender {
    /// Returns the text in contiguous parts.
    fn chunks(&self) -> impl Iterator<Item = &str>;

    /// Returns the characters.
    fn chars(&self) -> impl Iterator<Item = char>;
}

/// A text whose clones share it.
pub trait Persistent: Contender {}

/// A text that knows its lines.
pub trait Lined: Contender {
    /// Returns the number of the line that a byte is in.
    fn byte_to_line(&self, byte: usize) -> usize;

    /// Returns the first byte of a line.
    fn line_to_byte(&self, line: usize) -> usize;

    /// Returns the length of a line as a slice.
    fn line_len(&self, line: usize) -> usize;

    /// Visits every line, and returns how many there are.
    fn visit_lines(&self) -> usize;
}

/// Returns all contenders, each with the same text of `len` bytes.
fn lanes(len: usize) -> Vec<Box<dyn Lane>> {
    /// Above this an edit of a `String` takes milliseconds.
    const STRING_MOST: usize = 1 << 20;
    let text = &stage::code(len);
    let mut every = vec![
        lane(
            Stage::<CowString>::new(text),
            [
                jobs::every(),
                jobs::lent(),
                jobs::persistent(),
                jobs::lined(),
            ],
        ),
        lane(
            Stage::<::crop::Rope>::new(text),
            [
                jobs::every(),
                jobs::lent(),
                jobs::persistent(),
                jobs::lined(),
            ],
        ),
        lane(
            Stage::<::ropey2::Rope>::new(text),
            [
                jobs::every(),
                jobs::lent(),
                jobs::persistent(),
                jobs::lined(),
            ],
        ),
        lane(
            Stage::<::ropey::Rope>::new(text),
            [
                jobs::every(),
                jobs::lent(),
                jobs::persistent(),
                jobs::lined(),
            ],
        ),
        lane(
            Stage::<::jumprope::JumpRope>::new(text),
            [jobs::every(), jobs::lent()],
        ),
    ];
    if len <= STRING_MOST {
        every.push(lane(
            Stage::<String>::new(text),
            [jobs::every(), jobs::lent()],
        ));
    }
    every
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    #[test]
    fn all_contenders_do_the_same_work() {
        suite::assert_same_work(&SUITE);
        suite::assert_all_work_is_done(&SUITE, 4);
        suite::assert_same_work(&REPLAYS);
        suite::assert_all_work_is_done(&REPLAYS, 4);
    }
}
