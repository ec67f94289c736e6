//! Slots in a chunk, filled from the front.

use std::{fmt, iter, mem, thread};

use cow_core::{Arena, ArenaRef, IntoValues, Shared, Slots, SlotsMut, SlotsRef};
use quickcheck::{Arbitrary, Gen};

use crate::probe::{CountingSource, Log, Probe, check, panics};

fn empty<T>(capacity: usize) -> Slots<T> {
    Slots::try_with_capacity_in(ArenaRef::global(), capacity).unwrap()
}

fn filled<T>(values: impl IntoIterator<Item = T>) -> Slots<T> {
    let values: Vec<_> = values.into_iter().collect();
    let mut slots = empty(values.len());
    values
        .into_iter()
        .for_each(|value| lent(&mut slots).push(value));
    slots
}

fn lent<T>(slots: &mut Slots<T>) -> SlotsMut<'_, T> {
    slots.get_mut().expect("an exclusive chunk")
}

fn probes(count: usize, log: &Shared<Log>) -> Slots<Probe> {
    filled((1..=count).map(|id| Probe::new(id, log)))
}

fn ids(slots: &mut Slots<Probe>) -> Vec<usize> {
    lent(slots)
        .into_slice()
        .iter()
        .map(|probe| probe.id)
        .collect()
}

/// Claims for values that live as long as any handle does.
fn claim<T: 'static>(slots: &Slots<T>, len: usize, value: T) -> Result<(), T> {
    // SAFETY: the values are of one type for all handles.
    unsafe { slots.claim(len, value) }
}

/// Reads what `slots` is known to have.
fn read<T>(slots: &Slots<T>, len: usize) -> &[T] {
    // SAFETY: the tests pass what they filled or claimed.
    unsafe { slots.as_slots().as_slice(len) }
}

#[test]
fn capacity_is_what_the_class_has_room_for() {
    assert_eq!(empty::<u64>(1).capacity(), 8);
    assert_eq!(empty::<u64>(9).capacity(), 16);
    assert_eq!(empty::<[u8; 48]>(3).capacity(), 5);
    assert_eq!(empty::<u8>(1000).chunk_bytes(), 1024);
    assert_eq!(empty::<u8>(100_000).capacity(), 100_000);
    assert_eq!(empty::<u8>(0).capacity(), 64);
}

#[test]
fn a_capacity_beyond_all_memory_panics() {
    assert_eq!(
        panics(|| drop(empty::<u64>(usize::MAX))),
        "capacity overflow"
    );
    assert_eq!(panics(|| drop(empty::<()>(1 << 32))), "capacity overflow");
    let most = empty::<()>(1).capacity();
    assert_eq!(empty::<()>(most).capacity(), most);
    assert_eq!(panics(|| drop(empty::<()>(most + 1))), "capacity overflow");
}

#[test]
fn one_of_two_handles_claims_the_next_slot() {
    let first = filled([1, 2, 3]);
    let second = first.clone();
    assert_eq!(claim(&first, 3, 40), Ok(()));
    assert_eq!(claim(&second, 3, 50), Err(50));
    assert_eq!(claim(&first, 4, 60), Ok(()));
    assert_eq!(read(&first, 5), [1, 2, 3, 40, 60]);
    assert_eq!(read(&second, 3), [1, 2, 3]);

    // SAFETY: three slots were filled before the handle was cloned.
    let mut copy = unsafe { second.as_slots().try_copy(3, 4) }.unwrap();
    lent(&mut copy).push(50);
    assert_eq!(read(&copy, 4), [1, 2, 3, 50]);
    assert_eq!(read(&first, 5), [1, 2, 3, 40, 60]);
}

#[test]
fn a_full_chunk_has_no_slot_to_claim() {
    let slots = filled(0..16_u64);
    let other = slots.clone();
    assert_eq!(claim(&slots, 16, 16), Err(16));
    assert_eq!(claim(&slots, 1 << 40, 16), Err(16));
    assert_eq!(claim(&other, 15, 16), Err(16));
}

#[test]
fn what_a_dropped_snapshot_claimed_is_truncated_away() {
    let mut slots = filled([1, 2, 3]);
    let snapshot = slots.clone();
    assert_eq!(claim(&snapshot, 3, 4), Ok(()));
    assert_eq!(claim(&snapshot, 4, 5), Ok(()));
    drop(snapshot);
    assert_eq!(claim(&slots, 3, 6), Err(6));
    let mut mine = lent(&mut slots);
    assert_eq!(mine.len(), 5);
    mine.truncate(3);
    mine.push(6);
    assert_eq!(mine.into_slice(), [1, 2, 3, 6]);
}

