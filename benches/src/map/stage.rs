//! A map, and what the jobs of one contender need besides.

use std::ops::Range;
use std::rc::Rc;

use super::deck::{Deck, entry};
use super::{Contender, Entry};
use crate::bytes::measured;
use crate::suite;

/// The map and the state that one contender's jobs work on.
pub(super) struct Stage<T, C> {
    pub(super) map: C,
    pub(super) deck: Rc<Deck<T>>,
    /// What the map took when it was built.
    pub(super) bytes: f64,
    /// The place in the deck from which the next job goes on.
    at: usize,
    /// The entries handed out by [`pairs`](Self::pairs).
    written: u64,
    sum: u64,
}

impl<T: Entry, C: Contender<T>> Stage<T, C> {
    /// Returns the stage of a map with the keys that are present in `deck`.
    pub(super) fn new(deck: &Rc<Deck<T>>) -> Self {
        let (map, built) = measured(|| Self::build(deck.len));
        Self {
            map,
            deck: Rc::clone(deck),
            bytes: built.held as f64 + size_of::<C>() as f64,
            at: 0,
            written: 0,
            sum: 0,
        }
    }

    /// Returns a new map of the first `len` entries.
    pub(super) fn build(len: usize) -> C {
        let mut map = C::new();
        for seed in 0..len as u64 {
            let (key, value) = entry(seed);
            map.insert(key, value);
        }
        map
    }

    /// Returns the number of entries.
    pub(super) fn len(&self) -> usize {
        self.deck.len
    }

    /// Returns the next places in the deck, up to `most` of them, but not beyond its end: from
    /// there, the next call begins anew.
    pub(super) fn next_run(&mut self, most: u64) -> Range<usize> {
        let places = self.deck.present.len();
        let run = usize::try_from(most).unwrap_or(usize::MAX);
        let range = self.at..places.min(self.at.saturating_add(run));
        self.at = range.end % places;
        range
    }

    /// Returns entries to be written: keys that the map has, with values that it does not.
    ///
    /// No key comes twice among as many as the map has.
    pub(super) fn pairs(&mut self, count: u64) -> Vec<(T, T)> {
        // Not across the border between two laps, if they can be all of one.
        let left_of_lap = self.len() - self.at % self.len();
        if left_of_lap < self.len() && count > left_of_lap as u64 {
            self.next_run(left_of_lap as u64);
        }
        let mut pairs = Vec::new();
        while let left @ 1.. = count - pairs.len() as u64 {
            let run = self.next_run(left);
            let first = (1 << 32) + self.written;
            self.written += run.len() as u64;
            let keys = self.deck.present[run].iter().cloned();
            pairs.extend(keys.zip((first..).map(T::make)));
        }
        pairs
    }

    /// Takes in what a job has read, so that no read can be left out.
    pub(super) fn add(&mut self, sum: u64) {
        self.sum = self.sum.wrapping_add(sum);
    }
}

impl<T: Entry, C: Contender<T>> suite::Stage for Stage<T, C> {
    const NAME: &'static str = C::NAME;
    const TITLE: &'static str = C::TITLE;

    fn checksum(&self) -> u64 {
        // The same in any order.
        self.map.iter().fold(self.sum, |sum, (key, value)| {
            sum.wrapping_add(key.key() ^ value.key().rotate_left(32))
        })
    }
}
