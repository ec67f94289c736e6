//! What holds of merging in every kind of collection.

use std::{
    sync::{Arc, Mutex},
    thread::sleep,
    time::Duration,
};

use cow_collections::{Arena, CowVec, MergeStats, MergeThread, Merger};
use quickcheck::{Gen, QuickCheck};

use super::{
    NODES_ARE_SMALL, scan,
    subject::{Subject, each_kind},
};
use crate::{
    ballast::{Ballast, more},
    history::{Random, SLOW},
};

/// The most leaves that one node leads to.
const FANOUT: u64 = 32;

fn check_all<S: Subject>(all: &[S], models: &[S::Model]) {
    all.iter()
        .zip(models)
        .for_each(|(one, model)| one.check(model));
}

/// Collections that were made apart from the same.
fn apart<S: Subject>(arena: &Arena, count: usize) -> (Vec<S>, Vec<S::Model>) {
    (0..count).map(|_| S::both(arena)).unzip()
}

#[test]
fn equal_collections_become_one_until_they_are_written() {
    fn run<S: Subject>() {
        let arena = Arena::builder().build();
        let (mut all, mut models) = apart::<S>(&arena, 5);
        let leaves = all[0].chunks();
        assert!(leaves > 3 || cfg!(miri));
        let before = arena.stats();
        let mut merger = Merger::new();
        scan(&mut merger, &mut all, usize::MAX);
        check_all(&all, &models);
        let stats = merger.stats();
        assert_eq!(
            (stats.pages_shared, stats.pages_sharing),
            (leaves, 4 * leaves)
        );
        assert_eq!((stats.pages_unshared, stats.full_scans), (0, 1));
        assert_eq!(
            (stats.pages_scanned, stats.pages_merged),
            (5 * leaves, 4 * leaves)
        );
        // Nothing is copied, and a chunk freed for each that was merged.
        let after = arena.stats();
        let freed = before.chunks_live() - after.chunks_live();
        assert_eq!(u64::try_from(freed).unwrap(), 4 * leaves);
        assert_eq!(before.copies, after.copies);

        // A second scan finds the same, and has nothing to do.
        scan(&mut merger, &mut all, usize::MAX);
        let again = merger.stats();
        assert_eq!(again.pages_merged, stats.pages_merged);
        assert_eq!(
            (again.pages_shared, again.pages_sharing),
            (leaves, 4 * leaves)
        );
        assert_eq!(arena.stats().copies, after.copies);

        all[3].poke(&mut models[3], 17);
        check_all(&all, &models);
        if all[3].chunks() == leaves {
            scan(&mut merger, &mut all, usize::MAX);
            let now = merger.stats();
            assert_eq!(
                (now.pages_shared, now.pages_sharing, now.pages_unshared),
                (leaves, 4 * leaves - 1, 1)
            );
        }
        let random = &mut Random(3);
        for (one, model) in all.iter_mut().zip(&mut models) {
            (0..20).for_each(|_| one.write(model, random));
        }
        check_all(&all, &models);
        drop(all);
        assert_eq!(arena.stats().chunks_live(), 0, "the merger keeps nothing");
    }
    each_kind!(run);
}

#[test]
fn snapshots_stay_what_they_are_in_both_orders_of_drops() {
    fn run<S: Subject>() {
        for snapshots_first in [false, true] {
            let arena = Arena::builder().build();
            let (mut all, mut models) = apart::<S>(&arena, 4);
            let random = &mut Random(5);
            let (snapshots, old) = (all.clone(), models.clone());
            for (one, model) in all.iter_mut().zip(&mut models) {
                one.write(model, random);
            }
            let mut merger = Merger::new();
            scan(&mut merger, &mut all, 3);
            check_all(&all, &models);
            check_all(&snapshots, &old);
            if snapshots_first {
                drop(snapshots);
                check_all(&all, &models);
            } else {
                drop(all);
                check_all(&snapshots, &old);
                (all, models) = (snapshots, old);
            }
            for (one, model) in all.iter_mut().zip(&mut models) {
                (0..10).for_each(|_| one.write(model, random));
            }
            check_all(&all, &models);
            drop((all, merger));
            assert_eq!(arena.stats().chunks_live(), 0);
        }
    }
    each_kind!(run);
}