#[test]
fn slots_filled_in_silence_are_published_before_a_clone_claims() {
    let mut slots = filled(0..3_u64);
    {
        // SAFETY: the handle lives, is exclusive, and lends nothing else.
        let mut mine = unsafe { SlotsMut::from_first(slots.as_slots().first()) };
        // SAFETY: three slots are filled, of eight.
        unsafe { mine.push_unchecked(3, 3) };
        // SAFETY: three are, and numbers need no drop.
        unsafe { mine.assume_filled(3) };
        assert_eq!(mine.len(), 3);
    }
    // SAFETY: four slots are filled.
    unsafe { slots.as_slots().publish(4) };
    let clone = slots.clone();
    assert_eq!(claim(&clone, 3, 30), Err(30));
    assert_eq!(claim(&clone, 4, 40), Ok(()));
    // SAFETY: as above.
    unsafe { slots.as_slots().publish(4) };
    assert_eq!(claim(&slots, 4, 50), Err(50), "the record does not shrink");
    assert_eq!(read(&clone, 5), [0, 1, 2, 3, 40]);
    drop(clone);
    assert_eq!(lent(&mut slots).len(), 5);
    // SAFETY: the handle lives.
    let again = unsafe { SlotsRef::from_first(slots.as_slots().first()) };
    assert_eq!(again.as_ptr(), slots.as_slots().as_ptr());
}

#[test]
fn values_with_drop_glue_are_never_claimed() {
    let log = Log::new();
    let slots = probes(1, &log);
    let other = slots.clone();
    let back = claim(&other, 1, Probe::new(2, &log)).unwrap_err();
    assert_eq!((back.id, log.live()), (2, 2));
}

/// A claim through a handle of a shorter lifetime leaves nothing that a longer one could look at.
#[test]
fn a_claimed_slot_does_not_outlive_its_lifetime() {
    fn shorter<'a>(long: Slots<&'static str>, _: &'a str) -> Slots<&'a str> {
        long
    }
    let mut long = filled(["a", "b"]);
    {
        let text = String::from("c");
        let short = shorter(long.clone(), &text);
        // SAFETY: `long` truncates to two slots before it looks behind them.
        assert_eq!(unsafe { short.claim(2, &text) }, Ok(()));
        assert_eq!(read(&short, 3), ["a", "b", "c"]);
    }
    let mut mine = lent(&mut long);
    mine.truncate(2);
    assert_eq!(mine.into_slice(), ["a", "b"]);
}

#[test]
fn threads_claim_each_slot_once() {
    let capacity = if cfg!(miri) { 32 } else { 4096 };
    let slots = empty::<u64>(capacity);
    let taken: Vec<Vec<(usize, u64)>> = thread::scope(|scope| {
        let threads: Vec<_> = (0..4_u64)
            .map(|thread| {
                let mine = slots.clone();
                scope.spawn(move || {
                    let claimed = (0..capacity).filter_map(|i| {
                        let value = thread << 32 | i as u64;
                        claim(&mine, i, value).is_ok().then_some((i, value))
                    });
                    claimed.collect()
                })
            })
            .collect();
        threads.into_iter().map(|t| t.join().unwrap()).collect()
    });
    let mut slots = slots;
    let values = lent(&mut slots).into_slice();
    assert_eq!(values.len(), taken.iter().map(Vec::len).sum::<usize>());
    for (i, value) in taken.into_iter().flatten() {
        assert_eq!(values[i], value);
    }
}

#[test]
fn every_value_is_dropped_once() {
    let log = Log::new();
    let slots = probes(5, &log);
    let other = slots.clone();
    drop(slots);
    assert_eq!(log.live(), 5);
    drop(other);
    assert_eq!(log.live(), 0);
}

#[test]
fn a_copy_counts_as_a_fault() {
    let log = Log::new();
    let arena = Arena::builder().build();
    let mut slots = Slots::try_with_capacity_in((&arena).into(), 4).unwrap();
    lent(&mut slots).extend(&mut (1..4).map(|id| Probe::new(id, &log)));
    assert_eq!(slots.as_slots().handle_count(), 1);
    // SAFETY: three slots are filled.
    let copy = unsafe { slots.as_slots().try_copy(2, 8) }.unwrap();
    assert_eq!((log.clones(), log.live()), (2, 5));
    let stats = arena.stats();
    assert_eq!(
        (stats.copies, stats.bytes_copied),
        (1, copy.chunk_bytes() as u64)
    );
    assert_eq!((stats.chunks_live(), copy.capacity() >= 8), (2, true));
    assert_ne!(copy.as_slots().as_ptr(), slots.as_slots().as_ptr());
}

