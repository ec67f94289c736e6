//! Live regions: snapshots never change, whichever way the writes come.
#![cfg(feature = "mmu")]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Barrier, mpsc};
use std::thread;
use std::time::Duration;

use cow_core::ChunkSource;
use cow_pages::advise::{Advice, Region};
use cow_pages::forked::fork_snapshot_unchecked;
use cow_pages::image::ImageBuilder;
use cow_pages::live::{Live, LiveOptions, Snapshot, TrapMechanism, TrapOptions};
use cow_pages::source::MappedSource;
use cow_pages::{Error, PageSet};
use quickcheck::{Arbitrary, Gen, QuickCheck};
use support::{Numbers, TempFile, address_space, in_child, or_skip, set_default_action, set_limit};

const WORDS_PER_PAGE: usize = 512;

const EXACT: TrapOptions = TrapOptions::new()
    .mechanism(TrapMechanism::Userfaultfd)
    .cluster_pages(1);
const CLUSTERED: TrapOptions = TrapOptions::new().mechanism(TrapMechanism::Userfaultfd);
const MPROTECT: TrapOptions = TrapOptions::new().mechanism(TrapMechanism::Mprotect);

/// Every way to write: through the barrier, or through a trap.
const WAYS: [Option<TrapOptions>; 4] = [None, Some(EXACT), Some(CLUSTERED), Some(MPROTECT)];

fn counting(len: usize) -> Live<u64> {
    let mut live = Live::new(len).expect("memory");
    for (word, i) in live.make_mut(..).expect("memory").iter_mut().zip(0..) {
        *word = i;
    }
    live
}

/// Arms a region, unless the kernel does not offer the mechanism.
fn arm(live: &mut Live<u64>, way: &TrapOptions) -> bool {
    or_skip(live.trap(way).map(drop), &format!("{way:?}")).is_some()
}

fn write(live: &mut Live<u64>, way: Option<&TrapOptions>, place: usize, value: u64) {
    match way {
        None => live.make_mut(place..=place).expect("memory")[0] = value,
        Some(way) => live.trap(way).expect("armed before")[place] = value,
    }
}

fn holds_count(words: &[u64]) -> bool {
    words.iter().zip(0..).all(|(&word, i)| word == i)
}

#[derive(Clone, Debug)]
enum Op {
    Write(u16, u64),
    WriteRange(u16, u8),
    Snapshot,
    Drop(u8),
    Share(u8),
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        match u8::arbitrary(g) % 16 {
            0..9 => Self::Write(Arbitrary::arbitrary(g), Arbitrary::arbitrary(g)),
            9..11 => Self::WriteRange(Arbitrary::arbitrary(g), Arbitrary::arbitrary(g)),
            11..14 => Self::Snapshot,
            14 => Self::Drop(Arbitrary::arbitrary(g)),
            _ => Self::Share(Arbitrary::arbitrary(g)),
        }
    }
}

/// Runs operations on a region and on a vector; every snapshot is compared at every step's end.
fn agrees_with_a_vector(way: Option<&TrapOptions>, ops: Vec<Op>) -> bool {
    let len = 30 * WORDS_PER_PAGE + 17;
    let options = LiveOptions::new().max_snapshots(5);
    let mut live = Live::with_options(len, options).expect("memory");
    if let Some(way) = way
        && !arm(&mut live, way)
    {
        return true;
    }
    let mut model = vec![0; len];
    let mut kept: Vec<(Snapshot<u64>, Vec<u64>)> = Vec::new();
    for op in ops {
        match op {
            Op::Write(place, value) => {
                let place = usize::from(place) % len;
                write(&mut live, way, place, value);
                model[place] = value;
            }
            Op::WriteRange(start, pages) => {
                let start = usize::from(start) % len;
                let end = (start + usize::from(pages) * 40).min(len);
                match way {
                    None => live.make_mut(start..end).expect("memory").fill(7),
                    Some(way) => live.trap(way).expect("armed")[start..end].fill(7),
                }
                model[start..end].fill(7);
            }
            Op::Snapshot => match live.snapshot() {
                Ok(snapshot) => kept.push((snapshot, model.clone())),
                Err(Error::TooManySnapshots { limit: 5 }) => assert_eq!(live.open_snapshots(), 5),
                Err(error) => panic!("{error}"),
            },
            Op::Drop(which) if !kept.is_empty() => {
                kept.swap_remove(usize::from(which) % kept.len());
            }
            Op::Share(which) if !kept.is_empty() => {
                let (snapshot, model) = &kept[usize::from(which) % kept.len()];
                let pair = (snapshot.clone(), model.clone());
                kept.push(pair);
            }
            Op::Drop(_) | Op::Share(_) => {}
        }
        assert!(live[..] == model[..]);
        assert!(
            kept.iter()
                .all(|(snapshot, model)| snapshot[..] == model[..])
        );
    }
    drop(live);
    kept.iter()
        .all(|(snapshot, model)| snapshot[..] == model[..])
}

#[test]
fn any_operations_agree_with_a_vector() {
    for way in WAYS {
        QuickCheck::new()
            .tests(60)
            .quickcheck(AgreesWithAVector(way));
    }
}

/// The property for one way of writing.
struct AgreesWithAVector(Option<TrapOptions>);

impl quickcheck::Testable for AgreesWithAVector {
    fn result(&self, g: &mut Gen) -> quickcheck::TestResult {
        let ops = Vec::<Op>::arbitrary(g);
        let text = format!("{:?} {ops:?}", self.0);
        let agrees = agrees_with_a_vector(self.0.as_ref(), ops);
        assert!(agrees, "{text}");
        quickcheck::TestResult::from_bool(agrees)
    }
}

