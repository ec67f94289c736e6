//! Collections in mapped memory behave as anywhere, and give it back.
#![cfg(feature = "mmu")]

mod support;

use std::alloc::Layout;
use std::ptr::NonNull;

use cow_collections::CowVec;
use cow_core::{Arena, ChunkSource};
use cow_pages::Error;
use cow_pages::forked::fork_snapshot_unchecked;
use cow_pages::source::MappedSource;
use support::{Numbers, in_child, or_skip, set_default_action};

/// Every kind of source that this system offers.
fn sources() -> impl Iterator<Item = (&'static str, MappedSource)> {
    let dir = std::env::temp_dir();
    [
        ("memory", MappedSource::in_memory()),
        ("huge pages", MappedSource::in_huge_pages()),
        ("unnamed file", MappedSource::in_unnamed_file(dir)),
    ]
    .into_iter()
    .filter_map(|(name, source)| Some((name, or_skip(source, name)?)))
    .filter(|(name, source)| {
        let layout = Layout::from_size_align(2 << 20, 2 << 20).expect("a layout");
        let Some(block) = source.take(layout) else {
            println!("skipped: {name}: none left");
            return false;
        };
        // SAFETY: taken above and used by nobody.
        unsafe { source.give_back(block, layout) };
        true
    })
}

#[test]
fn vectors_agree_with_std_and_snapshots_stay() {
    for (name, source) in sources() {
        let arena = Arena::builder().source(source.clone()).build();
        let mut numbers = Numbers(7);
        let mut vector = CowVec::<u64>::new_in(&arena);
        let mut model = Vec::new();
        let mut kept = Vec::new();
        for step in 0..20_000 {
            match numbers.below(8) {
                0..4 => {
                    vector.push(step);
                    model.push(step);
                }
                4..7 if !model.is_empty() => {
                    let place = numbers.below(model.len());
                    vector[place] = step;
                    model[place] = step;
                }
                _ if numbers.below(200) == 0 => kept.push((vector.clone(), model.clone())),
                _ => assert_eq!(vector.pop(), model.pop()),
            }
        }
        kept.push((vector, model));
        assert!(kept.len() > 3, "{name}");
        assert!(
            source.mapped_bytes() >= 2 << 20,
            "{name}: the memory is the source's"
        );
        for (vector, model) in &kept {
            assert!(vector.iter().eq(model), "{name}");
        }
        drop(kept);
        assert_eq!(arena.stats().chunks_live(), 0, "{name}");
        arena.trim();
        drop(arena);
        assert_eq!(source.mapped_bytes(), 0, "{name}: all of it came back");
    }
}

#[test]
fn blocks_are_zeroed_aligned_and_apart() {
    for (name, source) in sources() {
        let layout = Layout::from_size_align(2 << 20, 2 << 20).expect("a layout");
        // A machine with few huge pages has two.
        let blocks: Vec<_> = (0..2).map_while(|_| source.take(layout)).collect();
        for (&block, value) in blocks.iter().zip(1..) {
            assert!(block.addr().get().is_multiple_of(2 << 20), "{name}");
            // SAFETY: a block of this size that nobody else uses.
            let bytes = unsafe { std::slice::from_raw_parts_mut(block.as_ptr(), 2 << 20) };
            assert!(bytes.iter().all(|&byte| byte == 0), "{name}");
            bytes.fill(value);
        }
        for (&block, value) in blocks.iter().zip(1_u8..) {
            // SAFETY: as above.
            let bytes = unsafe { std::slice::from_raw_parts(block.as_ptr(), 2 << 20) };
            assert!(bytes.iter().all(|&byte| byte == value), "{name}");
        }
        for block in blocks {
            // SAFETY: taken above, with this layout, and used no more.
            unsafe { source.give_back(block, layout) };
        }
        let again = source.take(layout).expect("the hole is used again");
        // SAFETY: as above.
        let first = unsafe { *again.as_ptr() };
        assert_eq!(first, 0, "{name}: a hole reads as zero");
        // SAFETY: as above.
        unsafe { source.give_back(again, layout) };
    }
}

#[test]
fn an_impossible_alignment_is_refused() {
    let source = MappedSource::in_memory().expect("a memory file");
    let layout = Layout::from_size_align(4 << 20, 4 << 20).expect("a layout");
    assert!(source.take(layout).is_none());
}

#[test]
fn a_byte_limit_holds_and_loses_nothing() {
    let source = MappedSource::in_memory().expect("a memory file");
    let arena = Arena::builder().source(source).byte_limit(8 << 20).build();
    let mut vector = CowVec::<u64>::new_in(&arena);
    let pushed = (0..).take_while(|&i| vector.try_push(i).is_ok()).count();
    assert!(pushed > 100_000 && vector.len() == pushed);
    assert!(vector.iter().copied().eq(0..pushed as u64));
}

#[test]
fn a_forked_child_cannot_touch_its_parents_chunks() {
    let source = MappedSource::in_memory().expect("a memory file");
    let arena = Arena::builder().source(source.clone()).build();
    let mut vector = CowVec::<u64>::new_in(&arena);
    vector.extend(0..100_000);
    // SAFETY: the closure reads memory and makes one system call.
    let child = unsafe {
        fork_snapshot_unchecked(&vector, |vector| {
            set_default_action(libc::SIGSEGV);
            vec![vector[5]]
        })
    };
    let died = child.expect("a fork").wait();
    assert!(
        matches!(
            died,
            Err(Error::ChildKilled {
                signal: libc::SIGSEGV
            })
        ),
        "{died:?}"
    );
    // SAFETY: the closure makes system calls.
    let child = unsafe {
        fork_snapshot_unchecked(&(), |()| {
            let layout = Layout::from_size_align(2 << 20, 2 << 20).expect("a layout");
            vec![u8::from(source.take(layout).is_some())]
        })
    };
    assert_eq!(child.expect("a fork").wait().expect("a result"), [0]);
    assert!(vector.iter().copied().eq(0..100_000));
}

/// Also where nothing was mapped before the fork.
#[test]
fn a_forked_child_takes_nothing_from_a_source_that_was_never_used() {
    in_child(
        "a_forked_child_takes_nothing_from_a_source_that_was_never_used",
        || {
            let source = MappedSource::in_memory().expect("a memory file");
            let layout = Layout::from_size_align(2 << 20, 2 << 20).expect("a layout");
            let fill = |block: NonNull<u8>| {
                // SAFETY: a block of this size that nobody else uses.
                unsafe { block.as_ptr().write_bytes(1, 2 << 20) };
            };
            // SAFETY: the closure uses memory and system calls only.
            let child = unsafe {
                fork_snapshot_unchecked(&(), |()| {
                    let Some(block) = source.take(layout) else {
                        return vec![0];
                    };
                    fill(block);
                    vec![1]
                })
            };
            let result = child.expect("a fork").wait();
            let block = source.take(layout).expect("memory");
            // SAFETY: as above.
            assert_eq!(unsafe { *block.as_ptr() }, 0, "written by the child");
            assert_eq!(result.expect("a result"), [0]);
        },
    )
    .succeeded();
}
