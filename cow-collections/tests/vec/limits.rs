//! Arenas with a byte limit: a `try_` call that finds no chunk leaves everything as it was.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
};

use cow_collections::{AllocError, Arena, CowVec};

use crate::{
    ballast::{Ballast, more},
    probe::{Event, Log, Probe},
    world::element::Element,
};

/// Above what any call below needs.
const LIMIT: usize = if cfg!(miri) { 1 << 20 } else { 32 << 20 };
/// Above what any call below needs beyond its subject.
const ENOUGH: usize = 1 << 20;

/// How the vector came about, and who shares it.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Exclusive,
    Shared,
    Uneven,
    /// The first values lie in huge chunks, if the values fit and are enough; shared, and split.
    Huge,
}

fn subject<T: Element>(arena: &Arena, shape: Shape) -> (CowVec<T>, CowVec<T>) {
    let mut vec = CowVec::new_in(arena);
    vec.extend((0..T::MANY).map(|n| T::new(n.to_le_bytes()[0].into())));
    if let Shape::Uneven = shape {
        for i in 1..8 {
            vec.insert(vec.len() / i, T::new(3));
            vec.rotate_left(vec.len() / 9);
        }
    }
    if let Shape::Huge = shape {
        vec.collapse();
        let _snapshot = vec.clone();
        vec.set(0, T::new(7));
    }
    let snapshot = match shape {
        Shape::Exclusive => CowVec::new_in(arena),
        Shape::Shared | Shape::Uneven | Shape::Huge => vec.clone(),
    };
    (vec, snapshot)
}

/// Runs a call with room for no chunk, for 64 bytes, for 128, and so on until it succeeds: which it
/// must, and must not at first.
fn fails_well<T: Element>(
    call: impl Fn(&mut CowVec<T>, &mut CowVec<T>) -> Result<(), AllocError>,
    expected: impl Fn(&mut Vec<T>, &mut Vec<T>),
) {
    for shape in [Shape::Exclusive, Shape::Shared, Shape::Uneven, Shape::Huge] {
        let arena = Arena::builder().byte_limit(LIMIT).build();
        let (mut vec, snapshot) = subject::<T>(&arena, shape);
        let mut other = vec.slice(vec.len() / 3..);
        let (model, other_model) = (vec.to_vec(), other.to_vec());
        // The greater part is taken once, so that each round takes little.
        let before = arena.stats().chunks_live();
        let bulk = Ballast::new(&arena, LIMIT, ENOUGH.min(LIMIT - arena.stats().bytes_used));
        let bulk_chunks = arena.stats().chunks_live() - before;
        let check = |vec: &CowVec<T>, other: &CowVec<T>| {
            let mut chunks = vec.assert_invariants();
            chunks.extend(snapshot.assert_invariants());
            chunks.extend(other.assert_invariants());
            assert!(
                snapshot.is_empty() || snapshot == model,
                "the snapshot is as it was"
            );
            assert_eq!(arena.stats().chunks_live(), chunks.len() + bulk_chunks);
        };
        let mut spare = 0;
        loop {
            let ballast = Ballast::new(&arena, LIMIT, spare);
            let outcome = call(&mut vec, &mut other);
            drop(ballast);
            check(&vec, &other);
            match outcome {
                Ok(()) => break,
                Err(error) => assert!(matches!(error, AllocError::Limit { .. })),
            }
            assert!(
                vec == model && other == other_model,
                "as it was before the call"
            );
            spare = more(spare);
            assert!(spare < ENOUGH, "the call finds room at some time");
        }
        drop(bulk);
        let (mut model_after, mut other_after) = (model.clone(), other_model.clone());
        expected(&mut model_after, &mut other_after);
        assert!(vec == model_after && other == other_after);
        drop((vec, snapshot, other));
        assert_eq!(arena.stats().chunks_live(), 0);
    }
}

/// The calls that can fail, for one type of values.
fn calls_fail_well<T: Element>() {
    let value = || T::new(77);
    fails_well::<T>(
        |vec, _| {
            vec.try_get_mut(9)?
                .map(|to| *to = value())
                .map_or(Ok(()), Ok)
        },
        |vec, _| vec[9] = value(),
    );
    fails_well::<T>(|vec, _| vec.try_push(value()), |vec, _| vec.push(value()));
    fails_well::<T>(|vec, _| vec.try_pop().map(|_| ()), |vec, _| drop(vec.pop()));
    fails_well::<T>(
        |vec, _| vec.try_insert(vec.len() / 2, value()),
        |vec, _| vec.insert(vec.len() / 2, value()),
    );
    fails_well::<T>(
        |vec, _| vec.try_insert(vec.len() - 1, value()),
        |vec, _| vec.insert(vec.len() - 1, value()),
    );
    fails_well::<T>(
        |vec, _| vec.try_remove(vec.len() / 2).map(drop),
        |vec, _| drop(vec.remove(vec.len() / 2)),
    );
    fails_well::<T>(|vec, _| vec.try_prefault(..vec.len() / 2), |_, _| {});
    let more: Vec<T> = (0..100).map(T::new).collect();
    fails_well::<T>(
        |vec, _| vec.try_extend_from_slice(&more),
        |vec, _| vec.extend_from_slice(&more),
    );
    fails_well::<T>(
        |vec, other| vec.try_append(other),
        |vec, other| vec.append(other),
    );
    fails_well::<T>(
        |vec, other| {
            *other = vec.try_split_off(vec.len() / 3)?;
            Ok(())
        },
        |vec, other| *other = vec.split_off(vec.len() / 3),
    );
}