#[test]
fn exactly_the_written_pages_are_copied() {
    let pages = 700;
    for way in [None, Some(EXACT)] {
        let mut live = counting(pages * WORDS_PER_PAGE);
        if let Some(way) = &way
            && !arm(&mut live, way)
        {
            continue;
        }
        let snapshot = live.snapshot().expect("a view");
        assert!(live.dirty_pages().is_empty());
        let mut numbers = Numbers(3);
        let written: Vec<usize> = (0..200).map(|_| numbers.below(pages)).collect();
        for &page in &written {
            write(&mut live, way.as_ref(), page * WORDS_PER_PAGE + 5, 0);
        }
        let written: PageSet = written.into_iter().collect();
        assert_eq!(snapshot.copied_pages().expect("pagemap"), written);
        assert_eq!(live.dirty_pages(), written);
        assert_eq!(live.held_pages().expect("pagemap"), written.page_count());
        if way.is_some() {
            let traps = usize::try_from(live.trap_count()).expect("a small number");
            assert_eq!(traps, written.page_count());
        }
        assert!(holds_count(&snapshot));
    }
}

#[test]
fn sequential_writes_trap_once_per_cluster() {
    let pages = 1_000;
    let mut live = counting(pages * WORDS_PER_PAGE);
    if !arm(&mut live, &CLUSTERED) {
        return;
    }
    let snapshot = live.snapshot().expect("a view");
    live.trap(&CLUSTERED).expect("armed").fill(0);
    assert!((pages / 16..pages / 8).contains(&usize::try_from(live.trap_count()).expect("few")));
    assert_eq!(
        snapshot.copied_pages().expect("pagemap").page_count(),
        pages
    );
    assert!(holds_count(&snapshot));
}

#[test]
fn snapshots_without_a_write_between_are_one() {
    for way in WAYS {
        let mut live = counting(10 * WORDS_PER_PAGE);
        if let Some(way) = &way
            && !arm(&mut live, way)
        {
            continue;
        }
        let a = live.snapshot().expect("a view");
        let b = live.snapshot().expect("a view");
        assert!(a.ptr_eq(&b) && live.open_snapshots() == 1);
        write(&mut live, way.as_ref(), 0, 9);
        let c = live.snapshot().expect("a view");
        assert!(!a.ptr_eq(&c) && live.open_snapshots() == 2);
        drop((a, b));
        assert_eq!(live.open_snapshots(), 1);
        assert_eq!((c[0], c[1]), (9, 1));
    }
}

#[test]
fn limits_are_errors_before_anything_is_written() {
    let options = LiveOptions::new().max_snapshots(2).page_budget(3);
    let mut live = Live::<u64>::with_options(10 * WORDS_PER_PAGE, options).expect("memory");
    let first = live.snapshot().expect("a view");
    live.make_mut(0..3 * WORDS_PER_PAGE)
        .expect("three pages")
        .fill(1);
    live.make_mut(0..WORDS_PER_PAGE)
        .expect("no new page")
        .fill(2);
    let Err(Error::Budget {
        wanted_pages: 4,
        budget_pages: 3,
    }) = live.make_mut(5_000..=5_000)
    else {
        panic!("a fourth page");
    };
    assert!(live[3 * WORDS_PER_PAGE..].iter().all(|&word| word == 0));
    drop(first);
    live.make_mut(..).expect("no snapshot, no copies").fill(4);
    let a = live.snapshot().expect("a view");
    live.make_mut(..1).expect("one page")[0] = 5;
    let b = live.snapshot().expect("a view");
    live.make_mut(..1)
        .expect("one page, which the other snapshot has already")[0] = 6;
    let Err(Error::TooManySnapshots { limit: 2 }) = live.snapshot() else {
        panic!("a third snapshot");
    };
    assert_eq!((a[0], b[0], live[0]), (4, 5, 6));
}

#[test]
fn a_budget_stops_snapshots_in_trap_mode() {
    let options = LiveOptions::new().page_budget(2);
    let mut live = Live::<u64>::with_options(10 * WORDS_PER_PAGE, options).expect("memory");
    if !arm(&mut live, &EXACT) {
        return;
    }
    let mut region = live.trap(&EXACT).expect("armed");
    let before = region.snapshot().expect("a view");
    region[..3 * WORDS_PER_PAGE].fill(1);
    assert!(matches!(region.snapshot(), Err(Error::Budget { .. })));
    assert!(before.iter().all(|&word| word == 0));
    drop(before);
    assert_eq!(region.snapshot().expect("the pages are free again")[0], 1);
}

#[test]
fn prefaulted_pages_need_no_copy_later() {
    let mut live = counting(20 * WORDS_PER_PAGE);
    let snapshot = live.snapshot().expect("a view");
    snapshot
        .prefault(WORDS_PER_PAGE..3 * WORDS_PER_PAGE)
        .expect("memory");
    assert_eq!(
        snapshot.copied_pages().expect("pagemap"),
        PageSet::from(1..3)
    );
    live.make_mut(..).expect("memory").fill(0);
    assert!(holds_count(&snapshot));
}

#[test]
fn prefaulted_pages_count_against_the_budget() {
    let options = LiveOptions::new().page_budget(5);
    let mut live = Live::<u64>::with_options(20 * WORDS_PER_PAGE, options).expect("memory");
    let snapshot = live.snapshot().expect("a view");
    snapshot.prefault(..4 * WORDS_PER_PAGE).expect("memory");
    let Err(Error::Budget {
        wanted_pages: 6,
        budget_pages: 5,
    }) = live.make_mut(10 * WORDS_PER_PAGE..12 * WORDS_PER_PAGE)
    else {
        panic!("four pages and two more");
    };
    live.make_mut(..5 * WORDS_PER_PAGE)
        .expect("one more")
        .fill(1);
    assert!(snapshot.iter().all(|&word| word == 0));
}

