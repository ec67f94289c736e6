//! Hashers that are kind to a hash map, and others.

use std::hash::{BuildHasher, Hasher};

/// How hashes come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spread {
    /// Well.
    Even(u64),
    /// All hashes are equal.
    Constant,
    /// A number is its own hash.
    Identity,
    /// Eight different hashes.
    Truncated,
    /// Hashes differ in their highest bits alone.
    High,
}

impl Spread {
    pub(crate) const ALL: [Self; 6] = [
        Self::Even(0),
        Self::Even(1),
        Self::Constant,
        Self::Identity,
        Self::Truncated,
        Self::High,
    ];

    /// Whether many keys have few hashes, so that maps have to be small.
    pub(crate) fn is_poor(self) -> bool {
        matches!(self, Self::Constant | Self::Truncated)
    }
}

impl BuildHasher for Spread {
    type Hasher = SpreadHasher;

    fn build_hasher(&self) -> SpreadHasher {
        SpreadHasher {
            spread: *self,
            state: 0,
        }
    }
}

pub(crate) struct SpreadHasher {
    spread: Spread,
    state: u64,
}

impl Hasher for SpreadHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.state = self.state.rotate_left(8);
            self.state ^= u64::from(byte);
        }
    }

    fn write_u16(&mut self, n: u16) {
        self.state = n.into();
    }

    fn write_u64(&mut self, n: u64) {
        self.state = n;
    }

    fn finish(&self) -> u64 {
        let mixed = |seed: u64| {
            let mut n = (self.state ^ seed).wrapping_mul(0xff51_afd7_ed55_8ccd);
            n ^= n >> 33;
            n.wrapping_mul(0xc4ce_b9fe_1a85_ec53) ^ n >> 29
        };
        match self.spread {
            Spread::Even(seed) => mixed(seed.wrapping_mul(0x1234_5678_9abc_def1)),
            Spread::Constant => 42,
            Spread::Identity => self.state,
            Spread::Truncated => mixed(7) % 8,
            Spread::High => mixed(7) >> 48 << 48,
        }
    }
}
