//! A panic in `clone`, in `drop` or in a closure leaves a vector behind that is whole.
//!
//! Every call is run again and again, and panics at the first event of a kind, at the second, and so
//! on until it comes to its end. Afterwards the vector holds living values, its snapshots are what they
//! were, and nothing leaks or is dropped twice.

use std::{cmp::Ordering, collections::HashSet, sync::Arc};

use cow_collections::{Arena, CowVec};

use crate::probe::{Event, Log, Probe};

/// Several leaves.
const LEN: usize = if cfg!(cow_tiny) { 30 } else { 130 };
/// Panics up to this event are tried.
const LAST: usize = if cfg!(miri) {
    2
} else if cfg!(cow_heap) {
    60
} else {
    200
};

/// How the vector came about, and who shares it.
#[derive(Clone, Copy, Debug)]
enum Shape {
    Exclusive,
    Shared,
    /// A snapshot shares the chunks that were not written since.
    PartlyShared,
    /// Leaves of different lengths, shared.
    Uneven,
}

struct Case {
    log: Arc<Log>,
    arena: Arena,
    vec: CowVec<Probe>,
    snapshot: CowVec<Probe>,
    before: Vec<usize>,
}

impl Case {
    fn new(shape: Shape) -> Self {
        let log = Log::new();
        let arena = Arena::builder().build();
        let mut vec = CowVec::new_in(&arena);
        vec.extend((0..LEN).map(|id| Probe::new(id / 2, &log)));
        if let Shape::Uneven = shape {
            for i in 0..5 {
                vec.insert(LEN / 3, Probe::new(i, &log));
                vec.rotate_left(LEN / 5);
            }
        }
        let snapshot = match shape {
            Shape::Exclusive => CowVec::new(),
            Shape::Shared | Shape::PartlyShared | Shape::Uneven => vec.clone(),
        };
        if let Shape::PartlyShared = shape {
            vec.set(LEN / 2, Probe::new(7, &log));
            vec.push(Probe::new(8, &log));
        }
        Self {
            before: ids(&snapshot),
            log,
            arena,
            vec,
            snapshot,
        }
    }

    /// Asserts that all is well, and that nothing is left when all is dropped.
    fn end(self) {
        let Self {
            log,
            arena,
            vec,
            snapshot,
            before,
        } = self;
        let mut chunks = vec.assert_invariants();
        chunks.extend(snapshot.assert_invariants());
        assert_eq!(ids(&snapshot), before, "the snapshot is as it was");
        for value in vec.iter().chain(&snapshot) {
            assert!(value.is_alive());
        }
        assert_eq!(
            arena.stats().chunks_live(),
            chunks.len(),
            "chunks of a half-done call"
        );
        drop((vec, snapshot));
        assert_eq!(log.living(), 0, "values leak");
        assert_eq!(arena.stats().chunks_live(), 0, "chunks leak");
    }
}

fn ids(vec: &CowVec<Probe>) -> Vec<usize> {
    vec.iter().map(|value| value.id).collect()
}

/// Runs a call with a panic at each of its events.
fn survives(call: impl Fn(&mut CowVec<Probe>, &Arc<Log>)) {
    let mut panics = 0;
    for shape in [
        Shape::Exclusive,
        Shape::Shared,
        Shape::PartlyShared,
        Shape::Uneven,
    ] {
        for event in [Event::Eq, Event::Clone, Event::Drop, Event::Call] {
            for number in 1..=LAST {
                let mut case = Case::new(shape);
                let (log, vec) = (&case.log, &mut case.vec);
                let panicked = log.panics_at(event, number, || call(vec, log));
                case.end();
                panics += usize::from(panicked);
                if !panicked {
                    break;
                }
            }
        }
    }
    assert!(panics > 0, "nothing panicked: the call was not tested");
}

/// Makes values, or panics.
fn make(count: usize, log: &Arc<Log>) -> impl Iterator<Item = Probe> {
    (0..count).map(move |id| {
        log.happens(Event::Call);
        Probe::new(id, log)
    })
}

