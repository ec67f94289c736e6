//! The keys that a map is filled with and asked for, shared by all contenders.

use std::ops::Range;
use std::rc::Rc;

use super::Entry;
use crate::element::scattered;
use crate::rng::Rng;

/// Keys in the order in which they are asked for.
///
/// That is another order than the one they were inserted in: a map with a block of memory for each
/// entry would otherwise find the next one beside the last. The keys of a small map come many
/// times, each time in another order: the processor would soon know a short one by heart.
pub(super) struct Deck<T> {
    /// The number of entries of the map.
    pub(super) len: usize,
    /// Every key of the map, shuffled; and again, after each `len` keys.
    pub(super) present: Box<[T]>,
    /// As many keys that are not in the map.
    pub(super) absent: Box<[T]>,
}

impl<T: Entry> Deck<T> {
    /// Returns the deck that belongs to maps of `len` entries.
    pub(super) fn new(len: usize) -> Rc<Self> {
        const LEAST: usize = 1 << 16;
        let laps = LEAST.div_ceil(len);
        let seeds = len as u64;
        let mut rng = Rng::new(seeds);
        let mut shuffled_laps = |seeds: Range<u64>| -> Box<[T]> {
            let laps = (0..laps).flat_map(|_| shuffled(seeds.clone(), &mut rng));
            // Made in this order, so that the keys' own memory is read in order too.
            laps.map(scattered).collect()
        };
        Rc::new(Self {
            len,
            present: shuffled_laps(0..seeds),
            absent: shuffled_laps(seeds..2 * seeds),
        })
    }
}

/// Returns the entry that every map inserts as the one of that number.
#[inline]
pub(super) fn entry<T: Entry>(seed: u64) -> (T, T) {
    (scattered(seed), T::make(seed))
}

fn shuffled(seeds: Range<u64>, rng: &mut Rng) -> Vec<u64> {
    let mut seeds: Vec<u64> = seeds.collect();
    for unplaced in (2..=seeds.len()).rev() {
        seeds.swap(unplaced - 1, rng.below(unplaced));
    }
    seeds
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_lap_has_every_key_once_in_another_order() {
        let deck = Deck::<u64>::new(1000);
        let mut inserted: Vec<u64> = (0..1000).map(scattered).collect();
        inserted.sort_unstable();
        let laps: Vec<&[u64]> = deck.present.chunks(1000).collect();
        assert!(laps.len() > 60 && laps[0] != laps[1]);
        for lap in laps {
            let mut lap = lap.to_vec();
            lap.sort_unstable();
            assert_eq!(lap, inserted);
        }
    }

    #[test]
    fn absent_keys_are_not_present() {
        let deck = Deck::<u64>::new(100_000);
        assert_eq!((deck.present.len(), deck.absent.len()), (100_000, 100_000));
        let mut keys: Vec<u64> = deck.present.iter().chain(&deck.absent).copied().collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), 200_000);
    }
}