#[test]
fn a_copy_that_panics_leaves_nothing_behind() {
    let log = Log::new();
    let arena = Arena::builder().build();
    let mut slots = Slots::try_with_capacity_in((&arena).into(), 4).unwrap();
    lent(&mut slots).extend(&mut (1..4).map(|id| Probe::new(id, &log)));
    log.panic_on_clone_of(3);
    // SAFETY: three slots are filled.
    let copy = || drop(unsafe { slots.as_slots().try_copy(3, 3) });
    assert_eq!(panics(copy), "asked to panic in clone");
    assert_eq!((log.live(), arena.stats().chunks_live()), (3, 1));
}

#[test]
fn an_iterator_that_panics_leaves_what_it_gave() {
    let log = Log::new();
    let mut slots = empty(8);
    let mut values = (1..5).map(|id| {
        assert!(id < 3, "enough");
        Probe::new(id, &log)
    });
    assert_eq!(panics(|| lent(&mut slots).extend(&mut values)), "enough");
    assert_eq!(ids(&mut slots), [1, 2]);
    drop(slots);
    assert_eq!(log.live(), 0);
}

#[test]
fn extend_stops_when_the_chunk_is_full() {
    let mut slots = empty::<u64>(8);
    let mut numbers = 0..;
    assert_eq!(lent(&mut slots).extend(&mut numbers), 8);
    assert_eq!(lent(&mut slots).extend(&mut numbers), 0);
    assert_eq!(numbers.next(), Some(8), "not one value is lost");
}

#[test]
fn a_drop_that_panics_is_the_end_of_its_value_alone() {
    let log = Log::new();
    let mut slots = probes(8, &log);
    log.panic_on_drop_of(3);
    let message = panics(|| lent(&mut slots).remove_range(1..4));
    assert_eq!(message, "asked to panic in drop");
    assert_eq!(ids(&mut slots), [1, 5, 6, 7, 8]);
    assert_eq!(log.live(), 5);

    log.panic_on_drop_of(7);
    panics(|| lent(&mut slots).truncate(2));
    assert_eq!(ids(&mut slots), [1, 5]);

    log.panic_on_drop_of(1);
    panics(|| drop(slots));
    assert_eq!(log.live(), 0);
}

#[test]
fn a_chunk_is_freed_when_a_drop_panics() {
    let log = Log::new();
    let source = CountingSource::per_chunk();
    let arena = Arena::builder().source(source.clone()).build();
    let mut slots = Slots::try_with_capacity_in((&arena).into(), 4).unwrap();
    lent(&mut slots).extend(&mut (1..4).map(|id| Probe::new(id, &log)));
    log.panic_on_drop_of(2);
    panics(|| drop(slots));
    assert_eq!((log.live(), source.out()), (0, 0));
}

#[test]
fn values_are_taken_from_both_ends() {
    let log = Log::new();
    let mut values = probes(6, &log).try_into_values(5).ok().unwrap();
    assert_eq!((values.len(), log.live()), (5, 5));
    assert_eq!(values.next().unwrap().id, 1);
    assert_eq!(values.next_back().unwrap().id, 5);
    assert!(values.as_slice().iter().map(|probe| probe.id).eq(2..5));
    values.as_mut_slice().reverse();
    assert_eq!(values.next().unwrap().id, 4);
    assert_eq!(log.live(), 2);
    drop(values);
    assert_eq!(log.live(), 0);
}

#[test]
fn values_are_not_taken_from_a_shared_chunk() {
    let slots = filled([1, 2, 3]);
    let other = slots.clone();
    let slots = slots.try_into_values(3).err().unwrap();
    drop(other);
    assert!(slots.try_into_values(3).ok().unwrap().eq([1, 2, 3]));
}

#[test]
fn values_not_taken_are_dropped_past_a_panic() {
    let log = Log::new();
    let values: IntoValues<Probe> = probes(6, &log).try_into_values(6).ok().unwrap();
    log.panic_on_drop_of(4);
    panics(|| drop(values));
    assert_eq!(log.live(), 0);

    let slots = probes(6, &log);
    log.panic_on_drop_of(5);
    panics(|| drop(slots.try_into_values(2)));
    assert_eq!(log.live(), 0);
}