#[test]
fn push_and_pop() {
    survives(|vec, log| {
        make(60, log).for_each(|value| vec.push(value));
        (0..100).for_each(|_| drop(vec.pop()));
        vec.pop_if(|_| {
            log.happens(Event::Call);
            true
        });
    });
}

#[test]
fn insert_and_remove() {
    survives(|vec, log| vec.insert(LEN / 2, Probe::new(0, log)));
    survives(|vec, _| drop(vec.remove(LEN / 2)));
    survives(|vec, _| drop(vec.swap_remove(LEN / 2)));
    survives(|vec, log| {
        (0..LEN / 2).for_each(|i| vec.insert(2 * i, Probe::new(i, log)));
        (0..LEN).for_each(|i| drop(vec.remove(i / 3)));
    });
}

#[test]
fn single_values() {
    survives(|vec, log| drop(vec.set(3, Probe::new(0, log))));
    survives(|vec, _| vec.swap(0, LEN - 1));
    survives(|vec, _| {
        assert!(vec.get_disjoint_mut([0, LEN / 2, LEN - 1]).is_ok());
    });
}

#[test]
fn shorter_and_longer() {
    survives(|vec, _| vec.truncate(LEN / 2));
    survives(|vec, _| vec.truncate(1));
    survives(|vec, log| {
        vec.push(Probe::new(0, log));
        vec.clear();
        vec.push(Probe::new(0, log));
        drop(std::mem::take(vec));
    });
    survives(|vec, log| vec.resize(LEN + 60, Probe::new(1, log)));
    survives(|vec, log| vec.resize(LEN / 2, Probe::new(1, log)));
    survives(|vec, log| {
        let mut values = make(100, log);
        vec.resize_with(LEN + 60, || values.next().unwrap());
    });
    survives(|vec, log| vec.fill(Probe::new(1, log)));
}

#[test]
fn extend() {
    survives(|vec, log| vec.extend(make(90, log)));
    survives(|vec, log| vec.extend(make(90, log).filter(|value| value.id % 2 == 0)));
    survives(|vec, log| {
        let values: Vec<_> = make(90, log).collect();
        vec.extend_from_slice(&values);
        vec.try_extend_from_slice(&values).unwrap();
    });
    survives(|_, log| drop(make(90, log).collect::<CowVec<_>>()));
}

#[test]
fn join_and_split() {
    survives(|vec, _| vec.append(&mut vec.slice(7..)));
    survives(|vec, _| vec.try_append(&mut vec.slice(7..)).unwrap());
    survives(|vec, log| vec.append(&mut make(90, log).collect()));
    survives(|vec, _| drop(vec.split_off(LEN / 3)));
    survives(|vec, _| drop(vec.try_split_off(LEN / 3)));
    survives(|vec, _| drop(vec.slice(7..LEN - 7)));
    survives(|vec, _| vec.rotate_left(11));
    survives(|vec, _| vec.rotate_right(3));
}

#[test]
fn drain_and_splice() {
    survives(|vec, _| drop(vec.drain(3..6)));
    survives(|vec, _| {
        let mut values = vec.drain(5..LEN - 5);
        drop((values.next(), values.next_back()));
    });
    survives(|vec, log| drop(vec.splice(5..LEN - 5, make(60, log))));
    survives(|vec, log| drop(vec.splice(5..8, make(3, log))));
}

#[test]
fn decide_value_by_value() {
    let decide = |log: &Arc<Log>, keep| {
        log.happens(Event::Call);
        keep
    };
    survives(|vec, log| vec.retain(|value| decide(log, value.id % 5 != 0)));
    survives(|vec, log| vec.retain(|value| decide(log, value.id > LEN / 3)));
    survives(|vec, log| vec.retain_mut(|value| decide(log, value.id % 5 != 0)));
    survives(|vec, _| vec.dedup());
    survives(|vec, log| vec.dedup_by(|a, b| decide(log, a.id == b.id)));
    survives(|vec, log| {
        vec.dedup_by_key(|value| {
            log.happens(Event::Call);
            value.id / 3
        });
    });
}

