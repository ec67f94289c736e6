//! Nodes behind a counted pointer.

use std::{
    borrow::Borrow,
    cmp,
    collections::hash_map::DefaultHasher,
    env,
    hash::{Hash, Hasher},
    process::Command,
    thread,
};

use cow_core::{Arena, Shared};

use crate::probe::{CountingSource, Log, Probe, panics};

#[test]
fn a_clone_is_the_same_node() {
    let a = Shared::new(vec![1, 2, 3]);
    assert!(a.is_exclusive());
    let b = a.clone();
    assert!(a.ptr_eq(&b) && a.as_ptr() == b.as_ptr());
    assert_eq!((a.handle_count(), b.handle_count()), (2, 2));
    assert!(!a.is_exclusive() && !b.is_exclusive());
    drop(a);
    assert!(b.is_exclusive());
    assert_eq!(*b, [1, 2, 3]);
}

#[test]
fn make_mut_copies_a_shared_node_once() {
    let log = Log::new();
    let arena = Arena::builder().build();
    let mut a = Shared::new_in(&arena, Probe::new(1, &log));
    a.make_mut().id = 2;
    assert_eq!(log.clones(), 0);
    let b = a.clone();
    assert!(a.get_mut().is_none());
    a.make_mut().id = 3;
    a.make_mut().id = 4;
    assert_eq!((a.id, b.id, log.clones(), log.live()), (4, 2, 1, 2));
    assert!(!a.ptr_eq(&b));
    assert_eq!(arena.stats().copies, 1);
    drop((a, b));
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn get_mut_writes_in_place() {
    let mut a = Shared::new(5);
    let place = a.as_ptr();
    *a.get_mut().unwrap() += 1;
    assert_eq!((*a, a.as_ptr()), (6, place));
}

#[test]
fn into_inner_wants_the_only_handle() {
    let log = Log::new();
    let arena = Arena::builder().build();
    let a = Shared::new_in(&arena, Probe::new(9, &log));
    let b = a.clone();
    let b = b.into_inner().unwrap_err();
    assert_eq!(b.handle_count(), 2);
    drop(a);
    let probe = b.into_inner().unwrap();
    assert_eq!((probe.id, log.live(), log.clones()), (9, 1, 0));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn a_clone_that_panics_leaves_the_handle_as_it_was() {
    let log = Log::new();
    let arena = Arena::builder().build();
    let mut a = Shared::new_in(&arena, Probe::new(1, &log));
    let b = a.clone();
    log.panic_on_clone_of(1);
    assert_eq!(panics(|| a.make_mut().id), "asked to panic in clone");
    assert!(a.ptr_eq(&b));
    assert_eq!((log.live(), arena.stats().chunks_live()), (1, 1));
    drop((a, b));
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn a_drop_that_panics_frees_the_chunk() {
    let log = Log::new();
    let arena = Arena::builder().build();
    let a = Shared::new_in(&arena, [1, 2, 3].map(|id| Probe::new(id, &log)));
    log.panic_on_drop_of(2);
    assert_eq!(panics(|| drop(a)), "asked to panic in drop");
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn a_failed_allocation_drops_the_node() {
    let log = Log::new();
    let arena = Arena::builder().byte_limit(0).build();
    assert!(Shared::try_new_in(&arena, Probe::new(1, &log)).is_err());
    assert_eq!(log.live(), 0);
}

#[test]
fn none_takes_no_room() {
    assert_eq!(size_of::<Option<Shared<u8>>>(), size_of::<usize>());
    assert_eq!(
        size_of::<Option<Option<Shared<u8>>>>(),
        2 * size_of::<usize>()
    );
}

#[test]
fn nodes_of_no_size_are_apart() {
    let (a, b) = (Shared::new(()), Shared::new(()));
    assert!(!a.ptr_eq(&b));
    assert_eq!(a.clone().handle_count(), 2);
}

#[test]
fn nodes_are_as_aligned_as_they_ask() {
    #[derive(Clone)]
    #[repr(align(8192))]
    struct Wide(u8);
    #[derive(Clone)]
    #[repr(align(16384))]
    struct Wider([u8; 100_000]);

    let arena = Arena::builder().build();
    let wide: Vec<_> = (0..5).map(|i| Shared::new_in(&arena, Wide(i))).collect();
    assert!(wide.iter().all(|node| node.as_ptr().addr() % 8192 == 0));
    assert!(wide.iter().map(|node| node.0).eq(0..5));

    let mut wider = Shared::new_in(&arena, Wider([1; 100_000]));
    let before = wider.clone();
    wider.make_mut().0[99_999] = 2;
    assert!(
        [&wider, &before]
            .iter()
            .all(|node| node.as_ptr().addr() % 16384 == 0)
    );
    assert_eq!((wider.0[99_999], before.0[99_999]), (2, 1));
    assert_eq!(wider.handle_count(), 1);
    drop((wide, wider, before));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn nodes_beyond_the_largest_class_come_and_go() {
    let source = CountingSource::default();
    let arena = Arena::builder().source(source.clone()).build();
    let mut a = Shared::new_in(&arena, [3_u8; 100_001]);
    let b = a.clone();
    a.make_mut()[100_000] = 4;
    assert_eq!((a[100_000], b[100_000], a[0]), (4, 3, 3));
    let stats = arena.stats();
    assert_eq!((stats.large_live, stats.bytes_used), (2, 200_002));
    assert!(stats.bytes_reserved > stats.bytes_used);
    drop((a, b));
    assert_eq!((arena.stats().chunks_live(), source.out()), (0, 0));
}

#[test]
fn handles_go_where_they_like() {
    let log = Log::new();
    let node = Shared::new(Probe::new(1, &log));
    let rounds = if cfg!(miri) { 20 } else { 5000 };
    thread::scope(|scope| {
        for id in 2..6 {
            let node = &node;
            scope.spawn(move || {
                for _ in 0..rounds {
                    let mut mine = node.clone();
                    assert_eq!(mine.id, 1);
                    mine.make_mut().id = id;
                    assert_eq!(mine.id, id);
                }
            });
        }
    });
    assert!(node.is_exclusive());
    assert_eq!(log.live(), 1);
}

#[test]
fn the_last_of_many_threads_drops_the_node() {
    let log = Log::new();
    for _ in 0..if cfg!(miri) { 3 } else { 300 } {
        let node = Shared::new(Probe::new(1, &log));
        let threads = [(); 3].map(|()| {
            let mine = node.clone();
            thread::spawn(move || drop(mine))
        });
        drop(node);
        for thread in threads {
            thread.join().unwrap();
        }
        assert_eq!(log.live(), 0);
    }
}

#[test]
fn a_handle_passes_for_its_node() {
    let text = |s: &str| Shared::new(s.to_string());
    assert_eq!(text("a"), text("a"));
    assert!(text("a") < text("b"));
    assert_eq!(text("a").cmp(&text("b")), cmp::Ordering::Less);
    assert_eq!(format!("{} {:?}", text("x"), text("x")), "x \"x\"");
    assert_eq!(Shared::<u8>::default(), Shared::from(0));
    let node = text("n");
    let (by_ref, by_borrow): (&String, &String) = (node.as_ref(), node.borrow());
    assert_eq!((by_ref.as_str(), by_borrow.as_str()), ("n", "n"));
    let hash = |value: &dyn Fn(&mut DefaultHasher)| {
        let mut hasher = DefaultHasher::new();
        value(&mut hasher);
        hasher.finish()
    };
    assert_eq!(hash(&|h| node.hash(h)), hash(&|h| "n".to_string().hash(h)));
}

const FULL: &str = "COW_TEST_FULL_ARENA";

#[test]
#[cfg_attr(miri, ignore = "starts a process")]
fn new_in_a_full_arena_ends_the_process() {
    if env::var_os(FULL).is_some() {
        let arena = Arena::builder().byte_limit(63).build();
        let _ = Shared::new_in(&arena, 1_u8);
        return;
    }
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "shared::new_in_a_full_arena_ends_the_process"])
        .env(FULL, "1")
        .output()
        .unwrap();
    assert!(!child.status.success());
    let stderr = String::from_utf8_lossy(&child.stderr);
    assert!(
        stderr.contains("the arena's limit of 63 bytes is reached: 0 in use, 64 requested"),
        "{stderr}"
    );
}

#[test]
fn of_handles_given_up_on_several_threads_one_comes_back() {
    for _ in 0..if cfg!(miri) { 5 } else { 500 } {
        let node = Shared::new(String::from("node"));
        let handles = [node.clone(), node.clone(), node];
        let came_back = thread::scope(|scope| {
            let threads = handles.map(|node| scope.spawn(|| node.into_last()));
            threads.map(|thread| thread.join().unwrap())
        });
        let mut last = came_back.into_iter().flatten();
        assert_eq!(last.next().unwrap().into_inner().unwrap(), "node");
        assert!(last.next().is_none());
    }
}