#[test]
fn values_without_size_are_counted_all_the_same() {
    let mut slots = empty::<()>(10);
    let mut mine = lent(&mut slots);
    assert!(mine.is_empty());
    assert_eq!(mine.extend(&mut iter::repeat_n((), 100)), 100);
    mine.insert(50, ());
    mine.remove(0);
    mine.remove_range(10..20);
    assert_eq!((mine.pop(), mine.len()), (Some(()), 89));
    assert_eq!(mine.extend(&mut iter::repeat(())), mine.capacity() - 89);
    assert_eq!(slots.try_into_values(7).ok().unwrap().count(), 7);
}

#[test]
fn slots_are_as_aligned_as_their_values_ask() {
    #[derive(Clone)]
    #[repr(align(1024))]
    struct Wide(u8);
    let mut slots = filled((0..5).map(Wide));
    assert_eq!(slots.as_slots().as_ptr().addr() % 1024, 0);
    assert!(
        lent(&mut slots)
            .into_slice()
            .iter()
            .map(|wide| wide.0)
            .eq(0..5)
    );
}

#[test]
fn a_large_chunk_has_slots_too() {
    let count = 20_000_u64;
    let arena = Arena::builder().build();
    let mut slots = Slots::try_with_capacity_in((&arena).into(), 20_001).unwrap();
    lent(&mut slots).extend(&mut (0..count));
    let snapshot = slots.clone();
    assert_eq!(claim(&slots, 20_000, count), Ok(()));
    assert_eq!(claim(&slots, 20_001, 0), Err(0));
    assert!(read(&slots, 20_001).iter().copied().eq(0..=count));
    drop(slots);
    assert!(read(&snapshot, 20_000).iter().copied().eq(0..count));
    drop(snapshot);
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn leaves_waste_little_and_copy_fast() {
    assert_eq!(Slots::<()>::LEAF_CAPACITY, 1 << 15);
    assert_eq!(Slots::<[u8; 1 << 20]>::LEAF_CAPACITY, 2);
    if cfg!(not(cow_tiny)) {
        assert_eq!(Slots::<u64>::LEAF_CAPACITY, 512);
        assert_eq!(Slots::<String>::LEAF_CAPACITY, 42);
        assert_eq!(Slots::<[u8; 3000]>::LEAF_CAPACITY, 5);
    }
}

#[test]
fn misuse_is_told_with_the_numbers() {
    let mut slots = filled(0..8_u64);
    assert_eq!(
        panics(|| lent(&mut slots).push(0)),
        "push to a full chunk of 8 slots"
    );
    assert_eq!(
        panics(|| lent(&mut slots).insert(3, 0)),
        "insert at 3 of 8 in a chunk of 8 slots"
    );
    assert_eq!(panics(|| lent(&mut slots).remove(8)), "remove at 8 of 8");
    assert_eq!(
        panics(|| lent(&mut slots).remove_range(3..9)),
        "remove 3..9 of 8"
    );
    #[expect(clippy::reversed_empty_ranges, reason = "the misuse in question")]
    let backwards = 5..3;
    assert_eq!(
        panics(|| lent(&mut slots).remove_range(backwards)),
        "remove 5..3 of 8"
    );
    assert_eq!(
        panics(|| lent(&mut slots).extend_from_slice(&[0])),
        "no room for 1 values"
    );
    let mut units = filled([(); 5]);
    assert_eq!(
        panics(|| lent(&mut units).extend_from_slice(&[(); usize::MAX - 2])),
        format!("no room for {} values", usize::MAX - 2)
    );
    let mut full = filled(0..8_u64);
    let mut tail = |index| panics(|| lent(&mut slots).move_tail(index, &mut lent(&mut full)));
    assert_eq!(tail(2), "no room to move 2..8");
    assert_eq!(tail(9), "no room to move 9..8");
    let mut head = |count| panics(|| lent(&mut slots).move_head(count, &mut lent(&mut full)));
    assert_eq!(head(2), "no room to move 2 of 8");
    assert_eq!(head(9), "no room to move 9 of 8");
    assert!(lent(&mut slots).into_slice().iter().copied().eq(0..8));
}

/// What one can do to two chunks of slots, and to two vectors.
#[derive(Clone, Debug)]
enum Op {
    Push(u16),
    Pop,
    Insert(u8, u16),
    Remove(u8),
    RemoveRange(u8, u8),
    Truncate(u8),
    Extend(Vec<u16>),
    ExtendFromSlice(Vec<u16>),
    MoveTail(u8),
    MoveHead(u8),
    SetFirst(u16),
    Swap,
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        let (n, m) = (u8::arbitrary(g), u8::arbitrary(g));
        let value = u16::arbitrary(g);
        match u8::arbitrary(g) % 12 {
            0 => Self::Push(value),
            1 => Self::Pop,
            2 => Self::Insert(n, value),
            3 => Self::Remove(n),
            4 => Self::RemoveRange(n, m),
            5 => Self::Truncate(n),
            6 => Self::Extend(Arbitrary::arbitrary(g)),
            7 => Self::ExtendFromSlice(Arbitrary::arbitrary(g)),
            8 => Self::MoveTail(n),
            9 => Self::MoveHead(n),
            10 => Self::SetFirst(value),
            _ => Self::Swap,
        }
    }
}

