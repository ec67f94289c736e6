//! The twelve rules of Linux copy-on-write, one by one, on the simulator.

use cow_pages::sim::{
    Advice, Backing, Counters, Errno, Event, FrameId, Machine, PAGE_SIZE, PAGES_PER_HUGE, Pid,
    Prot, VmFlags,
};

const PAGE: u64 = PAGE_SIZE as u64;
const HUGE: u64 = PAGES_PER_HUGE * PAGE;
/// Where the tests map their memory: the start of a huge page.
const AT: u64 = 64 * HUGE;

/// Returns a machine with a process that has `pages` of private memory.
fn private(pages: u64) -> (Machine, Pid) {
    mapped(pages, VmFlags::PRIVATE)
}

fn mapped(pages: u64, flags: VmFlags) -> (Machine, Pid) {
    let mut machine = Machine::new();
    let pid = machine.spawn();
    machine
        .map(pid, AT, bytes(pages), flags, Backing::Anonymous)
        .expect("nothing is mapped yet");
    (machine, pid)
}

/// The same, in huge pages that are all written.
fn huge(count: u64) -> (Machine, Pid) {
    let (mut machine, pid) = mapped(count * PAGES_PER_HUGE, VmFlags::PRIVATE | VmFlags::HUGEPAGE);
    for index in 0..count {
        let events = write(&mut machine, pid, index * PAGES_PER_HUGE, 1);
        assert!(matches!(
            events[..],
            [Event::Fault, Event::ZeroFillHuge { .. }]
        ));
    }
    (machine, pid)
}

fn bytes(pages: u64) -> usize {
    usize::try_from(pages).expect("a small range") * PAGE_SIZE
}

fn write(machine: &mut Machine, pid: Pid, page: u64, byte: u8) -> Vec<Event> {
    machine
        .write(pid, AT + page * PAGE, &[byte])
        .expect("the page is writable")
}

fn read(machine: &mut Machine, pid: Pid, page: u64) -> (u8, Vec<Event>) {
    let mut byte = [0];
    let events = machine
        .read(pid, AT + page * PAGE, &mut byte)
        .expect("the page is readable");
    (byte[0], events)
}

fn fork(machine: &mut Machine, pid: Pid) -> Pid {
    machine.fork(pid).expect("memory suffices").0
}

fn frame(machine: &Machine, pid: Pid, page: u64) -> Option<FrameId> {
    let space = machine.space(pid).expect("the process runs");
    space.translate(AT / PAGE + page).map(|pte| pte.frame)
}

fn writable(machine: &Machine, pid: Pid, page: u64) -> bool {
    let space = machine.space(pid).expect("the process runs");
    space
        .translate(AT / PAGE + page)
        .is_some_and(|pte| pte.writable)
}

/// Asserts what a write did beside the fault it took.
#[track_caller]
fn assert_caused(events: &[Event], expected: fn(&[Event]) -> bool) {
    assert_eq!(events.first(), Some(&Event::Fault), "{events:?}");
    assert!(expected(&events[1..]), "{events:?}");
}

#[test]
fn rule_1_fork_write_protects_both_sides_and_shares_every_frame() {
    let (mut machine, parent) = private(4);
    (0..4).for_each(|page| drop(write(&mut machine, parent, page, 7)));
    let frames: Vec<_> = (0..4).map(|page| frame(&machine, parent, page)).collect();
    let used = machine.used_pages();
    assert!(writable(&machine, parent, 0));

    let (child, events) = machine.fork(parent).expect("memory suffices");
    assert_eq!(events, []);
    assert_eq!(machine.used_pages(), used, "nothing was copied");
    for (page, &expected) in (0..).zip(&frames) {
        assert_eq!(frame(&machine, parent, page), expected);
        assert_eq!(frame(&machine, child, page), expected);
        assert!(!writable(&machine, parent, page) && !writable(&machine, child, page));
        let id = expected.expect("the page was written");
        assert_eq!(machine.mapcount(id), 2);
        assert!(!machine.frame(id).expect("in use").is_exclusive());
    }
    let flags = |pid| {
        machine
            .space(pid)
            .and_then(|s| s.vmas().next())
            .map(|vma| vma.flags())
    };
    assert_eq!(
        flags(child),
        Some(VmFlags::PRIVATE),
        "the area may still be written"
    );
    assert_eq!(flags(child), flags(parent));
    assert_eq!(read(&mut machine, child, 3), (7, vec![]));
    assert_eq!(read(&mut machine, parent, 3), (7, vec![]));
}

