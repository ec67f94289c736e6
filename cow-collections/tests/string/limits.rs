//! Arenas with a byte limit: a `try_` call that finds no chunk leaves everything as it was.

use cow_collections::{AllMetrics, AllocError, Arena, CowString, Lines, Metrics, TextError};

use crate::{
    ballast::{Ballast, more},
    world::sample,
};

/// Above what any call below needs.
const LIMIT: usize = 8 << 20;
const MANY: usize = if cfg!(cow_tiny) { 1_500 } else { 70_000 };

/// Runs a call with room for no chunk, for 64 bytes, for 128, and so on until it succeeds.
fn fails_well<M: Metrics>(
    call: impl Fn(&mut CowString<M>, &mut CowString<M>) -> Result<(), TextError>,
    expected: impl Fn(&mut String, &mut String),
) {
    for is_shared in [false, true] {
        let arena = Arena::builder().byte_limit(LIMIT).build();
        let mut text = CowString::<M>::try_from_str_in(&sample(3, MANY), &arena).unwrap();
        // A finger somewhere, with something pending.
        let at = text.ceil_char_boundary(MANY / 3);
        text.insert_str(at, "abc");
        text.insert_str(at + 1, "x\r\n");
        let snapshot = is_shared.then(|| text.clone());
        let mut other = CowString::<M>::try_from_str_in(&sample(4, MANY / 4), &arena).unwrap();
        let (model, other_model) = (String::from(&text), String::from(&other));
        let mut spare = 0;
        let mut failures = 0;
        loop {
            let ballast = Ballast::new(&arena, LIMIT, spare);
            let outcome = call(&mut text, &mut other);
            drop(ballast);
            let mut chunks = text.assert_invariants();
            chunks.extend(other.assert_invariants());
            if let Some(snapshot) = &snapshot {
                chunks.extend(snapshot.assert_invariants());
                assert_eq!(*snapshot, model, "the snapshot is as it was");
            }
            assert_eq!(arena.stats().chunks_live(), chunks.len());
            match outcome {
                Ok(()) => break,
                Err(TextError::Alloc(error)) => assert!(matches!(error, AllocError::Limit { .. })),
                Err(error) => panic!("{error}"),
            }
            assert!(text == model && other == other_model, "as it was before");
            failures += 1;
            spare = more(spare);
        }
        assert!(failures > 0 || !is_shared, "what is shared must be copied");
        let (mut model_after, mut other_after) = (model.clone(), other_model.clone());
        expected(&mut model_after, &mut other_after);
        assert!(text == model_after && other == other_after);
        drop((text, snapshot, other));
        assert_eq!(arena.stats().chunks_live(), 0);
    }
}

fn floor(text: &str, mut at: usize) -> usize {
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn calls_fail_well<M: Metrics>() {
    let long = sample(9, MANY / 2);
    for text in [
        "y",
        "\n",
        "\r",
        &long[..floor(&long, 3_000.min(MANY / 4))],
        &long,
    ] {
        fails_well::<M>(
            |cow, _| {
                let at = cow.floor_char_boundary(MANY / 2);
                cow.try_insert_str(at, text)
            },
            |model, _| model.insert_str(floor(model, MANY / 2), text),
        );
        fails_well::<M>(
            |cow, _| Ok(cow.try_push_str(text)?),
            |model, _| model.push_str(text),
        );
    }
    for len in [1, 10, MANY / 16, MANY / 2] {
        fails_well::<M>(
            |cow, _| {
                let (a, b) = (
                    cow.floor_char_boundary(MANY / 4),
                    cow.floor_char_boundary(MANY / 4 + len + 4),
                );
                cow.try_remove_range(a..b)
            },
            |model, _| {
                model.drain(floor(model, MANY / 4)..floor(model, MANY / 4 + len + 4));
            },
        );
        fails_well::<M>(
            |cow, _| {
                let (a, b) = (
                    cow.floor_char_boundary(MANY / 4),
                    cow.floor_char_boundary(MANY / 4 + len + 4),
                );
                cow.try_replace_range(a..b, "\nsomething else\r")
            },
            |model, _| {
                let range = floor(model, MANY / 4)..floor(model, MANY / 4 + len + 4);
                model.replace_range(range, "\nsomething else\r");
            },
        );
    }
    fails_well::<M>(
        |cow, other| {
            *other = cow.try_split_off(cow.floor_char_boundary(MANY / 3))?;
            Ok(())
        },
        |model, other| *other = model.split_off(floor(model, MANY / 3)),
    );
    fails_well::<M>(
        |cow, other| Ok(cow.try_append(other)?),
        |model, other| model.push_str(&std::mem::take(other)),
    );
    fails_well::<M>(
        |cow, other| {
            *other = cow.try_snapshot_range(
                cow.floor_char_boundary(4)..cow.floor_char_boundary(MANY / 2),
            )?;
            Ok(())
        },
        |model, other| *other = model[floor(model, 4)..floor(model, MANY / 2)].to_owned(),
    );
}

#[test]
#[cfg_attr(miri, ignore = "too many calls for an interpreter")]
fn calls_with_lines_fail_well() {
    calls_fail_well::<Lines>();
}

#[test]
#[cfg_attr(miri, ignore = "too many calls for an interpreter")]
fn calls_with_all_metrics_fail_well() {
    calls_fail_well::<AllMetrics>();
}

/// Between a CR and its LF, which come together again; and for what cannot be taken out.
#[test]
#[cfg_attr(miri, ignore = "too many calls for an interpreter")]
fn what_was_put_in_is_taken_out_again_when_the_rest_fails() {
    let model = "line\r\n".repeat(MANY / 8);
    let at = model.len() / 12 * 6 + 5;
    let long = sample(9, MANY / 2);
    for text in [&long[..floor(&long, MANY / 16)], &long] {
        for range in [at..at, at / 2..at] {
            let arena = Arena::builder().byte_limit(LIMIT).build();
            let mut cow = CowString::<AllMetrics>::try_from_str_in(&model, &arena).unwrap();
            let snapshot = cow.clone();
            let mut spare = 0;
            while {
                let _ballast = Ballast::new(&arena, LIMIT, spare);
                cow.try_replace_range(range.clone(), text).is_err()
            } {
                assert!(cow == model && snapshot == model);
                cow.assert_invariants();
                spare += (MANY / 64).next_multiple_of(64);
            }
            assert!(spare > 0);
            let mut after = model.clone();
            after.replace_range(range, text);
            assert!(cow == after && snapshot == model);
        }
    }
}

#[test]
fn a_full_arena_can_be_emptied_and_filled_again() {
    let arena = Arena::builder().byte_limit(64 << 10).build();
    let mut text = CowString::new_in(&arena);
    while text.try_push_str("line\n").is_ok() {}
    let full = text.len();
    assert!(full > 16 << 10);
    while text.pop().is_some() {}
    assert_eq!(arena.stats().bytes_used, 0);
    assert!(text.arena() == (&arena).into(), "it keeps its arena");
    while text.try_push_str("line\n").is_ok() {}
    assert_eq!(text.len(), full);
}
