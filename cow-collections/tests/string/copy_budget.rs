//! What each call may copy, by the arena's own count.

use cow_collections::{Arena, Collection, CowString};

const LEN: usize = if cfg!(cow_tiny) { 3_000 } else { 1 << 20 };
/// Above the number of levels of such a text.
const PATH: u64 = if cfg!(cow_tiny) { 8 } else { 4 };

fn subject() -> (Arena, CowString) {
    let arena = Arena::builder().build();
    let text = CowString::try_from_str_in(&"0123456\n".repeat(LEN / 8), &arena).unwrap();
    (arena, text)
}

fn copies<R>(arena: &Arena, call: impl FnOnce() -> R) -> u64 {
    let before = arena.stats().copies;
    call();
    arena.stats().copies - before
}

#[test]
fn an_edit_after_a_snapshot_copies_one_path_and_the_next_one_nothing() {
    let (arena, mut text) = subject();
    for round in 0..5 {
        let at = LEN / 5 * round + 3;
        let snapshot = text.clone();
        // The nodes above the finger are told first, where it was before.
        let path = copies(&arena, || text.insert(at, 'x'));
        assert!((2..2 * PATH).contains(&path), "{path} copies");
        assert_eq!(copies(&arena, || text.insert(at + 1, 'y')), 0);
        assert_eq!(copies(&arena, || text.remove_range(at..at + 2)), 0);
        assert_eq!(snapshot.len(), text.len());
    }
}

#[test]
fn an_exclusive_text_copies_nothing() {
    let (arena, mut text) = subject();
    let edits = copies(&arena, || {
        for i in 0..500 {
            text.insert_str(i * 7_919 % text.len(), "some text");
            let at = i * 104_729 % (text.len() - 9);
            text.remove_range(at..at + 9);
        }
    });
    assert_eq!(edits, 0);
}

#[test]
fn snapshots_copy_nothing() {
    let (arena, mut text) = subject();
    text.insert(LEN / 2, 'x');
    text.insert(LEN / 2, 'y');
    let before = arena.stats();
    let versions: Vec<_> = (0..100).map(|_| text.clone()).collect();
    assert!(versions.iter().all(|version| version.ptr_eq(&text)));
    assert_eq!(arena.stats(), before);
    drop(versions);
    assert_eq!(
        copies(&arena, || text.insert(LEN / 2, 'z')),
        0,
        "all are gone"
    );
}

/// What was typed before a snapshot and not told to the nodes costs their copies, and no leaf's.
#[test]
fn telling_after_a_snapshot_copies_no_leaf() {
    let (arena, mut text) = subject();
    text.insert(LEN / 4, 'x');
    text.insert(LEN / 4 + 1, 'y');
    let snapshot = text.clone();
    let bytes = arena.stats().bytes_copied;
    text.insert(LEN / 4 * 3, 'z');
    let leaf = if cfg!(cow_tiny) { 64 } else { 2 << 10 };
    let node = if cfg!(cow_tiny) { 64 } else { 256 };
    let copied = arena.stats().bytes_copied - bytes;
    assert!(copied <= leaf + 2 * PATH * node, "{copied} bytes");
    assert_eq!(snapshot.len(), text.len() - 1);
}

#[test]
fn a_part_shares_its_chunks() {
    let (arena, text) = subject();
    let before = arena.stats().bytes_used;
    let part = text.snapshot_range(LEN / 5 + 1..LEN / 5 * 4);
    let more = arena.stats().bytes_used - before;
    assert!(more <= 16 << 10, "{more} bytes");
    assert_eq!(part, text.slice(LEN / 5 + 1..LEN / 5 * 4));
}

#[test]
fn a_text_that_is_taken_apart_frees_each_chunk() {
    let (arena, text) = subject();
    let mut last = arena.stats().bytes_used;
    let mut len = 0;
    for chunk in text.into_chunks() {
        len += chunk.len();
        drop(chunk);
        let used = arena.stats().bytes_used;
        assert!(used < last);
        last = used;
    }
    assert_eq!((len, arena.stats().chunks_live()), (LEN / 8 * 8, 0));
}

#[test]
fn small_texts_are_small() {
    let arena = Arena::builder().build();
    let mut text = CowString::new_in(&arena);
    assert_eq!(arena.stats().chunks_live(), 0);
    text.push_str("hello");
    assert_eq!(text.memory().bytes(), 64);
    assert_eq!(text.as_str(), Some("hello"));
}

#[test]
fn a_text_is_dropped_in_steps() {
    let (arena, text) = subject();
    let (snapshot, memory) = (text.clone(), text.memory());
    assert_eq!(
        (memory.bytes_exclusive, memory.chunks_shared),
        (0, arena.stats().chunks_live())
    );
    drop(snapshot);
    assert_eq!(text.memory().chunks_exclusive, arena.stats().chunks_live());
    let mut rest = text.into_drop_steps();
    let mut live = arena.stats().chunks_live();
    while !rest.drop_step(7) {
        let now = arena.stats().chunks_live();
        assert!(now < live && now + 7 >= live);
        live = now;
    }
    assert_eq!(arena.stats().chunks_live(), 0);
}
