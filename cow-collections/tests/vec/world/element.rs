//! The kinds of values that vectors are tested with.

use std::{fmt, hash::Hash};

/// A value that can be made of a number; numbers that are far apart make values that differ.
pub(crate) trait Element: Clone + Ord + Hash + fmt::Debug + Send + Sync + 'static {
    /// Values in a vector that is grown: enough for an inner node or two.
    const MANY: usize;

    fn new(number: u16) -> Self;
}

/// Fewer where leaves are small, and under Miri.
const fn many(usual: usize) -> usize {
    if cfg!(miri) {
        usual.div_ceil(100)
    } else if cfg!(cow_tiny) {
        usual.div_ceil(10)
    } else {
        usual
    }
}

impl Element for u64 {
    const MANY: usize = many(4_000);

    fn new(number: u16) -> Self {
        number.into()
    }
}

impl Element for u8 {
    const MANY: usize = many(20_000);

    fn new(number: u16) -> Self {
        number.to_le_bytes()[0]
    }
}

/// With drop glue.
impl Element for String {
    const MANY: usize = many(1_500);

    fn new(number: u16) -> Self {
        number.to_string()
    }
}

/// Without a size.
impl Element for () {
    const MANY: usize = many(70_000);

    fn new(_: u16) -> Self {}
}

/// Few to a chunk, which is not full then, and aligned to more than a cache line.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// Larger than the largest class of chunks: each has an extent of its own.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Large([u16; LARGE]);

const LARGE: usize = if cfg!(cow_tiny) { 2_100 } else { 33_000 };
const _: () = assert!(size_of::<Large>() > if cfg!(cow_tiny) { 4 << 10 } else { 64 << 10 });

impl Element for Large {
    const MANY: usize = 12;

    fn new(number: u16) -> Self {
        Self([number; LARGE])
    }
}

impl fmt::Debug for Large {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..", self.0[0])
    }
}