#[test]
fn odd_lengths_and_empty_regions() {
    for len in [0, 1, 3, 4_097] {
        let mut live = Live::from_slice(&vec![7_u8; len]).expect("memory");
        let snapshot = live.snapshot().expect("a view");
        live.make_mut(..).expect("memory").fill(8);
        assert_eq!((live.len(), snapshot.len()), (len, len));
        assert!(snapshot.iter().all(|&byte| byte == 7));
        assert!(live.iter().all(|&byte| byte == 8));
    }
    // Elements that lie across two pages.
    let mut live = Live::from_slice(&[[1_u8; 3]; 4_000]).expect("memory");
    let snapshot = live.snapshot().expect("a view");
    live.make_mut(1_365..1_366).expect("memory")[0] = [2; 3];
    assert_eq!(
        snapshot.copied_pages().expect("pagemap"),
        PageSet::from(0..2)
    );
    assert_eq!((snapshot[1_365], live[1_365]), ([1; 3], [2; 3]));
}

#[test]
#[should_panic(expected = "range 5..11 out of range for length 10")]
fn a_range_out_of_bounds_panics() {
    drop(counting(10).make_mut(5..=10));
}

#[test]
fn a_collapsed_region_has_snapshots_like_any() {
    for way in WAYS {
        let mut live = counting(3 << 18);
        if or_skip(live.collapse(), "MADV_COLLAPSE").is_none() {
            return;
        }
        if let Some(way) = &way
            && !arm(&mut live, way)
        {
            continue;
        }
        let snapshot = live.snapshot().expect("a view");
        for place in (0..3 << 18).step_by(100 * WORDS_PER_PAGE) {
            write(&mut live, way.as_ref(), place, u64::MAX);
        }
        assert!(holds_count(&snapshot));
        let copied = snapshot.copied_pages().expect("pagemap");
        assert!((0..1_536).step_by(100).all(|page| copied.contains(page)));
    }
}

#[test]
fn collapsing_a_trapped_region_lets_no_write_pass() {
    for way in [EXACT, MPROTECT] {
        let mut live = counting(3 << 18);
        if !arm(&mut live, &way) {
            continue;
        }
        let snapshot = live.snapshot().expect("a view");
        write(&mut live, Some(&way), 7, 1);
        // The kernel may refuse, or do a part of it.
        or_skip(live.collapse(), "MADV_COLLAPSE");
        for place in (0..3 << 18).step_by(30 * WORDS_PER_PAGE) {
            write(&mut live, Some(&way), place, u64::MAX);
        }
        assert!(holds_count(&snapshot));
    }
}

/// Two writers and three readers of a snapshot at once, and other snapshots that come and go.
#[test]
fn writers_and_readers_of_snapshots_at_once() {
    let pages = 4_000;
    for way in [EXACT, CLUSTERED, MPROTECT] {
        let mut live = counting(pages * WORDS_PER_PAGE);
        if !arm(&mut live, &way) {
            continue;
        }
        let mut region = live.trap(&way).expect("armed");
        for round in 0..3_u64 {
            let snapshot = region.snapshot().expect("a view");
            let expected = snapshot[7];
            let (low, high) = region.split_at_mut(pages / 2 * WORDS_PER_PAGE);
            let done = AtomicUsize::new(0);
            thread::scope(|scope| {
                for (half, first) in [(low, 0), (high, pages as u64 / 2 * 512)] {
                    let done = &done;
                    scope.spawn(move || {
                        for (word, i) in half.iter_mut().zip(first..) {
                            *word = i + round + 1;
                        }
                        done.fetch_add(1, Ordering::Relaxed);
                    });
                }
                for _ in 0..3 {
                    scope.spawn(|| {
                        let reader = snapshot.clone();
                        while done.load(Ordering::Relaxed) < 2 {
                            let same = |(word, i): (&u64, u64)| *word == i + expected - 7;
                            assert!(reader.iter().zip(0..).all(same), "a snapshot changed");
                        }
                    });
                }
            });
            let same = |(word, i): (&u64, u64)| *word == i + expected - 7;
            assert!(snapshot.iter().zip(0..).all(same));
        }
        assert!(region.iter().zip(0..).all(|(&word, i)| word == i + 3));
    }
}

#[test]
fn snapshots_are_dropped_while_traps_run() {
    let pages = 500;
    for way in [EXACT, MPROTECT] {
        let mut live = counting(pages * WORDS_PER_PAGE);
        if !arm(&mut live, &way) {
            continue;
        }
        let mut region = live.trap(&way).expect("armed");
        let (send, receive) = mpsc::channel::<Snapshot<u64>>();
        thread::scope(|scope| {
            scope.spawn(move || {
                // Drops each snapshot in the middle of the writes that follow it.
                for snapshot in receive {
                    assert_eq!(snapshot[3], snapshot[4] - 1);
                    thread::yield_now();
                }
            });
            let mut numbers = Numbers(9);
            for _ in 0..300 {
                match region.snapshot() {
                    Ok(snapshot) => send.send(snapshot).expect("the thread listens"),
                    Err(Error::TooManySnapshots { .. }) => thread::yield_now(),
                    Err(error) => panic!("{error}"),
                }
                let (low, high) = region.split_at_mut(pages / 2 * WORDS_PER_PAGE);
                let seeds = (numbers.next(), numbers.next());
                thread::scope(|scope| {
                    for (half, seed) in [(low, seeds.0), (high, seeds.1)] {
                        scope.spawn(move || {
                            let mut numbers = Numbers(seed);
                            for _ in 0..20 {
                                half[numbers.below(pages / 2) * WORDS_PER_PAGE + 9] = seed;
                            }
                        });
                    }
                });
            }
            drop(send);
        });
        assert_eq!(region[3], 3);
    }
}

