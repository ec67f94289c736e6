//! Texts: gaps, fingers, and what is pending there.

use cow_collections::{Arena, CowString, Merger};

use super::{scan, subject::Text};
use crate::history::SLOW;

const LINES: usize = if SLOW { 60 } else { 1000 };

fn lines() -> String {
    (0..LINES).map(|n| format!("line {n}\r\n")).collect()
}

fn text(arena: &Arena) -> Text {
    let mut text = Text::with_metrics_in(arena);
    text.push_str(&lines());
    text
}

#[test]
fn chunks_are_equal_wherever_their_gaps_are() {
    let arena = Arena::builder().build();
    let mut all = [text(&arena), text(&arena), text(&arena)];
    for (i, text) in all.iter_mut().enumerate() {
        // The gap goes there, and text comes and goes.
        text.remove_range(10 * i..10 * i + 1);
        text.insert_str(10 * i, &lines()[10 * i..10 * i + 1]);
    }
    let leaves = all[0].chunks().count();
    let mut merger = Merger::new();
    scan(&mut merger, &mut all, usize::MAX);
    let sharing = usize::try_from(merger.stats().pages_sharing).unwrap();
    assert!(sharing >= leaves, "{sharing} of {leaves}");
    for text in &all {
        assert_eq!(*text, lines());
        text.assert_invariants();
    }
}

#[test]
fn typing_goes_on_in_a_leaf_of_ones_own() {
    let arena = Arena::builder().build();
    let mut all = [text(&arena), text(&arena)];
    let mut model = lines();
    for text in &mut all {
        // Two keys wait at the finger.
        "abc"
            .chars()
            .enumerate()
            .for_each(|(i, key)| text.insert(9 + i, key));
    }
    model.insert_str(9, "abc");
    let snapshot = all[0].clone();
    let mut merger = Merger::new();
    let [a, b] = &mut all;
    // The merger keeps chunks in the middle of a scan, and gives up others: neither are typed into.
    for key in ["d", "e", "f", "g"] {
        let _ = merger.scan(&mut [&mut *a, &mut *b], 1).unwrap();
        b.insert_str(12, key);
        let mut typed = model.clone();
        typed.insert_str(12, key);
        assert_eq!(*b, typed);
        assert_eq!(*a, model);
        assert_eq!(snapshot, model);
        b.remove_range(12..13);
        assert_eq!(*b, model);
        // Not `assert_invariants`, which clones: then the finger would know nothing.
    }
    b.assert_invariants();
    let mut lent = [a, b];
    while !merger.scan(&mut lent, 1).unwrap() {}
    let [a, b] = lent;
    assert_eq!(merger.stats().pages_unshared, 0);
    b.insert(10, '!');
    b.insert(11, '!');
    assert_eq!(
        (a.to_string(), snapshot.to_string()),
        (model.clone(), model.clone())
    );
    a.insert(3, '?');
    model.insert_str(10, "!!");
    assert_eq!(*b, model);
    assert_eq!(b.lines().count(), model.lines().count());
    b.assert_invariants();
}

#[test]
fn a_text_typed_into_the_same_is_rebased_as_a_whole() {
    let arena = Arena::builder().build();
    let onto = text(&arena);
    let mut typed = Text::with_metrics_in(&arena);
    lines().chars().for_each(|key| typed.push(key));
    typed.rebase(&onto);
    assert!(typed.ptr_eq(&onto));
}

#[test]
fn what_lies_behind_an_insertion_is_found() {
    let arena = Arena::builder().build();
    let (mut onto, mut new, mut model) = (text(&arena), text(&arena), lines());
    let at = 7 * LINES;
    new.insert_str(at, "in both");
    model.insert_str(at, "in both");
    new.insert_str(3, "some more text");
    model.insert_str(3, "some more text");
    let leaves = new.chunks().count();
    onto.insert_str(at, "in both");
    let given_up = new.rebase(&onto);
    assert!(given_up > leaves / 2, "{given_up} of {leaves}");
    // The leaf with the finger was lent for that, and is not typed into.
    onto.insert(at + 7, '!');
    assert_eq!(new, model);
    assert_eq!(onto.len(), lines().len() + 8);
    new.assert_invariants();
    onto.assert_invariants();
}

#[test]
fn a_text_that_repeats_itself_is_one_chunk() {
    let arena = Arena::builder().build();
    let mut text = CowString::new_in(&arena);
    text.push_str(&"all work and no play\n".repeat(64 << 10 >> 5));
    let before = text.chunks().count();
    let mut merger = Merger::new();
    while !merger.scan(&mut [&mut text], 5).unwrap() {}
    let stats = merger.stats();
    // Chunks repeat after as many as the phrase has letters.
    assert!(stats.pages_shared + stats.pages_unshared <= 21 + 2);
    assert_eq!(
        usize::try_from(stats.pages_shared + stats.pages_unshared + stats.pages_sharing).unwrap(),
        before
    );
    text.insert(30_000, '!');
    assert_eq!(text.to_string().matches('!').count(), 1);
    text.assert_invariants();
}
