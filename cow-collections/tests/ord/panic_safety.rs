//! A panic in `clone`, in `drop`, in a comparison or in a closure leaves a map behind that is whole.
//!
//! Every call is run again and again, and panics at the first event of a kind, at the second, and so on
//! until it comes to its end. Afterwards the map holds living pairs, its snapshots are what they were, and
//! nothing leaks or is dropped twice.

use std::{cmp::Ordering, collections::HashSet, sync::Arc};

use cow_collections::{Arena, CowOrdMap};

use crate::probe::{Event, Log, Probe};

/// Several leaves.
const LEN: usize = if cfg!(cow_tiny) { 32 } else { 90 };
/// Panics up to this event are tried.
const LAST: usize = if cfg!(miri) {
    2
} else if cfg!(cow_heap) {
    60
} else {
    150
};

/// A key that is watched. A comparison is an event.
#[derive(Clone, Debug)]
struct Key(Probe);

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        if self.0 == other.0 {
            Ordering::Equal
        } else {
            self.0.id.cmp(&other.0.id)
        }
    }
}

type Map = CowOrdMap<Key, Probe>;

/// How the map came about, and who shares it.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Exclusive,
    Shared,
    /// A snapshot shares the chunks that were not written since.
    PartlyShared,
}

struct Case {
    log: Arc<Log>,
    arena: Arena,
    map: Map,
    snapshot: Map,
    before: Vec<usize>,
}

/// Even keys, so that there is room between them.
fn pair(n: usize, log: &Arc<Log>) -> (Key, Probe) {
    (Key(Probe::new(2 * n, log)), Probe::new(n, log))
}

impl Case {
    fn new(shape: Shape) -> Self {
        let log = Log::new();
        let arena = Arena::builder().build();
        let mut map = Map::new_in(&arena);
        for n in 0..LEN {
            let (key, value) = pair(n * 37 % LEN, &log);
            map.insert(key, value);
        }
        let snapshot = match shape {
            Shape::Exclusive => Map::new(),
            Shape::Shared | Shape::PartlyShared => map.clone(),
        };
        if let Shape::PartlyShared = shape {
            let (key, value) = pair(LEN / 2, &log);
            map.insert(key, value);
        }
        Self {
            before: ids(&snapshot),
            log,
            arena,
            map,
            snapshot,
        }
    }

    /// Asserts that all is well, and that nothing is left when all is dropped.
    fn end(self, check: fn(&Map) -> HashSet<*const u8>) {
        let Self {
            log,
            arena,
            map,
            snapshot,
            before,
        } = self;
        let mut chunks = check(&map);
        chunks.extend(snapshot.assert_invariants());
        map.assert_order();
        assert_eq!(ids(&snapshot), before, "the snapshot is as it was");
        for (key, value) in map.iter().chain(&snapshot) {
            assert!(key.0.is_alive() && value.is_alive());
        }
        assert_eq!(
            arena.stats().chunks_live(),
            chunks.len(),
            "chunks of a half-done call"
        );
        drop((map, snapshot));
        assert_eq!(log.living(), 0, "values leak");
        assert_eq!(arena.stats().chunks_live(), 0, "chunks leak");
    }
}

fn ids(map: &Map) -> Vec<usize> {
    map.keys().map(|key| key.0.id).collect()
}

/// Runs a call with a panic at each of its events.
fn survives(call: impl Fn(&mut Map, &Arc<Log>)) {
    survives_with(Map::assert_invariants, call);
}

/// As [`survives`], for calls that join trees: nodes may be left thin on the seam.
fn survives_thin(call: impl Fn(&mut Map, &Arc<Log>)) {
    survives_with(Map::assert_invariants_but_fill, |map, log| {
        call(map, log);
        // Without a panic nothing is.
        map.assert_invariants();
    });
}

fn survives_with(check: fn(&Map) -> HashSet<*const u8>, call: impl Fn(&mut Map, &Arc<Log>)) {
    let mut panics = 0;
    for shape in [Shape::Exclusive, Shape::Shared, Shape::PartlyShared] {
        for event in [Event::Eq, Event::Clone, Event::Drop, Event::Call] {
            for number in 1..=LAST {
                let mut case = Case::new(shape);
                let (log, map) = (&case.log, &mut case.map);
                let panicked = log.panics_at(event, number, || call(map, log));
                case.end(check);
                panics += usize::from(panicked);
                if !panicked {
                    break;
                }
            }
        }
    }
    assert!(panics > 0, "nothing panicked: the call was not tested");
}

fn key(n: usize, log: &Arc<Log>) -> Key {
    Key(Probe::new(n, log))
}

#[test]
fn single_pairs() {
    survives(|map, log| drop(map.insert(key(LEN, log), Probe::new(0, log))));
    survives(|map, log| drop(map.insert(key(LEN + 1, log), Probe::new(0, log))));
    survives(|map, log| drop(map.remove(&key(LEN, log))));
    survives(|map, log| {
        if let Some(value) = map.get_mut(&key(LEN, log)) {
            value.id = 1;
        }
    });
    survives(|map, _| drop((map.pop_first(), map.pop_last())));
}

