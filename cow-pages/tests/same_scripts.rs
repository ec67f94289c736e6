//! Scripts of writes, forks and drops through the tiers and through the simulator: the same
//! contents, and exactly the pages copied that the simulator copies.
#![cfg(feature = "mmu")]

mod support;

use cow_pages::PageSet;
use cow_pages::image::{Image, View};
use cow_pages::live::{Live, LiveOptions, Snapshot, TrapMechanism, TrapOptions};
use cow_pages::sim::{Backing, Event, Machine, PAGE_SIZE, Pid, VmFlags};
use support::{Numbers, or_skip};

const PAGES: usize = 60;
const WORDS_PER_PAGE: usize = 512;
const ADDRESS: u64 = 0x10_0000_0000;

/// What every page of the base holds in its first word.
fn base(page: usize) -> u64 {
    page as u64 + 1
}

fn address(page: usize) -> u64 {
    ADDRESS + (page * PAGE_SIZE) as u64
}

fn base_words() -> Vec<u64> {
    let mut words = vec![0; PAGES * WORDS_PER_PAGE];
    for page in 0..PAGES {
        words[page * WORDS_PER_PAGE] = base(page);
    }
    words
}

/// Reads the first word of a page in a simulated process.
fn word_in(machine: &mut Machine, pid: Pid, page: usize) -> u64 {
    let mut bytes = [0; 8];
    machine
        .read(pid, address(page), &mut bytes)
        .expect("mapped");
    u64::from_ne_bytes(bytes)
}

/// Writes the first word of a page in a simulated process, and returns how many pages were copied.
fn write_in(machine: &mut Machine, pid: Pid, page: usize, word: u64) -> usize {
    let events = machine.write(pid, address(page), &word.to_ne_bytes());
    let copied = |event: &&Event| matches!(event, Event::Copy { .. });
    events.expect("mapped").iter().filter(copied).count()
}

/// The pages of two processes that lie in different frames.
fn pages_apart(machine: &Machine, a: Pid, b: Pid) -> PageSet {
    let frame = |pid: Pid, page: usize| {
        let space = machine.space(pid).expect("running");
        space
            .translate(address(page) / PAGE_SIZE as u64)
            .map(|pte| pte.frame)
    };
    (0..PAGES)
        .filter(|&page| frame(a, page) != frame(b, page))
        .collect()
}

/// Views of one image, beside processes that map the same file privately.
#[test]
fn views_copy_what_the_simulator_copies() {
    for seed in 1..=40 {
        let mut numbers = Numbers(seed);
        let image = Image::from_slice(&base_words()).expect("memory");
        let mut machine = Machine::new();
        let file = machine.create_file(PAGES as u64);
        for page in 0..PAGES {
            let offset = (page * PAGE_SIZE) as u64;
            let word = base(page).to_ne_bytes();
            machine
                .write_file(file, offset, &word)
                .expect("in the file");
        }
        let mut pairs: Vec<(View<u64>, Pid, usize)> = Vec::new();
        for step in 0..400 {
            let which = numbers.below(pairs.len().max(1));
            match numbers.below(20) {
                0 if pairs.len() < 6 => {
                    let pid = machine.spawn();
                    let backing = Backing::File {
                        file,
                        first_page: 0,
                    };
                    let len = PAGES * PAGE_SIZE;
                    let mapped = machine.map(pid, ADDRESS, len, VmFlags::PRIVATE, backing);
                    mapped.expect("free");
                    pairs.push((image.view().expect("a view"), pid, 0));
                }
                1 if pairs.len() > 1 => {
                    let (_, pid, _) = pairs.swap_remove(which);
                    machine.exit(pid).expect("running");
                }
                2 if !pairs.is_empty() => {
                    let (view, pid, copied) = &mut pairs[which];
                    view.reset().expect("a reset");
                    let len = PAGES * PAGE_SIZE;
                    machine.dontneed(*pid, ADDRESS, len).expect("mapped");
                    *copied = 0;
                }
                3..8 if !pairs.is_empty() => {
                    let (view, pid, _) = &pairs[which];
                    let page = numbers.below(PAGES);
                    let word = word_in(&mut machine, *pid, page);
                    assert_eq!(
                        view[page * WORDS_PER_PAGE],
                        word,
                        "seed {seed}, step {step}"
                    );
                }
                _ if !pairs.is_empty() => {
                    let (view, pid, copied) = &mut pairs[which];
                    let page = numbers.below(PAGES);
                    view[page * WORDS_PER_PAGE] = step;
                    *copied += write_in(&mut machine, *pid, page, step);
                }
                _ => {}
            }
        }
        for (view, pid, copied) in &pairs {
            let dirty = view.dirty_pages().expect("pagemap").page_count();
            assert_eq!(dirty, *copied, "seed {seed}");
            for page in 0..PAGES {
                let word = word_in(&mut machine, *pid, page);
                assert_eq!(
                    view[page * WORDS_PER_PAGE],
                    word,
                    "seed {seed}, page {page}"
                );
            }
        }
    }
}