#[test]
fn rule_1_fork_takes_over_no_entry_that_a_fault_can_find_again() {
    let (mut machine, parent) = private(2);
    read(&mut machine, parent, 0);
    let child = fork(&mut machine, parent);
    assert_eq!(
        frame(&machine, child, 0),
        None,
        "the area holds no memory of its own yet"
    );
    write(&mut machine, parent, 1, 1);
    let child = fork(&mut machine, parent);
    assert_eq!(
        frame(&machine, child, 0),
        Some(FrameId::ZERO),
        "now the whole table is copied"
    );
}

#[test]
fn rule_2_shared_memory_is_found_by_a_fault_and_never_copied() {
    let (mut machine, parent) = mapped(1, VmFlags::SHARED_WRITABLE);
    write(&mut machine, parent, 0, 5);
    let child = fork(&mut machine, parent);
    assert_eq!(frame(&machine, child, 0), None);
    let (byte, events) = read(&mut machine, child, 0);
    assert_eq!(byte, 5);
    assert!(matches!(
        events[..],
        [Event::Fault, Event::MapFile { count: 1, .. }]
    ));
    assert_eq!(frame(&machine, child, 0), frame(&machine, parent, 0));
    assert_eq!(
        write(&mut machine, child, 0, 6),
        [],
        "the entry was writable from the start"
    );
    assert_eq!(read(&mut machine, parent, 0), (6, vec![]));
    assert_eq!(machine.counters().wp_page_copy, 0);
    for pid in [parent, child] {
        assert_eq!(machine.used_pages(), 1);
        machine.exit(pid).expect("runs");
    }
    assert_eq!(machine.used_pages(), 0, "it goes with its last mapping");
}

#[test]
fn rule_2_dontfork_is_absent_and_wipeonfork_is_empty_in_the_child() {
    let (mut machine, parent) = private(2);
    write(&mut machine, parent, 0, 1);
    write(&mut machine, parent, 1, 2);
    machine
        .advise(parent, AT, PAGE_SIZE, Advice::DontFork)
        .expect("mapped");
    machine
        .advise(parent, AT + PAGE, PAGE_SIZE, Advice::WipeOnFork)
        .expect("private");
    let child = fork(&mut machine, parent);
    let mut byte = [0];
    assert_eq!(machine.read(child, AT, &mut byte), Err(Errno::SegFault));
    assert_eq!(read(&mut machine, child, 1).0, 0);
    assert_eq!(read(&mut machine, parent, 0), (1, vec![]));
    assert_eq!(read(&mut machine, parent, 1), (2, vec![]));
    assert_eq!(
        write(&mut machine, parent, 1, 3),
        [],
        "nothing shares the page"
    );

    let shared = machine.map(
        parent,
        2 * AT,
        PAGE_SIZE,
        VmFlags::SHARED_WRITABLE,
        Backing::Anonymous,
    );
    shared.expect("free addresses");
    let refused = machine.advise(parent, 2 * AT, PAGE_SIZE, Advice::WipeOnFork);
    assert_eq!(refused, Err(Errno::Invalid));
}

#[test]
fn rule_3_a_pinned_page_is_copied_by_fork_and_stays_writable() {
    let (mut machine, parent) = private(2);
    write(&mut machine, parent, 0, 1);
    write(&mut machine, parent, 1, 2);
    let (pin, events) = machine.pin(parent, AT).expect("writable");
    assert_eq!(events, []);
    let before = frame(&machine, parent, 0);
    let (child, events) = machine.fork(parent).expect("memory suffices");
    assert!(matches!(events[..], [Event::CopyAtFork { page, .. }] if page == AT / PAGE));
    assert_eq!(frame(&machine, parent, 0), before);
    assert_ne!(frame(&machine, child, 0), before);
    assert_eq!(frame(&machine, child, 1), frame(&machine, parent, 1));
    assert_eq!(
        write(&mut machine, parent, 0, 9),
        [],
        "the device goes on using this frame"
    );
    assert_eq!(
        write(&mut machine, child, 0, 8),
        [],
        "the copy is the child's own"
    );
    assert_eq!(pin.frame(), before.expect("written"));
    machine.unpin(pin);
}

