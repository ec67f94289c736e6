//! Parallel iterators.

use std::sync::atomic::{AtomicUsize, Ordering};

use cow_collections::{Arena, CowVec};
use rayon::prelude::*;

const LEN: u64 = if cfg!(miri) {
    50
} else if cfg!(cow_tiny) {
    1_000
} else {
    30_000
};

/// Whole leaves, and leaves of different lengths.
fn shapes() -> [CowVec<u64>; 4] {
    let dense: CowVec<u64> = (0..LEN).collect();
    let mut uneven = dense.clone();
    uneven.rotate_left(dense.len() / 3);
    uneven.insert(5, 5);
    uneven.remove(dense.len() / 2);
    [CowVec::new(), CowVec::from([7]), dense, uneven]
}

#[test]
fn reading_is_as_in_sequence() {
    for vec in shapes() {
        let expected = vec.to_vec();
        assert!(vec.par_iter().copied().collect::<Vec<_>>() == expected);
        assert_eq!(vec.par_iter().len(), expected.len());
        assert_eq!(vec.par_iter().sum::<u64>(), expected.iter().sum::<u64>());
        assert!(vec.par_iter().rev().eq(expected.par_iter().rev()));
        assert!(vec.par_iter().enumerate().all(|(i, n)| expected[i] == *n));
        assert!(vec.par_iter().zip(&expected).all(|(a, b)| a == b));
        let chunks: Vec<Vec<&u64>> = vec.par_iter().chunks(77).collect();
        assert!(chunks.into_iter().flatten().eq(&expected));
        assert!(
            vec.par_iter()
                .skip(3)
                .take(20)
                .eq(expected.par_iter().skip(3).take(20))
        );
    }
}

#[test]
fn writing_is_as_in_sequence_and_leaves_snapshots_alone() {
    for mut vec in shapes() {
        let snapshot = vec.clone();
        let before = vec.to_vec();
        let mut expected = vec.to_vec();
        vec.par_iter_mut().for_each(|n| *n += 1);
        expected.iter_mut().for_each(|n| *n += 1);
        assert_eq!(vec, expected);
        vec.par_iter_mut()
            .enumerate()
            .for_each(|(i, n)| *n += i as u64);
        expected
            .iter_mut()
            .enumerate()
            .for_each(|(i, n)| *n += i as u64);
        assert_eq!(vec, expected);
        vec.par_iter_mut().zip(&before).for_each(|(a, b)| *a = *b);
        assert_eq!(vec, before);
        vec.par_iter_mut()
            .rev()
            .with_max_len(1)
            .step_by(3)
            .for_each(|n| *n = 0);
        expected.clone_from(&before);
        expected.iter_mut().rev().step_by(3).for_each(|n| *n = 0);
        assert_eq!(vec, expected);
        assert_eq!(snapshot, before);
        vec.assert_invariants();
    }
}

#[test]
fn by_value_moves_what_is_exclusive_and_clones_what_is_shared() {
    for vec in shapes() {
        let expected = vec.to_vec();
        assert!(vec.clone().into_par_iter().collect::<Vec<_>>() == expected);
        assert!(
            vec.clone()
                .into_par_iter()
                .with_max_len(3)
                .enumerate()
                .all(|(i, n)| expected[i] == n)
        );
        assert_eq!(vec, expected);
        assert!(
            vec.into_par_iter()
                .rev()
                .collect::<Vec<_>>()
                .into_iter()
                .rev()
                .eq(expected)
        );
    }
    static CLONES: AtomicUsize = AtomicUsize::new(0);
    struct Counted(u64);
    impl Clone for Counted {
        fn clone(&self) -> Self {
            CLONES.fetch_add(1, Ordering::Relaxed);
            Self(self.0)
        }
    }
    let vec: CowVec<Counted> = (0..LEN).map(Counted).collect();
    assert_eq!(
        vec.into_par_iter().map(|n| n.0).sum::<u64>(),
        LEN * (LEN - 1) / 2
    );
    assert_eq!(CLONES.load(Ordering::Relaxed), 0);
}

