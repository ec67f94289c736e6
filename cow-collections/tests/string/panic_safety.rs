//! Panics: at bad positions, as `String`'s; and in closures, at every call.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cow_collections::{Arena, CowString, PositionError, TextError};

fn ignore<T>(_: T) {}

#[test]
fn bad_positions_panic_and_change_nothing() {
    let mut text = CowString::from("a\u{e9}\u{1f600}z");
    let before = text.clone();
    let mut panics = |call: &mut dyn FnMut(&mut CowString)| {
        let outcome = catch_unwind(AssertUnwindSafe(|| call(&mut text)));
        let message = *outcome.unwrap_err().downcast::<String>().unwrap();
        assert_eq!(text, before);
        text.assert_invariants();
        message
    };
    assert!(panics(&mut |text| text.insert(2, 'x')).contains("position 2 is not a char boundary"));
    assert!(panics(&mut |text| text.insert_str(99, "x")).contains("position 99 is out of range"));
    assert!(panics(&mut |text| ignore(text.remove(4))).contains("position 4"));
    assert!(panics(&mut |text| ignore(text.remove(8))).contains("cannot remove a char"));
    assert!(panics(&mut |text| text.remove_range(1..2)).contains("position 2"));
    assert!(panics(&mut |text| text.remove_range(2..3)).contains("position 2"));
    assert!(panics(&mut |text| text.replace_range(..99, "")).contains("position 99"));
    assert!(panics(&mut |text| text.truncate(2)).contains("position 2"));
    assert!(panics(&mut |text| ignore(text.split_off(2))).contains("position 2"));
    assert!(panics(&mut |text| ignore(text.snapshot_range(2..))).contains("position 2"));
    assert!(panics(&mut |text| ignore(text.slice(..9))).contains("position 9"));
    assert!(panics(&mut |text| ignore(text.byte_to_line(2))).contains("position 2"));
    assert!(panics(&mut |text| ignore(text.line_to_byte(2))).contains("position 2"));
    assert!(panics(&mut |text| ignore(text.cursor(2))).contains("position 2"));
    #[expect(clippy::reversed_empty_ranges, reason = "that is the mistake")]
    let reversed = panics(&mut |text| text.remove_range(3..1));
    assert!(reversed.contains("starts at 3 but ends at 1"));
}

#[test]
fn bad_positions_are_told() {
    let mut text = CowString::from("\u{e9}");
    let inside = PositionError::InsideChar { at: 1 };
    let outside = PositionError::OutOfRange { at: 3, end: 2 };
    assert_eq!(
        text.try_insert_str(1, "x"),
        Err(TextError::Position(inside))
    );
    assert_eq!(
        text.try_insert_str(3, "x"),
        Err(TextError::Position(outside))
    );
    // Where the finger is, too.
    text.insert_str(2, "abc");
    assert_eq!(
        text.try_insert_str(1, "x"),
        Err(TextError::Position(inside))
    );
    assert_eq!(
        text.try_remove_range(1..2),
        Err(TextError::Position(inside))
    );
    assert_eq!(text.try_slice(1..).err(), Some(inside));
    assert!(text.get(..1).is_none() && text.get(..2).is_some());
    assert_eq!(text.try_byte_to_line(1), Err(inside));
    assert_eq!(text, "\u{e9}abc");
    let source = std::error::Error::source(&TextError::Position(inside)).map(ToString::to_string);
    assert!(source.unwrap().contains("position 1"));
}

#[test]
fn a_closure_may_panic_at_any_call() {
    let arena = Arena::builder().build();
    let sample = "abc\u{e9}\n".repeat(200);
    let text = CowString::<cow_collections::Lines>::try_from_str_in(&sample, &arena).unwrap();
    let chunks = arena.stats().chunks_live();
    for nth in (0..text.chars().count()).step_by(13) {
        let mut edited = text.clone();
        let mut calls = 0;
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            edited.retain(|char| {
                calls += 1;
                assert!(calls <= nth, "the call that panics");
                char != 'b'
            });
        }));
        assert!(outcome.is_err());
        assert!(edited.ptr_eq(&text), "as it was");
        let outcome = catch_unwind(AssertUnwindSafe(|| {
            edited.extend(sample.chars().enumerate().map(|(i, char)| {
                assert!(i < nth, "the call that panics");
                char
            }));
        }));
        assert!(outcome.is_err());
        edited.assert_invariants();
        assert!(edited.starts_with(&sample), "what was there is there");
    }
    assert_eq!(arena.stats().chunks_live(), chunks);
}

#[test]
#[should_panic(expected = "capacity overflow")]
#[cfg_attr(any(cow_tiny, miri), ignore = "many chunks")]
fn a_text_of_four_gigabytes_is_too_long() {
    let mut text: CowString = "x".repeat(1 << 20).into();
    loop {
        let mut again = text.clone();
        text.append(&mut again);
    }
}
