//! The soft mark, the limit, and the hook that hears of both.

use std::{
    env,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use cow_core::{AllocError, Arena, Pressure, Shared};

use crate::probe::{CountingSource, Log, Probe, panics};

type Page = Shared<[u8; 64]>;
type Kept = Arc<Mutex<Vec<Page>>>;

fn page(arena: &Arena) -> Result<Page, AllocError> {
    Shared::try_new_in(arena, [7; 64])
}

fn heard() -> (
    Arc<Mutex<Vec<Pressure>>>,
    impl Fn(Pressure) + Send + Sync + 'static,
) {
    let log = Arc::new(Mutex::new(Vec::new()));
    let hook = Arc::clone(&log);
    (log, move |pressure| hook.lock().unwrap().push(pressure))
}

#[test]
fn the_mark_is_told_once_per_crossing() {
    let (log, hook) = heard();
    let arena = Arena::builder().soft_mark(128).on_pressure(hook).build();
    assert_eq!((arena.soft_mark(), arena.byte_limit()), (Some(128), None));
    let told = || log.lock().unwrap().len();
    let first = page(&arena).unwrap();
    assert_eq!(told(), 0);
    let second = page(&arena).unwrap();
    assert_eq!(
        log.lock().unwrap()[..],
        [Pressure::Mark {
            used: 128,
            mark: 128
        }]
    );
    let third = page(&arena).unwrap();
    drop(third);
    let third = page(&arena).unwrap();
    assert_eq!(told(), 1, "the sum stayed at or above the mark");
    drop((second, third));
    let second = page(&arena).unwrap();
    assert_eq!(told(), 2, "it came from below");
    drop((first, second));
}

#[test]
fn a_large_chunk_that_passes_the_mark_is_told_with_the_sum() {
    let (log, hook) = heard();
    let arena = Arena::builder().soft_mark(100).on_pressure(hook).build();
    drop(Shared::new_in(&arena, [0_u8; 4096]));
    assert_eq!(
        log.lock().unwrap()[..],
        [Pressure::Mark {
            used: 4096,
            mark: 100
        }]
    );
}

#[test]
fn what_the_hook_drops_at_the_limit_makes_room() {
    let kept = Kept::default();
    let victims = Arc::clone(&kept);
    let arena = Arena::builder()
        .byte_limit(3 * 64)
        .on_pressure(move |pressure| {
            assert!(matches!(
                pressure,
                Pressure::Limit {
                    requested: 64,
                    used: 192,
                    limit: 192
                }
            ));
            drop(victims.lock().unwrap().pop());
        })
        .build();
    for _ in 0..3 {
        let page = page(&arena).unwrap();
        kept.lock().unwrap().push(page);
    }
    let extra: Vec<_> = (0..3).map(|_| page(&arena).unwrap()).collect();
    assert!(kept.lock().unwrap().is_empty());
    assert!(
        page(&arena).is_err(),
        "the hook was called and freed nothing"
    );
    assert_eq!(arena.stats().bytes_used, 192);
    drop(extra);
}

#[test]
fn a_hook_may_take_chunks_and_is_not_called_for_them() {
    let calls = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&calls);
    let root = Arc::new(Mutex::new(None::<Page>));
    let seed = Arc::clone(&root);
    let arena = Arena::builder()
        .byte_limit(4 * 64)
        .soft_mark(2 * 64)
        .on_pressure(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            let mut copy = seed.lock().unwrap().clone().unwrap();
            copy.make_mut()[0] = 1; // a third page
            assert!(Shared::try_new_in(copy.arena(), [0_u8; 4096]).is_err());
        })
        .build();
    *root.lock().unwrap() = Some(page(&arena).unwrap());
    let second = page(&arena).unwrap();
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(arena.stats().bytes_used, 128);
    drop(second);
}

#[test]
fn a_hook_that_keeps_pages_of_its_own_arena_goes_with_it() {
    let flag = Arc::new(());
    let weak = Arc::downgrade(&flag);
    let kept = Kept::default();
    let victims = Arc::clone(&kept);
    let arena = Arena::builder()
        .soft_mark(1 << 20)
        .on_pressure(move |_| {
            let _ = (&victims, &flag);
        })
        .build();
    kept.lock().unwrap().push(page(&arena).unwrap());
    drop(kept);
    assert!(weak.upgrade().is_some());
    let handle = arena.clone();
    drop(arena);
    assert!(weak.upgrade().is_some());
    drop(handle);
    assert!(weak.upgrade().is_none());
}

#[test]
fn a_hook_whose_drop_panics_keeps_no_memory() {
    let source = CountingSource::default();
    let log = Log::new();
    log.panic_on_drop_of(1);
    let probe = Probe::new(1, &log);
    let kept = Kept::default();
    let victims = Arc::clone(&kept);
    let arena = Arena::builder()
        .source(source.clone())
        .on_pressure(move |_| {
            let _ = (&probe, &victims);
        })
        .build();
    drop(page(&arena).unwrap());
    let other = Shared::new_in(&arena, [0_u8; 128]);
    kept.lock().unwrap().push(page(&arena).unwrap());
    drop((kept, other));
    assert_eq!(panics(|| drop(arena)), "asked to panic in drop");
    assert_eq!((source.out(), source.handles()), (0, 1));
}

#[test]
fn every_crossing_is_told_once_while_threads_race() {
    let crossings = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&crossings);
    let arena = Arena::builder()
        .soft_mark(64)
        .on_pressure(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
        })
        .build();
    let rounds = if cfg!(miri) { 10 } else { 1000 };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for _ in 0..rounds {
                    drop(page(&arena).unwrap());
                }
            });
        }
    });
    let told = crossings.load(Ordering::Relaxed);
    assert!(0 < told && told <= 3 * rounds, "{told}");
    // With the mark at the first page, and one page kept, no sum comes from below.
    let _kept = page(&arena).unwrap();
    let before = crossings.load(Ordering::Relaxed);
    drop(page(&arena).unwrap());
    assert_eq!(crossings.load(Ordering::Relaxed), before);
}

const PANIC: &str = "COW_TEST_HOOK_PANIC";

#[test]
#[cfg_attr(miri, ignore = "starts a process")]
fn a_hook_that_panics_ends_the_process() {
    if env::var_os(PANIC).is_some() {
        let arena = Arena::builder()
            .soft_mark(64)
            .on_pressure(|_| panic!("no"))
            .build();
        drop(page(&arena));
        return;
    }
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "budget::a_hook_that_panics_ends_the_process"])
        .env(PANIC, "1")
        .output()
        .unwrap();
    assert!(!child.status.success());
    let stderr = String::from_utf8_lossy(&child.stderr);
    assert!(
        stderr.contains("the pressure hook of an arena panicked"),
        "{stderr}"
    );
}
