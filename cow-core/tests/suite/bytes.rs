//! Runs of bytes: inline, static, in a chunk, and in a buffer of their own.

use std::thread;

use cow_core::{AllocError, Arena, Bytes};
use quickcheck::{Arbitrary, Gen};

use crate::probe::{check, panics};

/// The largest class; what is longer has a buffer of its own.
const CLASS: usize = if cfg!(cow_tiny) { 4 << 10 } else { 64 << 10 };

/// Lengths around every border.
const LENGTHS: [usize; 16] = [
    0,
    1,
    3,
    4,
    7,
    8,
    14,
    15,
    16,
    17,
    63,
    64,
    65,
    CLASS - 1,
    CLASS,
    CLASS + 1,
];

fn text(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

fn run(arena: &Arena, bytes: &[u8]) -> Bytes {
    Bytes::try_from_slice_in(arena.into(), bytes).unwrap()
}

#[test]
fn every_length_comes_back() {
    let arena = Arena::builder().build();
    for len in LENGTHS {
        let model = text(len);
        for bytes in [run(&arena, &model), Bytes::try_from_slice(&model).unwrap()] {
            assert_eq!(bytes.as_slice(), model);
            assert_eq!(bytes.len(), len);
            assert_eq!(bytes.is_empty(), len == 0);
            assert_eq!(bytes.is_inline(), len <= 15);
            assert!(bytes.is_exclusive());
            assert!(bytes.capacity() >= len);
            let clone = bytes.clone();
            assert_eq!(clone, bytes);
            assert!(clone.ptr_eq(&bytes));
            assert_eq!(clone.is_exclusive(), len <= 15);
        }
    }
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn static_bytes_are_neither_copied_nor_counted() {
    static BYTES: [u8; 100] = [7; 100];
    const RUN: Bytes = Bytes::from_static(&BYTES);
    let run = RUN;
    assert!(run.is_static() && !run.is_exclusive());
    assert_eq!(run.as_slice().as_ptr(), BYTES.as_ptr());
    let part = run.try_slice(3..5).unwrap();
    assert_eq!(part.as_slice().as_ptr(), BYTES[3..].as_ptr());
    let mut changed = run.clone();
    changed.try_make_mut().unwrap()[0] = 8;
    assert_eq!(changed.as_slice()[..2], [8, 7]);
    assert_eq!(run.as_slice(), BYTES);
    assert_eq!(run.chunks().count(), 0);
}

#[test]
fn every_slice_of_every_length() {
    let arena = Arena::builder().build();
    for len in LENGTHS {
        let model = text(len);
        let bytes = run(&arena, &model);
        let near = |at: usize| at.saturating_sub(1)..=(at + 1).min(len);
        let starts = near(0).chain(near(len / 2));
        for start in starts {
            for end in near(start)
                .chain(near(start + 16))
                .chain(near(len))
                .filter(|&end| (start..=len).contains(&end))
            {
                let slice = bytes.try_slice(start..end).unwrap();
                assert_eq!(
                    slice.as_slice(),
                    &model[start..end],
                    "{start}..{end} of {len}"
                );
                assert_eq!(slice.is_inline(), end - start <= 15);
            }
        }
    }
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn a_slice_outlives_what_it_was_cut_from() {
    let arena = Arena::builder().build();
    for len in [100, CLASS, CLASS + 100] {
        let model = text(len);
        let slice = run(&arena, &model).try_slice(50..len).unwrap();
        let of_slice = slice.try_slice(10..len - 50).unwrap();
        drop(slice);
        assert_eq!(of_slice.as_slice(), &model[60..]);
        assert!(of_slice.is_exclusive());
    }
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn a_slice_takes_no_chunk_and_a_large_one_a_small_one() {
    let arena = Arena::builder().build();
    let bytes = run(&arena, &text(1000));
    let _slice = bytes.try_slice(10..500).unwrap();
    assert_eq!(arena.stats().chunks_live(), 1);
    let large = run(&arena, &text(CLASS + 1));
    assert_eq!(arena.stats().chunks_live(), 3);
    let _prefix = large.try_slice(0..500).unwrap();
    assert_eq!(arena.stats().chunks_live(), 3);
    let _slice = large.try_slice(1..500).unwrap();
    assert_eq!(arena.stats().chunks_live(), 4);
    let usage: Vec<_> = large
        .chunks()
        .map(|chunk| (chunk.bytes, chunk.handles))
        .collect();
    assert_eq!(usage, [(64, 2), (CLASS + 1, 2)]);
}

#[test]
fn one_of_two_clones_appends_in_place() {
    let arena = Arena::builder().build();
    for len in [20, CLASS + 20] {
        let model = text(len);
        let mut first = run(&arena, &model);
        first.try_reserve(20).unwrap();
        let mut second = first.clone();
        let tail = first.try_slice(1..len).unwrap();
        let address = first.as_slice().as_ptr();
        let copies = arena.stats().copies;

        first.try_extend_from_slice(b"first").unwrap();
        assert_eq!(first.as_slice().as_ptr(), address);
        assert_eq!(arena.stats().copies, copies);
        second.try_extend_from_slice(b"second").unwrap();
        assert_eq!(arena.stats().copies, copies + 1);

        assert_eq!(first.as_slice(), [&model, &b"first"[..]].concat());
        assert_eq!(second.as_slice(), [&model, &b"second"[..]].concat());
        assert_eq!(tail.as_slice(), &model[1..]);
    }
}

#[test]
fn a_slice_at_the_end_appends_in_place_too() {
    let arena = Arena::builder().build();
    let bytes = run(&arena, &text(40));
    let mut tail = bytes.try_slice(20..40).unwrap();
    tail.try_extend_from_slice(b"more").unwrap();
    assert_eq!(arena.stats().chunks_live(), 1);
    assert_eq!(tail.as_slice()[20..], *b"more");
    let mut middle = bytes.try_slice(10..30).unwrap();
    middle.try_extend_from_slice(b"copied").unwrap();
    assert_eq!(arena.stats().chunks_live(), 2);
    assert_eq!(bytes.as_slice(), text(40));
}

#[test]
fn what_a_dropped_clone_added_is_written_over() {
    let arena = Arena::builder().build();
    let mut bytes = run(&arena, &text(20));
    let mut clone = bytes.clone();
    clone.try_extend_from_slice(b"lost").unwrap();
    drop(clone);
    bytes.try_extend_from_slice(b"!").unwrap();
    assert_eq!(arena.stats().chunks_live(), 1);
    let mut clone = bytes.clone();
    clone.try_extend_from_slice(b"?").unwrap();
    assert_eq!(
        arena.stats().chunks_live(),
        1,
        "the record is that of the last append"
    );
    assert_eq!(clone.as_slice(), [&text(20), &b"!?"[..]].concat());
}

#[test]
fn a_run_grows_by_doubling() {
    let arena = Arena::builder().build();
    let mut bytes = run(&arena, &text(20));
    let (mut moves, mut address) = (0, bytes.as_slice().as_ptr());
    while bytes.len() < 4 * CLASS {
        bytes.try_extend_from_slice(&text(100)).unwrap();
        moves += usize::from(bytes.as_slice().as_ptr() != address);
        address = bytes.as_slice().as_ptr();
    }
    assert!(
        moves <= (4 * CLASS / 64).ilog2() as usize + 1,
        "{moves} moves"
    );
    assert_eq!(arena.stats().copies, 0, "growing is no fault");
}

#[test]
fn compact_lets_go_of_a_large_chunk() {
    let arena = Arena::builder().build();
    for (len, bytes_left) in [(10, 0), (20, 64), (100, 128)] {
        for from in [1000, CLASS + 1] {
            let model = text(from);
            let mut part = run(&arena, &model).try_slice(0..from).unwrap();
            part.truncate(len);
            part.try_compact().unwrap();
            assert_eq!(part.as_slice(), &model[..len]);
            assert_eq!(arena.stats().bytes_used, bytes_left);
            let address = part.as_slice().as_ptr();
            part.try_compact().unwrap();
            assert!(len <= 15 || part.as_slice().as_ptr() == address);
        }
    }
}

#[test]
fn bytes_are_taken_off_the_front() {
    let arena = Arena::builder().build();
    for len in LENGTHS {
        let model = text(len);
        for count in [0, 1, len / 2, len]
            .into_iter()
            .filter(|&count| count <= len)
        {
            let mut alone = run(&arena, &model);
            let mut shared = run(&arena, &model);
            let kept = shared.clone();
            for bytes in [&mut alone, &mut shared] {
                bytes.try_advance(count).unwrap();
                assert_eq!(bytes.as_slice(), &model[count..]);
                bytes.try_extend_from_slice(b"and more of it").unwrap();
                assert_eq!(
                    bytes.as_slice(),
                    [&model[count..], b"and more of it"].concat()
                );
            }
            assert_eq!(kept.as_slice(), model);
        }
    }
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn cleared_bytes_keep_their_chunk_for_the_next_ones() {
    let arena = Arena::builder().build();
    for len in [20, CLASS + 1] {
        let mut bytes = run(&arena, &text(len));
        let address = bytes.as_slice().as_ptr();
        bytes.try_advance(3).unwrap();
        bytes.clear();
        bytes.try_extend_from_slice(&text(len)).unwrap();
        assert_eq!(bytes.as_slice().as_ptr(), address);
        let kept = bytes.clone();
        bytes.clear();
        assert!(bytes.is_inline() && bytes.is_empty());
        assert_eq!(kept.as_slice(), text(len));
    }
}

#[test]
fn places_outside_panic() {
    let arena = Arena::builder().build();
    for len in [5, 20, CLASS + 1] {
        let bytes = run(&arena, &text(len));
        assert_eq!(
            panics(|| bytes.try_slice(0..len + 1)),
            format!("slice 0..{} of {len} bytes", len + 1)
        );
        assert_eq!(
            panics(|| bytes.clone().try_advance(len + 1)),
            format!("advance by {} of {len} bytes", len + 1)
        );
        assert_eq!(
            panics(|| bytes.clone().try_splice(0..len + 1, b"")),
            format!("splice 0..{} of {len} bytes", len + 1)
        );
    }
}

#[test]
fn more_than_fits_is_an_error() {
    let mut bytes = Bytes::try_from_slice(&text(20)).unwrap();
    for (outcome, requested) in [
        (bytes.try_reserve(usize::MAX), usize::MAX),
        (bytes.try_reserve(Bytes::MAX_LEN - 19), Bytes::MAX_LEN + 1),
        (Bytes::try_with_capacity(1 << 40).map(drop), 1 << 40),
    ] {
        let Err(AllocError::Capacity {
            requested: told,
            most,
        }) = outcome
        else {
            panic!("{outcome:?}");
        };
        assert_eq!((told, most), (requested, Bytes::MAX_LEN));
    }
    assert_eq!(bytes.as_slice(), text(20));
    assert!(
        bytes
            .try_reserve(usize::MAX)
            .unwrap_err()
            .to_string()
            .contains("4294967295"),
        "the error names the limit"
    );
}

#[test]
fn a_full_arena_leaves_all_as_it_was() {
    type Call = fn(&mut Bytes) -> Result<(), AllocError>;
    let calls: [Call; 6] = [
        |bytes| bytes.try_extend_from_slice(&text(64)),
        |bytes| bytes.try_splice(1..3, &text(64)),
        |bytes| bytes.try_reserve(64),
        |bytes| bytes.try_make_mut().map(drop),
        |bytes| {
            *bytes = bytes.try_slice(1..bytes.len())?;
            Ok(())
        },
        |bytes| bytes.try_advance(1),
    ];
    for len in [50, CLASS + 64] {
        let arena = Arena::builder()
            .byte_limit(len.next_multiple_of(64) + 64)
            .build();
        let whole = run(&arena, &text(len));
        let mut others = Vec::new();
        while let Ok(other) = Bytes::try_from_slice_in((&arena).into(), &text(50)) {
            others.push(other);
        }
        let mut failures = 0;
        for call in calls {
            let mut bytes = whole.clone();
            if let Err(error) = call(&mut bytes) {
                assert!(matches!(error, AllocError::Limit { .. }));
                assert!(bytes.ptr_eq(&whole), "left as it was");
                failures += 1;
            }
            assert_eq!(whole.as_slice(), text(len));
        }
        assert_eq!(failures, if len == 50 { 4 } else { 6 });
        let live = arena.stats().chunks_live();
        assert_eq!(live, whole.chunks().count() + others.len());
    }
}

#[test]
fn threads_claim_the_room_behind_one_run_once() {
    let threads = if cfg!(miri) { 3 } else { 8 };
    for _ in 0..if cfg!(miri) { 2 } else { 200 } {
        let arena = Arena::builder().build();
        let mut seed = run(&arena, &text(20));
        seed.try_reserve(30).unwrap();
        let work = |id: u8| {
            let mut mine = seed.clone();
            move || {
                mine.try_extend_from_slice(&[id; 10]).unwrap();
                let snapshot = mine.clone();
                mine.try_extend_from_slice(&[id; 9]).unwrap();
                (snapshot, mine)
            }
        };
        let spawned: Vec<_> = (0..threads).map(|id| thread::spawn(work(id))).collect();
        let mut in_place = 0;
        for (id, thread) in (0..).zip(spawned) {
            let (snapshot, mine) = thread.join().unwrap();
            assert_eq!(snapshot.as_slice(), [text(20), vec![id; 10]].concat());
            assert_eq!(mine.as_slice(), [text(20), vec![id; 19]].concat());
            in_place += usize::from(mine.as_slice().as_ptr() == seed.as_slice().as_ptr());
        }
        assert_eq!(in_place, 1);
        assert_eq!(seed.as_slice(), text(20));
        drop(seed);
        assert_eq!(arena.stats().chunks_live(), 0);
    }
}

#[test]
fn a_write_in_place_waits_for_readers_on_other_threads() {
    for _ in 0..if cfg!(miri) { 5 } else { 500 } {
        let mut mine = Bytes::try_from_slice(&text(40)).unwrap();
        let other = mine.clone();
        let reader = thread::spawn(move || assert_eq!(other.as_slice(), text(40)));
        mine.try_make_mut().unwrap().fill(0);
        assert_eq!(mine.as_slice(), [0; 40]);
        reader.join().unwrap();
    }
}

#[derive(Clone, Debug)]
enum Op {
    Snapshot,
    Switch(u8),
    Drop(u8),
    Extend(u16),
    Splice(u16, u16, u8),
    Slice(u16, u16),
    Advance(u16),
    Truncate(u16),
    Write(u16),
    Reserve(u16),
    Compact,
    Clear,
    Fresh(u16),
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut n = || u16::arbitrary(g);
        match n() % 20 {
            0..=2 => Self::Snapshot,
            3 => Self::Switch(n().to_le_bytes()[0]),
            4 => Self::Drop(n().to_le_bytes()[0]),
            5..=8 => Self::Extend(n()),
            9..=10 => Self::Splice(n(), n(), n().to_le_bytes()[0]),
            11..=12 => Self::Slice(n(), n()),
            13 => Self::Advance(n()),
            14 => Self::Truncate(n()),
            15 => Self::Write(n()),
            16 => Self::Reserve(n()),
            17 => Self::Compact,
            18 if n() % 4 == 0 => Self::Clear,
            _ => Self::Fresh(n()),
        }
    }
}

/// A length, mostly a short one, sometimes more than any class holds.
fn length(n: u16) -> usize {
    match n % 32 {
        0 => CLASS / 2 + usize::from(n),
        1..=8 => usize::from(n) % 400,
        _ => usize::from(n / 32) % 20,
    }
}

fn place(n: u16, len: usize) -> usize {
    (usize::from(n) * (len + 1)) >> 16
}

fn agrees_with_vec(ops: Vec<Op>) -> bool {
    let arena = Arena::builder().build();
    let mut kept = vec![(run(&arena, b""), Vec::new())];
    let mut stamp = 0_u8;
    for op in ops {
        stamp = stamp.wrapping_add(1);
        let last = kept.len() - 1;
        let (bytes, model) = &mut kept[last];
        match op {
            Op::Snapshot => {
                let pair = (bytes.clone(), model.clone());
                kept.push(pair);
            }
            Op::Switch(i) => kept.swap(usize::from(i) % (last + 1), last),
            Op::Drop(i) if last > 0 => drop(kept.swap_remove(usize::from(i) % last)),
            Op::Drop(_) => {}
            Op::Extend(n) => {
                let new = vec![stamp; length(n)];
                bytes.try_extend_from_slice(&new).unwrap();
                model.extend(new);
            }
            Op::Splice(start, end, n) => {
                let mut range = [place(start, model.len()), place(end, model.len())];
                range.sort_unstable();
                let new = vec![stamp; usize::from(n)];
                bytes.try_splice(range[0]..range[1], &new).unwrap();
                model.splice(range[0]..range[1], new);
            }
            Op::Slice(start, end) => {
                let mut range = [place(start, model.len()), place(end, model.len())];
                range.sort_unstable();
                let pair = (
                    bytes.try_slice(range[0]..range[1]).unwrap(),
                    model[range[0]..range[1]].to_vec(),
                );
                kept.push(pair);
            }
            Op::Advance(n) => {
                let count = place(n, model.len());
                bytes.try_advance(count).unwrap();
                model.drain(..count);
            }
            Op::Truncate(n) => {
                let len = place(n, model.len());
                bytes.truncate(len);
                model.truncate(len);
            }
            Op::Write(n) => {
                let start = place(n, model.len());
                bytes.try_make_mut().unwrap()[start..].fill(stamp);
                model[start..].fill(stamp);
            }
            Op::Reserve(n) => {
                bytes.try_reserve(length(n)).unwrap();
                assert!(bytes.capacity() >= model.len() + length(n));
                assert!(bytes.is_exclusive());
            }
            Op::Compact => bytes.try_compact().unwrap(),
            Op::Clear => {
                bytes.clear();
                model.clear();
            }
            Op::Fresh(n) => {
                let new = vec![stamp; length(n)];
                kept.push((run(&arena, &new), new));
            }
        }
        for (bytes, model) in &kept {
            assert_eq!(bytes.as_slice(), model);
        }
    }
    // No handle keeps a chunk that none of them is told to.
    let stats = arena.stats();
    assert!(stats.chunks_live() <= kept.iter().map(|(bytes, _)| bytes.chunks().count()).sum());
    drop(kept);
    assert_eq!(arena.stats().chunks_live(), 0);
    true
}

#[test]
fn many_handles_agree_with_vec() {
    check(agrees_with_vec);
}