/// A live region and its snapshots, beside a process that writes and its children that do not.
fn live_copies_what_the_simulator_copies(way: Option<&TrapOptions>, grain: usize) {
    for seed in 1..=40 {
        let mut numbers = Numbers(seed);
        let options = LiveOptions::new().max_snapshots(6);
        let mut live = Live::<u64>::with_options(PAGES * WORDS_PER_PAGE, options).expect("memory");
        live.make_mut(..)
            .expect("memory")
            .copy_from_slice(&base_words());
        if let Some(way) = way
            && or_skip(live.trap(way).map(drop), &format!("{way:?}")).is_none()
        {
            return;
        }
        let mut machine = Machine::new();
        let parent = machine.spawn();
        let len = PAGES * PAGE_SIZE;
        let mapped = machine.map(parent, ADDRESS, len, VmFlags::PRIVATE, Backing::Anonymous);
        mapped.expect("free");
        for page in 0..PAGES {
            write_in(&mut machine, parent, page, base(page));
        }
        let mut kept: Vec<(Snapshot<u64>, Pid)> = Vec::new();
        for step in 0..300 {
            match numbers.below(16) {
                0 if kept.len() < 6 => {
                    let (child, _) = machine.fork(parent).expect("running");
                    kept.push((live.snapshot().expect("a view"), child));
                }
                1 if !kept.is_empty() => {
                    let (_, child) = kept.swap_remove(numbers.below(kept.len()));
                    machine.exit(child).expect("running");
                }
                _ => {
                    // What one trap opens, the simulated parent writes as a whole.
                    let first = numbers.below(PAGES) / grain * grain;
                    for page in first..(first + grain).min(PAGES) {
                        write_in(&mut machine, parent, page, step);
                        let place = page * WORDS_PER_PAGE;
                        match way {
                            None => live.make_mut(place..=place).expect("memory")[0] = step,
                            Some(way) => live.trap(way).expect("armed")[place] = step,
                        }
                    }
                }
            }
        }
        for (snapshot, child) in &kept {
            let apart = pages_apart(&machine, parent, *child);
            let held = snapshot.copied_pages().expect("pagemap");
            assert_eq!(
                held, apart,
                "seed {seed}: the pages that differ are the copies"
            );
            for page in 0..PAGES {
                let word = word_in(&mut machine, *child, page);
                assert_eq!(
                    snapshot[page * WORDS_PER_PAGE],
                    word,
                    "seed {seed}, page {page}"
                );
            }
        }
        for page in 0..PAGES {
            let word = word_in(&mut machine, parent, page);
            assert_eq!(
                live[page * WORDS_PER_PAGE],
                word,
                "seed {seed}, page {page}"
            );
        }
    }
}

#[test]
fn the_barrier_copies_what_the_simulator_copies() {
    live_copies_what_the_simulator_copies(None, 1);
}

#[test]
fn the_userfaultfd_trap_copies_what_the_simulator_copies() {
    let way = TrapOptions::new()
        .mechanism(TrapMechanism::Userfaultfd)
        .cluster_pages(1);
    live_copies_what_the_simulator_copies(Some(&way), 1);
}

#[test]
fn the_mprotect_trap_copies_what_the_simulator_copies() {
    let way = TrapOptions::new().mechanism(TrapMechanism::Mprotect);
    live_copies_what_the_simulator_copies(Some(&way), 16);
}

/// One snapshot at a time, where the numbers of copies are the same one by one.
#[test]
fn each_write_copies_when_the_simulator_copies() {
    let mut live = Live::<u64>::from_slice(&base_words()).expect("memory");
    let mut machine = Machine::new();
    let parent = machine.spawn();
    let len = PAGES * PAGE_SIZE;
    let mapped = machine.map(parent, ADDRESS, len, VmFlags::PRIVATE, Backing::Anonymous);
    mapped.expect("free");
    for page in 0..PAGES {
        write_in(&mut machine, parent, page, base(page));
    }
    let mut numbers = Numbers(99);
    for _ in 0..20 {
        let snapshot = live.snapshot().expect("a view");
        let (child, _) = machine.fork(parent).expect("running");
        let mut held = 0;
        for step in 0..100 {
            let page = numbers.below(PAGES);
            held += write_in(&mut machine, parent, page, step);
            let place = page * WORDS_PER_PAGE;
            live.make_mut(place..=place).expect("memory")[0] = step;
        }
        let copied = snapshot.copied_pages().expect("pagemap").page_count();
        assert_eq!(copied, held);
        drop(snapshot);
        machine.exit(child).expect("running");
    }
}
