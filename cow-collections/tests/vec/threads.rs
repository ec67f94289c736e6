//! Snapshots on one thread while the original is written on another.

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    thread,
};

use cow_collections::{Arena, CowVec, SnapshotCell};

const LEN: u64 = if cfg!(miri) {
    60
} else if cfg!(cow_tiny) {
    600
} else {
    6_000
};
const ROUNDS: u64 = if cfg!(miri) {
    4
} else if cfg!(cow_heap) {
    60
} else {
    400
};

fn numbers(arena: &Arena) -> CowVec<u64> {
    let mut vec = CowVec::new_in(arena);
    vec.extend(0..LEN);
    vec
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
    let mut first = CowVec::new_in(&arena);
    first.resize(usize::try_from(LEN).unwrap(), 0_u64);
    let cell = SnapshotCell::new(first);
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let version = cell.load_owned();
                    let now = version[0];
                    assert!(now >= last, "versions come in order");
                    assert!(version.iter().all(|&n| n == now), "a version is whole");
                    last = now;
                }
            });
        }
        for round in 1..=ROUNDS.div_ceil(5) {
            let mut writer = cell.write();
            for value in writer.iter_mut() {
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
    let mut vec = numbers(&arena);
    thread::scope(|scope| {
        let senders: Vec<_> = (0..3)
            .map(|seed| {
                let (sender, receiver) = mpsc::channel::<CowVec<u64>>();
                scope.spawn(move || {
                    let mut below = random(seed);
                    let mut kept = Vec::new();
                    for snapshot in receiver {
                        kept.push((snapshot.iter().sum::<u64>(), snapshot));
                        if below(3) == 0 {
                            let at = below(kept.len() as u64);
                            kept.swap_remove(usize::try_from(at).unwrap());
                        }
                        if let Some((sum, snapshot)) = kept.last() {
                            assert_eq!(snapshot.iter().sum::<u64>(), *sum);
                        }
                    }
                    for (sum, snapshot) in kept {
                        assert_eq!(snapshot.into_iter().sum::<u64>(), sum);
                    }
                });
                sender
            })
            .collect();
        let mut below = random(77);
        for round in 0..ROUNDS {
            let at = |n: u64| usize::try_from(n).unwrap();
            let len = vec.len() as u64;
            match below(6) {
                0 => vec.push(round),
                1 => drop(vec.pop()),
                2 => vec.insert(at(below(len)), round),
                3 => drop(vec.remove(at(below(len)))),
                4 => vec.rotate_left(at(below(len))),
                _ => vec[at(below(len))] = round,
            }
            let to = &senders[at(below(3))];
            to.send(vec.clone()).unwrap();
        }
        drop(senders);
        assert!(vec.len() > 1);
    });
    vec.assert_invariants();
    drop(vec);
    assert_eq!(arena.stats().chunks_live(), 0);
}

/// Clones of one vector race for the free slots behind its last value.
#[test]
fn pushes_to_clones_of_one_vector_do_not_meet() {
    const THREADS: u64 = 4;
    let arena = Arena::builder().build();
    let mut base = numbers(&arena);
    for round in 0..ROUNDS {
        let start = Barrier::new(THREADS.try_into().unwrap());
        let clones: Vec<CowVec<u64>> = thread::scope(|scope| {
            let handles: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let (start, base) = (&start, &base);
                    scope.spawn(move || {
                        start.wait();
                        let mut clone = base.clone();
                        for n in 0..3 {
                            clone.push(1_000_000 * thread + n);
                        }
                        clone
                    })
                })
                .collect();
            handles
                .into_iter()
                .map(|handle| handle.join().unwrap())
                .collect()
        });
        for (thread, clone) in (0..).zip(&clones) {
            assert_eq!(clone.len(), base.len() + 3);
            assert!(clone.iter().zip(&base).all(|(a, b)| a == b));
            let new: Vec<u64> = clone.range(base.len()..).copied().collect();
            assert_eq!(new, [0, 1, 2].map(|n| 1_000_000 * thread + n));
        }
        drop(clones);
        base.push(round);
        base.assert_invariants();
    }
    drop(base);
    assert_eq!(arena.stats().chunks_live(), 0);
}

/// One side writes while the other drops: whichever comes last finds the chunk exclusive.
#[test]
fn a_write_meets_the_last_drop() {
    let arena = Arena::builder().build();
    let mut vec = CowVec::new_in(&arena);
    vec.extend((0..LEN / 4).map(|n| n.to_string()));
    for round in 0..ROUNDS {
        let snapshot = vec.clone();
        let mut expected = vec.to_vec();
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut snapshot = snapshot;
                snapshot.push("on the other side".into());
                drop(snapshot);
            });
            let at = usize::try_from(round).unwrap() % vec.len();
            expected[at].push('x');
            expected.pop();
            expected.push("new".into());
            expected.insert(at / 2, "in front".into());
            vec[at].push('x');
            vec.pop();
            vec.push("new".into());
            vec.insert(at / 2, "in front".into());
        });
        assert_eq!(vec, expected);
        vec.truncate(usize::try_from(LEN / 4).unwrap());
    }
    drop(vec);
    assert_eq!(arena.stats().chunks_live(), 0);
}

/// A vector is split while a snapshot that pushed behind it goes away on another thread: what the
/// snapshot pushed never turns up in the vector.
#[test]
fn what_a_dropped_snapshot_pushed_does_not_turn_up() {
    let arena = Arena::builder().build();
    for round in 0..ROUNDS {
        let mut vec = CowVec::new_in(&arena);
        vec.extend(0..3_u64);
        let mut front = CowVec::new_in(&arena);
        thread::scope(|scope| {
            let mut snapshot = vec.clone();
            snapshot.push(99);
            let dropping = scope.spawn(move || drop(snapshot));
            match round % 3 {
                0 => vec.append(&mut front),
                1 => {
                    front.append(&mut vec);
                    std::mem::swap(&mut front, &mut vec);
                }
                _ => drop(vec.split_off(2)),
            }
            vec.extend([7, 8]);
            dropping.join().unwrap();
        });
        let expected: &[u64] = if round % 3 == 2 {
            &[0, 1, 7, 8]
        } else {
            &[0, 1, 2, 7, 8]
        };
        assert_eq!(vec, expected);
        vec.assert_invariants();
    }
    assert_eq!(arena.stats().chunks_live(), 0);
}

/// The arena of the whole process keeps chunks on each thread; they come and go with the threads.
#[test]
fn vectors_of_the_global_arena_wander() {
    let mut vec: CowVec<String> = (0..LEN / 4).map(|n| n.to_string()).collect();
    for round in 0..ROUNDS / 8 {
        let expected: Vec<String> = vec.iter().map(|value| format!("{value}{round}")).collect();
        vec = thread::spawn(move || {
            let snapshot = vec.clone();
            for value in vec.iter_mut() {
                value.push_str(&round.to_string());
            }
            assert_eq!(snapshot.len(), vec.len());
            vec
        })
        .join()
        .unwrap();
        assert_eq!(vec, expected);
        vec.iter_mut().for_each(|value| value.truncate(4));
    }
}