#[test]
fn sort_and_search() {
    let compare = |log: &Arc<Log>, a: &Probe, b: &Probe| {
        log.happens(Event::Call);
        b.id.cmp(&a.id)
    };
    survives(|vec, log| vec.sort_by(|a, b| compare(log, a, b)));
    survives(|vec, log| vec.sort_unstable_by(|a, b| compare(log, a, b)));
    survives(|vec, log| {
        vec.sort_by_cached_key(|value| {
            log.happens(Event::Call);
            LEN - value.id
        });
    });
    survives(|vec, _| vec.reverse());
    survives(|vec, log| {
        let _ = vec.binary_search_by(|value| compare(log, value, &vec[20]));
        let point = vec.partition_point(|value| compare(log, value, &vec[9]) == Ordering::Less);
        assert!(point <= vec.len());
    });
}

#[test]
fn take_apart() {
    survives(|vec, _| drop(std::mem::take(vec).into_iter().nth(70)));
    survives(|vec, _| {
        drop(
            std::mem::take(vec)
                .into_iter()
                .rev()
                .step_by(3)
                .collect::<Vec<_>>(),
        );
    });
    survives(|vec, _| std::mem::take(vec).into_chunks().for_each(drop));
    survives(|vec, _| drop(vec.to_vec()));
    survives(|vec, _| drop(Vec::from(vec.clone())));
}

#[test]
fn lend() {
    survives(|vec, log| {
        for value in vec.iter_mut() {
            log.happens(Event::Call);
            value.id += 1;
        }
    });
    survives(|vec, _| vec.chunks_mut().rev().for_each(|chunk| chunk.reverse()));
    survives(|vec, _| vec.prefault(3..LEN - 3));
}

#[test]
fn compare() {
    survives(|vec, log| {
        let mut other = vec.clone();
        other.set(LEN / 2, Probe::new(99, log));
        other.insert(LEN / 4, Probe::new(99, log));
        assert!(*vec != other);
        let diff = other.diff(vec);
        vec.apply(&diff).unwrap();
    });
}

/// The ids after a call that panicked at call number `number` of a closure.
fn after_panic(number: usize, call: impl FnOnce(&mut CowVec<Probe>, &Arc<Log>)) -> Vec<usize> {
    let mut case = Case::new(Shape::Shared);
    let (log, vec) = (&case.log, &mut case.vec);
    assert!(log.panics_at(Event::Call, number, || call(vec, log)));
    let left = ids(&case.vec);
    case.end();
    left
}

#[test]
fn retain_keeps_what_it_did_not_ask_about() {
    let keep = |id: usize| !id.is_multiple_of(5);
    for number in 1..=LEN {
        let left = after_panic(number, |vec, log| {
            vec.retain(|value| {
                log.happens(Event::Call);
                keep(value.id)
            });
        });
        let (seen, unseen) = ((0..number - 1), (number - 1..LEN));
        let expected = seen.map(|i| i / 2).filter(|&id| keep(id));
        assert!(left.into_iter().eq(expected.chain(unseen.map(|i| i / 2))));
    }
}

#[test]
fn extend_keeps_what_it_got() {
    for number in 1..=LEN {
        let left = after_panic(number, |vec, log| vec.extend(make(LEN, log)));
        assert!(
            left.into_iter()
                .eq((0..LEN).map(|i| i / 2).chain(0..number - 1))
        );
    }
}

#[test]
fn sort_loses_no_value() {
    for number in (1..2 * LEN).step_by(7) {
        let mut left = after_panic(number, |vec, log| {
            vec.sort_by(|a, b| {
                log.happens(Event::Call);
                (a.id * 7 % 31).cmp(&(b.id * 7 % 31))
            });
        });
        left.sort_unstable();
        assert!(left.into_iter().eq((0..LEN).map(|i| i / 2)));
    }
}

#[test]
fn serials_tell_probes_apart() {
    let log = Log::new();
    let probes: Vec<_> = make(3, &log).collect();
    let copies = probes.clone();
    assert_eq!(log.living(), 6);
    let ids: HashSet<_> = copies.iter().map(|value| value.id).collect();
    assert_eq!(ids.len(), 3);
    assert!(log.panics_at(Event::Drop, 2, || drop(copies)));
    assert_eq!(
        log.living(),
        3,
        "the rest of a vector is dropped after a panic"
    );
}
