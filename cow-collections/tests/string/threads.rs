//! Versions of one text on several threads.

use std::thread;

use cow_collections::{Arena, CowString, SnapshotCell, Utf16Lines};

const ROUNDS: usize = if cfg!(miri) {
    3
} else if cfg!(cow_heap) {
    40
} else {
    200
};

#[test]
fn clones_of_a_text_with_a_finger_are_edited_apart() {
    let arena = Arena::builder().build();
    let mut text = CowString::new_in(&arena);
    text.push_str(&"line of text\n".repeat(300));
    // Something pending, so that every clone has it.
    text.insert_str(1_000, "ab");
    text.insert_str(1_001, "xyz");
    let model = String::from(&text);
    thread::scope(|scope| {
        for seed in 1..5 {
            let (text, model) = (&text, &model);
            scope.spawn(move || {
                for round in 0..ROUNDS {
                    let (mut mine, mut expected) = (text.clone(), model.clone());
                    for i in 0..8 {
                        let at = (round * 7_919 + i * seed * 104_729) % expected.len();
                        mine.insert(at, 'q');
                        expected.insert(at, 'q');
                        let at = (round + seed) % 900;
                        mine.remove_range(at..at + i);
                        expected.drain(at..at + i);
                    }
                    assert_eq!(mine, expected);
                    assert_eq!(mine.line_count(), expected.matches('\n').count() + 1);
                }
            });
        }
        for _ in 0..ROUNDS {
            assert_eq!(
                text.byte_to_line(1_000),
                model[..1_000].matches('\n').count()
            );
            assert_eq!(text, model);
        }
    });
    text.assert_invariants();
    drop(text);
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn readers_see_whole_versions_of_a_writer() {
    let text = CowString::<Utf16Lines>::from_text(&"aa\n".repeat(500));
    let cell = SnapshotCell::new(text);
    thread::scope(|scope| {
        scope.spawn(|| {
            for round in 0..ROUNDS {
                let mut guard = cell.write();
                let at = round * 3 % guard.len() / 3 * 3;
                guard.insert_str(at, "bb\n");
                guard.remove_range(at..at + 3);
                guard.push_str("cc\n");
                guard.commit();
            }
        });
        for _ in 0..2 {
            scope.spawn(|| {
                for _ in 0..ROUNDS {
                    let version = cell.load();
                    assert_eq!(version.len() % 3, 0);
                    assert_eq!(version.line_count(), version.len() / 3 + 1);
                    assert_eq!(version.char_count(), version.chars().count());
                }
            });
        }
    });
}
