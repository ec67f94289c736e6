//! Limits, figures, memory that comes back.

use std::{alloc::Layout, error::Error, iter, ptr::NonNull, sync::Barrier, thread};

use cow_core::{AllocError, Arena, ArenaRef, ChunkSource, HeapSource, PagePolicy, Shared, Slots};

use crate::probe::{CountingSource, panics};

const THREADS: usize = 4;

fn chunk(arena: &Arena) -> Result<Shared<[u8; 64]>, AllocError> {
    Shared::try_new_in(arena, [7; 64])
}

/// Allocates until the arena is full.
fn fill(arena: &Arena) -> Vec<Shared<[u8; 64]>> {
    iter::from_fn(|| chunk(arena).ok()).collect()
}

#[test]
fn a_limit_is_exact() {
    let arena = Arena::builder().byte_limit(10 * 64 + 63).build();
    assert_eq!(arena.byte_limit(), Some(10 * 64 + 63));
    assert_eq!(fill(&arena).len(), 10);
}

#[test]
fn a_full_arena_says_what_was_asked_and_what_there_is() {
    let arena = Arena::builder().byte_limit(3 * 64).build();
    let kept = fill(&arena);
    let error = chunk(&arena).unwrap_err();
    assert_eq!(
        error,
        AllocError::Limit {
            requested: 64,
            used: 192,
            limit: 192
        }
    );
    assert_eq!(
        error.to_string(),
        "the arena's limit of 192 bytes is reached: 192 in use, 64 requested"
    );
    assert!(error.source().is_none());
    drop(kept);
}

#[test]
fn dropping_makes_room() {
    let arena = Arena::builder().byte_limit(5 * 64).build();
    let mut kept = fill(&arena);
    for _ in 0..20 {
        kept.pop();
        kept.push(chunk(&arena).unwrap());
        assert!(chunk(&arena).is_err());
    }
}

#[test]
fn handles_to_one_chunk_are_charged_once() {
    let arena = Arena::builder().byte_limit(2 * 64).build();
    let first = chunk(&arena).unwrap();
    let handles = vec![first; 100];
    assert_eq!(fill(&arena).len(), 1);
    assert_eq!(arena.stats().bytes_used, 64);
    drop(handles);
    assert_eq!(arena.stats().bytes_used, 0);
}

