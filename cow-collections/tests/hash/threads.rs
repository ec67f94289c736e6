//! Snapshots on one thread while the original is written on another.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use cow_collections::{Arena, CowHashMap, SnapshotCell};

use crate::world::hasher::Spread;

const LEN: u64 = if cfg!(miri) {
    40
} else if cfg!(cow_tiny) {
    300
} else {
    3_000
};
const ROUNDS: u64 = if cfg!(miri) {
    4
} else if cfg!(cow_heap) {
    60
} else {
    300
};

type Map = CowHashMap<u64, u64, Spread>;

fn numbers(arena: &Arena) -> Map {
    let mut map = Map::with_hasher_in(Spread::Even(8), arena);
    map.extend((0..LEN).map(|n| (n, n)));
    map
}

/// A small generator: a different sequence for each seed.
fn random(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

#[test]
fn readers_see_whole_versions_while_a_writer_publishes() {
    let arena = Arena::builder().build();
    // Every version holds one number all over.
    let mut first = numbers(&arena);
    first.values_mut().for_each(|value| *value = 0);
    let cell = SnapshotCell::new(first);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let version = cell.load_owned();
                    let now = version[&0];
                    assert!(now >= last, "versions come in order");
                    assert!(version.values().all(|&n| n == now), "a version is whole");
                    last = now;
                }
            });
        }
        for round in 1..=ROUNDS.div_ceil(5) {
            let mut writer = cell.write();
            for value in writer.values_mut() {
                *value = round;
            }
            writer.commit();
        }
        done.store(true, Ordering::Relaxed);
    });
    drop(cell);
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn snapshots_are_dropped_on_other_threads() {
    let arena = Arena::builder().build();
    let mut map = numbers(&arena);
    thread::scope(|scope| {
        let senders: Vec<_> = (0..3)
            .map(|seed| {
                let (sender, receiver) = mpsc::channel::<Map>();
                scope.spawn(move || {
                    let mut below = random(seed);
                    let mut kept = Vec::new();
                    for snapshot in receiver {
                        kept.push((snapshot.values().sum::<u64>(), snapshot));
                        if below(3) == 0 {
                            let at = below(kept.len() as u64);
                            kept.swap_remove(usize::try_from(at).unwrap());
                        }
                    }
                    for (sum, snapshot) in kept {
                        assert_eq!(snapshot.values().sum::<u64>(), sum, "it is as it was");
                    }
                });
                sender
            })
            .collect();
        let mut below = random(99);
        for round in 0..ROUNDS {
            for sender in &senders {
                sender.send(map.clone()).unwrap();
            }
            let key = below(LEN);
            if round % 4 == 0 {
                map.remove(&key);
            } else {
                map.insert(key, round);
            }
        }
    });
    map.assert_invariants();
    drop(map);
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn one_map_is_cloned_and_read_by_many_and_each_writes_its_own() {
    let arena = Arena::builder().build();
    let map = numbers(&arena);
    thread::scope(|scope| {
        for seed in 1..4 {
            let map = &map;
            scope.spawn(move || {
                let mut below = random(seed);
                for _ in 0..ROUNDS / 10 + 1 {
                    let mut mine = map.clone();
                    for _ in 0..20 {
                        mine.insert(below(2 * LEN), seed);
                        mine.remove(&below(LEN));
                    }
                    mine.assert_invariants();
                    let diff = mine.diff(map);
                    let mut again = map.clone();
                    again.apply(&diff).unwrap();
                    assert!(again == mine);
                    assert!(map.iter().all(|(key, value)| key == value));
                }
            });
        }
    });
    drop(map);
    assert_eq!(arena.stats().chunks_live(), 0);
}