/// Where the memory file of the only live region of this process can be opened.
fn memory_file() -> PathBuf {
    fs::read_dir("/proc/self/fd")
        .expect("descriptors")
        .map(|entry| entry.expect("a descriptor").path())
        .find(|path| {
            fs::read_link(path).is_ok_and(|to| to.to_string_lossy().contains("memfd:cow-pages"))
        })
        .expect("the memory file")
}

#[test]
fn only_the_region_itself_can_write_its_memory() {
    in_child("only_the_region_itself_can_write_its_memory", || {
        let mut live = counting(8 * WORDS_PER_PAGE);
        let snapshot = live.snapshot().expect("a view");
        let path = memory_file();
        let file = fs::File::options()
            .read(true)
            .write(true)
            .open(path)
            .expect("opens");
        let refused = |result: std::io::Result<()>| {
            assert_eq!(result.map_err(|e| e.raw_os_error()), Err(Some(libc::EPERM)));
        };
        refused(file.write_all_at(b"x", 0));
        refused(file.set_len(0));
        refused(file.set_len(1 << 30));
        // SAFETY: a new mapping at an address of the kernel's choice.
        let mapped = unsafe {
            rustix::mm::mmap(
                std::ptr::null_mut(),
                4096,
                rustix::mm::ProtFlags::WRITE,
                rustix::mm::MapFlags::SHARED,
                &file,
                0,
            )
        };
        assert_eq!(mapped, Err(rustix::io::Errno::PERM));
        let hole = rustix::fs::FallocateFlags::PUNCH_HOLE | rustix::fs::FallocateFlags::KEEP_SIZE;
        let punched = rustix::fs::fallocate(&file, hole, 0, 4096);
        assert_eq!(punched, Err(rustix::io::Errno::PERM));
        live.make_mut(..).expect("memory").fill(1);
        assert!(holds_count(&snapshot));
    })
    .succeeded();
}

#[test]
fn writes_by_the_kernel_fail_until_they_are_prepared() {
    for way in [EXACT, MPROTECT] {
        let mut live = counting(64 * WORDS_PER_PAGE);
        if !arm(&mut live, &way) {
            continue;
        }
        let contents = vec![0xff; 32 * 4096];
        let path = TempFile::with_contents("prepared", &contents);
        let mut file = fs::File::open(&path).expect("the file");
        let mut region = live.trap(&way).expect("armed");
        let before = region.snapshot().expect("a view");
        let range = 5 * WORDS_PER_PAGE..37 * WORDS_PER_PAGE;
        let error = file.read_exact(bytemuck::cast_slice_mut(&mut region[range.clone()]));
        assert_eq!(error.map_err(|e| e.raw_os_error()), Err(Some(libc::EFAULT)));
        assert!(holds_count(&region) && holds_count(&before));

        let open = region.prepare_for_io(range.clone()).expect("memory");
        let mut file = fs::File::open(&path).expect("the file");
        file.read_exact(bytemuck::cast_slice_mut(open))
            .expect("opened");
        assert!(region[range.clone()].iter().all(|&word| word == u64::MAX));
        assert!(holds_count(&before));
        assert_eq!(
            before.copied_pages().expect("pagemap"),
            PageSet::from(5..37)
        );
        // The kernel may read at any time.
        let mut sink = fs::File::create("/dev/null").expect("the null device");
        sink.write_all(bytemuck::cast_slice(&before))
            .expect("readable");
    }
}

static EARLIER: AtomicUsize = AtomicUsize::new(0);

/// Installs a handler that exits with 42 and the number of the signal.
fn install_exiting_handler(signal: i32) {
    extern "C" fn handler(signal: i32, info: *mut libc::siginfo_t, _: *mut libc::c_void) {
        // SAFETY: a valid `siginfo_t`.
        let fault = unsafe { &*info };
        // SAFETY: these signals come with an address.
        let expected = unsafe { fault.si_addr() }.addr() == EARLIER.load(Ordering::Relaxed);
        // SAFETY: ends the process.
        unsafe { libc::_exit(if expected { 42 + signal } else { 1 }) }
    }
    // SAFETY: zeroes are a valid `sigaction`.
    let mut action: libc::sigaction = unsafe { std::mem::zeroed() };
    let function: extern "C" fn(i32, *mut libc::siginfo_t, *mut libc::c_void) = handler;
    action.sa_sigaction = function as *const () as usize;
    action.sa_flags = libc::SA_SIGINFO;
    // SAFETY: an async-signal-safe handler.
    let rc = unsafe { libc::sigaction(signal, &raw const action, std::ptr::null_mut()) };
    assert_eq!(rc, 0);
}

/// Makes a page that must not be written, or a mapping with nothing behind it, and writes there.
fn fault_by(signal: i32) {
    use rustix::mm::{MapFlags, ProtFlags, mmap, mmap_anonymous};
    let null = std::ptr::null_mut();
    let page = if signal == libc::SIGSEGV {
        // SAFETY: a new mapping.
        unsafe { mmap_anonymous(null, 4096, ProtFlags::READ, MapFlags::PRIVATE) }
    } else {
        let file = fs::File::open("/proc/self/exe").expect("this program");
        let end = file
            .metadata()
            .expect("a length")
            .len()
            .next_multiple_of(4096);
        let flags = ProtFlags::READ | ProtFlags::WRITE;
        // SAFETY: a new mapping.
        unsafe { mmap(null, 4096, flags, MapFlags::PRIVATE, &file, end) }
    };
    let address = page.expect("a mapping").cast::<u8>();
    EARLIER.store(address.addr(), Ordering::Relaxed);
    // SAFETY: not safe: the signal is what the test is about.
    unsafe { address.write_volatile(1) };
}