/// Runs the operations on slots and on vectors, as far as the slots have room.
fn agrees<T: Clone + PartialEq + fmt::Debug>(ops: Vec<Op>, make: impl Fn(u16) -> T) -> bool {
    let (mut slots, mut other) = (empty::<T>(32), empty::<T>(32));
    let (mut vec, mut other_vec) = (Vec::new(), Vec::new());
    for op in ops {
        let mut mine = lent(&mut slots);
        let mut to = lent(&mut other);
        let (len, capacity) = (mine.len(), mine.capacity());
        let up_to = |n: u8, most: usize| usize::from(n) % (most + 1);
        match op {
            Op::Push(value) if len < capacity => {
                mine.push(make(value));
                vec.push(make(value));
            }
            Op::Pop => assert_eq!(mine.pop(), vec.pop()),
            Op::Insert(at, value) if len < capacity => {
                mine.insert(up_to(at, len), make(value));
                vec.insert(up_to(at, len), make(value));
            }
            Op::Remove(at) if len > 0 => {
                let at = up_to(at, len - 1);
                assert_eq!(mine.remove(at), vec.remove(at));
            }
            Op::RemoveRange(a, b) => {
                let (a, b) = (up_to(a, len), up_to(b, len));
                mine.remove_range(a.min(b)..a.max(b));
                vec.drain(a.min(b)..a.max(b));
            }
            Op::Truncate(to) => {
                mine.truncate(usize::from(to));
                vec.truncate(usize::from(to));
            }
            Op::Extend(values) => {
                let values: Vec<_> = values.into_iter().map(&make).collect();
                let taken = mine.extend(&mut values.iter().cloned());
                assert_eq!(taken, values.len().min(capacity - len));
                vec.extend_from_slice(&values[..taken]);
            }
            Op::ExtendFromSlice(values) if len + values.len() <= capacity => {
                let values: Vec<_> = values.into_iter().map(&make).collect();
                mine.extend_from_slice(&values);
                vec.extend_from_slice(&values);
            }
            Op::MoveTail(at) if to.len() + len <= capacity => {
                mine.move_tail(up_to(at, len), &mut to);
                other_vec.extend(vec.drain(up_to(at, len)..));
            }
            Op::MoveHead(count) if to.len() + len <= capacity => {
                mine.move_head(up_to(count, len), &mut to);
                other_vec.extend(vec.drain(..up_to(count, len)));
            }
            Op::SetFirst(value) if len > 0 => {
                // SAFETY: the slot is filled.
                *unsafe { mine.reborrow().into_mut_unchecked(0) } = make(value);
                vec[0] = make(value);
            }
            Op::Swap => {
                mem::swap(&mut slots, &mut other);
                mem::swap(&mut vec, &mut other_vec);
            }
            _ => {}
        }
        assert_eq!(lent(&mut slots).into_slice(), vec);
        assert_eq!(lent(&mut other).into_slice(), other_vec);
    }
    let taken = slots.try_into_values(vec.len()).ok().unwrap();
    taken.rev().eq(vec.into_iter().rev())
}

#[test]
fn numbers_agree_with_vec() {
    check(|ops| agrees(ops, |n| n));
}

#[test]
fn strings_agree_with_vec() {
    check(|ops| agrees(ops, |n| n.to_string()));
}

#[test]
fn values_without_size_agree_with_vec() {
    check(|ops| agrees(ops, |_| ()));
}