#[test]
fn rule_3_a_pinned_huge_page_goes_to_the_child_page_by_page() {
    let (mut machine, parent) = huge(1);
    let (pin, _) = machine.pin(parent, AT + 3 * PAGE).expect("writable");
    let (child, events) = machine.fork(parent).expect("memory suffices");
    let counters: Counters = events.iter().collect();
    assert_eq!(
        (counters.thp_split_pmd, counters.copy_present_page),
        (1, 512)
    );
    assert_eq!(write(&mut machine, parent, 3, 1), []);
    assert_eq!(machine.usage(child).private_dirty_kib, 2048);
    machine.unpin(pin);
}

#[test]
fn rule_3_a_pinned_hugetlb_page_is_copied_whole() {
    let (mut machine, parent) = mapped(PAGES_PER_HUGE, VmFlags::PRIVATE | VmFlags::HUGETLB);
    let (pin, _) = machine.pin(parent, AT).expect("writable");
    let (child, events) = machine.fork(parent).expect("memory suffices");
    assert!(matches!(events[..], [Event::CopyAtFork { .. }]));
    assert_eq!(write(&mut machine, parent, 0, 1), []);
    assert_eq!(write(&mut machine, child, 0, 2), []);
    machine.unpin(pin);
}

#[test]
fn rule_4_a_write_copies_while_shared_and_reuses_when_alone() {
    let (mut machine, parent) = private(1);
    write(&mut machine, parent, 0, 1);
    let original = frame(&machine, parent, 0);
    let child = fork(&mut machine, parent);

    let events = write(&mut machine, child, 0, 2);
    assert_caused(&events, |rest| {
        matches!(rest, [Event::Copy { ksm: false, .. }])
    });
    assert_ne!(frame(&machine, child, 0), original);
    assert!(writable(&machine, child, 0));
    assert!(
        !writable(&machine, parent, 0),
        "the parent finds out at its own fault"
    );
    assert_eq!(read(&mut machine, parent, 0), (1, vec![]));

    let events = write(&mut machine, parent, 0, 3);
    assert_caused(&events, |rest| matches!(rest, [Event::Reuse { .. }]));
    assert_eq!(frame(&machine, parent, 0), original);
    assert_eq!(write(&mut machine, parent, 0, 4), []);
    let counters = machine.counters();
    assert_eq!(
        (counters.minflt, counters.wp_page_copy, counters.pgreuse),
        (3, 1, 1)
    );
}

#[test]
fn rule_4_the_end_of_the_other_process_makes_a_page_reusable() {
    let (mut machine, parent) = private(1);
    write(&mut machine, parent, 0, 1);
    let children = [fork(&mut machine, parent), fork(&mut machine, parent)];
    machine.exit(children[0]).expect("runs");
    assert_eq!(
        machine.mapcount(frame(&machine, parent, 0).expect("present")),
        2
    );
    machine.exit(children[1]).expect("runs");
    let events = write(&mut machine, parent, 0, 2);
    assert_caused(&events, |rest| matches!(rest, [Event::Reuse { .. }]));
}

#[test]
fn rule_5_a_page_never_written_is_the_zero_page_and_its_first_write_fills_zeros() {
    let (mut machine, pid) = private(2);
    let (byte, events) = read(&mut machine, pid, 0);
    assert_eq!(byte, 0);
    assert_caused(&events, |rest| matches!(rest, [Event::ZeroPage { .. }]));
    assert_eq!(frame(&machine, pid, 0), Some(FrameId::ZERO));
    assert_eq!(machine.usage(pid).rss_kib, 0);
    for page in [0, 1] {
        let events = write(&mut machine, pid, page, 1);
        assert_caused(&events, |rest| matches!(rest, [Event::ZeroFill { .. }]));
    }
    assert_eq!(machine.counters().wp_page_copy, 0);
    assert_eq!(machine.usage(pid).rss_kib, 8);
}

