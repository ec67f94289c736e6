//! Several versions of a map, each beside a `HashMap` that went through the same calls.

pub(crate) mod element;
pub(crate) mod hasher;
pub(crate) mod op;

use std::collections::{HashMap, HashSet, hash_map};

use cow_collections::{
    Arena, CowHashMap,
    hash_map::{Entry, OccupiedEntry},
};

use self::{
    element::{Element, Wide},
    hasher::Spread,
    op::{Call, Op},
};

/// Makes of any bytes kinds of keys and values, a map to start with, and calls; and runs them.
pub(crate) fn replay(bytes: &[u8]) {
    fn run<K: Element, V: Element>(spread: Spread, len: u8, ops: &[u8]) {
        let mut world = World::<K, V>::new(spread, usize::from(len));
        for op in Op::all_from(ops).take(100) {
            world.step(op);
            world.check();
        }
        world.end(ops.len());
    }
    let &[kind, spread, len, ref ops @ ..] = bytes else {
        return;
    };
    let spread = Spread::ALL[usize::from(spread) % Spread::ALL.len()];
    match kind % 5 {
        0 => run::<u64, u64>(spread, len, ops),
        1 => run::<String, String>(spread, len, ops),
        2 => run::<u8, ()>(spread, len, ops),
        3 => run::<(), u8>(spread, len, ops),
        _ => run::<u64, Wide>(spread, len, ops),
    }
}

/// How many versions live at any time.
const VERSIONS: usize = 7;

type Map<K, V> = CowHashMap<K, V, Spread>;

/// One version and what it should be.
#[derive(Clone)]
struct Version<K, V> {
    cow: Map<K, V>,
    model: HashMap<K, V>,
}

impl<K: Element, V: Element> Version<K, V> {
    /// Asserts that the map is what it should be. Adds its chunks to `chunks`.
    fn check(&self, chunks: &mut HashSet<*const u8>) {
        chunks.extend(self.cow.assert_invariants());
        assert_eq!(self.cow.len(), self.model.len());
        assert_eq!(self.cow.iter().len(), self.model.len());
        for (key, value) in &self.model {
            assert_eq!(self.cow.get(key), Some(value));
        }
        let mut count = 0;
        for (key, value) in &self.cow {
            assert_eq!(self.model.get(key), Some(value));
            count += 1;
        }
        assert_eq!(count, self.model.len());
    }
}

pub(crate) struct World<K, V> {
    arena: Arena,
    /// Keys are made of numbers below this.
    keys: u16,
    versions: Vec<Version<K, V>>,
    current: usize,
}

impl<K: Element, V: Element> World<K, V> {
    /// Versions of a map with `fraction` of 255 as many entries as there should be.
    pub(crate) fn new(spread: Spread, fraction: usize) -> Self {
        let many = if spread.is_poor() {
            K::MANY.min(V::MANY) / 8
        } else {
            K::MANY.min(V::MANY)
        };
        let arena = Arena::builder().build();
        let mut first = Version {
            cow: CowHashMap::with_hasher_in(spread, &arena),
            model: HashMap::new(),
        };
        let keys = u16::try_from(many.max(4)).unwrap();
        for n in 0..u16::try_from(many * fraction / 255).unwrap() {
            let (key, value) = (n.wrapping_mul(31) % keys, V::new(n));
            let old = first.cow.insert(K::new(key), value.clone());
            assert_eq!(old, first.model.insert(K::new(key), value));
        }
        Self {
            arena,
            keys,
            versions: vec![first; VERSIONS],
            current: 0,
        }
    }

    /// Asserts that every version is what it should be, and that no chunk was lost.
    pub(crate) fn check(&self) {
        let mut chunks = HashSet::new();
        for version in &self.versions {
            version.check(&mut chunks);
            assert!(
                version.cow.arena() == (&self.arena).into(),
                "stays in its arena"
            );
        }
        assert_eq!(self.arena.stats().chunks_live(), chunks.len());
        let (a, b) = (&self.versions[0], &self.versions[self.current]);
        assert_eq!(a.cow == b.cow, a.model == b.model);
    }

    /// Drops the versions in an order that `seed` stands for, and checks those that are left.
    pub(crate) fn end(mut self, seed: usize) {
        let mut seed = seed;
        self.current = 0;
        while self.versions.len() > 1 {
            self.versions.swap_remove(seed % self.versions.len());
            seed = seed.rotate_right(3) ^ self.versions.len();
            self.check();
        }
        self.versions.clear();
        assert_eq!(self.arena.stats().chunks_live(), 0);
        assert_eq!(self.arena.stats().bytes_used, 0);
    }

