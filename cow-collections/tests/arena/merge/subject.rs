//! Collections that can be merged, each beside what it is like in std.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    hash::{BuildHasherDefault, DefaultHasher},
};

use cow_collections::{
    AllMetrics, AllocError, Arena, CowHashMap, CowHashSet, CowOrdMap, CowOrdSet, CowString, CowVec,
    Merge, Metrics,
};

use crate::history::{Random, SLOW};

/// A hasher without size, which all maps have in common.
pub(super) type Fixed = BuildHasherDefault<DefaultHasher>;

/// With bytes between key and value that are nothing.
pub(super) type HashMap = CowHashMap<u16, u32, Fixed>;
pub(super) type HashSet = CowHashSet<u32, Fixed>;
/// Counts line breaks of which CRLF is one.
pub(super) type Text = CowString<AllMetrics>;

/// Few things are enough where chunks are tiny.
const SMALL: bool = SLOW || cfg!(cow_tiny);

/// Runs a generic test for every kind of collection.
macro_rules! each_kind {
    ($test:ident) => {
        $test::<cow_collections::CowVec<u32>>();
        $test::<cow_collections::CowString>();
        $test::<$crate::merge::subject::Text>();
        $test::<cow_collections::CowOrdMap<u16, u64>>();
        $test::<cow_collections::CowOrdSet<u32>>();
        $test::<$crate::merge::subject::HashMap>();
        $test::<$crate::merge::subject::HashSet>();
    };
}
pub(super) use each_kind;

pub(super) trait Subject: Merge<Leaf: Send, Nodes: Send> + Debug + Send + 'static {
    type Model: Clone + Default + PartialEq + Debug;

    /// How many things a collection of some chunks has.
    const MANY: u32 = if SMALL { 300 } else { 3000 };

    /// What things with these numbers are.
    fn model(numbers: impl Iterator<Item = u32>) -> Self::Model;

    /// A collection of the same things, made anew.
    fn build(arena: &Arena, model: &Self::Model) -> Self;

    /// Some change in both.
    fn write(&mut self, model: &mut Self::Model, random: &mut Random);

    /// Another thing in the place of one.
    fn poke(&mut self, model: &mut Self::Model, at: u32);

    fn is_like(&self, model: &Self::Model) -> bool;

    fn assert_invariants(&self);

    fn chunks(&self) -> u64;

    fn try_rebased(&mut self, onto: &Self) -> Result<usize, AllocError>;

    fn is_one_with(&self, other: &Self) -> bool;

    /// `rebase`, and whether the two are one version after.
    fn rebased(&mut self, onto: &Self) -> (u64, bool) {
        let given_up = self.try_rebased(onto).unwrap();
        (count(given_up), self.is_one_with(onto))
    }

    fn check(&self, model: &Self::Model) {
        assert!(self.is_like(model), "{self:?} is not {model:?}");
        self.assert_invariants();
    }

    /// A collection in an arena, and what it is like.
    fn both(arena: &Arena) -> (Self, Self::Model) {
        let model = Self::model(0..Self::MANY);
        (Self::build(arena, &model), model)
    }
}

fn count(n: usize) -> u64 {
    u64::try_from(n).unwrap()
}

macro_rules! common {
    () => {
        fn assert_invariants(&self) {
            self.assert_invariants();
        }

        fn chunks(&self) -> u64 {
            count(self.chunks().count())
        }

        fn try_rebased(&mut self, onto: &Self) -> Result<usize, AllocError> {
            self.try_rebase(onto)
        }

        fn is_one_with(&self, other: &Self) -> bool {
            self.ptr_eq(other)
        }
    };
}

impl Subject for CowVec<u32> {
    type Model = Vec<u32>;
    const MANY: u32 = if SMALL { 300 } else { 9000 };

    fn model(numbers: impl Iterator<Item = u32>) -> Vec<u32> {
        numbers.collect()
    }

    fn build(arena: &Arena, model: &Vec<u32>) -> Self {
        let mut vec = Self::new_in(arena);
        vec.extend_from_slice(model);
        vec
    }

    fn write(&mut self, model: &mut Vec<u32>, random: &mut Random) {
        let (at, value) = (random.below(model.len() + 1), 7);
        match random.below(4) {
            0 if at < model.len() => assert_eq!(self.remove(at), model.remove(at)),
            1 if at < model.len() => {
                self[at] = value;
                model[at] = value;
            }
            2 => {
                self.push(value);
                model.push(value);
            }
            _ => {
                self.insert(at, value);
                model.insert(at, value);
            }
        }
    }

    fn poke(&mut self, model: &mut Vec<u32>, at: u32) {
        self[at as usize] = u32::MAX;
        model[at as usize] = u32::MAX;
    }