/// Has a region trap once, and returns it with a snapshot, or ends the child if it cannot.
fn trapped_once(way: &TrapOptions) -> (Live<u64>, Snapshot<u64>) {
    let mut live = counting(64 * WORDS_PER_PAGE);
    if !arm(&mut live, way) {
        std::process::exit(SKIPPED);
    }
    let snapshot = live.snapshot().expect("a view");
    write(&mut live, Some(way), 5, 9);
    assert_eq!((live.trap_count(), live[5], snapshot[5]), (1, 9, 5));
    (live, snapshot)
}

/// Exit code of a child that printed why it cannot run.
const SKIPPED: i32 = 77;

#[test]
fn a_sigbus_that_is_not_ours_reaches_the_earlier_handler() {
    let ended = in_child(
        "a_sigbus_that_is_not_ours_reaches_the_earlier_handler",
        || {
            install_exiting_handler(libc::SIGBUS);
            let _kept = trapped_once(&EXACT);
            fault_by(libc::SIGBUS);
        },
    );
    if ended.status.code() != Some(SKIPPED) {
        ended.exited_with(42 + libc::SIGBUS);
    }
}

#[test]
fn a_sigsegv_that_is_not_ours_reaches_the_earlier_handler() {
    let ended = in_child(
        "a_sigsegv_that_is_not_ours_reaches_the_earlier_handler",
        || {
            install_exiting_handler(libc::SIGSEGV);
            let _kept = trapped_once(&MPROTECT);
            fault_by(libc::SIGSEGV);
        },
    );
    ended.exited_with(42 + libc::SIGSEGV);
}

#[test]
fn without_an_earlier_handler_a_fault_kills() {
    in_child("without_an_earlier_handler_a_fault_kills", || {
        set_default_action(libc::SIGSEGV);
        let _kept = trapped_once(&MPROTECT);
        fault_by(libc::SIGSEGV);
    })
    .died_by(libc::SIGSEGV);
}

/// The runtime of std has handlers of its own, which end in the default action.
#[test]
fn the_handlers_of_std_still_do_their_work() {
    in_child("the_handlers_of_std_still_do_their_work", || {
        let _kept = trapped_once(&MPROTECT);
        fault_by(libc::SIGSEGV);
    })
    .died_by(libc::SIGSEGV);
}

#[test]
fn a_signal_that_is_sent_is_passed_on_too() {
    in_child("a_signal_that_is_sent_is_passed_on_too", || {
        set_default_action(libc::SIGSEGV);
        let _kept = trapped_once(&MPROTECT);
        // SAFETY: kills this process.
        unsafe { libc::raise(libc::SIGSEGV) };
        thread::sleep(Duration::from_secs(10));
    })
    .died_by(libc::SIGSEGV);
}

#[test]
fn a_handler_that_was_replaced_is_an_error() {
    in_child("a_handler_that_was_replaced_is_an_error", || {
        let (mut live, snapshot) = trapped_once(&MPROTECT);
        install_exiting_handler(libc::SIGSEGV);
        let signal = |result: Result<_, Error>| match result.err() {
            Some(Error::HandlerReplaced { signal }) => signal,
            other => panic!("{other:?}"),
        };
        assert_eq!(signal(live.trap(&MPROTECT).map(drop)), "SIGSEGV");
        assert_eq!(signal(counting(1).trap(&MPROTECT).map(drop)), "SIGSEGV");
        // The barrier needs no handler.
        live.make_mut(..).expect("memory").fill(0);
        assert!(holds_count(&snapshot));
    })
    .succeeded();
}

/// What the module's documentation warns of.
#[test]
fn a_thread_that_blocks_the_signal_is_killed_by_its_trap() {
    let ended = in_child(
        "a_thread_that_blocks_the_signal_is_killed_by_its_trap",
        || {
            let (mut live, _snapshot) = trapped_once(&EXACT);
            // SAFETY: zeroes are a valid set.
            let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
            // SAFETY: a valid set and signal.
            unsafe { libc::sigaddset(&raw mut set, libc::SIGBUS) };
            // SAFETY: a valid set.
            unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &raw const set, std::ptr::null_mut()) };
            write(&mut live, Some(&EXACT), 20 * WORDS_PER_PAGE, 1);
        },
    );
    if ended.status.code() != Some(SKIPPED) {
        ended.died_by(libc::SIGBUS);
    }
}

#[test]
fn a_forked_child_has_no_region_and_changes_none() {
    for way in WAYS {
        let mut live = counting(64 * WORDS_PER_PAGE);
        if let Some(way) = &way
            && !arm(&mut live, way)
        {
            continue;
        }
        let snapshot = live.snapshot().expect("a view");
        write(&mut live, way.as_ref(), 0, 9);
        for touch_snapshot in [false, true] {
            // SAFETY: the closure only reads memory.
            let child = unsafe {
                fork_snapshot_unchecked(&(), |()| {
                    set_default_action(libc::SIGSEGV);
                    let words: &[u64] = if touch_snapshot { &snapshot } else { &live };
                    vec![std::hint::black_box(words)[7 * WORDS_PER_PAGE]]
                })
            };
            let died = child.expect("a fork").wait();
            let Err(Error::ChildKilled {
                signal: libc::SIGSEGV,
            }) = died
            else {
                panic!("the region is not there: {died:?}");
            };
        }
        // SAFETY: the closure uses memory and system calls only.
        let child = unsafe {
            fork_snapshot_unchecked(&(), |()| {
                // What the child makes for itself works, and dropping it hurts nobody.
                let mut own = counting(64 * WORDS_PER_PAGE);
                let before = own.snapshot().expect("a view");
                if let Some(way) = &way {
                    own.trap(way).expect("armed in the parent, too");
                }
                write(&mut own, way.as_ref(), 3, 1);
                vec![own[3], before[3]]
            })
        };
        assert_eq!(child.expect("a fork").wait().expect("a result"), [1, 3]);
        write(&mut live, way.as_ref(), 50 * WORDS_PER_PAGE, 9);
        assert!(holds_count(&snapshot) && live[50 * WORDS_PER_PAGE] == 9);
    }
}

