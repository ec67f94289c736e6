//! The short strings: what a contender must offer, who they are, and what they are asked to do.
//!
//! [`Contender`] is what all of them can do. [`Grown`], [`Sliced`] and [`Constant`] are for those that
//! can do more; work that needs them is not done by a contender that lacks them. [`work`] lists all
//! of it, and [`SUITE`] puts everything together.

mod arc_str;
mod arcstr;
mod compact_str;
mod cow;
mod ecow;
mod hipstr;
mod jobs;
mod lean_string;
mod smol_str;
mod stage;
mod std_clone;
pub mod work;

use std::sync::Arc;

use ::arcstr::ArcStr;
use ::compact_str::CompactString;
use ::ecow::EcoString;
use ::hipstr::HipStr;
use ::lean_string::LeanString;
use ::smol_str::SmolStr;
use cow_collections::CowStr;

use crate::suite::{Kind, Lane, Noun, Suite, lane};
use stage::Stage;

/// The comparison of short strings.
pub static SUITE: Suite = Suite {
    name: "str",
    title: "CowStr",
    noun: Noun {
        one: "text",
        many: "texts",
    },
    peers: ["std_clone", "ecow"],
    works: work::ALL,
    highlights: &[work::FROM, work::CLONE, work::SLICE],
    kinds: &[&OF_8, &OF_24, &OF_40, &OF_200],
    notes: &[
        "The kinds are texts of so many bytes. Times go round among as many texts as the length \
         says, all different and in the caches, and include a loop around each operation.",
        "String clones eagerly. Only CowStr, arcstr (as a Substr) and hipstr have owned slices that \
         share.",
    ],
};

/// Texts that fit into most handles.
pub static OF_8: Kind = kind::<8>("8 B", "_8");

/// Texts that fit into handles of 24 bytes alone.
pub static OF_24: Kind = kind::<24>("24 B", "_24");

/// Texts that fit into no handle.
pub static OF_40: Kind = kind::<40>("40 B", "_40");

/// Texts of a few lines.
pub static OF_200: Kind = kind::<200>("200 B", "_200");

const fn kind<const BYTES: usize>(name: &'static str, suffix: &'static str) -> Kind {
    Kind {
        name,
        suffix,
        bytes_per_element: 32 * (BYTES as u64 + 64),
        lanes: lanes::<BYTES>,
    }
}

/// A string under test. `Clone` is the way it is shared, or copied.
pub trait Contender: Clone + 'static {
    /// The contender in benchmark names.
    const NAME: &'static str;

    /// The contender in tables and plots.
    const TITLE: &'static str;

    /// Returns a string with a copy of the text.
    fn new(text: &str) -> Self;

    /// Returns the text.
    fn as_str(&self) -> &str;
}

/// A string that can be appended to.
pub trait Grown: Contender {
    /// Appends a character.
    fn push(&mut self, char: char);

    /// Appends a text.
    fn push_str(&mut self, text: &str);
}

/// A string with owned slices that share its memory.
pub trait Sliced: Contender {
    /// An owned slice.
    type Slice;

    /// Returns the slice from one byte to another.
    fn slice(&self, from: usize, to: usize) -> Self::Slice;
}

/// A string that can be made of a static text without a copy.
pub trait Constant: Contender {
    /// Returns the string of a static text.
    fn constant(text: &'static str) -> Self;
}

/// Returns all contenders, each with the same `len` texts of `BYTES` bytes.
fn lanes<const BYTES: usize>(len: usize) -> Vec<Box<dyn Lane>> {
    let texts = &stage::texts(len, BYTES);
    let every = [
        lane(
            Stage::<CowStr>::new(texts),
            [
                jobs::every(),
                jobs::grown(),
                jobs::sliced(BYTES),
                jobs::constant(),
            ],
        ),
        lane(Stage::<String>::new(texts), [jobs::every(), jobs::grown()]),
        lane(Stage::<Arc<str>>::new(texts), [jobs::every()]),
        lane(
            Stage::<EcoString>::new(texts),
            [jobs::every(), jobs::grown()],
        ),
        lane(
            Stage::<SmolStr>::new(texts),
            [jobs::every(), jobs::constant()],
        ),
        lane(
            Stage::<CompactString>::new(texts),
            [jobs::every(), jobs::grown(), jobs::constant()],
        ),
        lane(
            Stage::<LeanString>::new(texts),
            [jobs::every(), jobs::grown(), jobs::constant()],
        ),
        lane(
            Stage::<ArcStr>::new(texts),
            [jobs::every(), jobs::sliced(BYTES)],
        ),
        lane(
            Stage::<HipStr<'static>>::new(texts),
            [
                jobs::every(),
                jobs::grown(),
                jobs::sliced(BYTES),
                jobs::constant(),
            ],
        ),
    ];
    every.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite;

    #[test]
    fn all_contenders_do_the_same_work() {
        suite::assert_same_work(&SUITE);
        suite::assert_all_work_is_done(&SUITE, 3);
    }
}
