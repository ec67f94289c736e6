//! Several versions of a map, each beside a `BTreeMap` that went through the same calls.

pub(crate) mod element;
pub(crate) mod op;

use std::{
    collections::{BTreeMap, HashSet},
    ops::Bound::{Excluded, Included, Unbounded},
};

use cow_collections::{Arena, CowOrdMap, ord_map};

use self::{
    element::{Element, Keys, Texts, Wide, Words},
    op::{Call, Op},
};

/// Makes of any bytes a kind of pairs, a map to start with, and calls; and runs them.
pub(crate) fn replay(bytes: &[u8]) {
    fn run<E: Element>(len: u8, ops: &[u8]) {
        let mut world = World::<E>::new(E::MANY * usize::from(len) / 255);
        for op in Op::all_from(ops).take(100) {
            world.step(op);
            world.check();
        }
        world.end(ops.len());
    }
    let &[kind, len, ref ops @ ..] = bytes else {
        return;
    };
    match kind % 4 {
        0 => run::<Words>(len, ops),
        1 => run::<Texts>(len, ops),
        2 => run::<Keys>(len, ops),
        _ => run::<Wide>(len, ops),
    }
}

/// How many versions live at any time.
const VERSIONS: usize = 6;

type Cow<E> = CowOrdMap<<E as Element>::Key, <E as Element>::Value>;
type Model<E> = BTreeMap<<E as Element>::Key, <E as Element>::Value>;

/// One version and what it should be.
pub(crate) struct Version<E: Element> {
    pub(crate) cow: Cow<E>,
    pub(crate) model: Model<E>,
}

impl<E: Element> Clone for Version<E> {
    fn clone(&self) -> Self {
        Self {
            cow: self.cow.clone(),
            model: self.model.clone(),
        }
    }
}

impl<E: Element> Version<E> {
    fn check(&self) {
        let Self { cow, model } = self;
        assert_eq!(cow.len(), model.len());
        assert_eq!(cow.is_empty(), model.is_empty());
        assert!(cow.iter().eq(model), "iter");
        assert!(cow.iter().rev().eq(model.iter().rev()), "rev");
        assert!(cow.keys().eq(model.keys()), "keys");
        assert!(cow.values().eq(model.values()), "values");
        let chunks = cow.chunks().flat_map(|(keys, values)| {
            assert_eq!(keys.len(), values.len());
            keys.iter().zip(values)
        });
        assert!(chunks.eq(model), "chunks");
        assert_eq!(cow.first_key_value(), model.first_key_value());
        assert_eq!(cow.last_key_value(), model.last_key_value());
        // One at a time up to a few hundred.
        let stride = 1 + model.len() / 300;
        for (i, (key, value)) in model.iter().enumerate().step_by(stride) {
            assert_eq!(cow.get(key), Some(value));
            assert_eq!(cow.get_index(i), Some((key, value)));
            assert_eq!(cow.index_of(key), Some(i));
        }
        assert_eq!(cow.get_index(model.len()), None);
    }
}

/// The versions. Each call goes to the current one.
pub(crate) struct World<E: Element> {
    arena: Arena,
    versions: Vec<Version<E>>,
    current: usize,
}

impl<E: Element> World<E> {
    /// Starts with a map of `len` pairs and snapshots of it.
    pub(crate) fn new(len: usize) -> Self {
        let arena = Arena::builder().build();
        let mut first = Version::<E> {
            cow: CowOrdMap::new_in(&arena),
            model: run::<E>(0, len, 8).collect(),
        };
        first.cow.extend(run::<E>(0, len, 8));
        Self {
            arena,
            versions: vec![first; VERSIONS],
            current: 0,
        }
    }