/// What a child makes has the places in the table that its parent's regions have in theirs.
#[test]
fn a_child_that_drops_its_parents_region_keeps_its_own() {
    for way in [EXACT, MPROTECT] {
        let mut live = counting(64 * WORDS_PER_PAGE);
        if !arm(&mut live, &way) {
            continue;
        }
        let snapshot = live.snapshot().expect("a view");
        let mut parents = Some((live, snapshot));
        // SAFETY: the closure uses memory and system calls only.
        let child = unsafe {
            fork_snapshot_unchecked(&(), |()| {
                let mut own = counting(64 * WORDS_PER_PAGE);
                own.trap(&way).expect("armed in the parent, too");
                let before = own.snapshot().expect("a view");
                drop(parents.take());
                write(&mut own, Some(&way), 3, 1);
                vec![own[3], before[3]]
            })
        };
        assert_eq!(child.expect("a fork").wait().expect("a result"), [1, 3]);
        let (mut live, snapshot) = parents.expect("the parent's own");
        write(&mut live, Some(&way), 50 * WORDS_PER_PAGE, 9);
        assert!(holds_count(&snapshot));
    }
}

/// A child has the descriptors of its parent's regions, and with them a way to their memory.
#[test]
fn a_child_can_do_nothing_to_its_parents_region() {
    for way in WAYS {
        let mut live = counting(64 * WORDS_PER_PAGE);
        if let Some(way) = &way
            && !arm(&mut live, way)
        {
            continue;
        }
        let mut snapshot = Some(live.snapshot().expect("a view"));
        // SAFETY: the closure uses memory and system calls only.
        let child = unsafe {
            fork_snapshot_unchecked(&(), |()| {
                // Without a snapshot nothing is to be copied before a write.
                drop(snapshot.take());
                let failures = [
                    live.make_mut(..).is_err(),
                    live.snapshot().is_err(),
                    live.collapse().is_err(),
                    way.is_some() || live.trap(&MPROTECT).is_err(),
                ];
                failures.map(u8::from).to_vec()
            })
        };
        let failures = child.expect("a fork").wait().expect("a result");
        assert_eq!(failures, [1; 4], "{way:?}");
        live.make_mut(..1).expect("memory")[0] = 0;
        write(&mut live, way.as_ref(), 50 * WORDS_PER_PAGE, 9);
        assert!(holds_count(&snapshot.expect("the parent's own")));
    }
}

/// Not even a child's other memory, which the kernel may put where a region was.
#[test]
fn in_a_child_nothing_takes_the_place_of_a_region() {
    let mut live = counting(64 * WORDS_PER_PAGE);
    let snapshot = live.snapshot().expect("a view");
    let source = MappedSource::in_memory().expect("a memory file");
    let layout = std::alloc::Layout::from_size_align(2 << 20, 2 << 20).expect("a layout");
    let block = source.take(layout).expect("memory");
    let mut region = Region::<u64>::new(64 * WORDS_PER_PAGE).expect("address space");
    region
        .advise_pages(3..20, Advice::DontFork)
        .expect("advice");
    region
        .advise_pages(40..41, Advice::DontFork)
        .expect("advice");
    region.advise_pages(10..12, Advice::DoFork).expect("advice");
    region.fill(1);
    let builder = ImageBuilder::<u64>::new(64 * WORDS_PER_PAGE).expect("memory");
    let size = 64 * 4096;
    let places = [
        (live.as_ptr().addr(), size),
        (snapshot.as_ptr().addr(), size),
        (block.addr().get(), 2 << 20),
        (region.as_ptr().addr(), size),
        (builder.as_ptr().addr(), size),
    ];
    // SAFETY: the closure uses memory and system calls only.
    let child = unsafe {
        fork_snapshot_unchecked(&(), |()| {
            let own: Vec<_> = (0..2_000)
                .filter_map(|_| Region::<u64>::new(WORDS_PER_PAGE).ok())
                .collect();
            let taken = own.iter().filter(|own| {
                let own = own.as_ptr().addr();
                places
                    .iter()
                    .any(|&(place, size)| (place..place + size).contains(&own))
            });
            vec![
                taken.count() as u64,
                region[10 * WORDS_PER_PAGE],
                region[41 * WORDS_PER_PAGE],
            ]
        })
    };
    assert_eq!(child.expect("a fork").wait().expect("a result"), [0, 1, 1]);
    // SAFETY: taken above, and used by nobody.
    unsafe { source.give_back(block, layout) };
}