#[test]
fn rule_6_a_huge_mapping_with_one_user_is_made_writable_by_one_fault() {
    let (mut machine, parent) = huge(1);
    let child = fork(&mut machine, parent);
    machine.exit(child).expect("runs");
    let events = write(&mut machine, parent, 100, 1);
    assert_caused(&events, |rest| matches!(rest, [Event::ReusePmd { .. }]));
    for page in [0, 300, 511] {
        assert_eq!(write(&mut machine, parent, page, 2), []);
    }
    assert_eq!(machine.usage(parent).anon_huge_pages_kib, 2048);
}

#[test]
fn rule_6_a_write_to_a_shared_huge_mapping_splits_the_writers_alone() {
    let (mut machine, parent) = huge(1);
    let child = fork(&mut machine, parent);
    let events = write(&mut machine, child, 5, 9);
    assert_caused(&events, |rest| {
        matches!(rest, [Event::SplitPmd { .. }, Event::Copy { .. }])
    });
    let counters = machine.counters();
    assert_eq!((counters.thp_split_pmd, counters.thp_split_page), (1, 0));
    assert_eq!(machine.usage(parent).anon_huge_pages_kib, 2048);
    assert_eq!(machine.usage(child).anon_huge_pages_kib, 0);
    assert_eq!(read(&mut machine, parent, 5).0, 0);
    assert_eq!(
        frame(&machine, child, 6),
        frame(&machine, parent, 6),
        "still one huge page"
    );
}

#[test]
fn rule_7_a_page_of_a_huge_folio_is_copied_while_anyone_maps_any_page_of_it() {
    let (mut machine, parent) = huge(1);
    let child = fork(&mut machine, parent);
    write(&mut machine, child, 5, 1);
    let original = frame(&machine, parent, 5);
    // The child has let go of page 5, but it maps 511 others.
    let events = write(&mut machine, parent, 5, 2);
    assert_caused(&events, |rest| {
        matches!(rest, [Event::SplitPmd { .. }, Event::Copy { .. }])
    });
    assert_ne!(frame(&machine, parent, 5), original);

    machine.exit(child).expect("runs");
    for page in (0..PAGES_PER_HUGE).filter(|&page| page != 5) {
        let events = write(&mut machine, parent, page, 3);
        assert_caused(&events, |rest| matches!(rest, [Event::Reuse { .. }]));
    }
}

#[test]
fn rule_7_the_last_mapped_page_of_a_huge_folio_is_copied_to_free_the_rest() {
    let (mut machine, parent) = huge(1);
    let child = fork(&mut machine, parent);
    let tail = (PAGES_PER_HUGE - 1) * PAGE;
    machine
        .dontneed(parent, AT, bytes(PAGES_PER_HUGE - 1))
        .expect("mapped");
    machine.exit(child).expect("runs");
    assert_eq!(machine.used_pages(), PAGES_PER_HUGE);
    let events = machine.write(parent, AT + tail, &[1]).expect("writable");
    assert_caused(&events, |rest| matches!(rest, [Event::Copy { .. }]));
    assert_eq!(machine.used_pages(), 1);
}

#[test]
fn rule_8_a_broken_huge_mapping_stays_broken_until_it_is_collapsed() {
    let (mut machine, parent) = huge(1);
    let child = fork(&mut machine, parent);
    write(&mut machine, parent, 0, 8);
    machine.exit(child).expect("runs");
    for page in 0..PAGES_PER_HUGE {
        write(&mut machine, parent, page, 9);
    }
    assert_eq!(machine.usage(parent).anon_huge_pages_kib, 0);
    let events = machine
        .collapse(parent, AT, bytes(PAGES_PER_HUGE))
        .expect("whole and present");
    assert!(matches!(events[..], [Event::Collapse { .. }]));
    assert_eq!(machine.usage(parent).anon_huge_pages_kib, 2048);
    assert_eq!(read(&mut machine, parent, 511), (9, vec![]));
    assert_eq!(write(&mut machine, parent, 511, 1), []);
    assert_eq!(
        machine.used_pages(),
        PAGES_PER_HUGE,
        "the broken one is gone"
    );
}

