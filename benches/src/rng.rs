//! Random indices that cost next to nothing.
//!
//! A random read of a small vector takes about a nanosecond, so the generator must take no more:
//! `SplitMix64` inlines to a handful of instructions, and a multiplication replaces the division
//! that a remainder would need.

/// The odd number nearest to 2^64 divided by the golden ratio: its multiples spread evenly.
pub const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// A `SplitMix64` generator (Steele, Lea and Flood, 2014).
#[derive(Clone, Debug)]
pub struct Rng(u64);

impl Rng {
    /// Returns a generator that will repeat the same numbers for the same seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 random bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GOLDEN);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a random index below `len`.
    #[inline]
    pub fn below(&mut self, len: usize) -> usize {
        scale(self.bits(), len)
    }
}

/// Maps 64 bits onto `0..len`, by their high half (Lemire, 2016).
#[inline]
#[must_use]
#[expect(
    clippy::cast_possible_truncation,
    reason = "the high half of a product with `len` is below `len`"
)]
pub const fn scale(bits: u64, len: usize) -> usize {
    ((bits as u128 * len as u128) >> 64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_index_below_the_length_is_drawn() {
        let mut rng = Rng::new(1);
        let mut drawn = [0_u32; 10];
        for _ in 0..1000 {
            drawn[rng.below(10)] += 1;
        }
        assert!(drawn.iter().all(|&count| count > 50), "{drawn:?}");
    }

    #[test]
    fn the_extremes_stay_in_range() {
        assert_eq!(scale(0, 7), 0);
        assert_eq!(scale(u64::MAX, 7), 6);
        assert_eq!(scale(u64::MAX, usize::MAX), usize::MAX - 1);
    }
}