/// Nor does a thread that forks while others make regions and drop them.
#[test]
fn forks_at_any_moment_find_no_lock_held() {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for way in WAYS {
            let done = &done;
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    let mut live = counting(20 * WORDS_PER_PAGE);
                    if let Some(way) = &way
                        && !arm(&mut live, way)
                    {
                        return;
                    }
                    for _ in 0..5 {
                        let snapshot = live.snapshot().expect("a view");
                        write(&mut live, way.as_ref(), 7 * WORDS_PER_PAGE, 0);
                        drop(snapshot);
                    }
                }
            });
        }
        let mut live = counting(20 * WORDS_PER_PAGE);
        for _ in 0..100 {
            let mut snapshot = live.snapshot().ok();
            live.make_mut(..1).expect("memory")[0] = 0;
            // SAFETY: the closure uses memory and system calls only.
            let child = unsafe {
                fork_snapshot_unchecked(&(), |()| {
                    drop(snapshot.take());
                    let mut own = counting(WORDS_PER_PAGE);
                    let before = own.snapshot().expect("a view");
                    own.make_mut(..).expect("memory").fill(1);
                    vec![before[7]]
                })
            };
            let result = child.expect("a fork").wait_timeout(Duration::from_secs(30));
            assert_eq!(result.expect("no lock is held for ever"), [7]);
        }
        done.store(true, Ordering::Relaxed);
    });
}

/// A fault that no opened page cures is not a trap.
#[test]
fn a_jump_into_a_trapped_region_kills() {
    in_child("a_jump_into_a_trapped_region_kills", || {
        set_default_action(libc::SIGSEGV);
        let (live, _snapshot) = trapped_once(&MPROTECT);
        // SAFETY: ends this process if nothing else does.
        unsafe { libc::alarm(20) };
        // SAFETY: not safe: the page cannot be executed.
        let function = unsafe { std::mem::transmute::<*const u64, extern "C" fn()>(live.as_ptr()) };
        function();
    })
    .died_by(libc::SIGSEGV);
}

#[test]
fn a_region_that_found_the_table_full_can_be_armed_later() {
    for way in [EXACT, MPROTECT] {
        in_child(
            "a_region_that_found_the_table_full_can_be_armed_later",
            || {
                let mut armed = Vec::new();
                let mut late = loop {
                    let mut live = counting(10 * WORDS_PER_PAGE);
                    match live.trap(&way).map(drop) {
                        Ok(()) => armed.push(live),
                        Err(Error::TooManyRegions { .. }) => break live,
                        Err(_) => return,
                    }
                };
                armed.pop();
                late.trap(&way).expect("there is room again");
                let snapshot = late.snapshot().expect("a view");
                write(&mut late, Some(&way), 5 * WORDS_PER_PAGE, 0);
                assert!(late.trap_count() == 1 && holds_count(&snapshot));
            },
        )
        .succeeded();
    }
}

#[test]
fn more_regions_than_the_table_holds_is_an_error() {
    in_child("more_regions_than_the_table_holds_is_an_error", || {
        let mut armed = Vec::new();
        let error = loop {
            let mut live = counting(1);
            match live.trap(&MPROTECT).map(drop) {
                Ok(()) => armed.push(live),
                Err(error) => break error,
            }
        };
        assert!(matches!(error, Error::TooManyRegions { limit } if limit == armed.len()));
        armed.pop();
        let (mut live, snapshot) = trapped_once(&MPROTECT);
        write(&mut live, Some(&MPROTECT), 60 * WORDS_PER_PAGE, 1);
        assert!(holds_count(&snapshot));
    })
    .succeeded();
}

#[test]
fn a_region_falls_back_to_mprotect() {
    in_child("a_region_falls_back_to_mprotect", || {
        let mut live = counting(64 * WORDS_PER_PAGE);
        // No descriptor is left for a userfaultfd, as where a sandbox refuses it.
        let mut open = Vec::new();
        set_limit(libc::RLIMIT_NOFILE, 64);
        while let Ok(file) = fs::File::open("/dev/null") {
            open.push(file);
        }
        let userfaultfd = live.trap(&EXACT).map(drop);
        assert!(matches!(
            userfaultfd,
            Err(Error::Os {
                call: "userfaultfd",
                ..
            })
        ));
        assert_eq!(live.trap_mechanism(), None);
        let any = TrapOptions::new().max_mappings(100);
        live.trap(&any).expect("needs no descriptor");
        assert_eq!(live.trap_mechanism(), Some(TrapMechanism::Mprotect));
        let snapshot = live.snapshot().expect("a view");
        write(&mut live, Some(&any), 0, 1);
        assert!(live.trap_count() == 1 && holds_count(&snapshot));
    })
    .succeeded();
}

/// Scattered writes cut the region into as many mappings as allowed, and then no further.
#[test]
fn mprotect_stops_at_its_number_of_mappings() {
    let pages = 2_000;
    let way = MPROTECT.max_mappings(20);
    let mut live = counting(pages * WORDS_PER_PAGE);
    live.trap(&way).expect("mprotect");
    for _ in 0..2 {
        let snapshot = live.snapshot().expect("a view");
        let traps = live.trap_count();
        let copy = live.to_vec();
        for page in (0..pages).step_by(32) {
            write(&mut live, Some(&way), page * WORDS_PER_PAGE, u64::MAX);
        }
        assert_eq!(
            live.trap_count() - traps,
            11,
            "ten holes, then everything at once"
        );
        assert_eq!(
            snapshot.copied_pages().expect("pagemap").page_count(),
            pages
        );
        assert_eq!(snapshot[..], copy[..]);
    }
}

/// Fills the process up to its limit on mappings.
fn exhaust_mappings() {
    use rustix::mm::{MapFlags, ProtFlags, mmap_anonymous};
    for i in 0.. {
        // Neighbours with different protections do not merge.
        let prot = if i % 2 == 0 {
            ProtFlags::READ
        } else {
            ProtFlags::empty()
        };
        // SAFETY: a new mapping.
        let mapped = unsafe { mmap_anonymous(std::ptr::null_mut(), 4096, prot, MapFlags::PRIVATE) };
        if mapped.is_err() {
            return;
        }
    }
}

