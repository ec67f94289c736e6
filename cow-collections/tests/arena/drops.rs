//! Drops in steps, and on another thread.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use cow_collections::{Arena, Collection, CowVec, Dropper};

use crate::history::{Random, SLOW, versions};

#[test]
fn steps_free_what_a_drop_frees_and_nothing_else() {
    let arena = Arena::builder().build();
    let random = &mut Random(3);
    let mut versions = versions(&arena, random, 25, |n| n.to_string());
    while !versions.is_empty() {
        let version = versions.swap_remove(random.below(versions.len()));
        let expected: Vec<Vec<_>> = versions.iter().map(CowVec::to_vec).collect();
        let foretold = version.memory();
        let before = arena.stats();
        let mut rest = version.into_drop_steps();
        while !rest.drop_step(1 + random.below(9)) {}
        let after = arena.stats();
        assert_eq!(
            before.chunks_live() - after.chunks_live(),
            foretold.chunks_exclusive
        );
        assert!(
            versions.iter().zip(expected).all(|(a, b)| *a == b),
            "others were touched"
        );
    }
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn a_step_frees_no_more_than_asked() {
    let arena = Arena::builder().build();
    let mut vec = CowVec::new_in(&arena);
    vec.extend(0..if SLOW { 300 } else { 100_000_u64 });
    let chunks = arena.stats().chunks_live();
    let mut rest = vec.into_drop_steps();
    let (mut before, mut steps, mut is_done) = (chunks, 0, false);
    while !is_done {
        is_done = rest.drop_step(3);
        let now = arena.stats().chunks_live();
        // The body goes when the first step is asked for, at the latest.
        assert!(before - now <= 3 + usize::from(steps == 0));
        (before, steps) = (now, steps + 1);
    }
    assert_eq!(before, 0);
    assert!(steps >= chunks / 3);
    assert!(rest.drop_step(1), "done stays done");
}

#[test]
fn a_shared_vector_is_one_step() {
    let vec: CowVec<u64> = (0..10_000).collect();
    let snapshot = vec.clone();
    let mut rest = vec.into_drop_steps();
    assert!(rest.drop_step(1));
    assert!(snapshot.iter().copied().eq(0..10_000));
}

#[test]
fn a_step_of_none_does_nothing() {
    let mut rest = CowVec::from([1, 2, 3]).into_drop_steps();
    assert!(!rest.drop_step(0));
    assert!(rest.drop_step(1));
    assert!(CowVec::<String>::new().into_drop_steps().drop_step(0));
}

#[test]
fn what_is_left_goes_with_the_steps() {
    let arena = Arena::builder().build();
    let mut vec = CowVec::new_in(&arena);
    vec.extend((0..3000).map(|n| n.to_string()));
    let mut rest = vec.into_drop_steps();
    assert!(!rest.drop_step(5));
    drop(rest);
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn two_threads_take_two_versions_apart_and_each_chunk_goes_once() {
    for round in 0..if SLOW { 2 } else { 50 } {
        let arena = Arena::builder().build();
        let mut versions = versions(&arena, &mut Random(round + 1), 4, |n| n.to_string());
        thread::scope(|scope| {
            for version in versions.drain(..) {
                scope.spawn(|| {
                    let mut rest = version.into_drop_steps();
                    while !rest.drop_step(1) {}
                });
            }
        });
        assert_eq!(arena.stats().chunks_live(), 0);
    }
}

/// Counts its drops, and panics in one of them.
#[derive(Clone)]
struct Fragile(Arc<AtomicUsize>, bool);

impl Drop for Fragile {
    fn drop(&mut self) {
        self.0.fetch_add(1, Ordering::Relaxed);
        assert!(!self.1, "asked for");
    }
}

fn fragile(panics_at: usize) -> (Arc<AtomicUsize>, CowVec<Fragile>) {
    let drops = Arc::new(AtomicUsize::new(0));
    let values = (0..1000).map(|n| Fragile(Arc::clone(&drops), n == panics_at));
    (Arc::clone(&drops), values.collect())
}

#[test]
fn a_step_that_panics_loses_nothing() {
    let (drops, vec) = fragile(500);
    let mut rest = vec.into_drop_steps();
    let mut panics = 0;
    loop {
        match catch_unwind(AssertUnwindSafe(|| rest.drop_step(2))) {
            Ok(true) => break,
            Ok(false) => {}
            Err(_) => panics += 1,
        }
    }
    assert_eq!((panics, drops.load(Ordering::Relaxed)), (1, 1000));
}

#[test]
fn the_background_thread_drops_all_and_survives_a_panic() {
    let dropper = Dropper::new();
    let (drops, vec) = fragile(0);
    dropper.drop_later(vec);
    let (more, vec) = fragile(usize::MAX);
    dropper.drop_later(vec);
    dropper.flush();
    assert_eq!(drops.load(Ordering::Relaxed), 1000);
    assert_eq!(more.load(Ordering::Relaxed), 1000);
    let (last, vec) = fragile(usize::MAX);
    dropper.drop_later(vec);
    drop(dropper);
    assert_eq!(last.load(Ordering::Relaxed), 1000);
}

/// Waits for the thread that drops it, then drops its handle of that, and tells whether all went well.
struct Waits(Arc<Dropper>, #[expect(dead_code, reason = "dropped")] Tells);

impl Drop for Waits {
    fn drop(&mut self) {
        self.0.flush();
    }
}

struct Tells(mpsc::Sender<bool>);

impl Drop for Tells {
    fn drop(&mut self) {
        let _ = self.0.send(!thread::panicking());
    }
}

/// Its drop waits for the other end's.
struct Holds(mpsc::Receiver<()>);

impl Drop for Holds {
    fn drop(&mut self) {
        let _ = self.0.recv();
    }
}

#[test]
fn the_background_thread_does_not_wait_for_itself() {
    let dropper = Arc::new(Dropper::new());
    let (tell, dropped) = mpsc::channel();
    let (go, hold) = mpsc::channel();
    dropper.drop_later(Holds(hold));
    dropper.drop_later(Waits(Arc::clone(&dropper), Tells(tell)));
    // The last handle is dropped by the thread.
    drop((dropper, go));
    assert_eq!(dropped.recv(), Ok(true));
}

#[test]
fn the_process_has_a_thread_for_it() {
    let (drops, vec) = fragile(usize::MAX);
    vec.drop_in_background();
    Dropper::shared().flush();
    assert_eq!(drops.load(Ordering::Relaxed), 1000);
}