#[test]
fn collecting_keeps_the_order() {
    let all: CowVec<String> = (0..LEN).into_par_iter().map(|n| n.to_string()).collect();
    assert!(
        all.iter()
            .eq(&(0..LEN).map(|n| n.to_string()).collect::<Vec<_>>())
    );
    all.assert_invariants();
    let few: CowVec<u64> = (0..LEN).into_par_iter().filter(|n| n % 3 == 0).collect();
    assert!(few.iter().copied().eq((0..LEN).filter(|n| n % 3 == 0)));
}

#[test]
fn extending_stays_in_the_arena() {
    let arena = Arena::builder().build();
    let mut vec = CowVec::new_in(&arena);
    vec.par_extend((0..LEN).into_par_iter());
    let snapshot = vec.clone();
    vec.par_extend(&snapshot);
    vec.par_extend((0..LEN).into_par_iter().filter(|n| n % 2 == 0));
    let expected: Vec<u64> = (0..LEN).chain(0..LEN).chain((0..LEN).step_by(2)).collect();
    assert_eq!(vec, expected);
    assert!(snapshot.iter().copied().eq(0..LEN));
    assert!(vec.arena() == (&arena).into());
    vec.assert_invariants();
    drop((vec, snapshot));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn a_panic_on_one_thread_leaves_the_vector_whole() {
    let arena = Arena::builder().build();
    let mut vec = CowVec::new_in(&arena);
    vec.extend((0..LEN).map(|n| n.to_string()));
    let snapshot = vec.clone();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        vec.par_iter_mut().for_each(|word| {
            word.push('!');
            if word.starts_with("33") {
                std::panic::resume_unwind(Box::new("asked for"));
            }
        });
    }));
    assert!(panicked.is_err());
    vec.assert_invariants();
    assert_eq!(vec.len(), snapshot.len());
    assert!(
        snapshot
            .iter()
            .eq(&(0..LEN).map(|n| n.to_string()).collect::<Vec<_>>())
    );
    drop((vec, snapshot));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn a_parallel_prefault_copies_what_one_in_sequence_copies() {
    for vec in shapes() {
        let len = vec.len();
        for range in [0..len, len / 3..len / 2, len / 2..len, 0..0] {
            let arena = Arena::builder().build();
            let mut original = CowVec::new_in(&arena);
            original.append(&mut vec.clone());
            let snapshot = original.clone();
            let expected = original.to_vec();
            let copies = |prefault: &dyn Fn(&mut CowVec<u64>)| {
                let mut fork = snapshot.clone();
                let before = arena.stats();
                prefault(&mut fork);
                let after = arena.stats();
                fork.assert_invariants();
                // Later writes there go in place.
                range.clone().for_each(|i| fork[i] += 1);
                assert_eq!(arena.stats().copies, after.copies);
                assert!(snapshot == expected);
                (
                    after.copies - before.copies,
                    after.bytes_copied - before.bytes_copied,
                )
            };
            assert_eq!(
                copies(&|fork| fork.prefault(range.clone())),
                copies(&|fork| fork.par_prefault(range.clone()))
            );
        }
    }
}

#[test]
fn a_parallel_prefault_in_a_full_arena_loses_nothing() {
    let arena = Arena::builder().byte_limit(600 << 10).build();
    let mut vec = CowVec::new_in(&arena);
    vec.extend(0..LEN);
    let snapshot = vec.clone();
    let mut ballast = CowVec::new_in(&arena);
    while ballast.try_push([0_u8; 512]).is_ok() {}
    assert!(vec.try_par_prefault(..).is_err() || vec.is_empty());
    vec.assert_invariants();
    assert!(vec.iter().copied().eq(0..LEN));
    drop(ballast);
    assert!(vec.try_par_prefault(..).is_ok());
    assert!(vec.iter().eq(snapshot.iter()));
}
