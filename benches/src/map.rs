//! The maps: what a contender must offer, and what they are asked to do.
//!
//! [`Contender`] is what maps of both kinds can do, so that both are asked to do it by the same
//! code. [`Diffed`], [`Ordered`] and [`Cut`] are for those that can do more; work that needs them
//! is not done by a contender that lacks them. [`work`] lists all of it. [`hash`] and [`ord`] are
//! the two suites, with a file for each contender.

/// Makes a contender of a map whose calls are named as std's are.
macro_rules! named_as_std {
    ($map:ty, $name:literal, $title:literal) => {
        impl<T: $crate::map::Entry> $crate::map::Contender<T> for $map {
            const NAME: &'static str = $name;
            const TITLE: &'static str = $title;

            fn new() -> Self {
                Self::default()
            }

            #[inline]
            fn insert(&mut self, key: T, value: T) {
                self.insert(key, value);
            }

            #[inline]
            fn remove(&mut self, key: &T) {
                self.remove(key);
            }

            #[inline]
            fn get(&self, key: &T) -> Option<&T> {
                self.get(key)
            }

            #[inline]
            fn iter(&self) -> impl Iterator<Item = (&T, &T)> {
                self.iter()
            }
        }
    };
}

mod deck;
mod growth;
pub mod hash;
mod jobs;
pub mod ord;
mod stage;
pub mod work;

use std::hash::Hash;

use crate::element::Element;

/// What keys and values are.
pub trait Entry: Element + Hash + Ord {}

impl<T: Element + Hash + Ord> Entry for T {}

/// A map under test. `Clone` is how it takes a snapshot, whatever that costs.
///
/// Each call goes to the contender's best way of doing it: in place where it can, and without a
/// copy that the contender would not need.
pub trait Contender<T: Entry>: Clone + 'static {
    /// The contender in benchmark names.
    const NAME: &'static str;

    /// The contender in tables and plots.
    const TITLE: &'static str;

    /// Returns an empty map, without capacity.
    fn new() -> Self;

    /// Inserts a key or gives it another value.
    fn insert(&mut self, key: T, value: T);

    /// Removes a key, which exists.
    fn remove(&mut self, key: &T);

    /// Returns the value of a key.
    fn get(&self, key: &T) -> Option<&T>;

    /// Returns all entries, in an order of the map's own.
    fn iter(&self) -> impl Iterator<Item = (&T, &T)>;
}

/// A map that finds out how it differs from another version of itself.
pub trait Diffed<T: Entry>: Contender<T> {
    /// Returns the number of entries that were added, removed or given another value.
    fn changes(&self, old: &Self) -> usize;
}

/// A map in the order of its keys.
pub trait Ordered<T: Entry>: Contender<T> {
    /// Returns the entries from a key on.
    fn range_from<'a>(&'a self, key: &'a T) -> impl Iterator<Item = (&'a T, &'a T)>;
}

/// A map that can be cut at a key, and joined.
pub trait Cut<T: Entry>: Contender<T> {
    /// Cuts the map at a key and returns the part from there on.
    fn split_off(&mut self, key: &T) -> Self;

    /// Joins a map whose keys are all greater.
    fn append(&mut self, tail: Self);
}

/// Compares two maps the only way there is without a `diff` of their own: one look-up for each
/// entry.
fn changes_by_look_up<T: Entry, C: Contender<T>>(new: &C, old: &C) -> usize {
    let not_in = |one: &C, other: &C| {
        let missing = one.iter().filter(|(key, _)| other.get(key).is_none());
        missing.count()
    };
    let changed = new.iter().filter(|(key, value)| {
        let before = old.get(key);
        before.is_some_and(|before| before != *value)
    });
    changed.count() + not_in(new, old) + not_in(old, new)
}