#[test]
fn rule_9_a_merged_page_is_copied_even_by_its_last_user() {
    let (mut machine, pid) = mapped(2, VmFlags::PRIVATE | VmFlags::MERGEABLE);
    write(&mut machine, pid, 0, 7);
    write(&mut machine, pid, 1, 7);
    let merged = machine.merge();
    assert!(matches!(merged[..], [Event::Merge { .. }]));
    assert_eq!(machine.used_pages(), 1);
    for page in [0, 1] {
        let events = write(&mut machine, pid, page, 8);
        assert_caused(&events, |rest| {
            matches!(rest, [Event::Copy { ksm: true, .. }])
        });
    }
    assert_eq!(machine.counters().cow_ksm, 2);
    assert_eq!(machine.used_pages(), 2);
}

#[test]
fn rule_9_merging_breaks_a_huge_page_that_holds_a_duplicate() {
    let (mut machine, pid) = huge(1);
    machine
        .advise(pid, AT, bytes(PAGES_PER_HUGE), Advice::Mergeable)
        .expect("mapped");
    let events = machine.merge();
    let counters: Counters = events.iter().collect();
    assert_eq!((counters.thp_split_pmd, counters.thp_split_page), (1, 1));
    assert_eq!(
        machine.used_pages(),
        2,
        "one page with a byte in it, 511 equal ones"
    );
}

#[test]
fn rule_9_a_hugetlb_page_is_copied_whole() {
    let (mut machine, parent) = mapped(PAGES_PER_HUGE, VmFlags::PRIVATE | VmFlags::HUGETLB);
    write(&mut machine, parent, 0, 1);
    let child = fork(&mut machine, parent);
    let events = write(&mut machine, child, 9, 2);
    assert_caused(&events, |rest| matches!(rest, [Event::CopyHuge { .. }]));
    assert_eq!(read(&mut machine, child, 0), (1, vec![]));
    assert_eq!(read(&mut machine, parent, 9), (0, vec![]));
    let events = write(&mut machine, parent, 9, 3);
    assert_caused(&events, |rest| matches!(rest, [Event::ReusePmd { .. }]));
    let usage = machine.usage(parent);
    assert_eq!((usage.rss_kib, usage.private_hugetlb_kib), (0, 2048));
}

#[test]
fn rule_10_one_write_across_pages_faults_on_each_as_a_system_call_does() {
    let (mut machine, parent) = private(3);
    (0..3).for_each(|page| drop(write(&mut machine, parent, page, 1)));
    fork(&mut machine, parent);
    // The same `write` stands for the process and for `read(2)` into its memory.
    let events = machine
        .write(parent, AT + PAGE - 2, &[5; PAGE_SIZE + 4])
        .expect("writable");
    let counters: Counters = events.iter().collect();
    assert_eq!((counters.minflt, counters.wp_page_copy), (3, 3));
}

#[test]
fn rule_11_exclusive_pages_get_their_write_permission_back_without_faults() {
    let (mut machine, pid) = private(2);
    write(&mut machine, pid, 0, 1);
    machine
        .protect(pid, AT, bytes(2), Prot::Read)
        .expect("mapped");
    assert_eq!(machine.write(pid, AT, &[2]), Err(Errno::SegFault));
    machine
        .protect(pid, AT, bytes(2), Prot::ReadWrite)
        .expect("mapped");
    assert_eq!(write(&mut machine, pid, 0, 2), []);

    let child = fork(&mut machine, pid);
    for prot in [Prot::Read, Prot::ReadWrite] {
        machine.protect(child, AT, bytes(2), prot).expect("mapped");
    }
    let events = write(&mut machine, child, 0, 3);
    assert_caused(&events, |rest| matches!(rest, [Event::Copy { .. }]));
}

#[test]
fn rule_11_a_hugetlb_page_gets_it_back_by_a_fault() {
    let (mut machine, pid) = mapped(PAGES_PER_HUGE, VmFlags::PRIVATE | VmFlags::HUGETLB);
    write(&mut machine, pid, 0, 1);
    for prot in [Prot::Read, Prot::ReadWrite] {
        machine
            .protect(pid, AT, bytes(PAGES_PER_HUGE), prot)
            .expect("mapped");
    }
    let events = write(&mut machine, pid, 0, 2);
    assert_caused(&events, |rest| matches!(rest, [Event::ReusePmd { .. }]));
}

