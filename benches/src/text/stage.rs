//! A text, and what the jobs of one contender need besides.

use std::path::PathBuf;
use std::rc::Rc;

use cow_examples::trace::Trace;

use super::{Contender, Edit};
use crate::rng::Rng;
use crate::suite;

/// The text and the state that one contender's jobs work on.
pub(super) struct Stage<C> {
    /// What the text was made of.
    pub(super) source: Rc<str>,
    pub(super) text: C,
    pub(super) rng: Rng,
    sum: u64,
}

/// Returns an ASCII text of so many bytes: what people wrote, over and over.
pub(super) fn code(len: usize) -> Rc<str> {
    let written: Vec<String> = ["rustcode", "automerge-paper", "sveltecomponent"]
        .iter()
        .map(|name| trace(name).end().iter().filter(|c| c.is_ascii()).collect())
        .collect();
    let mut text = String::with_capacity(len);
    for part in written.iter().cycle() {
        let left = len - text.len();
        if left == 0 {
            break;
        }
        text.push_str(&part[..left.min(part.len())]);
    }
    text.into()
}

/// Reads one of the editing sessions that come with the examples.
pub(super) fn trace(name: &str) -> Trace {
    let path: PathBuf = [
        env!("CARGO_MANIFEST_DIR"),
        "..",
        "examples",
        "data",
        "editing-traces",
        &format!("{name}.json.gz"),
    ]
    .iter()
    .collect();
    Trace::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

impl<C: Contender> Stage<C> {
    pub(super) fn new(source: &Rc<str>) -> Self {
        Self {
            source: Rc::clone(source),
            text: C::new(source),
            rng: Rng::new(source.len() as u64),
            sum: 0,
        }
    }

    /// Takes in what a job has read, so that no read can be left out.
    pub(super) fn add(&mut self, sum: u64) {
        self.sum = self.sum.wrapping_add(sum);
    }

    /// Returns so many edits that insert 1 to 11 bytes at random places.
    ///
    /// All places are below the length that the text has now.
    pub(super) fn inserts(&mut self, count: usize) -> Vec<Edit> {
        let len = self.text.len_bytes();
        let insert = |_| {
            let at = self.rng.below(len);
            Edit::ascii(at..at, &"some\nbytes!"[..=self.rng.below(11)])
        };
        (0..count).map(insert).collect()
    }

    /// Returns so many edits that delete 1 to 8 bytes at random places of a text that gets shorter by
    /// them.
    pub(super) fn deletes(&mut self, count: usize) -> Vec<Edit> {
        let len = self.text.len_bytes() - 8 * count;
        let delete = |_| {
            let (at, bytes) = (self.rng.below(len), 1 + self.rng.below(8));
            Edit::ascii(at..at + bytes, "")
        };
        (0..count).map(delete).collect()
    }
}

impl<C: Contender> suite::Stage for Stage<C> {
    const NAME: &'static str = C::NAME;
    const TITLE: &'static str = C::TITLE;

    fn checksum(&self) -> u64 {
        checksum(&self.text, self.sum)
    }
}

/// Returns a number that depends on all of a text.
pub(super) fn checksum(text: &impl Contender, start: u64) -> u64 {
    let text = text.to_text();
    text.bytes().fold(start, |sum, byte| {
        sum.rotate_left(5).wrapping_add(byte.into())
    })
}