#[test]
fn a_full_table_of_mappings_is_an_error_and_nothing_is_lost() {
    in_child(
        "a_full_table_of_mappings_is_an_error_and_nothing_is_lost",
        || {
            let mut barrier = counting(64 * WORDS_PER_PAGE);
            let old = barrier.snapshot().expect("a view");
            let mut trapped = counting(640 * WORDS_PER_PAGE);
            trapped.trap(&MPROTECT).expect("mprotect");
            let older = trapped.snapshot().expect("a view");
            exhaust_mappings();

            barrier.make_mut(..100).expect("needs no mapping").fill(0);
            let Err(Error::Os { call: "mmap", .. }) = barrier.snapshot() else {
                panic!("no mapping is left");
            };
            barrier.make_mut(..).expect("needs no mapping").fill(0);
            assert!(holds_count(&old));

            // The first hole cannot be cut, so the region is opened as a whole.
            write(&mut trapped, Some(&MPROTECT), 320 * WORDS_PER_PAGE, 0);
            assert_eq!(trapped.trap_count(), 1);
            trapped.trap(&MPROTECT).expect("armed").fill(0);
            assert_eq!(trapped.trap_count(), 1);
            assert!(holds_count(&older));
            assert!(trapped.snapshot().is_err());
            assert!(trapped.iter().all(|&word| word == 0));
        },
    )
    .succeeded();
}

/// The kernel makes one mapping of neighbours that are alike, and cannot always cut it again.
#[test]
fn a_region_that_cannot_be_unmapped_is_kept() {
    in_child("a_region_that_cannot_be_unmapped_is_kept", || {
        let region = || Region::<u64>::new(4 * WORDS_PER_PAGE).expect("address space");
        let mut regions: Vec<_> = (0..20).map(|_| region()).collect();
        regions.sort_by_key(|region| region.as_ptr());
        exhaust_mappings();
        let mut odd = false;
        // Each has a neighbour on either side, but for the first and the last.
        regions.retain_mut(|region| {
            region.fill(7);
            odd = !odd;
            odd
        });
        assert!(
            regions
                .iter()
                .all(|region| region.iter().all(|&word| word == 7))
        );
    })
    .succeeded();
}

#[test]
fn a_full_address_space_is_an_error_and_nothing_is_lost() {
    in_child(
        "a_full_address_space_is_an_error_and_nothing_is_lost",
        || {
            let mut live = counting(1 << 22);
            let snapshot = live.snapshot().expect("a view");
            live.make_mut(..1).expect("memory")[0] = 1;
            set_limit(libc::RLIMIT_AS, address_space() + (8 << 20));
            assert!(matches!(
                live.snapshot(),
                Err(Error::Os { call: "mmap", .. })
            ));
            assert!(Live::<u64>::new(1 << 22).is_err());
            assert_eq!(
                live.dirty_pages(),
                PageSet::from(0..1),
                "the failed snapshot took none away"
            );
            live.make_mut(600..700).expect("memory").fill(0);
            assert!(holds_count(&snapshot));
            drop(snapshot);
            assert_eq!(live.snapshot().expect("there is room again")[650], 0);
        },
    )
    .succeeded();
}

#[test]
fn two_threads_trap_on_one_page() {
    for way in [EXACT, MPROTECT] {
        let mut live = counting(32 * WORDS_PER_PAGE);
        if !arm(&mut live, &way) {
            continue;
        }
        let mut region = live.trap(&way).expect("armed");
        for round in 0..100 {
            let before = region.snapshot().expect("a view");
            let copy = region.to_vec();
            let start = Barrier::new(2);
            let (low, high) = region.split_at_mut(WORDS_PER_PAGE / 2);
            thread::scope(|scope| {
                for half in [low, high] {
                    let start = &start;
                    scope.spawn(move || {
                        start.wait();
                        half[0] = round;
                    });
                }
            });
            assert_eq!(before[..], copy[..]);
            assert_eq!(before.copied_pages().expect("pagemap").runs()[0].start, 0);
        }
    }
}

#[test]
fn a_region_dropped_before_its_snapshots_leaves_them_intact() {
    for way in WAYS {
        let mut live = counting(10 * WORDS_PER_PAGE);
        if let Some(way) = &way
            && !arm(&mut live, way)
        {
            continue;
        }
        let snapshot = live.snapshot().expect("a view");
        write(&mut live, way.as_ref(), 0, 9);
        drop(live);
        assert!(holds_count(&snapshot));
    }
}

#[test]
fn handles_cross_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Live<u64>>();
    shared::<Snapshot<u64>>();
    let stop = AtomicBool::new(false);
    let mut live = counting(100 * WORDS_PER_PAGE);
    thread::scope(|scope| {
        let (send, receive) = mpsc::channel::<Snapshot<u64>>();
        scope.spawn(|| {
            for snapshot in receive {
                let first = snapshot[0];
                assert!(
                    (0..100)
                        .all(|page| snapshot[page * WORDS_PER_PAGE] - first == page as u64 * 512)
                );
            }
            stop.store(true, Ordering::Relaxed);
        });
        for round in 0..200 {
            match live.snapshot() {
                Ok(snapshot) => send.send(snapshot).expect("the thread listens"),
                Err(Error::TooManySnapshots { .. }) => thread::yield_now(),
                Err(error) => panic!("{error}"),
            }
            for page in 0..100 {
                let place = page * WORDS_PER_PAGE;
                live.make_mut(place..=place).expect("memory")[0] = round + page as u64 * 512;
            }
        }
        drop(send);
    });
    assert!(stop.into_inner());
}
