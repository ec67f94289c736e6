//! The arena of the whole process: caches of threads, and what becomes of them.
//!
//! Its figures are those of all threads, so the tests here take turns. They join each thread, since
//! the end of a `thread::scope` does not wait for thread-local values.

#![cfg(not(loom))]

use std::{
    cell::RefCell,
    sync::mpsc,
    thread::{self, LocalKey},
};

use cow_core::{Arena, ArenaRef, Shared};
use parking_lot::{Mutex, MutexGuard};

/// A node of a class that nothing else here uses.
type Node = [u8; 2048];

static TURN: Mutex<()> = Mutex::new(());

/// A test's turn, at whose end its thread keeps no chunk for itself.
struct Turn(#[expect(dead_code, reason = "held")] MutexGuard<'static, ()>);

impl Drop for Turn {
    fn drop(&mut self) {
        Arena::global().trim();
    }
}

fn turn() -> Turn {
    Turn(TURN.lock())
}

fn live() -> usize {
    Arena::global().stats().chunks_live()
}

fn reserved() -> usize {
    Arena::global().trim();
    Arena::global().stats().bytes_reserved
}

/// More chunks than a thread keeps for itself, and more than an extent holds.
const MANY: usize = if cfg!(miri) { 40 } else { 3000 };

fn many() -> Vec<Shared<Node>> {
    (0..MANY).map(|_| Shared::new([5; 2048])).collect()
}

#[test]
fn a_thread_that_ends_returns_its_free_chunks() {
    let _turn = turn();
    let before = (live(), reserved());
    thread::spawn(|| drop(many())).join().unwrap();
    assert_eq!((live(), reserved()), before);
}

#[test]
fn chunks_may_be_freed_on_another_thread() {
    let _turn = turn();
    let before = (live(), reserved());
    let (to, from) = mpsc::channel();
    let maker = thread::spawn(move || {
        for _ in 0..10 {
            to.send(many()).unwrap();
        }
    });
    let user = thread::spawn(move || {
        let mut seen = 0;
        for nodes in from {
            assert!(nodes.iter().all(|node| **node == [5; 2048]));
            assert!(live() >= nodes.len());
            seen += nodes.len();
        }
        seen
    });
    maker.join().unwrap();
    assert_eq!(user.join().unwrap(), 10 * MANY);
    assert_eq!((live(), reserved()), before);
}

#[test]
fn chunks_outlive_the_thread_that_made_them() {
    let _turn = turn();
    let before = (live(), reserved());
    let nodes = thread::spawn(many).join().unwrap();
    assert_eq!(live(), before.0 + MANY);
    assert!(nodes.iter().all(|node| **node == [5; 2048]));
    drop(nodes);
    assert_eq!((live(), reserved()), before);
}

#[test]
fn figures_are_those_of_all_threads() {
    let _turn = turn();
    let before = Arena::global().stats();
    let node = Shared::new([1_u8; 2048]);
    let threads = [(); 3].map(|()| {
        let mut mine = node.clone();
        thread::spawn(move || mine.make_mut()[0] = 2)
    });
    for thread in threads {
        thread.join().unwrap();
    }
    let after = Arena::global().stats();
    assert_eq!(after.copies - before.copies, 3);
    assert_eq!(after.bytes_copied - before.bytes_copied, 3 * 2048);
    assert_eq!(after.chunks_live() - before.chunks_live(), 1);
}

/// Figures are read while chunks go from one thread to another: none may be below zero, or huge.
#[test]
fn figures_make_sense_at_any_moment() {
    let _turn = turn();
    let rounds = if cfg!(miri) {
        10
    } else if cfg!(cow_heap) {
        2_000
    } else {
        20_000
    };
    let (to, from) = mpsc::sync_channel(4);
    let reader = thread::spawn(move || {
        for node in from {
            drop::<Shared<Node>>(node);
        }
    });
    let most = live() + rounds;
    let sender = thread::spawn(move || {
        for _ in 0..rounds {
            to.send(Shared::new([0; 2048])).unwrap();
        }
    });
    while !sender.is_finished() {
        let chunks = Arena::global().stats().chunks_live();
        assert!(chunks <= most, "{chunks} chunks of {most}");
    }
    sender.join().unwrap();
    reader.join().unwrap();
}

thread_local! {
    /// Set up before the thread's cache: dropped after it.
    static EARLY: RefCell<Option<Shared<Node>>> = const { RefCell::new(None) };
    /// Set up after the thread's cache: dropped before it.
    static LATE: RefCell<Option<Shared<Node>>> = const { RefCell::new(None) };
}

/// Registers the destructor of a thread-local value.
fn touch(key: &'static LocalKey<RefCell<Option<Shared<Node>>>>) {
    key.with_borrow_mut(|node| *node = None);
}

#[test]
fn a_thread_local_handle_may_outlive_the_cache() {
    let _turn = turn();
    let before = (live(), reserved());
    let thread = thread::spawn(|| {
        touch(&EARLY);
        let mut node = Shared::new([1; 2048]);
        touch(&LATE);
        EARLY.set(Some(node.clone()));
        node.make_mut()[0] = 2;
        LATE.set(Some(node));
    });
    thread.join().unwrap();
    assert_eq!((live(), reserved()), before);
}

#[test]
fn an_arena_reference_needs_no_handle() {
    let _turn = turn();
    let node = Shared::new_in(ArenaRef::global(), [3; 2048]);
    assert_eq!(*Shared::new_in(node.arena(), *node), *node);
}