#[test]
fn versions_that_share_nodes_share_them_after() {
    fn run<S: Subject>() {
        let arena = Arena::builder().build();
        let (mut all, mut models) = apart::<S>(&arena, 2);
        for _ in 0..20 {
            all.push(all[1].clone());
            models.push(models[1].clone());
        }
        let alone = arena.stats().bytes_used / 2;
        let mut merger = Merger::new();
        scan(&mut merger, &mut all, usize::MAX);
        check_all(&all, &models);
        assert_eq!(merger.stats().pages_shared, all[0].chunks());
        let used = arena.stats().bytes_used;
        assert!(
            used < alone * 3 / 2 || !NODES_ARE_SMALL,
            "{used} bytes, and {alone} alone"
        );
    }
    each_kind!(run);
}

#[test]
fn arenas_are_not_mixed() {
    fn run<S: Subject>() {
        let arenas = [Arena::builder().build(), Arena::builder().build()];
        let mut all = arenas.each_ref().map(|arena| S::both(arena).0);
        let mut merger = Merger::new();
        scan(&mut merger, &mut all, usize::MAX);
        assert_eq!(merger.stats().pages_merged, 0);
        let [mut one, other] = all;
        assert_eq!(one.rebased(&other), (0, false));
        drop(one);
        assert_eq!(arenas[0].stats().chunks_live(), 0);
        other.check(&S::both(&arenas[0]).1);
    }
    each_kind!(run);
}

#[test]
fn a_pace_is_kept_and_comes_to_the_same() {
    fn run<S: Subject>() {
        let arena = Arena::builder().build();
        let (mut all, models) = apart::<S>(&arena, 3);
        // Of one there is a version that is not scanned, so that nodes are copied.
        let snapshot = all[1].clone();
        all.push(S::build(&arena, &S::Model::default()));
        let mut merger = Merger::new();
        let mut calls = 0;
        loop {
            let before = merger.stats().pages_scanned;
            let mut lent: Vec<_> = all.iter_mut().collect();
            let is_done = merger.scan(&mut lent, 2).unwrap();
            assert!(merger.stats().pages_scanned - before <= 2 + FANOUT);
            check_all(&all, &models);
            calls += 1;
            if is_done {
                break;
            }
        }
        let (stats, leaves) = (merger.stats(), all[0].chunks());
        assert!(calls >= 3 * leaves / (2 + FANOUT));
        assert_eq!(
            (stats.pages_scanned, stats.full_scans),
            (3 * leaves, 1),
            "each is looked at once"
        );
        assert_eq!(
            (stats.pages_shared, stats.pages_sharing),
            (leaves, 2 * leaves)
        );
        snapshot.check(&models[1]);
    }
    each_kind!(run);
}

/// The scan is stopped at each chunk that it takes.
#[test]
fn a_full_arena_stops_a_scan_and_nothing_is_lost() {
    fn run<S: Subject>() {
        const LIMIT: usize = 16 << 20;
        let arena = Arena::builder().byte_limit(LIMIT).build();
        let (mut all, models) = apart::<S>(&arena, 2);
        // Nodes that snapshots share have to be copied.
        let snapshots = all.clone();
        let (mut spare, mut stopped) = (0, 0);
        loop {
            let mut shared = snapshots.clone();
            let ballast = Ballast::new(&arena, LIMIT, spare);
            let [a, b] = &mut shared[..] else {
                unreachable!()
            };
            let scanned = Merger::new().scan(&mut [&mut *a, &mut *b], usize::MAX);
            check_all(&shared, &models);
            let [mut a, b] = snapshots.clone().try_into().unwrap();
            let rebased = a.try_rebased(&b);
            a.check(&models[0]);
            drop(ballast);
            check_all(&snapshots, &models);
            if scanned.is_ok() && rebased.is_ok() {
                break;
            }
            stopped += 1;
            spare = more(spare);
        }
        assert!(stopped > 1);
        drop(snapshots);

        // What nobody shares is merged in place.
        let ballast = Ballast::new(&arena, LIMIT, 0);
        let before = arena.stats().bytes_used;
        scan(&mut Merger::new(), &mut all, usize::MAX);
        check_all(&all, &models);
        assert!(arena.stats().bytes_used < before);
        drop((all, ballast));
        assert_eq!(arena.stats().chunks_live(), 0);
    }
    each_kind!(run);
}

