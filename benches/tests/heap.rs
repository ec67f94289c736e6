//! The counting heap counts what is asked for, and only while asked to.

use std::alloc::{self, Layout};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use cow_benches::heap::{CountingHeap, Counts, counted};

#[global_allocator]
static HEAP: CountingHeap = CountingHeap;

#[test]
fn blocks_count_when_made_grown_and_freed() {
    let (block, made) = counted(|| Vec::<u8>::with_capacity(1000));
    assert_eq!(
        made,
        Counts {
            allocated: 1000,
            held: 1008
        }
    );

    let (mut block, grown) = counted(|| {
        let mut block = black_box(block);
        block.reserve_exact(3000);
        block
    });
    assert_eq!(
        grown,
        Counts {
            allocated: 3000,
            held: 2000
        }
    );

    block.push(1);
    let ((), freed) = counted(|| drop(black_box(block)));
    assert_eq!(
        freed,
        Counts {
            allocated: 0,
            held: -3008
        }
    );

    let uncounted = black_box(vec![0_u8; 5000]);
    let ((), nothing) = counted(|| ());
    assert_eq!(nothing, Counts::default());
    drop(uncounted);

    // An extent of an arena is left to the arena's own statistics.
    let extent = Layout::from_size_align(2 << 20, 2 << 20).expect("the layout is valid");
    let ((), counts) = counted(|| {
        // SAFETY: the layout is not empty.
        let block = unsafe { alloc::alloc(extent) };
        // SAFETY: the block was made just above with the same layout, or is null on failure.
        unsafe { alloc::dealloc(black_box(block), extent) };
    });
    assert_eq!(counts, Counts::default());
}

#[test]
fn what_other_threads_do_is_theirs() {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                drop(black_box(vec![0_u8; 100]));
            }
        });
        let is_own = (0..200).all(|_| {
            let (block, counts) = counted(|| black_box(vec![0_u8; 16]));
            drop(block);
            thread::yield_now();
            counts.allocated == 16
        });
        done.store(true, Ordering::Relaxed);
        assert!(is_own);
    });
}