#[test]
fn growing_and_shrinking() {
    survives(|map, log| {
        for n in 0..LEN / 2 {
            map.insert(key(4 * n + 1, log), Probe::new(n, log));
        }
    });
    survives(|map, log| {
        for n in 0..LEN / 2 {
            drop(map.remove(&key(4 * n, log)));
        }
    });
    survives(|map, log| {
        map.clear();
        map.extend((0..LEN / 3).map(|n| pair(n, log)));
        drop(std::mem::take(map));
    });
    survives(|_, log| drop((0..LEN).map(|n| pair(n * 7 % LEN, log)).collect::<Map>()));
}

#[test]
fn entries() {
    survives(|map, log| {
        drop(map.entry(key(LEN, log)).and_modify(|value| value.id += 1));
        map.entry(key(LEN + 1, log))
            .or_insert_with(|| Probe::new(1, log));
        map.entry(key(LEN + 3, log))
            .insert_entry(Probe::new(1, log))
            .get_mut()
            .id += 1;
        drop(map.first_entry().map(|entry| entry.remove_entry()));
    });
}

#[test]
fn join_and_split() {
    survives_thin(|map, log| drop(map.split_off(&key(LEN / 3, log))));
    survives_thin(|map, log| drop(map.try_split_off(&key(LEN / 3, log))));
    survives_thin(|map, log| drop(map.remove_range(key(LEN / 3, log)..key(LEN, log))));
    survives_thin(|map, log| {
        let mut back = map.split_off(&key(LEN, log));
        map.append(&mut back);
    });
    survives_thin(|map, log| {
        let mut other = (0..LEN / 2).map(|n| pair(3 * n, log)).collect();
        map.append(&mut other);
    });
    survives_thin(|map, log| {
        let mut other = (0..LEN / 2).map(|n| pair(3 * n, log)).collect();
        map.try_append(&mut other).unwrap();
    });
}

#[test]
fn decide_pair_by_pair() {
    let decide = |log: &Arc<Log>, keep| {
        log.happens(Event::Call);
        keep
    };
    survives(|map, log| map.retain(|_, value| decide(log, value.id % 5 != 0)));
    survives(|map, log| map.retain(|_, value| decide(log, value.id > LEN / 3)));
    survives(|map, log| {
        map.extract_if(.., |_, value| decide(log, value.id % 2 == 0))
            .take(LEN / 4)
            .for_each(drop);
    });
}

#[test]
fn algebra() {
    let other = |map: &Map, log: &Arc<Log>| {
        let mut other = map.clone();
        other.insert(key(LEN / 2, log), Probe::new(99, log));
        other.insert(key(LEN + 1, log), Probe::new(99, log));
        other.remove(&key(LEN, log));
        other
    };
    survives_thin(|map, log| drop(map.union(&other(map, log))));
    survives_thin(|map, log| drop(map.intersection(&other(map, log))));
    survives_thin(|map, log| drop(map.difference(&other(map, log))));
    survives_thin(|map, log| drop(map.symmetric_difference(&other(map, log))));
    survives_thin(|map, log| {
        let merged = map.merge_with(&other(map, log), |_, a, b| {
            log.happens(Event::Call);
            (a.id % 2 == 0).then(|| b.clone())
        });
        *map = merged;
    });
    survives_thin(|map, log| {
        let other = other(map, log);
        assert!(*map != other);
        let diff = other.diff(map);
        map.apply(&diff).unwrap();
    });
}

#[test]
fn take_apart() {
    survives(|map, _| drop(std::mem::take(map).into_iter().nth(LEN / 2)));
    survives(|map, _| {
        std::mem::take(map)
            .into_iter()
            .rev()
            .step_by(3)
            .for_each(drop);
    });
    survives(|map, _| std::mem::take(map).into_values().for_each(drop));
    survives(|map, _| std::mem::take(map).into_chunks().for_each(drop));
}

#[test]
fn lend() {
    survives(|map, log| {
        for (_, value) in map.iter_mut() {
            log.happens(Event::Call);
            value.id += 1;
        }
    });
    survives(|map, log| {
        map.range_mut(key(7, log)..)
            .rev()
            .for_each(|(_, value)| value.id += 1);
    });
}

#[test]
fn retain_keeps_what_it_did_not_ask_about() {
    for number in (1..=LEN).step_by(3) {
        let mut case = Case::new(Shape::Shared);
        let (log, map) = (&case.log, &mut case.map);
        let asked = std::cell::Cell::new(0);
        // Comparisons are events too: the closure alone makes these.
        assert!(log.panics_at(Event::Call, number, || {
            map.retain(|_, value| {
                log.happens(Event::Call);
                asked.set(asked.get() + 1);
                value.id % 5 != 0
            });
        }));
        assert_eq!(asked.get(), number - 1);
        let kept = (0..number - 1).filter(|n| n % 5 != 0);
        let expected = kept.chain(number - 1..LEN).map(|n| 2 * n);
        assert!(ids(&case.map).into_iter().eq(expected));
        case.end(Map::assert_invariants);
    }
}