#[test]
fn a_limit_holds_while_threads_race_for_the_rest() {
    let most = if cfg!(miri) { 40 } else { 5000 };
    let arena = Arena::builder().byte_limit(most * 64).build();
    let start = Barrier::new(THREADS);
    for _ in 0..if cfg!(miri) { 1 } else { 10 } {
        let taken: Vec<Vec<_>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        fill(&arena)
                    })
                })
                .collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert_eq!(taken.iter().map(Vec::len).sum::<usize>(), most);
        assert_eq!(arena.stats().bytes_used, most * 64);
    }
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn large_chunks_are_charged_by_the_byte() {
    let arena = Arena::builder().byte_limit(300_000).build();
    let large = |bytes| Slots::<u8>::try_with_capacity_in(ArenaRef::from(&arena), bytes).map(drop);
    assert_eq!(large(300_000), Ok(()));
    assert!(large(300_001).is_err());
    let kept = Slots::<u8>::try_with_capacity_in(ArenaRef::from(&arena), 200_001).unwrap();
    assert_eq!(arena.stats().large_live, 1);
    assert_eq!(arena.stats().bytes_used, 200_001);
    assert!(large(100_000).is_err());
    drop(kept);
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn a_size_beyond_all_memory_is_an_error() {
    let arena = Arena::builder().build();
    let asked = Slots::<[u8; 1 << 32]>::try_with_capacity_in(ArenaRef::from(&arena), 1 << 31);
    let error = asked.err().unwrap();
    assert_eq!(error, AllocError::Source { requested: 1 << 63 });
    assert_eq!(
        error.to_string(),
        format!("the chunk source has no {} bytes left", 1_u64 << 63)
    );
}

#[test]
fn trim_gives_back_all_that_is_free() {
    let source = CountingSource::default();
    let arena = Arena::builder().source(source.clone()).build();
    let kept = chunk(&arena).unwrap();
    let other = Shared::new_in(&arena, [0_u8; 1024]);
    assert_eq!(source.out(), 2);
    assert_eq!(arena.trim(), 0);
    drop(other);
    let before = arena.stats();
    let bytes = arena.trim();
    let after = arena.stats();
    assert_eq!(source.out(), 1);
    assert_eq!(bytes, before.bytes_reserved - after.bytes_reserved);
    assert!(bytes > 0 && after.bytes_reserved > 0);
    drop(kept);
    assert_eq!(arena.trim(), after.bytes_reserved);
    assert_eq!((source.out(), arena.stats().bytes_reserved), (0, 0));
    assert_eq!(*chunk(&arena).unwrap(), [7; 64]);
}

#[test]
fn chunks_that_come_back_are_used_first() {
    let arena = Arena::builder().source(CountingSource::default()).build();
    let first = chunk(&arena).unwrap();
    let address = first.as_ptr();
    drop(first);
    let reserved = arena.stats().bytes_reserved;
    assert_eq!(chunk(&arena).unwrap().as_ptr(), address);
    assert_eq!(arena.stats().bytes_reserved, reserved);
}

/// Allocates and writes every chunk of a full extent and one more, for each class.
#[test]
#[cfg_attr(miri, ignore = "touches megabytes")]
fn every_chunk_of_an_extent_is_apart_from_the_others_and_from_the_counts() {
    fn check<const BYTES: usize>() {
        let arena = Arena::builder().source(CountingSource::default()).build();
        let mut kept = vec![Shared::new_in(&arena, [0_u8; BYTES])];
        let free = arena.stats().chunks_free();
        let pattern = || (0..251_u8).cycle().map(|byte| [byte; BYTES]);
        for bytes in pattern().skip(1).take(free + 1) {
            kept.push(Shared::new_in(&arena, bytes));
        }
        let stats = arena.stats();
        assert_eq!(stats.chunks_live(), free + 2);
        assert_eq!(stats.chunks_free(), free);
        for (chunk, bytes) in kept.iter().zip(pattern()) {
            assert_eq!(chunk.as_ptr().addr() % BYTES, 0);
            assert_eq!(**chunk, bytes);
            assert_eq!(chunk.handle_count(), 1);
        }
        let mut addresses: Vec<_> = kept.iter().map(|chunk| chunk.as_ptr().addr()).collect();
        addresses.sort_unstable();
        assert!(addresses.windows(2).all(|pair| pair[1] - pair[0] >= BYTES));
    }
    check::<64>();
    check::<128>();
    check::<512>();
    check::<4096>();
    if cfg!(not(cow_tiny)) {
        check::<{ 64 << 10 }>();
    }
}

#[test]
fn figures_tell_classes_faults_and_bytes() {
    let arena = Arena::builder().source(CountingSource::default()).build();
    let mut a = Shared::new_in(&arena, [1_u8; 200]);
    let b = a.clone();
    a.make_mut()[0] = 2;
    a.make_mut()[0] = 3;
    let stats = arena.stats();
    let class = stats
        .classes
        .iter()
        .find(|class| class.chunk_bytes == 256)
        .unwrap();
    assert_eq!(class.live, 2);
    assert!(class.free > 0);
    assert_eq!(stats.chunks_live(), 2);
    assert_eq!(stats.chunks_free(), class.free);
    assert_eq!((stats.copies, stats.reuses, stats.faults()), (1, 0, 1));
    assert_eq!((stats.bytes_copied, stats.bytes_used), (256, 512));
    let text = stats.to_string();
    assert!(text.contains("used 512 B"), "{text}");
    assert!(
        text.contains("faults 1 (copies 1, reuses 0), 256 B copied"),
        "{text}"
    );
    drop((a, b));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn chunks_outlive_the_arena_handle() {
    for source in [CountingSource::default(), CountingSource::per_chunk()] {
        let arena = Arena::builder().source(source.clone()).build();
        let mut chunk = chunk(&arena).unwrap();
        let second = arena.clone();
        drop(arena);
        drop(second);
        assert_eq!(source.out(), 1);
        assert_eq!(*chunk, [7; 64]);
        let snapshot = chunk.clone();
        chunk.make_mut()[0] = 1;
        assert_eq!((chunk[0], snapshot[0]), (1, 7));
        drop(chunk);
        assert!(source.out() > 0);
        drop(snapshot);
        assert_eq!(
            source.out(),
            0,
            "an empty extent of a closed arena goes back"
        );
        assert_eq!(source.handles(), 1, "the arena itself is gone too");
    }
}

#[test]
fn an_arena_closes_while_threads_free_its_chunks() {
    for source in [CountingSource::default(), CountingSource::per_chunk()] {
        let arena = Arena::builder().source(source.clone()).build();
        let count = if cfg!(miri) { 10 } else { 500 };
        let start = Shared::new(Barrier::new(THREADS + 1));
        let threads: Vec<_> = (0..THREADS)
            .map(|_| {
                let chunks: Vec<_> = (0..count).map(|_| chunk(&arena).unwrap()).collect();
                let start = start.clone();
                thread::spawn(move || {
                    start.wait();
                    drop(chunks);
                })
            })
            .collect();
        start.wait();
        drop(arena);
        threads.into_iter().for_each(|t| t.join().unwrap());
        assert_eq!((source.out(), source.handles()), (0, 1));
    }
}

#[test]
fn threads_share_an_arena() {
    let arena = Arena::builder().source(CountingSource::default()).build();
    let rounds = if cfg!(miri) { 10 } else { 2000 };
    let page = Shared::new_in(&arena, [0_u64; 32]);
    thread::scope(|scope| {
        for number in 0..THREADS as u64 {
            let (arena, page) = (&arena, &page);
            scope.spawn(move || {
                let mut mine = page.clone();
                let mut kept = Vec::new();
                for round in 0..rounds {
                    mine.make_mut()[3] = number * 1_000_000 + round;
                    kept.push(mine.clone());
                    if round % 7 == 0 {
                        kept.clear();
                    }
                    assert_eq!(*chunk(arena).unwrap(), [7; 64]);
                }
                assert_eq!(mine[3], number * 1_000_000 + rounds - 1);
            });
        }
    });
    assert_eq!(page[3], 0);
    assert_eq!(arena.stats().chunks_live(), 1);
}

#[test]
fn a_source_without_memory_is_an_error_and_costs_nothing() {
    let source = CountingSource::default();
    let arena = Arena::builder()
        .byte_limit(128)
        .source(source.clone())
        .build();
    source.set_empty(true);
    for _ in 0..5 {
        assert_eq!(
            chunk(&arena).unwrap_err(),
            AllocError::Source { requested: 64 }
        );
    }
    source.set_empty(false);
    assert_eq!(fill(&arena).len(), 2);
}

#[test]
fn a_source_that_panics_costs_nothing() {
    let source = CountingSource::default();
    let arena = Arena::builder()
        .byte_limit(128)
        .source(source.clone())
        .build();
    source.set_broken(true);
    assert_eq!(panics(|| drop(chunk(&arena))), "asked to panic");
    source.set_broken(false);
    assert_eq!(fill(&arena).len(), 2);
}

#[test]
fn a_copy_in_a_full_arena_leaves_the_handle_as_it_was() {
    let arena = Arena::builder().byte_limit(128).build();
    let mut a = chunk(&arena).unwrap();
    let b = a.clone();
    let other = chunk(&arena).unwrap();
    assert!(matches!(a.try_make_mut(), Err(AllocError::Limit { .. })));
    assert!(a.ptr_eq(&b));
    drop(other);
    a.try_make_mut().unwrap()[0] = 0;
    assert_eq!((a[0], b[0]), (0, 7));
}

/// A source that forgets about alignment.
#[derive(Debug)]
struct Misaligned;

// SAFETY: not a word of it is true; the arena looks at the address before it uses the block.
unsafe impl ChunkSource for Misaligned {
    fn take(&self, _: Layout) -> Option<NonNull<u8>> {
        Some(NonNull::dangling())
    }

    unsafe fn give_back(&self, _: NonNull<u8>, _: Layout) {}
}

#[test]
fn a_misaligned_block_is_noticed() {
    let arena = Arena::builder().source(Misaligned).build();
    assert_eq!(
        panics(|| drop(chunk(&arena))),
        "a chunk source returned a misaligned block"
    );
}

#[test]
fn every_chunk_on_the_heap_by_itself() {
    let source = CountingSource::per_chunk();
    let arena = Arena::builder().source(source.clone()).build();
    let kept: Vec<_> = (0..20).map(|_| chunk(&arena).unwrap()).collect();
    assert_eq!(source.out(), 20);
    assert_eq!(arena.stats().chunks_free(), 0);
    drop(kept);
    assert_eq!((source.out(), arena.stats().bytes_reserved), (0, 0));
    assert_eq!(arena.trim(), 0);

    let arena = Arena::builder().source(HeapSource).build();
    assert_eq!(*chunk(&arena).unwrap(), [7; 64]);
}

#[test]
fn handles_of_one_arena_are_equal() {
    let (a, b) = (Arena::builder().build(), Arena::builder().build());
    assert_eq!(a, a.clone());
    assert_ne!(a, b);
    assert_ne!(a, Arena::global());
    assert_eq!(Arena::global(), Arena::default());
    assert_eq!(Arena::global().byte_limit(), None);
    assert!(format!("{a:?}").contains("global: false"));
    assert!(format!("{:?}", ArenaRef::global()).contains("global: true"));
    assert!(format!("{:?}", Arena::builder().byte_limit(77)).contains("77"));
}

#[test]
fn a_page_policy_changes_no_result() {
    for policy in [PagePolicy::Base, PagePolicy::Transparent, PagePolicy::Huge] {
        let arena = Arena::builder().page_policy(policy).build();
        let kept: Vec<_> = (0..200_u32)
            .map(|i| Shared::new_in(&arena, [i; 4096]))
            .collect();
        assert!(kept.iter().zip(0..).all(|(chunk, i)| **chunk == [i; 4096]));
    }
}