#[test]
fn rebasing_on_an_equal_one_makes_a_snapshot() {
    fn run<S: Subject>() {
        let arena = Arena::builder().build();
        let (onto, model) = S::both(&arena);
        let (mut one, mut poked) = S::both(&arena);
        let leaves = one.chunks();
        assert_eq!(one.rebased(&onto), (leaves, true));
        assert_eq!(one.rebased(&onto), (0, true));
        one.poke(&mut poked, 9);
        assert_eq!(one.rebased(&onto), (0, false), "the rest is shared already");
        one.check(&poked);

        let (mut other, mut expected) = S::both(&arena);
        other.poke(&mut expected, 9);
        let before = arena.stats().bytes_used;
        let (given_up, is_one) = other.rebased(&onto);
        assert!(!is_one && given_up >= leaves - 2);
        other.check(&expected);
        onto.check(&model);
        assert!(arena.stats().bytes_used < before);

        let mut empty = S::build(&arena, &S::Model::default());
        assert_eq!(empty.rebased(&onto), (0, false));
        empty.check(&S::Model::default());
        let (mut full, model) = S::both(&arena);
        assert_eq!(full.rebased(&empty).0, 0);
        full.check(&model);
        drop((one, onto, other, full));
        assert_eq!(arena.stats().chunks_live(), 0);
    }
    each_kind!(run);
}

/// Random lists of calls on several collections, with scans between, against models.
#[test]
fn all_stay_what_they_are() {
    fn run<S: Subject>() {
        fn agrees<S: Subject>(calls: Vec<(u8, u8)>, seed: u64) -> bool {
            let random = &mut Random(seed | 1);
            let arena = Arena::builder().build();
            let (mut all, mut models) = apart::<S>(&arena, 3);
            let mut merger = Merger::new();
            for (call, which) in calls {
                let which = usize::from(which) % all.len();
                match call % 8 {
                    0 if all.len() < 8 => {
                        all.push(all[which].clone());
                        models.push(models[which].clone());
                    }
                    // The same, made anew.
                    1 => all[which] = S::build(&arena, &models[which]),
                    2 if all.len() > 2 => {
                        drop(all.swap_remove(which));
                        models.swap_remove(which);
                    }
                    3 => {
                        let onto = all[random.below(all.len())].clone();
                        let is_one = all[which].rebased(&onto).1;
                        assert!(!is_one || onto.is_like(&models[which]));
                    }
                    4 | 5 => {
                        let mut lent: Vec<_> = all.iter_mut().collect();
                        let _ = merger.scan(&mut lent, 1 + random.below(40)).unwrap();
                    }
                    _ => {
                        for _ in 0..1 + random.below(5) {
                            all[which].write(&mut models[which], random);
                        }
                    }
                }
            }
            check_all(&all, &models);
            drop((all, merger));
            arena.stats().chunks_live() == 0
        }
        let (tests, size) = match (cfg!(miri), SLOW) {
            (true, _) => (1, 10),
            (_, true) => (8, 50),
            _ => (30, 100),
        };
        QuickCheck::new()
            .rng(Gen::new(size))
            .tests(tests)
            .quickcheck(agrees::<S> as fn(Vec<(u8, u8)>, u64) -> bool);
    }
    each_kind!(run);
}

/// However long it takes until there is something, its first scans are not over by then.
#[test]
#[cfg_attr(miri, ignore = "waits")]
fn a_thread_without_collections_scans_nothing() {
    let merger = MergeThread::<CowVec<u32>>::new(20, Duration::from_micros(50));
    sleep(Duration::from_millis(20));
    assert_eq!(merger.stats(), MergeStats::default());
    // One that is dropped before its turn is as good as none.
    merger.watch(&Arc::new(Mutex::new(CowVec::<u32>::new())));
    sleep(Duration::from_millis(20));
    assert!(merger.stats().full_scans <= 1);
}

#[test]
fn a_thread_merges_while_they_are_written() {
    fn run<S: Subject>() {
        let arena = Arena::builder().build();
        let (all, mut models) = apart::<S>(&arena, 3);
        let all: Vec<_> = all
            .into_iter()
            .map(|one| Arc::new(Mutex::new(one)))
            .collect();
        let merger = MergeThread::new(20, Duration::from_micros(50));
        all.iter().for_each(|one| merger.watch(one));
        let random = &mut Random(8);
        // A scan that has begun may end without the last.
        let scans = merger.stats().full_scans;
        while merger.stats().full_scans < scans + 3 {
            all[0].lock().unwrap().write(&mut models[0], random);
        }
        let (stats, leaves) = (merger.stats(), all[1].lock().unwrap().chunks());
        assert!(stats.pages_shared >= leaves && stats.pages_merged >= leaves);
        merger.stop();
        for (one, model) in all.iter().zip(&models) {
            one.lock().unwrap().check(model);
        }
        drop(all);
        assert_eq!(arena.stats().chunks_live(), 0);
    }
    each_kind!(run);
}
