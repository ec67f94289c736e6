//! Advice to the kernel, and what it does to parents and children.
#![cfg(feature = "mmu")]

mod support;

use std::time::{Duration, Instant};

use cow_pages::Error;
use cow_pages::account::Observer;
use cow_pages::advise::{
    Advice, NumaPolicy, Placement, Region, memory_merge, numa_nodes, set_memory_merge,
};
use cow_pages::forked::{Forked, fork_snapshot_unchecked};
use cow_pages::image::{Backing, ImageBuilder};
use cow_pages::live::Live;
use cow_pages::track::Tracked;
use support::{address_space, in_child, or_skip, set_default_action};

const WORDS_PER_PAGE: usize = 512;

fn filled(pages: usize) -> Region<u64> {
    let mut region = Region::new(pages * WORDS_PER_PAGE).expect("address space");
    region.fill(7);
    region
}

/// Forks a child that sums the region up.
fn sum_in_child(region: &Region<u64>) -> Forked<u64> {
    // SAFETY: the closure reads memory and makes one system call.
    let child = unsafe {
        fork_snapshot_unchecked(&region[..], |words| {
            set_default_action(libc::SIGSEGV);
            vec![words.iter().sum()]
        })
    };
    child.expect("a fork")
}

#[test]
fn memory_is_zero_and_absent_until_it_is_touched() {
    let mut region = Region::<u64>::new(100 * WORDS_PER_PAGE).expect("address space");
    assert!(region.resident_pages().expect("pagemap").is_empty());
    region[42 * WORDS_PER_PAGE] = 1;
    region
        .advise_pages(50..52, Advice::PopulateWrite)
        .expect("memory");
    assert_eq!(
        region.resident_pages().expect("pagemap").runs(),
        [42..43, 50..52]
    );
    assert_eq!(region.iter().sum::<u64>(), 1);
}

#[test]
fn dont_need_empties_whole_pages_and_no_others() {
    let mut region = filled(10);
    region.advise_pages(2..4, Advice::DontNeed).expect("advice");
    let empty = |page: usize| {
        region[page * WORDS_PER_PAGE..][..WORDS_PER_PAGE]
            .iter()
            .all(|&w| w == 0)
    };
    assert!((0..10).all(|page| empty(page) == (2..4).contains(&page)));
}

#[test]
#[should_panic(expected = "pages 9..11 of a region of 10 pages")]
fn advice_beyond_the_end_panics() {
    drop(filled(10).advise_pages(9..11, Advice::Cold));
}

#[test]
fn children_get_what_the_advice_says() {
    let mut region = filled(10);
    assert_eq!(sum_in_child(&region).wait().expect("a sum"), [7 * 5_120]);

    region
        .advise_pages(0..5, Advice::WipeOnFork)
        .expect("advice");
    assert_eq!(sum_in_child(&region).wait().expect("a sum"), [7 * 2_560]);
    region
        .advise_pages(0..5, Advice::KeepOnFork)
        .expect("advice");

    region.advise_pages(0..5, Advice::DontFork).expect("advice");
    let died = sum_in_child(&region).wait();
    assert!(
        matches!(
            died,
            Err(Error::ChildKilled {
                signal: libc::SIGSEGV
            })
        ),
        "{died:?}"
    );
    region.advise_pages(0..5, Advice::DoFork).expect("advice");

    assert_eq!(sum_in_child(&region).wait().expect("a sum"), [7 * 5_120]);
    assert!(region.iter().all(|&word| word == 7));
}

/// Nothing may come to lie where a child could still look for its parent's region.
#[test]
fn a_child_that_drops_an_absent_region_harms_nothing() {
    let mut region = filled(1_000);
    region.advise(Advice::DontFork).expect("advice");
    let place = region.as_ptr();
    let mut region = Some(region);
    // SAFETY: the closure uses memory and system calls only.
    let child = unsafe {
        fork_snapshot_unchecked(&(), |()| {
            drop(region.take());
            // One of these would fill the gap that the region left.
            let own = (0..50).map(|_| Region::<u64>::new(512_000).expect("address space"));
            let own: Vec<_> = own.collect();
            vec![own.iter().filter(|own| own.as_ptr() == place).count()]
        })
    };
    let taken = child.expect("a fork").wait();
    assert_eq!(taken.expect("the memory is still there"), [0]);
    assert_eq!(region.expect("the parent's own")[0], 7);
}