    fn is_like(&self, model: &Vec<u32>) -> bool {
        self == model
    }

    common!();
}

impl<M: Metrics> Subject for CowString<M> {
    type Model = String;

    fn model(numbers: impl Iterator<Item = u32>) -> String {
        numbers.map(|n| format!("{n}\r\n")).collect()
    }

    fn build(arena: &Arena, model: &String) -> Self {
        let mut text = Self::with_metrics_in(arena);
        text.push_str(model);
        text
    }

    fn write(&mut self, model: &mut String, random: &mut Random) {
        let at = random.below(model.len() + 1);
        match random.below(3) {
            // Typing: all but the first key wait at the finger.
            0 => {
                for (i, key) in "keys\n".chars().enumerate() {
                    self.insert(at + i, key);
                    model.insert(at + i, key);
                }
            }
            1 => {
                let range = at..model.len().min(at + random.below(9));
                self.remove_range(range.clone());
                model.replace_range(range, "");
            }
            _ => {
                self.insert_str(at, "\r\n");
                model.insert_str(at, "\r\n");
            }
        }
    }

    fn poke(&mut self, model: &mut String, at: u32) {
        let at = at as usize;
        self.replace_range(at..=at, "!");
        model.replace_range(at..=at, "!");
    }

    fn is_like(&self, model: &String) -> bool {
        self == model && self.lines().eq(self.to_string().lines())
    }

    common!();
}

/// What maps do alike. `$key` and `$value` are made of numbers.
macro_rules! map {
    ($map:ty, $model:ty, $build:expr) => {
        type Model = $model;

        fn model(numbers: impl Iterator<Item = u32>) -> $model {
            numbers
                .map(|n| (u16::try_from(n).unwrap(), n.into()))
                .collect()
        }

        fn build(arena: &Arena, model: &$model) -> Self {
            let mut map = $build(arena);
            map.extend(model);
            map
        }

        fn write(&mut self, model: &mut $model, random: &mut Random) {
            let key = u16::try_from(random.below(2 * Self::MANY as usize)).unwrap();
            let value = random.next() % 3;
            match random.below(4) {
                0 | 1 => assert_eq!(self.remove(&key), model.remove(&key)),
                2 => {
                    let old = self.get_mut(&key).map(|old| std::mem::replace(old, 5));
                    assert_eq!(
                        old,
                        model.get_mut(&key).map(|old| std::mem::replace(old, 5))
                    );
                }
                _ => assert_eq!(
                    self.insert(key, value.try_into().unwrap()),
                    model.insert(key, value.try_into().unwrap())
                ),
            }
        }

        fn poke(&mut self, model: &mut $model, at: u32) {
            let at = u16::try_from(at).unwrap();
            self.insert(at, 1 << 20);
            model.insert(at, 1 << 20);
        }

        fn is_like(&self, model: &$model) -> bool {
            self.len() == model.len()
                && model
                    .iter()
                    .all(|(key, value)| self.get(key) == Some(value))
        }

        common!();
    };
}

impl Subject for CowOrdMap<u16, u64> {
    map!(Self, BTreeMap<u16, u64>, Self::new_in);
}

impl Subject for HashMap {
    map!(Self, BTreeMap<u16, u32>, |arena| Self::with_hasher_in(
        Fixed::default(),
        arena
    ));
}

/// What sets do alike.
macro_rules! set {
    ($build:expr) => {
        type Model = BTreeSet<u32>;

        fn model(numbers: impl Iterator<Item = u32>) -> BTreeSet<u32> {
            numbers.collect()
        }

        fn build(arena: &Arena, model: &BTreeSet<u32>) -> Self {
            let mut set = $build(arena);
            set.extend(model);
            set
        }

        fn write(&mut self, model: &mut BTreeSet<u32>, random: &mut Random) {
            let value = u32::try_from(random.below(2 * Self::MANY as usize)).unwrap();
            if random.below(2) == 0 {
                assert_eq!(self.remove(&value), model.remove(&value));
            } else {
                assert_eq!(self.insert(value), model.insert(value));
            }
        }

        fn poke(&mut self, model: &mut BTreeSet<u32>, at: u32) {
            self.remove(&at);
            model.remove(&at);
        }

        fn is_like(&self, model: &BTreeSet<u32>) -> bool {
            self.len() == model.len() && model.iter().all(|value| self.contains(value))
        }

        common!();
    };
}

impl Subject for CowOrdSet<u32> {
    set!(Self::new_in);
}

impl Subject for HashSet {
    set!(|arena| Self::with_hasher_in(Fixed::default(), arena));
}
