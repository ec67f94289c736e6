//! Keys whose order lies: wrong answers at worst. Nothing is lost twice, nothing is read that is not there.

use std::{cell::Cell, cmp::Ordering, sync::Arc};

use cow_collections::{Arena, CowOrdMap};

thread_local! {
    static STATE: Cell<u64> = const { Cell::new(1) };
}

/// A key whose comparison says whatever comes to its mind. It owns something, so that the checkers see
/// what is dropped twice.
#[derive(Clone, Debug)]
struct Liar(Arc<u64>);

fn random() -> u64 {
    let mut state = STATE.get();
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    STATE.set(state);
    state
}

impl PartialEq for Liar {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Liar {}

impl PartialOrd for Liar {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Liar {
    fn cmp(&self, other: &Self) -> Ordering {
        match random() % 4 {
            0 => Ordering::Less,
            1 => Ordering::Equal,
            2 => Ordering::Greater,
            // Some truth keeps the maps from being trivial.
            _ => self.0.cmp(&other.0),
        }
    }
}

/// Pairs above which nothing is joined.
const MOST: usize = if cfg!(cow_tiny) { 200 } else { 1_000 };

#[test]
fn lying_keys_do_no_harm() {
    let rounds = if cfg!(miri) { 60 } else { 1_000 };
    for seed in 1..=4 {
        STATE.set(seed);
        let arena = Arena::builder().build();
        let owner = Arc::new(0);
        let key = || Liar(Arc::new(random() % 500));
        let mut maps: Vec<CowOrdMap<Liar, Arc<u64>>> =
            (0..4).map(|_| CowOrdMap::new_in(&arena)).collect();
        for _ in 0..rounds {
            let any = || usize::try_from(random() % 4).unwrap();
            let i = any();
            let mut other = maps[any()].clone();
            let map = &mut maps[i];
            match random() % 16 {
                0 => *map = other.clone(),
                1..=5 => drop(map.insert(key(), Arc::clone(&owner))),
                6..=7 => drop(map.remove(&key())),
                8 => drop(map.split_off(&key())),
                9 if map.len() < MOST => map.append(&mut other),
                10 if map.len() < MOST => *map = map.union(&other),
                11 => *map = map.difference(&other),
                12 => {
                    let diff = map.diff(&other);
                    // It fits or not: the map is whole in either case.
                    let _ = other.apply(&diff);
                    *map = other.clone();
                }
                13 => {
                    *map.entry(key()).or_insert_with(|| Arc::clone(&owner)) = Arc::clone(&owner);
                    drop(map.pop_first());
                }
                14 => map.retain(|_, _| !random().is_multiple_of(8)),
                _ => {
                    let low = map.floor(&key()).map(|(key, _)| key.clone());
                    if let Some(low) = low {
                        map.lower_bound(std::ops::Bound::Excluded(&low)).next();
                        map.iter_mut()
                            .for_each(|(_, value)| *value = Arc::clone(&owner));
                    }
                }
            }
            drop(other);
            for map in &maps {
                map.assert_invariants();
                assert_eq!(map.iter().count(), map.len());
            }
        }
        drop(maps);
        assert_eq!(arena.stats().chunks_live(), 0);
        assert_eq!(Arc::strong_count(&owner), 1);
    }
}

/// A range may seem to start behind its end, which is a panic, as std has it; or its ends may lie the
/// wrong way round in the map, which is an empty range.
#[test]
fn ranges_of_lying_keys_are_ranges() {
    let mut map = CowOrdMap::new();
    for n in 0..300 {
        map.insert(Liar(Arc::new(n)), n);
    }
    for n in 0..300 {
        let (low, high) = (Liar(Arc::new(n)), Liar(Arc::new(n + 20)));
        let range = std::panic::catch_unwind(|| map.range(&low..&high).count());
        assert!(range.is_err() || range.is_ok_and(|count| count <= map.len()));
    }
}
