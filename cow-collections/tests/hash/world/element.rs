//! The kinds of keys and values that maps are tested with.

use std::{fmt, hash::Hash};

/// A key or value that can be made of a number.
pub(crate) trait Element: Clone + Eq + Hash + fmt::Debug + Send + Sync + 'static {
    /// Entries in a map that is grown: enough for an inner node or two.
    const MANY: usize;

    fn new(number: u16) -> Self;
}

/// Fewer where buckets are small, and under Miri.
const fn many(usual: usize) -> usize {
    if cfg!(miri) {
        usual.div_ceil(50)
    } else if cfg!(cow_tiny) {
        usual.div_ceil(10)
    } else {
        usual
    }
}

impl Element for u64 {
    const MANY: usize = many(2_000);

    fn new(number: u16) -> Self {
        number.into()
    }
}

impl Element for u8 {
    const MANY: usize = many(256);

    fn new(number: u16) -> Self {
        number.to_le_bytes()[0]
    }
}

/// With drop glue.
impl Element for String {
    const MANY: usize = many(600);

    fn new(number: u16) -> Self {
        number.to_string()
    }
}

/// Without a size.
impl Element for () {
    const MANY: usize = many(2_000);

    fn new(_: u16) -> Self {}
}

/// Eight to a large chunk, and aligned to more than a cache line.
#[derive(Clone, PartialEq, Eq, Hash)]
#[repr(align(128))]
pub(crate) struct Wide([u8; 3_000]);

impl Element for Wide {
    const MANY: usize = many(150);

    fn new(number: u16) -> Self {
        let [low, high] = number.to_le_bytes();
        let mut bytes = [low; 3_000];
        bytes[2_999] = high;
        Self(bytes)
    }
}

impl fmt::Debug for Wide {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.0[0], self.0[2_999])
    }
}
