//! Tracked memory: exactly the written pages, each time anew, in every way there is.
#![cfg(feature = "mmu")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use cow_pages::PageSet;
use cow_pages::track::{Tracked, Tracking};
use support::{Numbers, TempFile, or_skip};

const WORDS_PER_PAGE: usize = 512;

/// Every way, with the number of pages that a write makes dirty at once.
const WAYS: [(Tracking, usize); 3] = [
    (Tracking::Asynchronous, 1),
    (Tracking::Userfaultfd, 1),
    (Tracking::Mprotect, 16),
];

fn tracked(pages: usize, way: Tracking) -> Option<Tracked<u64>> {
    let tracked = Tracked::with_tracking(pages * WORDS_PER_PAGE, way);
    or_skip(tracked, &format!("{way:?}"))
}

/// The pages that count as written when these were.
fn grains(pages: &BTreeSet<usize>, grain: usize, page_count: usize) -> PageSet {
    let whole = |page: usize| page / grain * grain..(page / grain * grain + grain).min(page_count);
    pages.iter().copied().flat_map(whole).collect()
}

#[test]
fn each_collection_has_what_was_written_since_the_last() {
    let pages = 3_000;
    for (way, grain) in WAYS {
        let Some(mut tracked) = tracked(pages, way) else {
            continue;
        };
        assert!(tracked.take_dirty().expect("a scan").is_empty(), "{way:?}");
        let mut numbers = Numbers(5);
        for writes in [1, 0, 1_500, 30, 3_000, 2] {
            let written: BTreeSet<usize> = (0..writes).map(|_| numbers.below(pages)).collect();
            for &page in &written {
                tracked[page * WORDS_PER_PAGE + 3] += 1;
            }
            let expected = grains(&written, grain, pages);
            assert_eq!(tracked.take_dirty().expect("a scan"), expected, "{way:?}");
            assert!(tracked.take_dirty().expect("a scan").is_empty(), "{way:?}");
        }
    }
}

#[test]
fn reading_is_not_writing() {
    for (way, _) in WAYS {
        let Some(mut tracked) = tracked(1_000, way) else {
            continue;
        };
        assert_eq!(tracked.iter().sum::<u64>(), 0);
        assert!(tracked.take_dirty().expect("a scan").is_empty(), "{way:?}");
        tracked[0] = 1;
        assert!(tracked.take_dirty().expect("a scan").contains(0));
        assert_eq!(tracked.iter().sum::<u64>(), 1);
        assert!(tracked.take_dirty().expect("a scan").is_empty(), "{way:?}");
    }
}

/// What a copy that follows the dirty pages holds is what the memory holds.
#[test]
fn a_copy_kept_up_to_date_is_the_same() {
    for (way, _) in WAYS {
        let Some(mut tracked) = tracked(500, way) else {
            continue;
        };
        let mut copy = tracked.to_vec();
        let mut numbers = Numbers(8);
        for _ in 0..50 {
            for _ in 0..numbers.below(60) {
                let place = numbers.below(tracked.len());
                tracked[place] = numbers.next();
            }
            for run in tracked.take_dirty().expect("a scan").runs() {
                let words = run.start * WORDS_PER_PAGE..run.end * WORDS_PER_PAGE;
                copy[words.clone()].copy_from_slice(&tracked[words]);
            }
            assert_eq!(copy, tracked[..], "{way:?}");
        }
    }
}

/// Writers go on while pages are collected and copied; after they stop one more round is enough.
#[test]
fn no_write_is_lost_to_a_collection_at_the_same_time() {
    let pages = 400;
    for (way, _) in WAYS {
        let Some(mut tracked) = tracked(pages, way) else {
            continue;
        };
        let (words, dirty) = tracked.share();
        let mut copy = vec![0; words.len()];
        let stop = AtomicBool::new(false);
        let catch_up = |copy: &mut [u64]| {
            let set = dirty.take_dirty().expect("a scan");
            for page in set.iter() {
                for place in page * WORDS_PER_PAGE..(page + 1) * WORDS_PER_PAGE {
                    copy[place] = words[place].load(Ordering::Relaxed);
                }
            }
            set.page_count()
        };
        let mut collected = 0;
        thread::scope(|scope| {
            for seed in [1, 2] {
                let stop = &stop;
                scope.spawn(move || {
                    let mut numbers = Numbers(seed);
                    while !stop.load(Ordering::Relaxed) {
                        let place = numbers.below(words.len());
                        words[place].store(numbers.next(), Ordering::Relaxed);
                    }
                });
            }
            let deadline = Instant::now() + Duration::from_secs(30);
            while collected <= 10 * pages && Instant::now() < deadline {
                collected += catch_up(&mut copy);
            }
            stop.store(true, Ordering::Relaxed);
        });
        collected += catch_up(&mut copy);
        assert!(
            collected > 10 * pages,
            "{way:?}: {collected} pages in all rounds"
        );
        let same = |(word, copied): (&std::sync::atomic::AtomicU64, &u64)| {
            word.load(Ordering::Relaxed) == *copied
        };
        assert!(words.iter().zip(&copy).all(same), "{way:?}");
    }
}

#[test]
fn writes_by_the_kernel_are_seen_too() {
    let Some(mut tracked) = tracked(10, Tracking::Asynchronous) else {
        return;
    };
    let path = TempFile::with_contents("tracked", &[0xff; 2 * 4096]);
    let mut file = fs::File::open(&path).expect("the file");
    let bytes: &mut [u8] =
        bytemuck::cast_slice_mut(&mut tracked[3 * WORDS_PER_PAGE..5 * WORDS_PER_PAGE]);
    file.read_exact(bytes).expect("8 KiB");
    assert_eq!(tracked.take_dirty().expect("a scan"), PageSet::from(3..5));
}

#[test]
fn some_way_works_here() {
    let mut tracked = Tracked::<u8>::new(10_000).expect("mprotect at least");
    tracked[9_999] = 1;
    assert!(tracked.take_dirty().expect("a scan").contains(2));
    assert!(Tracked::<u8>::new(0).expect("memory").is_empty());
}