    /// The versions with what they should be.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (&Cow<E>, &Model<E>)> {
        self.versions
            .iter()
            .map(|version| (&version.cow, &version.model))
    }

    /// Asserts that every version is what it should be, and that no chunk was lost.
    pub(crate) fn check(&self) {
        self.versions.iter().for_each(Version::check);
        let mut chunks = HashSet::new();
        for (cow, _) in self.versions() {
            chunks.extend(cow.assert_invariants());
            cow.assert_order();
            assert!(cow.arena() == (&self.arena).into(), "stays in its arena");
        }
        assert_eq!(self.arena.stats().chunks_live(), chunks.len());
    }

    /// Drops the versions in an order that `seed` stands for, and checks those that are left.
    pub(crate) fn end(mut self, seed: usize) {
        let mut seed = seed;
        while !self.versions.is_empty() {
            self.versions.swap_remove(seed % self.versions.len());
            seed = seed.rotate_right(3) ^ self.versions.len();
            self.check();
        }
        assert_eq!(self.arena.stats().chunks_live(), 0);
        assert_eq!(self.arena.stats().bytes_used, 0);
    }

    /// Carries out one call on the current version and on its model.
    pub(crate) fn step(&mut self, op: Op) {
        let Op { call, a, b, n } = op;
        let other = usize::from(n) % VERSIONS;
        let current = self.current;
        let elsewhere = self.versions[other].clone();
        let Version { cow, model } = &mut self.versions[current];
        let (key, value) = (E::key(a), E::value(b));
        let (low, high) = (E::key(a.min(b)), E::key(a.max(b)));
        // As many pairs as leave the map below its limit.
        let count = usize::from(n).pow(2) * E::MANY / (1 << 17);
        let count = count.min((2 * E::MANY).saturating_sub(model.len()));
        let scattered = || run::<E>(a, count, usize::from(b % 97) + 1);
        match call {
            Call::Snapshot => self.versions[other] = self.versions[current].clone(),
            Call::Switch => self.current = other,

            Call::Insert => {
                assert_eq!(
                    cow.insert(key.clone(), value.clone()),
                    model.insert(key, value)
                );
            }
            Call::TryInsert => {
                let old = cow.try_insert(key.clone(), value.clone()).unwrap();
                assert_eq!(old, model.insert(key, value));
            }
            Call::InsertRun => {
                for (key, value) in run::<E>(a, count, 1) {
                    assert_eq!(
                        cow.insert(key.clone(), value.clone()),
                        model.insert(key, value)
                    );
                }
            }
            Call::InsertScattered => {
                for (key, value) in scattered() {
                    assert_eq!(
                        cow.insert(key.clone(), value.clone()),
                        model.insert(key, value)
                    );
                }
            }
            Call::Extend => {
                cow.extend(scattered());
                model.extend(scattered());
            }
            Call::TryExtend => {
                cow.try_extend(scattered()).unwrap();
                model.extend(scattered());
            }
            Call::Collect => {
                let collected: Cow<E> = cow.iter().map(|(k, v)| (k.clone(), v.clone())).collect();
                collected.assert_invariants();
                assert!(collected == *cow && collected.iter().eq(&*model));
            }

            Call::Remove => assert_eq!(cow.remove(&key), model.remove(&key)),
            Call::RemoveEntry => assert_eq!(cow.remove_entry(&key), model.remove_entry(&key)),
            Call::TryRemove => assert_eq!(cow.try_remove(&key).unwrap(), model.remove(&key)),
            Call::RemoveRun | Call::RemoveScattered => {
                let step = if matches!(call, Call::RemoveRun) {
                    1
                } else {
                    usize::from(b % 97) + 1
                };
                for (key, _) in run::<E>(a, usize::from(n) * 4, step) {
                    assert_eq!(cow.remove(&key), model.remove(&key));
                }
            }
            Call::PopFirst => assert_eq!(cow.pop_first(), model.pop_first()),
            Call::PopLast => assert_eq!(cow.pop_last(), model.pop_last()),
            Call::PopMany => {
                for _ in 0..n {
                    assert_eq!(cow.pop_first(), model.pop_first());
                    assert_eq!(cow.try_pop_last().unwrap(), model.pop_last());
                }
            }
            Call::Clear => {
                cow.clear();
                model.clear();
            }

            Call::GetMut => match (cow.get_mut(&key), model.get_mut(&key)) {
                (Some(x), Some(y)) => {
                    x.clone_from(&value);
                    *y = value;
                }
                (x, y) => assert_eq!(x, y),
            },
            Call::TryGetMut => assert_eq!(cow.try_get_mut(&key).unwrap(), model.get_mut(&key)),
            Call::RangeMut => {
                for (x, y) in cow
                    .range_mut(&low..&high)
                    .zip(model.range_mut(low.clone()..high.clone()))
                {
                    assert_eq!(x, y);
                    x.1.clone_from(&value);
                    y.1.clone_from(&value);
                }
            }
            Call::IterMut => {
                let step = 1 + usize::from(n);
                assert!(cow.iter_mut().eq(model.iter_mut()));
                cow.iter_mut()
                    .step_by(step)
                    .for_each(|(_, to)| to.clone_from(&value));
                model
                    .iter_mut()
                    .step_by(step)
                    .for_each(|(_, to)| to.clone_from(&value));
            }
            Call::ValuesMut => {
                cow.values_mut().for_each(|to| to.clone_from(&value));
                model.values_mut().for_each(|to| to.clone_from(&value));
            }
            Call::IterMutFromBothEnds => {
                let (mut x, mut y) = (cow.iter_mut(), model.iter_mut());
                for i in 0..=y.len() {
                    let (x, y) = if i % 3 == usize::from(n) % 3 {
                        (x.next_back(), y.next_back())
                    } else {
                        (x.next(), y.next())
                    };
                    assert_eq!(x, y);
                    if let (Some(x), Some(y)) = (x, y) {
                        x.1.clone_from(&value);
                        y.1.clone_from(&value);
                    }
                }
            }

            Call::EntryOrInsert => {
                let x = cow.entry(key.clone()).or_insert(value.clone());
                assert_eq!(x, model.entry(key).or_insert(value));
            }
            Call::EntryModify => {
                let change = |to: &mut E::Value| to.clone_from(&value);
                let x = cow
                    .entry(key.clone())
                    .and_modify(change)
                    .or_insert_with_key(|_| value.clone());
                let y = model
                    .entry(key)
                    .and_modify(change)
                    .or_insert_with_key(|_| value.clone());
                assert_eq!(x, y);
            }
            Call::EntryInsert => {
                let x = cow.entry(key.clone()).insert_entry(value.clone());
                assert_eq!((x.key(), x.get()), (&key, &value));
                model.insert(key, value);
            }
            Call::EntryRemove => {
                let x = match cow.entry(key.clone()) {
                    ord_map::Entry::Occupied(entry) => Some(entry.remove_entry()),
                    ord_map::Entry::Vacant(entry) => {
                        assert_eq!(entry.into_key(), key);
                        None
                    }
                };
                assert_eq!(x, model.remove_entry(&key));
            }
            Call::FirstEntry | Call::LastEntry => {
                let (x, y) = match call {
                    Call::FirstEntry => (cow.first_entry(), model.first_entry()),
                    _ => (cow.last_entry(), model.last_entry()),
                };
                assert_eq!(x.is_some(), y.is_some());
                if let (Some(mut x), Some(mut y)) = (x, y) {
                    assert_eq!((x.key(), x.get()), (y.key(), y.get()));
                    assert_eq!(x.insert(value.clone()), y.insert(value));
                    if n % 2 == 0 {
                        assert_eq!(x.remove(), y.remove());
                    }
                }
            }

            Call::Append | Call::TryAppend => {
                let Version {
                    cow: mut x,
                    model: mut y,
                } = elsewhere;
                if matches!(call, Call::Append) {
                    cow.append(&mut x);
                } else {
                    cow.try_append(&mut x).unwrap();
                }
                model.append(&mut y);
                assert!(x.is_empty() && x.arena() == cow.arena());
            }
            Call::AppendBehind | Call::AppendInFront => {
                // A part of another version with no key of this one in between.
                let Version {
                    cow: mut x,
                    model: mut y,
                } = elsewhere;
                if matches!(call, Call::AppendBehind) {
                    if let Some((last, _)) = model.last_key_value() {
                        x = x.remove_range((Excluded(last), Unbounded));
                        y.retain(|key, _| key > last);
                    }
                } else if let Some((first, _)) = model.first_key_value() {
                    drop(x.split_off(first));
                    y.retain(|key, _| key < first);
                }
                assert!(x.iter().eq(&y));
                x.assert_invariants();
                cow.append(&mut x);
                model.append(&mut y);
            }
            Call::SplitOff | Call::TrySplitOff => {
                let x = match call {
                    Call::SplitOff => cow.split_off(&key),
                    _ => cow.try_split_off(&key).unwrap(),
                };
                let model = model.split_off(&key);
                self.versions[other] = Version { cow: x, model };
            }
            Call::KeepBack => {
                *cow = cow.split_off(&key);
                *model = model.split_off(&key);
            }
            Call::RemoveRange | Call::TryRemoveRange => {
                let x = match call {
                    Call::RemoveRange => cow.remove_range(&low..&high),
                    _ => cow.try_remove_range(&low..&high).unwrap(),
                };
                let mut y = model.split_off(&low);
                model.append(&mut y.split_off(&high));
                self.versions[other] = Version { cow: x, model: y };
            }
            Call::Retain => {
                let (mut x, mut y) = (places(a, n), places(a, n));
                cow.retain(|_, _| x());
                model.retain(|_, _| y());
            }
            Call::ExtractIf | Call::ExtractInPart => {
                let (mut x, mut y) = (places(a, n), places(a, n));
                let most = if matches!(call, Call::ExtractIf) {
                    usize::MAX
                } else {
                    usize::from(n)
                };
                let x: Vec<_> = cow
                    .extract_if(low.clone()..high.clone(), |_, to| {
                        to.clone_from(&value);
                        !x()
                    })
                    .take(most)
                    .collect();
                let y: Vec<_> = model
                    .extract_if(low..high, |_, to| {
                        to.clone_from(&value);
                        !y()
                    })
                    .take(most)
                    .collect();
                assert_eq!(x, y);
            }

            Call::Union | Call::UnionWith | Call::MergeWith
                if model.len() + elsewhere.model.len() > 3 * E::MANY => {}
            Call::Union => {
                *cow = cow.union(&elsewhere.cow);
                for (key, value) in elsewhere.model {
                    model.entry(key).or_insert(value);
                }
            }
            Call::UnionWith => {
                let merge = |x: &E::Value, y: &E::Value| x.max(y).clone();
                *cow = cow.union_with(&elsewhere.cow, |_, x, y| merge(x, y));
                for (key, y) in elsewhere.model {
                    let value = model.get(&key).map_or(y.clone(), |x| merge(x, &y));
                    model.insert(key, value);
                }
            }
            Call::MergeWith => {
                let is_kept = |key: &E::Key| *key < high;
                *cow = cow.merge_with(&elsewhere.cow, |key, _, y| is_kept(key).then(|| y.clone()));
                for (key, value) in elsewhere.model {
                    if !model.contains_key(&key) || is_kept(&key) {
                        model.insert(key, value);
                    } else {
                        model.remove(&key);
                    }
                }
            }
            Call::Intersection => {
                *cow = cow.intersection(&elsewhere.cow);
                model.retain(|key, _| elsewhere.model.contains_key(key));
            }
            Call::IntersectionWith => {
                *cow = cow.intersection_with(&elsewhere.cow, |_, _, y| y.clone());
                model.retain(|key, to| {
                    elsewhere.model.get(key).is_some_and(|value| {
                        to.clone_from(value);
                        true
                    })
                });
            }
            Call::Difference => {
                *cow = cow.difference(&elsewhere.cow);
                model.retain(|key, _| !elsewhere.model.contains_key(key));
            }
            Call::SymmetricDifference => {
                *cow = cow.symmetric_difference(&elsewhere.cow);
                for (key, value) in elsewhere.model {
                    if model.remove(&key).is_none() {
                        model.insert(key, value);
                    }
                }
            }

            Call::Apply => {
                let diff = elsewhere.cow.diff(cow);
                cow.apply(&diff).unwrap();
                model.clone_from(&elsewhere.model);
                assert!(*cow == elsewhere.cow);
            }
            Call::Search => {
                assert_eq!(cow.contains_key(&key), model.contains_key(&key));
                assert_eq!(cow.get_key_value(&key), model.get_key_value(&key));
                assert_eq!(cow.floor(&key), model.range(..=&key).next_back());
                assert_eq!(cow.ceil(&key), model.range(&key..).next());
                assert_eq!(*cow == elsewhere.cow, *model == elsewhere.model);
                assert_eq!(
                    Ord::cmp(&*cow, &elsewhere.cow),
                    Ord::cmp(&*model, &elsewhere.model)
                );
            }
            Call::Range => {
                for range in [
                    (Included(&low), Excluded(&high)),
                    (Included(&low), Included(&high)),
                    (Included(&low), Unbounded),
                    (Unbounded, Excluded(&high)),
                    (Unbounded, Included(&low)),
                ] {
                    let (x, y) = (cow.range(range), model.range(range));
                    assert_eq!(x.len(), y.clone().count());
                    assert!(x.clone().eq(y.clone()));
                    assert!(x.clone().rev().eq(y.clone().rev()));
                    assert_eq!(x.clone().nth(n.into()), y.clone().nth(n.into()));
                    assert_eq!(x.min(), y.min());
                }
                if low < high {
                    let range = (Excluded(&low), Excluded(&high));
                    assert!(cow.range(range).eq(model.range(range)));
                }
            }
            Call::Cursor => {
                let mut cursor = cow.lower_bound(Included(&key));
                assert_eq!(cursor.index(), model.range(..&key).count());
                assert_eq!(cursor.peek_prev(), model.range(..&key).next_back());
                for expected in model.range(&key..).take(n.into()) {
                    assert_eq!(cursor.peek_next(), Some(expected));
                    assert_eq!(cursor.next(), Some(expected));
                    assert_eq!(cursor.peek_prev(), Some(expected));
                }
                let mut cursor = cow.upper_bound(Excluded(&key));
                for expected in model.range(..&key).rev().take(n.into()) {
                    assert_eq!(cursor.prev(), Some(expected));
                }
                assert_eq!(cow.lower_bound(Unbounded::<&E::Key>).prev(), None);
                assert_eq!(cow.upper_bound(Unbounded::<&E::Key>).next(), None);
            }
            Call::Rank => {
                let rank = model.keys().position(|k| *k == key);
                assert_eq!(cow.index_of(&key), rank);
            }
            Call::IntoIter => {
                let mut x = std::mem::replace(cow, CowOrdMap::new_in(&self.arena)).into_iter();
                let mut y = std::mem::take(model).into_iter();
                for _ in 0..n / 2 {
                    assert_eq!(x.next(), y.next());
                    assert_eq!(x.next_back(), y.next_back());
                }
                assert_eq!(x.len(), y.len());
                cow.extend(x);
                model.extend(y);
            }
            Call::IntoChunks => {
                let taken = std::mem::replace(cow, CowOrdMap::new_in(&self.arena));
                let mut chunks = taken.into_chunks();
                let back = chunks.next_back();
                for chunk in chunks.chain(back) {
                    let pairs = chunk.keys().iter().zip(chunk.values());
                    cow.extend(pairs.map(|(key, value)| (key.clone(), value.clone())));
                }
            }
        }
    }
}

/// Pairs whose keys are a number and those behind it, in steps.
fn run<E: Element>(
    first: u16,
    count: usize,
    step: usize,
) -> impl Iterator<Item = (E::Key, E::Value)> {
    let numbers = (first..=u16::MAX).chain(0..=u16::MAX).cycle();
    let numbers = numbers.step_by(step).take(count);
    numbers.map(|number| (E::key(number), E::value(number)))
}

/// A pattern of yes and no: mostly yes, all yes for some stretches, or mostly no.
fn places(seed: u16, n: u8) -> impl FnMut() -> bool {
    let mut i = usize::from(seed);
    move || {
        i += 1;
        match n % 4 {
            0 => !i.is_multiple_of(7),
            1 => (i / 70).is_multiple_of(2) || i.is_multiple_of(5),
            2 => i.is_multiple_of(50),
            _ => i % 400 != 0,
        }
    }
}
