//! Publishing and loading.

use std::{
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use cow_core::{Shared, SnapshotCell};

use crate::probe::{Log, Probe, panics};

#[test]
fn what_is_stored_is_loaded() {
    let cell = SnapshotCell::new(1);
    assert_eq!(*cell.load(), 1);
    cell.store(2);
    assert_eq!((*cell.load(), cell.load_owned()), (2, 2));
    assert_eq!(*cell.replace(3), 2);
    assert_eq!(*cell.load(), 3);
    assert_eq!(*SnapshotCell::<u8>::default().load(), 0);
    assert_eq!(*SnapshotCell::from(5).load(), 5);
    assert_eq!(format!("{cell:?} {:?}", cell.load()), "SnapshotCell(3) 3");
}

#[test]
fn what_was_loaded_stays() {
    let cell = SnapshotCell::new(Shared::new([0_u64; 64]));
    let before: Vec<_> = (0..20)
        .map(|i| {
            let loaded = cell.load();
            cell.rcu(|now| {
                let mut next = now.clone();
                next.make_mut()[0] = i + 1;
                next
            });
            loaded
        })
        .collect();
    assert!(before.iter().map(|loaded| loaded[0]).eq(0..20));
}

#[test]
fn a_commit_publishes_and_an_abort_does_not() {
    let cell = SnapshotCell::new(Shared::new(1));
    let mut writer = cell.write();
    *writer.make_mut() = 2;
    assert_eq!((**cell.load(), **writer), (1, 2));
    assert_eq!(format!("{writer:?}"), "WriteGuard(2)");
    writer.commit();
    assert_eq!(**cell.load(), 2);

    let mut writer = cell.write();
    *writer.make_mut() = 3;
    writer.abort();
    let mut writer = cell.write();
    *writer.make_mut() = 4;
    drop(writer);
    assert_eq!(**cell.load(), 2);
}

#[test]
fn writers_take_turns() {
    let cell = SnapshotCell::new(0);
    let writer = cell.write();
    assert!(cell.try_write().is_none());
    assert_eq!(*cell.load(), 0, "a reader does not wait");
    drop(writer);
    let mut writer = cell.try_write().unwrap();
    *writer = 1;
    writer.commit();
    assert_eq!(*cell.load(), 1);
}

#[test]
fn a_writer_that_panics_publishes_nothing_and_gives_up_its_turn() {
    let cell = SnapshotCell::new(1);
    let message = panics(|| {
        let mut writer = cell.write();
        *writer = 2;
        panic!("half-way");
    });
    assert_eq!((message.as_str(), *cell.load()), ("half-way", 1));
    let message = panics(|| cell.rcu(|_| panic!("half-way again")));
    assert_eq!((message.as_str(), *cell.load()), ("half-way again", 1));
    cell.rcu(|n| n + 1);
    assert_eq!(*cell.load(), 2);
}

#[test]
fn old_snapshots_are_dropped_with_their_last_reader() {
    let log = Log::new();
    let cell = SnapshotCell::new(Probe::new(1, &log));
    let reader = cell.load();
    cell.store(Probe::new(2, &log));
    assert_eq!((reader.id, log.live()), (1, 2));
    drop(reader);
    assert_eq!(log.live(), 1);
    drop(cell);
    assert_eq!(log.live(), 0);
}

#[test]
fn no_update_is_lost() {
    let rounds = if cfg!(miri) { 10 } else { 2000 };
    let cell = SnapshotCell::new(Shared::new(0_u64));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..rounds {
                    cell.rcu(|n| Shared::new(**n + 1));
                }
            });
            scope.spawn(|| {
                for _ in 0..rounds {
                    let mut writer = cell.write();
                    *writer.make_mut() += 1;
                    writer.commit();
                }
            });
        }
    });
    assert_eq!(**cell.load(), 4 * rounds);
}

#[test]
fn readers_see_whole_snapshots_in_order() {
    let rounds = if cfg!(miri) { 20 } else { 5000 };
    let cell = SnapshotCell::new(Shared::new([0_u64; 8]));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let mut last = 0;
                while !done.load(Ordering::Relaxed) {
                    let seen = cell.load();
                    assert!(seen.iter().all(|n| *n == seen[0]), "torn: {seen:?}");
                    assert!(seen[0] >= last, "back in time");
                    last = seen[0];
                }
            });
        }
        for i in 1..=rounds {
            let mut writer = cell.write();
            writer.make_mut().fill(i);
            writer.commit();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_eq!(cell.load()[7], rounds);
}
