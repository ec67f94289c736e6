//! The element types: plain numbers, and strings that own memory of their own.

use std::fmt::Debug;

use crate::rng::{GOLDEN, Rng};

/// A type of element, and the few things a workload does to one.
pub trait Element: Clone + Debug + Send + Sync + 'static {
    /// Returns the element that belongs to `seed`.
    fn make(seed: u64) -> Self;

    /// Returns what a sum over a vector adds up: cheap, and without following pointers, so that
    /// the sum measures the vector and not the elements.
    fn weigh(&self) -> u64;

    /// Returns bits that depend on the whole element, from which the next index can be drawn.
    fn key(&self) -> u64;

    /// Overwrites the element in place, without allocating.
    fn rewrite(&mut self, seed: u64);
}

/// Returns the element that belongs to `seed` at random among all of its type; no other seed has it.
///
/// The elements of a row of seeds lie at regular distances, which makes more of an order than keys
/// have; these do not.
#[inline]
#[must_use]
pub fn scattered<T: Element>(seed: u64) -> T {
    T::make(Rng::new(seed).bits())
}

impl Element for u64 {
    #[inline]
    fn make(seed: u64) -> Self {
        seed.wrapping_mul(GOLDEN)
    }

    #[inline]
    fn weigh(&self) -> u64 {
        *self
    }

    #[inline]
    fn key(&self) -> u64 {
        *self
    }

    #[inline]
    fn rewrite(&mut self, seed: u64) {
        *self = Self::make(seed);
    }
}

/// Strings of 16 to 24 bytes.
impl Element for String {
    fn make(seed: u64) -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'.'; 24];
        let bits = seed.wrapping_mul(GOLDEN);
        for (pair, byte) in text.chunks_exact_mut(2).zip(bits.to_be_bytes()) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        let len = 16 + usize::from(bits.to_be_bytes()[0] % 9);
        str::from_utf8(&text[..len])
            .expect("hexadecimal digits and dots are text")
            .to_owned()
    }

    #[inline]
    fn weigh(&self) -> u64 {
        self.len() as u64
    }

    #[inline]
    fn key(&self) -> u64 {
        let first = self.as_bytes().first_chunk().copied();
        u64::from_le_bytes(first.unwrap_or_default()).wrapping_mul(GOLDEN)
    }

    #[inline]
    fn rewrite(&mut self, seed: u64) {
        // As short as the shortest string made above, so that a clone's exact capacity suffices.
        const TEXTS: [&str; 2] = ["a rewritten text", "another new text"];
        self.clear();
        self.push_str(TEXTS[usize::from(seed % 2 == 1)]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_have_16_to_24_bytes_and_differ() {
        let mut made: Vec<String> = (0..1000).map(String::make).collect();
        let mut lens: Vec<usize> = made.iter().map(String::len).collect();
        lens.sort_unstable();
        lens.dedup();
        assert_eq!(lens, (16..=24).collect::<Vec<_>>());
        made.sort_unstable();
        made.dedup();
        assert_eq!(made.len(), 1000);
    }

    #[test]
    fn rewriting_a_string_does_not_allocate() {
        for seed in 0..100 {
            let mut text = String::make(seed).clone();
            let before = (text.as_ptr(), text.capacity(), text.clone());
            text.rewrite(seed);
            assert_eq!((text.as_ptr(), text.capacity()), (before.0, before.1));
            assert_ne!(text, before.2);
        }
    }
}
