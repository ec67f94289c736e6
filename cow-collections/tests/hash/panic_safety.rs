//! A panic in `hash`, `eq`, `clone`, `drop` or in a closure leaves a map behind that is whole.
//!
//! Every call is run again and again, and panics at the first event of a kind, at the second, and so
//! on until it comes to its end. Afterwards each entry of the map is alive and where its hash leads, its
//! snapshots are what they were, and nothing leaks or is dropped twice.

use std::{collections::BTreeMap, sync::Arc};

use cow_collections::{Arena, CowHashMap};

use crate::{
    probe::{Event, Log, Probe},
    world::hasher::Spread,
};

type Map = CowHashMap<Probe, Probe, Spread>;

/// Several buckets.
const LEN: usize = if cfg!(cow_tiny) { 24 } else { 90 };
/// Panics up to this event are tried; of many events, every so many.
const LAST: usize = if cfg!(miri) {
    2
} else if cfg!(cow_heap) {
    60
} else {
    120
};

/// How the map came about, and who shares it.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Exclusive,
    Shared,
    /// A snapshot shares the chunks that were not written since.
    PartlyShared,
    /// All hashes are equal.
    OneHash,
}

struct Case {
    log: Arc<Log>,
    arena: Arena,
    map: Map,
    snapshot: Map,
    before: BTreeMap<usize, usize>,
}

impl Case {
    fn new(shape: Shape) -> Self {
        let log = Log::new();
        let arena = Arena::builder().build();
        let (spread, len) = match shape {
            Shape::OneHash => (Spread::Constant, LEN / 4),
            _ => (Spread::Even(5), LEN),
        };
        let mut map = Map::with_hasher_in(spread, &arena);
        map.extend((0..len).map(|id| (Probe::new(id, &log), Probe::new(id / 2, &log))));
        let snapshot = match shape {
            Shape::Exclusive | Shape::OneHash => Map::with_hasher(spread),
            Shape::Shared | Shape::PartlyShared => map.clone(),
        };
        if let Shape::PartlyShared = shape {
            map.insert(Probe::new(LEN / 2, &log), Probe::new(7, &log));
            map.remove(&Probe::new(3, &log));
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
    fn end(self) {
        let Self {
            log,
            arena,
            map,
            snapshot,
            before,
        } = self;
        let mut chunks = map.assert_invariants();
        chunks.extend(snapshot.assert_invariants());
        assert_eq!(ids(&snapshot), before, "the snapshot is as it was");
        for (key, value) in map.iter().chain(&snapshot) {
            assert!(key.is_alive() && value.is_alive());
        }
        assert_eq!(map.iter().count(), map.len());
        for key in map.keys() {
            assert!(map.contains_key(key), "every entry is found");
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

fn ids(map: &Map) -> BTreeMap<usize, usize> {
    map.iter().map(|(key, value)| (key.id, value.id)).collect()
}

/// Runs a call with a panic at each of its events.
fn survives(call: impl Fn(&mut Map, &Map, &Arc<Log>)) {
    let mut panics = 0;
    for shape in [
        Shape::Exclusive,
        Shape::Shared,
        Shape::PartlyShared,
        Shape::OneHash,
    ] {
        for event in [
            Event::Hash,
            Event::Eq,
            Event::Clone,
            Event::Drop,
            Event::Call,
        ] {
            let mut number = 1;
            loop {
                let mut case = Case::new(shape);
                let (log, map, snapshot) = (&case.log, &mut case.map, &case.snapshot);
                let panicked = log.panics_at(event, number, || call(map, snapshot, log));
                case.end();
                panics += usize::from(panicked);
                if !panicked || number > 20 * LAST {
                    break;
                }
                number += 1 + number / LAST * 7;
                if cfg!(miri) && number > LAST {
                    break;
                }
            }
        }
    }
    assert!(panics > 0, "nothing panicked: the call was not tested");
}

/// Makes entries, or panics.
fn make(range: std::ops::Range<usize>, log: &Arc<Log>) -> impl Iterator<Item = (Probe, Probe)> {
    range.map(move |id| {
        log.happens(Event::Call);
        (Probe::new(id, log), Probe::new(id + 1, log))
    })
}

#[test]
fn insert() {
    survives(|map, _, log| {
        for (key, value) in make(LEN - 5..LEN + 30, log) {
            map.insert(key, value);
        }
    });
}

#[test]
fn insert_into_an_empty_map() {
    survives(|map, _, log| {
        map.clear();
        map.extend(make(0..LEN, log));
    });
}

#[test]
fn remove() {
    survives(|map, _, log| {
        for id in 0..LEN * 4 / 5 {
            map.remove(&Probe::new(id, log));
        }
    });
}

#[test]
fn get_mut() {
    survives(|map, _, log| {
        for id in [1, 2, LEN / 2, LEN + 1] {
            if let Some(value) = map.get_mut(&Probe::new(id, log)) {
                *value = Probe::new(99, log);
            }
        }
        let keys = [1, 2, LEN / 4].map(|id| Probe::new(id, log));
        let _ = map.get_disjoint_mut(keys.each_ref());
    });
}

#[test]
fn entry() {
    survives(|map, _, log| {
        let value = |id| {
            log.happens(Event::Call);
            Probe::new(id, log)
        };
        map.entry(Probe::new(LEN + 1, log))
            .or_insert_with(|| value(1));
        let entry = map.entry(Probe::new(2, log));
        entry
            .and_modify(|v| *v = value(2))
            .or_insert_with(|| value(3));
        map.entry(Probe::new(LEN + 2, log))
            .insert_entry(value(4))
            .remove();
        map.entry(Probe::new(4, log))
            .insert_entry(value(5))
            .remove_entry();
    });
}

#[test]
fn retain_and_extract_if() {
    survives(|map, _, log| {
        map.retain(|key, value| {
            log.happens(Event::Call);
            if key.id % 7 == 0 {
                *value = Probe::new(3, log);
            }
            key.id % 3 != 0
        });
        let chosen = map.extract_if(|key, _| {
            log.happens(Event::Call);
            key.id % 2 == 0
        });
        chosen.take(LEN / 5).for_each(drop);
        map.shrink_to_fit();
    });
}

#[test]
fn taking_apart() {
    survives(|map, _, log| {
        map.clone().into_iter().take(LEN / 3).for_each(drop);
        map.drain()
            .take(LEN / 3)
            .for_each(|_| log.happens(Event::Call));
    });
}

#[test]
fn iter_mut() {
    survives(|map, _, log| {
        for value in map.values_mut() {
            log.happens(Event::Call);
            *value = Probe::new(1, log);
        }
    });
}

#[test]
fn clear_and_drop() {
    survives(|map, _, _| {
        drop(map.clone());
        map.clear();
    });
}

#[test]
fn compare_and_merge() {
    survives(|map, snapshot, log| {
        log.happens(Event::Call);
        let diff = map.diff(snapshot);
        let mut other = snapshot.clone();
        other.apply(&diff).unwrap();
        assert!(*map == other);
        let all = map.union_with(snapshot, |_, a, _| {
            log.happens(Event::Call);
            a.clone()
        });
        *map = map.symmetric_difference(&all.intersection(snapshot));
    });
}
