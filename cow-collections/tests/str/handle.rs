//! What a handle is: its size, where the text lies, what it keeps.

use std::{mem::size_of, panic::UnwindSafe};

use cow_collections::{AllocError, CowBytes, CowStr, ToCowStr, format_cow};

use crate::{CLASS, LENGTHS, panics, text};

#[test]
fn a_handle_is_two_words() {
    assert_eq!(size_of::<CowStr>(), 16);
    assert_eq!(size_of::<Option<CowStr>>(), 16);
    assert_eq!(size_of::<Option<CowBytes>>(), 16);
}

#[test]
fn handles_go_everywhere() {
    fn everywhere<T: Send + Sync + UnwindSafe + Unpin + 'static>() {}
    everywhere::<CowStr>();
    everywhere::<CowBytes>();
}

#[test]
fn texts_up_to_fifteen_bytes_are_inline() {
    for len in LENGTHS {
        let cow = CowStr::from(text(len));
        assert_eq!(cow, text(len));
        assert_eq!(cow.len(), len);
        assert_eq!(cow.is_inline(), len <= 15);
        let chunks = match len {
            0..=15 => 0,
            16..=CLASS => 1,
            _ => 2,
        };
        assert_eq!(cow.memory().chunks_exclusive, chunks);
        let inside = cow.as_ptr().addr().wrapping_sub((&raw const cow).addr()) < 16;
        assert_eq!(inside, len <= 15);
    }
}

#[test]
fn every_inline_text_can_be_pushed_and_popped() {
    let model = text(17);
    let mut cow = CowStr::new();
    for (at, char) in model.char_indices() {
        assert_eq!(cow, model[..at]);
        cow.push(char);
    }
    assert_eq!(cow, model);
    for (at, char) in model.char_indices().rev() {
        assert_eq!(cow.pop(), Some(char));
        assert_eq!(cow, model[..at]);
    }
    assert_eq!(cow.pop(), None);
}

#[test]
fn an_inline_text_that_was_longer_equals_one_that_was_not() {
    let mut cow = CowStr::from("fifteen bytes..");
    cow.truncate(7);
    assert_eq!(cow, CowStr::from("fifteen"));
    cow.clear();
    assert_eq!(cow, CowStr::new());
    // From a chunk, and from static memory.
    let mut long = CowStr::from("more than fifteen bytes");
    long.truncate(4);
    assert!(!long.is_inline());
    assert_eq!(long, CowStr::from("more"));
    assert_eq!(CowStr::from_static("more"), CowStr::from("more"));
}

#[test]
fn a_static_text_stays_where_it_is() {
    static TEXT: &str = "a text in the program itself";
    const COW: CowStr = CowStr::from_static(TEXT);
    static NAMES: [CowStr; 2] = [COW, CowStr::new()];
    assert_eq!(NAMES[0].as_ptr(), TEXT.as_ptr());
    assert!(NAMES[1].is_empty());
    let word = COW.slice(2..6);
    assert_eq!(word.as_ptr(), TEXT[2..].as_ptr());
    assert_eq!(COW.memory().bytes(), 0);
    let mut cow = COW;
    cow.push('!');
    assert_eq!(cow, "a text in the program itself!");
    let mut cow = COW;
    cow.truncate(6);
    assert_eq!(cow, "a text");
    cow.clear();
    assert_eq!(cow, "");
    let mut cow = COW;
    assert_eq!(cow.split_to(2), "a ");
    assert_eq!(cow.as_ptr(), TEXT[2..].as_ptr());
}

#[test]
fn compact_lets_go_of_the_whole() {
    let whole = CowStr::from(text(10_000));
    let mut part = whole.slice(..whole.floor_char_boundary(100));
    assert!(part.memory().bytes_shared > 10_000);
    part.compact();
    assert_eq!(part.memory().bytes_exclusive, 128);
    assert_eq!(part, whole[..part.len()]);
    let mut none = whole.slice(..whole.floor_char_boundary(100));
    none.clear();
    none.compact();
    assert_eq!(none.memory().bytes(), 0);
    let mut fits = CowStr::from(text(128));
    let address = fits.as_ptr();
    fits.compact();
    assert_eq!(fits.as_ptr(), address, "it is where it should be");
}

#[test]
fn room_that_was_reserved_is_used() {
    let most = if cfg!(miri) { 300 } else { CLASS };
    for (start, more) in [(0, 10), (0, 20), (10, 10), (100, most)] {
        let mut cow = CowStr::from(text(start));
        cow.reserve(more);
        let address = cow.as_ptr();
        (0..more).for_each(|_| cow.push('.'));
        assert_eq!(cow.as_ptr(), address);
        cow.clear();
        cow.push_str(&text(start));
        assert_eq!(cow.as_ptr(), address, "what is cleared keeps its room");
    }
    assert!(CowStr::with_capacity(100).capacity() >= 100);
}

#[test]
fn more_than_the_most_is_refused() {
    let mut cow = CowStr::from("a text that is to stay as it is");
    let too_much = CowStr::MAX_LEN - cow.len() + 1;
    assert!(matches!(
        cow.try_reserve(too_much),
        Err(AllocError::Capacity { requested, most }) if requested == most + 1
    ));
    assert!(CowStr::try_with_capacity(usize::MAX).is_err());
    assert!(CowBytes::try_with_capacity(usize::MAX).is_err());
    let message = "a capacity of 4294967296 is above the most there can be, 4294967295";
    assert_eq!(panics(|| cow.reserve(too_much)), message);
    assert_eq!(panics(|| CowStr::with_capacity(1 << 32)), message);
    assert!(panics(|| cow.repeat(usize::MAX)).contains("above the most"));
    assert_eq!(cow, "a text that is to stay as it is");
}

#[test]
fn formatting_takes_no_chunk_for_a_short_text() {
    let number = 42;
    assert!(format_cow!("n = {number:>5}").is_inline());
    assert_eq!(format_cow!("n = {number:>5}"), "n =    42");
    assert_eq!(format_cow!("{}", text(100)), text(100));
    assert_eq!(format_cow!("constant").as_str(), "constant");
    assert_eq!('ß'.to_cow_str(), "ß");
    assert_eq!([1, 2].map(|n| n.to_cow_str()), ["1", "2"]);
}

#[test]
#[should_panic(expected = "a Display implementation returned an error unexpectedly")]
fn an_error_in_display_panics_as_in_format() {
    struct Bad;
    impl std::fmt::Display for Bad {
        fn fmt(&self, _: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            Err(std::fmt::Error)
        }
    }
    let _ = format_cow!("{Bad}");
}

#[test]
fn a_predicate_that_panics_changes_nothing() {
    let mut cow = CowStr::from("a text that is to stay as it is");
    let mut calls = 0;
    let message = panics(|| {
        cow.retain(|_| {
            calls += 1;
            assert!(calls < 9, "enough");
            calls % 2 == 0
        });
    });
    assert_eq!(message, "enough");
    assert_eq!(cow, "a text that is to stay as it is");
}

#[test]
fn an_iterator_that_panics_leaves_a_valid_text() {
    let mut cow = CowStr::from("ß");
    let chars = (0..200).map(|n| {
        assert!(n < 150, "enough");
        '中'
    });
    assert_eq!(panics(|| cow.extend(chars)), "enough");
    assert!(cow.starts_with("ß中") && cow.chars().skip(1).all(|char| char == '中'));
}