    /// Carries out one call on the current version and on its model.
    #[expect(clippy::too_many_lines, reason = "a list of calls")]
    pub(crate) fn step(&mut self, op: Op) {
        let Op { call, a, b, n } = op;
        let keys = self.keys;
        let other = usize::from(n) % VERSIONS;
        let elsewhere = self.versions[other].clone();
        let current = self.current;
        let Version { cow, model } = &mut self.versions[current];
        let (key, value) = (K::new(a % keys), V::new(b));
        // Some numbers of keys, with values.
        let many = |count: u16| {
            (0..count).map(move |i| (a.wrapping_add(i.wrapping_mul(b | 1)) % keys, b ^ i))
        };
        let entries = || many(u16::from(n)).map(|(key, value)| (K::new(key), V::new(value)));
        // Half of all keys, or more, or fewer.
        let chosen = |key: &K| hash_of(key).is_multiple_of(u64::from(n % 5) + 1);
        match call {
            Call::Snapshot => self.versions[other] = self.versions[current].clone(),
            Call::Switch => self.current = other,

            Call::Insert => {
                assert_eq!(
                    cow.insert(key.clone(), value.clone()),
                    model.insert(key, value)
                );
            }
            Call::InsertMany => {
                for (key, value) in entries() {
                    assert_eq!(
                        cow.insert(key.clone(), value.clone()),
                        model.insert(key, value)
                    );
                }
            }
            Call::TryInsert => {
                let old = cow.try_insert(key.clone(), value.clone()).unwrap();
                assert_eq!(old, model.insert(key, value));
            }
            Call::Extend => {
                cow.extend(entries());
                model.extend(entries());
            }
            Call::GetMut | Call::TryGetMut => {
                let place = if matches!(call, Call::GetMut) {
                    cow.get_mut(&key)
                } else {
                    cow.try_get_mut(&key).unwrap()
                };
                assert_eq!(place.as_deref(), model.get(&key));
                if let (Some(here), Some(there)) = (place, model.get_mut(&key)) {
                    *here = value.clone();
                    *there = value;
                }
            }
            Call::GetDisjointMut => {
                let others = [K::new(b % keys), K::new(u16::from(n) % keys)];
                let all = [&key, &others[0], &others[1]];
                if all[0] != all[1] && all[1] != all[2] && all[0] != all[2] {
                    let here = cow.get_disjoint_mut(all);
                    for (here, key) in here.into_iter().zip(all) {
                        let there = model.get_mut(key);
                        assert_eq!(here.as_deref(), there.as_deref());
                        if let (Some(here), Some(there)) = (here, there) {
                            *here = value.clone();
                            *there = value.clone();
                        }
                    }
                }
            }

            Call::Remove => assert_eq!(cow.remove(&key), model.remove(&key)),
            Call::RemoveMany => {
                for (key, _) in entries().chain(entries()) {
                    assert_eq!(cow.remove(&key), model.remove(&key));
                }
            }
            Call::RemoveEntry => assert_eq!(cow.remove_entry(&key), model.remove_entry(&key)),
            Call::TryRemove => assert_eq!(cow.try_remove(&key).unwrap(), model.remove(&key)),
            Call::Clear => {
                if n < 64 {
                    cow.clear();
                    model.clear();
                }
            }

            Call::OrInsert => {
                let here = cow.entry(key.clone()).or_insert(value.clone());
                assert_eq!(here, model.entry(key).or_insert(value));
            }
            Call::OrInsertWithKey => {
                let make = |key: &K| V::new(u16::from(hash_of(key).to_le_bytes()[0]));
                let here = cow.entry(key.clone()).or_insert_with_key(make);
                assert_eq!(here, model.entry(key).or_insert_with_key(make));
            }
            Call::AndModify => {
                let here = cow.entry(key.clone()).and_modify(|v| *v = V::new(n.into()));
                let there = model.entry(key).and_modify(|v| *v = V::new(n.into()));
                assert_eq!(here.or_insert(value.clone()), there.or_insert(value));
            }
            Call::InsertEntry => {
                let here = cow.entry(key.clone()).insert_entry(value.clone());
                assert_eq!((here.key(), here.get()), (&key, &value));
                model.insert(key, value);
            }
            Call::OccupiedInsert => {
                if let Entry::Occupied(mut here) = cow.entry(key.clone()) {
                    assert_eq!(Some(here.get()), model.get(&key));
                    assert_eq!(Some(here.insert(value.clone())), model.insert(key, value));
                } else {
                    assert!(!model.contains_key(&key));
                }
            }
            Call::OccupiedRemove => {
                let there = model.remove_entry(&key);
                match cow.entry(key) {
                    Entry::Occupied(here) => assert_eq!(Some(remove(here, n)), there),
                    Entry::Vacant(_) => assert_eq!(there, None),
                }
            }
            Call::VacantInsert => match (cow.entry(key.clone()), model.entry(key)) {
                (Entry::Vacant(here), hash_map::Entry::Vacant(there)) => {
                    assert_eq!(here.insert(value.clone()), there.insert(value));
                }
                (Entry::Occupied(_), hash_map::Entry::Occupied(_)) => {}
                _ => panic!("vacant in one of them"),
            },

            Call::Retain => {
                let keep = |key: &K, value: &mut V| {
                    *value = V::new(b);
                    chosen(key)
                };
                cow.retain(keep);
                model.retain(keep);
            }
            Call::ExtractIf => {
                let here: HashMap<K, V> = cow.extract_if(|key, _| chosen(key)).collect();
                assert_eq!(here, model.extract_if(|key, _| chosen(key)).collect());
            }
            Call::ExtractInPart => {
                let here: Vec<_> = cow
                    .extract_if(|key, _| chosen(key))
                    .take(usize::from(b % 40))
                    .collect();
                for (key, value) in here {
                    assert_eq!(model.remove(&key), Some(value));
                }
            }
            Call::Drain => {
                assert_eq!(cow.drain().collect::<HashMap<_, _>>(), *model);
                model.clear();
            }
            Call::DrainInPart => {
                assert_eq!(cow.drain().len(), model.len());
                model.clear();
            }
            Call::ShrinkToFit => cow.shrink_to_fit(),

            Call::IterMut => {
                assert_eq!(cow.iter_mut().len(), model.len());
                cow.iter_mut().for_each(|(_, here)| *here = value.clone());
                model.values_mut().for_each(|there| *there = value.clone());
            }
            Call::IterMutInPart => {
                for (key, here) in cow.iter_mut().take(usize::from(n)) {
                    *here = value.clone();
                    model.insert(key.clone(), value.clone());
                }
            }
            Call::ValuesMut => {
                for here in cow.values_mut() {
                    *here = value.clone();
                }
                model.values_mut().for_each(|there| *there = value.clone());
            }

            Call::IntoIter => {
                let all = cow.clone().into_iter();
                assert_eq!(all.len(), model.len());
                assert_eq!(all.collect::<HashMap<_, _>>(), *model);
                // Not shared: values are moved.
                let empty = CowHashMap::with_hasher_in(*cow.hasher(), &self.arena);
                let all = std::mem::replace(cow, empty).into_iter();
                assert_eq!(all.collect::<HashMap<_, _>>(), std::mem::take(model));
            }
            Call::IntoKeys => {
                let keys: HashSet<K> = cow.clone().into_keys().collect();
                assert_eq!(keys, model.keys().cloned().collect());
            }
            Call::IntoValues => assert_eq!(cow.clone().into_values().count(), model.len()),
            Call::IntoChunks => {
                let chunks = cow.clone().into_chunks();
                let sum: usize = chunks.map(|chunk| chunk.len()).sum();
                assert_eq!(sum, model.len());
            }
            Call::Apply => {
                let diff = cow.diff(&elsewhere.cow);
                let mut applied = elsewhere.cow.clone();
                applied.apply(&diff).expect("it fits what it was made of");
                assert!(applied == *cow);
                applied.assert_invariants();
            }

            Call::Union => {
                *cow = cow.union(&elsewhere.cow);
                for (key, value) in elsewhere.model {
                    model.entry(key).or_insert(value);
                }
            }
            Call::UnionWith => {
                // Gives either of two equal values, so that it does not matter who is asked.
                let merge = |_: &K, here: &V, there: &V| {
                    let first = hash_of(here) < hash_of(there);
                    if first { here.clone() } else { there.clone() }
                };
                let mut asked = 0;
                *cow = cow.union_with(&elsewhere.cow, |key, here, there| {
                    asked += 1;
                    merge(key, here, there)
                });
                let common = |key: &&K| elsewhere.model.contains_key(key);
                assert_eq!(asked, model.keys().filter(common).count());
                for (key, value) in elsewhere.model {
                    let value = match model.get(&key) {
                        Some(here) => merge(&key, here, &value),
                        None => value,
                    };
                    model.insert(key, value);
                }
            }
            Call::Intersection => {
                *cow = cow.intersection(&elsewhere.cow);
                model.retain(|key, _| elsewhere.model.contains_key(key));
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

            // Equal maps that came about in another order.
            Call::Rebuild | Call::OtherHasher => {
                let hasher = if matches!(call, Call::Rebuild) {
                    *cow.hasher()
                } else {
                    Spread::Even(u64::from(n))
                };
                let mut rebuilt = CowHashMap::with_hasher_in(hasher, &self.arena);
                let mut all: Vec<_> = model.clone().into_iter().collect();
                all.sort_by_key(|(key, _)| hash_of(key).wrapping_mul(u64::from(b) | 1));
                rebuilt.extend(all);
                assert_eq!(rebuilt, *cow);
                assert!(rebuilt.diff(cow).is_empty());
                *cow = rebuilt;
            }
        }
    }
}

/// Takes an entry out, in either way.
fn remove<K: Element, V: Element>(entry: OccupiedEntry<'_, K, V, Spread>, n: u8) -> (K, V) {
    if n.is_multiple_of(2) {
        return entry.remove_entry();
    }
    let key = entry.key().clone();
    (key, entry.remove())
}

/// A hash for choosing by, whatever the hasher of the map.
fn hash_of<T: std::hash::Hash>(value: &T) -> u64 {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    BuildHasherDefault::<DefaultHasher>::new().hash_one(value)
}
