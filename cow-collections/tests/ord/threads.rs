//! Snapshots on one thread while the original is written on another.

use std::{
    sync::{
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use cow_collections::{Arena, CowOrdMap, SnapshotCell};

const LEN: u64 = if cfg!(miri) {
    60
} else if cfg!(cow_tiny) {
    600
} else {
    4_000
};
const ROUNDS: u64 = if cfg!(miri) {
    4
} else if cfg!(cow_heap) {
    60
} else {
    300
};

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

fn numbers(arena: &Arena) -> CowOrdMap<u64, u64> {
    let mut map = CowOrdMap::new_in(arena);
    map.extend((0..LEN).map(|n| (n, 0)));
    map
}

#[test]
fn readers_see_whole_versions_while_a_writer_publishes() {
    let arena = Arena::builder().build();
    // Every version holds one number all over.
    let cell = SnapshotCell::new(numbers(&arena));
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
            writer.values_mut().for_each(|value| *value = round);
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
                let (sender, receiver) = mpsc::channel::<CowOrdMap<u64, u64>>();
                scope.spawn(move || {
                    let mut below = random(seed + 1);
                    let mut kept = Vec::new();
                    for snapshot in receiver {
                        kept.push((snapshot.values().sum::<u64>(), snapshot));
                        if below(3) == 0 {
                            let at = below(kept.len() as u64);
                            kept.swap_remove(usize::try_from(at).unwrap());
                        }
                        if let Some((sum, snapshot)) = kept.last() {
                            assert_eq!(snapshot.values().sum::<u64>(), *sum);
                        }
                    }
                    for (sum, snapshot) in kept {
                        assert_eq!(snapshot.into_values().sum::<u64>(), sum);
                    }
                });
                sender
            })
            .collect();
        let mut below = random(77);
        for round in 0..ROUNDS {
            let key = below(2 * LEN);
            match below(6) {
                0 | 1 => drop(map.insert(key, round)),
                2 => drop(map.remove(&key)),
                3 => {
                    let mut back = map.split_off(&key);
                    back.insert(2 * LEN, round);
                    map.append(&mut back);
                }
                4 => drop(map.remove_range(key..key + 3)),
                _ => *map.entry(key).or_insert(0) += 1,
            }
            let to = &senders[usize::try_from(below(3)).unwrap()];
            to.send(map.clone()).unwrap();
        }
        drop(senders);
    });
    map.assert_invariants();
    drop(map);
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn forks_are_written_on_all_threads() {
    let arena = Arena::builder().build();
    let base = numbers(&arena);
    thread::scope(|scope| {
        for seed in 1..=3 {
            let mut fork = base.clone();
            scope.spawn(move || {
                let mut below = random(seed);
                for _ in 0..ROUNDS {
                    fork.insert(below(2 * LEN), seed);
                    fork.remove(&below(2 * LEN));
                }
                fork.assert_order();
                assert!(fork.values().all(|&value| value == 0 || value == seed));
            });
        }
    });
    assert!(base.keys().copied().eq(0..LEN) && base.values().all(|&value| value == 0));
    base.assert_invariants();
    drop(base);
    assert_eq!(arena.stats().chunks_live(), 0);
}