#[test]
fn rule_12_a_copy_moves_a_page_from_shared_to_private_on_both_sides() {
    let (mut machine, parent) = private(32);
    (0..32).for_each(|page| drop(write(&mut machine, parent, page, 1)));
    assert_eq!(machine.usage(parent).private_dirty_kib, 128);
    let child = fork(&mut machine, parent);
    let usage = machine.usage(parent);
    assert_eq!((usage.shared_dirty_kib, usage.shared_clean_kib), (128, 0));
    assert_eq!((usage.private_dirty_kib, usage.pss_kib), (0, 64));

    (0..16).for_each(|page| drop(write(&mut machine, child, page, 2)));
    for pid in [parent, child] {
        let usage = machine.usage(pid);
        assert_eq!((usage.rss_kib, usage.pss_kib), (128, 96));
        assert_eq!((usage.shared_dirty_kib, usage.private_dirty_kib), (64, 64));
    }
    assert!(
        !writable(&machine, parent, 0),
        "private says nothing about write access"
    );
}

#[test]
fn a_private_view_of_a_file_copies_on_its_first_write_and_leaves_the_file_alone() {
    let mut machine = Machine::new();
    let pid = machine.spawn();
    let file = machine.create_file(32);
    for page in 0..32 {
        machine
            .write_file(file, page * PAGE, &[1])
            .expect("within the file");
    }
    let view = Backing::File {
        file,
        first_page: 0,
    };
    machine
        .map(pid, AT, bytes(32), VmFlags::PRIVATE, view)
        .expect("free addresses");
    machine
        .map(pid, 2 * AT, bytes(32), VmFlags::PRIVATE, view)
        .expect("free addresses");
    let events = write(&mut machine, pid, 3, 2);
    assert_caused(&events, |rest| matches!(rest, [Event::Copy { .. }]));
    let (_, events) = read(&mut machine, pid, 0);
    assert_caused(&events, |rest| {
        matches!(rest, [Event::MapFile { count: 15, .. }])
    });
    let events = write(&mut machine, pid, 0, 2);
    assert_caused(&events, |rest| matches!(rest, [Event::Copy { .. }]));
    let mut byte = [0];
    machine
        .read(pid, 2 * AT + 3 * PAGE, &mut byte)
        .expect("readable");
    assert_eq!(byte, [1]);
    machine.dontneed(pid, AT, bytes(32)).expect("mapped");
    assert_eq!(read(&mut machine, pid, 3).0, 1);
    assert_eq!(machine.used_pages(), 32, "only the file is left");
}

#[test]
fn a_private_mapping_of_device_memory_copies_what_nothing_counts() {
    let (mut machine, parent) = mapped(2, VmFlags::PRIVATE | VmFlags::PFNMAP);
    assert_eq!(read(&mut machine, parent, 0), (0, vec![]));
    let child = fork(&mut machine, parent);
    assert_eq!(frame(&machine, child, 0), frame(&machine, parent, 0));
    let events = write(&mut machine, child, 0, 4);
    assert_caused(&events, |rest| matches!(rest, [Event::Copy { .. }]));
    let events = write(&mut machine, parent, 0, 5);
    assert_caused(&events, |rest| matches!(rest, [Event::Copy { .. }]));
    assert_eq!(machine.dontneed(parent, AT, PAGE_SIZE), Err(Errno::Invalid));
    let (mut machine, shared) = mapped(1, VmFlags::SHARED_WRITABLE | VmFlags::PFNMAP);
    assert_eq!(write(&mut machine, shared, 0, 1), []);
}

#[test]
fn an_area_without_may_write_is_never_made_writable() {
    let (mut machine, pid) = mapped(1, VmFlags::READ | VmFlags::SHARED);
    let refused = machine.protect(pid, AT, PAGE_SIZE, Prot::ReadWrite);
    assert_eq!(refused, Err(Errno::Access));
    assert_eq!(machine.write(pid, AT, &[1]), Err(Errno::SegFault));
}