#[test]
fn lengths_that_no_address_space_has_are_errors() {
    for len in [
        usize::MAX,
        usize::MAX - 4_096,
        usize::MAX - 10_000,
        1 << 63,
        1 << 47,
    ] {
        assert!(Region::<u8>::new(len).is_err(), "{len:#x}");
        assert!(Tracked::<u8>::new(len).is_err(), "{len:#x}");
        assert!(Live::<u8>::new(len).is_err(), "{len:#x}");
        assert!(ImageBuilder::<u8>::new(len).is_err(), "{len:#x}");
        let huge = ImageBuilder::<u8>::with_backing(len, &Backing::HugePages);
        assert!(huge.is_err(), "{len:#x}");
    }
}

#[test]
fn hints_leave_the_contents_alone() {
    use Advice::{
        Cold, Collapse, HugePage, Mergeable, NoHugePage, PageOut, PopulateRead, PopulateWrite,
        Unmergeable,
    };
    let mut region = filled(1_536);
    for advice in [
        Mergeable,
        Unmergeable,
        HugePage,
        Collapse,
        NoHugePage,
        Cold,
        PageOut,
        PopulateRead,
        PopulateWrite,
    ] {
        // Some depend on how the kernel was built.
        or_skip(region.advise(advice), &format!("{advice:?}"));
        assert!(region.iter().all(|&word| word == 7), "{advice:?}");
    }
}

#[test]
fn impossible_advice_is_an_error() {
    // An odd number of pages: the collapse of an incomplete huge page.
    let mut region = filled(3);
    assert!(matches!(
        region.advise(Advice::Collapse),
        Err(Error::Os {
            call: "madvise",
            ..
        })
    ));
    assert!(region.iter().all(|&word| word == 7));
}

#[test]
fn a_policy_for_nodes_is_in_force_or_pointless() {
    let nodes = numa_nodes().expect("a list");
    let mut region = Region::<u64>::new(64 * WORDS_PER_PAGE).expect("address space");
    for policy in [
        NumaPolicy::Local,
        NumaPolicy::Preferred(nodes[0]),
        NumaPolicy::Bind(1 << nodes[0]),
        NumaPolicy::Interleave(1 << nodes[0]),
    ] {
        let placement = region.set_numa_policy(policy).expect("an existing node");
        let expected = if nodes.len() == 1 {
            println!("one NUMA node: there is nothing to choose");
            Placement::SingleNode
        } else {
            Placement::ByPolicy
        };
        assert_eq!(placement, expected);
    }
    region.fill(1);
}

#[test]
fn merging_can_be_set_for_the_whole_process() {
    in_child("merging_can_be_set_for_the_whole_process", || {
        let Some(before) = or_skip(memory_merge(), "PR_SET_MEMORY_MERGE") else {
            return;
        };
        assert!(!before);
        if address_space() > 1 << 40 {
            println!("skipped: undoing it walks the address space, which a sanitizer made huge");
        } else if or_skip(set_memory_merge(true), "PR_SET_MEMORY_MERGE").is_some() {
            assert!(memory_merge().expect("a flag"));
            set_memory_merge(false).expect("a flag");
            assert!(!memory_merge().expect("a flag"));
        }
    })
    .succeeded();
}

/// Changes settings of the whole system, so it runs on request only.
#[test]
fn equal_pages_are_merged_and_come_apart_on_a_write() {
    if std::env::var_os("COW_PAGES_SYSFS").is_none() {
        println!("skipped: set COW_PAGES_SYSFS=1 to let this test switch KSM on");
        return;
    }
    let path = |name: &str| format!("/sys/kernel/mm/ksm/{name}");
    let set = |name: &str, value: &str| std::fs::write(path(name), value).expect("KSM's settings");
    let names = ["run", "pages_to_scan", "sleep_millisecs"];
    let Ok(before) = names
        .map(|name| std::fs::read_to_string(path(name)))
        .into_iter()
        .collect::<Result<Vec<_>, _>>()
    else {
        println!("skipped: the kernel has no KSM");
        return;
    };
    set("pages_to_scan", "10000");
    set("sleep_millisecs", "0");
    let mut region = filled(2_000);
    region.advise(Advice::Mergeable).expect("KSM");
    set("run", "1");
    let deadline = Instant::now() + Duration::from_secs(20);
    let merged = || Observer::myself().ksm().merging_pages;
    while merged() < 2_000 && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    let sharing = merged();
    region[0] = 8;
    assert!(region[1..].iter().all(|&word| word == 7));
    region.advise(Advice::Unmergeable).expect("KSM");
    for (name, value) in names.iter().zip(&before) {
        set(name, value);
    }
    assert_eq!(sharing, 2_000, "all pages are equal");
}
