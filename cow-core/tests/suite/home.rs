//! Handles that keep an arena where there is no chunk to keep it.

use cow_core::{Arena, ArenaRef, Entry, Home, Shared, View};

use crate::probe::CountingSource;

type Slot = Entry<Shared<u64>, Home>;

#[test]
fn a_home_keeps_its_arena() {
    let source = CountingSource::default();
    let arena = Arena::builder().source(source.clone()).build();
    let home = ArenaRef::from(&arena).to_home().unwrap();
    let second = home.clone();
    drop(arena);
    drop(home);
    let chunk = Shared::new_in(second.arena(), 7_u64);
    assert_eq!((*chunk, source.out()), (7, 1));
    drop(second);
    assert_eq!(*chunk, 7);
    drop(chunk);
    assert_eq!((source.out(), source.handles()), (0, 1));
}

#[test]
fn the_global_arena_needs_no_home() {
    assert!(ArenaRef::global().to_home().is_none());
    assert!(Shared::new(1_u8).arena().to_home().is_none());
}

#[test]
fn a_chunk_leads_to_its_arena() {
    let source = CountingSource::default();
    let arena = Arena::builder().source(source.clone()).build();
    let first = Shared::new_in(&arena, 1_u64);
    drop(arena);
    let second = Shared::new_in(first.arena(), 2_u64);
    let home = second.arena().to_home().unwrap();
    drop((first, second));
    assert_eq!(source.handles(), 2, "the home keeps the arena's inside");
    assert_eq!(source.out(), 0);
    drop(home);
    assert_eq!(source.handles(), 1);
}

#[test]
fn an_entry_keeps_a_home() {
    let source = CountingSource::default();
    let arena = Arena::builder().source(source.clone()).build();
    let mut slot = Slot::b(ArenaRef::from(&arena).to_home().unwrap());
    drop(arena);
    assert!(!slot.is_exclusive(), "a home is never written through");
    assert!(slot.view_mut().is_none());
    let copy = slot.clone();
    assert!(slot.ptr_eq(&copy));
    let View::B(home) = copy.view() else {
        panic!("a home was expected")
    };
    let chunk = Shared::new_in(home, 5_u64);
    drop(slot);
    drop(copy);
    assert_eq!((*chunk, source.out()), (5, 1));
    drop(chunk);
    assert_eq!(source.handles(), 1);
}