#[test]
fn at_the_memory_limit_a_copy_is_refused_and_nothing_is_lost() {
    let mut machine = Machine::with_memory_limit(3);
    let parent = machine.spawn();
    let mapped = machine.map(parent, AT, bytes(2), VmFlags::PRIVATE, Backing::Anonymous);
    mapped.expect("free addresses");
    write(&mut machine, parent, 0, 1);
    write(&mut machine, parent, 1, 2);
    let child = fork(&mut machine, parent);
    write(&mut machine, child, 0, 3);
    assert_eq!(
        machine.write(child, AT + PAGE, &[4]),
        Err(Errno::OutOfMemory)
    );
    assert_eq!(read(&mut machine, child, 1), (2, vec![]));
    assert_eq!(read(&mut machine, parent, 1), (2, vec![]));
    machine.exit(parent).expect("runs");
    let events = write(&mut machine, child, 1, 4);
    assert_caused(&events, |rest| matches!(rest, [Event::Reuse { .. }]));
}

#[test]
fn at_the_memory_limit_a_huge_fault_falls_back_to_a_base_page() {
    let mut machine = Machine::with_memory_limit(100);
    let pid = machine.spawn();
    let flags = VmFlags::PRIVATE | VmFlags::HUGEPAGE;
    let mapped = machine.map(pid, AT, bytes(PAGES_PER_HUGE), flags, Backing::Anonymous);
    mapped.expect("free addresses");
    let events = write(&mut machine, pid, 7, 1);
    assert_caused(&events, |rest| matches!(rest, [Event::ZeroFill { .. }]));
    let refused = machine.collapse(pid, AT, bytes(PAGES_PER_HUGE));
    assert_eq!(refused, Err(Errno::OutOfMemory));
}

#[test]
fn a_cut_through_a_huge_mapping_splits_it() {
    let (mut machine, pid) = huge(2);
    let events = machine
        .unmap(pid, AT + HUGE + 8 * PAGE, 4 * PAGE_SIZE)
        .expect("aligned");
    assert!(matches!(events[..], [Event::SplitPmd { .. }]));
    assert_eq!(machine.usage(pid).rss_kib, 2 * 2048 - 16);
    let mut byte = [0];
    let gone = machine.read(pid, AT + HUGE + 9 * PAGE, &mut byte);
    assert_eq!(gone, Err(Errno::SegFault));
    let events = machine.split(pid, AT).expect("mapped");
    assert!(matches!(events[..], [Event::SplitPmd { .. }]));
    let events = machine
        .split_folio(pid, AT)
        .expect("a huge page of one user");
    assert!(matches!(events[..], [Event::SplitFolio { .. }]));
    assert_eq!(
        write(&mut machine, pid, 3, 1),
        [],
        "splitting takes no permission away"
    );
}

#[test]
fn what_a_pin_holds_on_to_is_neither_merged_collapsed_nor_freed() {
    let (mut machine, pid) = mapped(PAGES_PER_HUGE, VmFlags::PRIVATE | VmFlags::MERGEABLE);
    write(&mut machine, pid, 0, 7);
    write(&mut machine, pid, 1, 7);
    let (pin, _) = machine.pin(pid, AT).expect("writable");
    assert_eq!(machine.merge(), []);
    assert_eq!(
        machine.collapse(pid, AT, bytes(PAGES_PER_HUGE)),
        Err(Errno::Again)
    );
    machine.exit(pid).expect("runs");
    assert_eq!(machine.used_pages(), 1);
    assert!(machine.frame(pin.frame()).is_some());
    machine.unpin(pin);
    assert_eq!(machine.used_pages(), 0);
}

#[test]
fn when_every_process_has_ended_no_frame_is_left() {
    let (mut machine, parent) = huge(2);
    let child = fork(&mut machine, parent);
    write(&mut machine, child, 5, 1);
    let grandchild = fork(&mut machine, child);
    write(&mut machine, grandchild, 600, 1);
    machine
        .collapse(child, AT, bytes(PAGES_PER_HUGE))
        .expect("whole and present");
    for pid in [child, parent, grandchild] {
        assert!(machine.used_pages() > 0);
        machine.exit(pid).expect("runs");
        assert_eq!(machine.exit(pid), Err(Errno::NoProcess));
    }
    assert_eq!(machine.used_pages(), 0);
    assert_eq!(machine.processes().count(), 0);
}