#[test]
fn calls_on_words_fail_well() {
    calls_fail_well::<u64>();
}

#[test]
fn calls_on_strings_fail_well() {
    calls_fail_well::<String>();
}

#[test]
#[cfg_attr(miri, ignore = "too many bytes for an interpreter")]
fn calls_on_large_values_fail_well() {
    calls_fail_well::<crate::world::element::Wide>();
}

/// Popping from leaf to leaf never fails for want of a chunk that it does not need.
#[test]
fn a_full_arena_can_be_emptied() {
    let arena = Arena::builder().byte_limit(64 << 10).build();
    let mut vec = CowVec::new_in(&arena);
    while vec.try_push(vec.len()).is_ok() {}
    let full = vec.len();
    assert!(full > 1_000);
    for n in (0..full).rev() {
        assert_eq!(vec.try_pop(), Ok(Some(n)));
    }
    assert_eq!(vec.try_pop(), Ok(None));
    vec.clear();
    assert_eq!(arena.stats().bytes_used, 0);
}

#[test]
fn dropping_makes_room_again() {
    let arena = Arena::builder().byte_limit(64 << 10).build();
    let fill = || {
        let mut vec = CowVec::new_in(&arena);
        while vec.try_push(1_u64).is_ok() {}
        vec
    };
    let first = fill();
    let len = first.len();
    let mut copy = first.clone();
    // The arena is full: a write to what is shared finds no chunk.
    assert!(matches!(
        copy.try_get_mut(0),
        Err(AllocError::Limit { limit: 65_536, .. })
    ));
    assert_eq!(copy, first);
    drop(first);
    assert!(copy.try_get_mut(0).is_ok(), "not shared any more");
    drop(copy);
    assert_eq!(fill().len(), len);
}

#[test]
fn the_limit_holds_for_several_threads() {
    const ROUNDS: usize = if cfg!(miri) {
        2
    } else if cfg!(cow_heap) {
        10
    } else {
        50
    };
    let limit = if cfg!(miri) { 4 << 10 } else { 256 << 10 };
    let arena = Arena::builder().byte_limit(limit).build();
    let shared: CowVec<u64> = {
        let mut vec = CowVec::new_in(&arena);
        vec.extend(0..limit as u64 / 16);
        vec
    };
    thread::scope(|scope| {
        for seed in 0..4 {
            let (arena, shared) = (&arena, &shared);
            scope.spawn(move || {
                let mut failures = 0;
                for round in 0..ROUNDS {
                    let mut vec = shared.clone();
                    for i in 0..shared.len() {
                        let at = (i * 7_919 + seed * round) % shared.len();
                        match vec.try_get_mut(at) {
                            Ok(value) => *value.unwrap() = 0,
                            Err(_) => {
                                failures += 1;
                                assert!(vec[at] == at as u64 || vec[at] == 0);
                                break;
                            }
                        }
                        if vec.try_push(1).is_err() {
                            failures += 1;
                            break;
                        }
                    }
                    assert!(arena.stats().bytes_used <= limit);
                }
                assert!(failures > 0, "a whole copy does not fit");
            });
        }
    });
    assert!(shared.iter().copied().eq(0..limit as u64 / 16));
    drop(shared);
    assert_eq!(arena.stats().chunks_live(), 0);
}

/// Values that share their chunks are soon more than any memory has room for.
#[test]
fn more_values_than_can_be_counted_are_an_error() {
    fn check<T: Clone + PartialEq + fmt::Debug>(value: T) {
        let mut vec: CowVec<T> = vec![value.clone(); 1000].into();
        let error = loop {
            let (len, mut other) = (vec.len(), vec.clone());
            if let Err(error) = vec.try_append(&mut other) {
                assert_eq!((vec.len(), other.len()), (len, len));
                break error;
            }
            assert_eq!(vec.len() / 2, len);
            for index in [0, len - 1, len, 2 * len - 1] {
                assert_eq!(vec[index], value);
            }
        };
        let len = vec.len();
        assert!(
            matches!(error, AllocError::Capacity { requested, most } if requested / 2 == len && most == isize::MAX as usize),
            "{error}"
        );
        let mut other = vec.clone();
        assert!(catch_unwind(AssertUnwindSafe(|| vec.append(&mut other))).is_err());
        assert_eq!((vec.len(), other.len()), (len, len));
        vec.insert(len / 3, value.clone());
        assert_eq!((vec.remove(len / 2), vec.len()), (value, len));
        assert_eq!(vec.split_off(7).len(), len - 7);
    }
    check(7_u64);
    check(String::from("seven"));
    check(());
}

#[test]
fn a_value_without_room_whose_drop_panics_takes_no_other_with_it() {
    let log = Log::new();
    let mut refused = 0;
    for len in 1..=if cfg!(cow_tiny) { 20 } else { 130 } {
        let arena = Arena::builder().byte_limit(ENOUGH).build();
        let mut vec = CowVec::new_in(&arena);
        (0..len).for_each(|id| vec.push(Probe::new(id, &log)));
        let ballast = Ballast::new(&arena, ENOUGH, 0);
        // What is not inserted is the first to be dropped.
        let is_refused = log.panics_at(Event::Drop, 1, || {
            vec.try_insert(len - 1, Probe::new(len, &log)).unwrap();
        });
        if is_refused {
            refused += 1;
            assert!(vec.iter().all(Probe::is_alive));
            assert!(vec.iter().map(|probe| probe.id).eq(0..len), "{len}");
        }
        drop(ballast);
    }
    assert!(refused > 0);
    assert_eq!(log.living(), 0);
}
