//! The kinds of pairs that maps are tested with.

use std::fmt;

/// A pair that can be made of two numbers. Keys of different numbers differ, and keep their order.
pub(crate) trait Element: 'static {
    type Key: Ord + Clone + fmt::Debug + Send + Sync;
    type Value: Ord + Clone + fmt::Debug + Send + Sync;
    /// Pairs in a map that is grown: enough for a few levels of nodes.
    const MANY: usize;

    fn key(number: u16) -> Self::Key;
    fn value(number: u16) -> Self::Value;
}

/// Fewer where leaves are small, and under Miri.
const fn many(usual: usize) -> usize {
    if cfg!(miri) {
        usual.div_ceil(50)
    } else if cfg!(cow_tiny) {
        usual.div_ceil(8)
    } else {
        usual
    }
}

/// Plain numbers.
pub(crate) struct Words;

impl Element for Words {
    type Key = u64;
    type Value = u64;
    const MANY: usize = many(2_500);

    fn key(number: u16) -> u64 {
        number.into()
    }

    fn value(number: u16) -> u64 {
        number.into()
    }
}

/// Keys and values with drop glue.
pub(crate) struct Texts;

impl Element for Texts {
    type Key = String;
    type Value = String;
    const MANY: usize = many(800);

    fn key(number: u16) -> String {
        format!("{number:05}")
    }

    fn value(number: u16) -> String {
        number.to_string()
    }
}

/// A set.
pub(crate) struct Keys;

impl Element for Keys {
    type Key = u16;
    type Value = ();
    const MANY: usize = many(8_000);

    fn key(number: u16) -> u16 {
        number
    }

    fn value(_: u16) {}
}

/// Values that are aligned to more than a cache line, and larger than a leaf of plain ones.
pub(crate) struct Wide;

/// See [`Wide`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
#[repr(align(128))]
pub(crate) struct Block([u16; 700]);

impl fmt::Debug for Block {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", self.0[0])
    }
}

impl Element for Wide {
    type Key = u8;
    type Value = Block;
    const MANY: usize = many(200);

    fn key(number: u16) -> u8 {
        number.to_be_bytes()[0]
    }

    fn value(number: u16) -> Block {
        Block([number; 700])
    }
}
