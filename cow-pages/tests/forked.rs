//! Real forks: results, ends of every kind, and that nothing is left behind.
#![cfg(feature = "mmu")]

mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use cow_pages::Error;
use cow_pages::forked::{Forked, fork_snapshot, fork_snapshot_unchecked};
use support::in_child;

/// The tests' closures take no locks and print nothing, so other threads do not matter.
fn fork<R: bytemuck::Pod>(data: &[u64], f: impl FnOnce(&[u64]) -> Vec<R>) -> Forked<R> {
    // SAFETY: the closures of this file use `data`, the allocator and system calls only.
    unsafe { fork_snapshot_unchecked(data, f) }.expect("a fork")
}

/// A panic hook writes to standard error, which another thread may hold locked.
fn without_panic_messages() {
    std::panic::set_hook(Box::new(|_| {}));
}

fn is_gone(id: u32) -> bool {
    !Path::new(&format!("/proc/{id}")).exists()
}

#[test]
fn the_child_sees_the_memory_of_the_moment() {
    let mut data: Vec<u64> = (0..200_000).collect();
    let child = fork(&data, |data| {
        std::thread::sleep(Duration::from_millis(50));
        data.to_vec()
    });
    data.fill(7);
    let result = child.wait().expect("a result");
    assert!(result.iter().zip(0..).all(|(&word, i)| word == i) && result.len() == 200_000);
    assert!(data.iter().all(|&word| word == 7));
}

#[test]
fn what_the_child_writes_is_its_own() {
    let mut data = vec![1_u64; 10];
    let shared = &mut data;
    // SAFETY: as in `fork`.
    let child = unsafe {
        fork_snapshot_unchecked(&(), |()| {
            shared.fill(9);
            shared.clone()
        })
    };
    assert_eq!(child.expect("a fork").wait().expect("a result"), [9; 10]);
    assert_eq!(data, [1; 10]);
}

#[test]
fn results_of_any_type_and_size() {
    let none = fork::<u16>(&[], |_| Vec::new());
    assert_eq!(none.wait().expect("a result"), []);
    let floats = fork(&[1, 2], |data| {
        data.iter().map(|&word| word as f64 / 2.0).collect()
    });
    assert_eq!(floats.wait().expect("a result"), [0.5, 1.0]);
    // More than any pipe holds.
    let large = fork(&[3], |data| vec![data[0]; 4 << 20]);
    assert_eq!(
        large.wait().expect("a result").iter().sum::<u64>(),
        3 * (4 << 20)
    );
}

#[test]
fn a_panic_is_an_error_with_its_message() {
    in_child("a_panic_is_an_error_with_its_message", || {
        without_panic_messages();
        let child = fork::<u8>(&[4], |data| panic!("cannot save {data:?}"));
        let id = child.id();
        let Err(Error::ChildPanicked { message }) = child.wait() else {
            panic!("the child panicked");
        };
        assert_eq!(message, "cannot save [4]");
        assert!(is_gone(id));
        let child = fork::<u8>(&[], |_| std::panic::panic_any(5));
        let Err(Error::ChildPanicked { message }) = child.wait() else {
            panic!("the child panicked");
        };
        assert_eq!(message, "(not a text)");
    })
    .succeeded();
}

/// A value whose destructor panics does not bring the child's copy of the parent's stack to life.
#[test]
fn a_panic_with_a_panicking_payload_stays_in_the_child() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("dropped");
        }
    }
    in_child(
        "a_panic_with_a_panicking_payload_stays_in_the_child",
        || {
            without_panic_messages();
            let child = fork::<u8>(&[], |_| std::panic::panic_any(Bomb));
            assert!(matches!(child.wait(), Err(Error::ChildPanicked { .. })));
        },
    )
    .succeeded();
}

#[test]
fn deaths_are_errors() {
    let child = fork::<u8>(&[], |_| {
        // SAFETY: kills the child.
        unsafe { libc::raise(libc::SIGKILL) };
        vec![1]
    });
    let id = child.id();
    let error = child.wait();
    assert!(
        matches!(
            error,
            Err(Error::ChildKilled {
                signal: libc::SIGKILL
            })
        ),
        "{error:?}"
    );
    assert!(is_gone(id));

    // SAFETY: ends the child.
    let child = fork::<u8>(&[], |_| unsafe { libc::_exit(3) });
    let error = child.wait();
    assert!(
        matches!(error, Err(Error::ChildExited { code: 3 })),
        "{error:?}"
    );
}

fn for_ever(_: &[u64]) -> Vec<u8> {
    loop {
        std::thread::sleep(Duration::from_secs(1));
    }
}

#[test]
fn a_child_that_takes_too_long_is_killed() {
    let child = fork(&[], for_ever);
    let id = child.id();
    assert!(!is_gone(id));
    let started = Instant::now();
    let error = child.wait_timeout(Duration::from_millis(50));
    assert!(matches!(error, Err(Error::ChildTimedOut)), "{error:?}");
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert!(is_gone(id));
    let quick = fork(&[5], <[u64]>::to_vec);
    assert_eq!(
        quick
            .wait_timeout(Duration::from_secs(60))
            .expect("a result"),
        [5]
    );
}

#[test]
fn a_dropped_child_is_killed_and_reaped() {
    let mut child = fork(&[], for_ever);
    let id = child.id();
    assert!(!child.is_finished().expect("a state"));
    drop(child);
    assert!(is_gone(id), "not even a zombie");
}

#[test]
fn a_finished_child_is_reaped_when_asked() {
    let mut child = fork(&[6], <[u64]>::to_vec);
    let id = child.id();
    while !child.is_finished().expect("a state") {
        std::thread::sleep(Duration::from_millis(1));
    }
    assert!(is_gone(id));
    assert_eq!(child.wait().expect("a result"), [6]);
}

#[test]
fn a_child_that_drops_its_copy_of_a_handle_kills_no_other() {
    let mut first = Some(fork(&[], for_ever));
    // SAFETY: as in `fork`.
    let second = unsafe {
        fork_snapshot_unchecked(&(), |()| {
            drop(first.take());
            vec![5_u8]
        })
    };
    assert_eq!(second.expect("a fork").wait().expect("a result"), [5]);
    let mut first = first.expect("the parent's own");
    assert!(!first.is_finished().expect("a state"));
}

#[test]
fn many_children_at_once() {
    let mut data = vec![0_u64; 1000];
    let mut children = Vec::new();
    for round in 0..20 {
        data.fill(round);
        children.push(fork(&data, |data| vec![data.iter().sum::<u64>()]));
    }
    for (child, round) in children.into_iter().zip(0..) {
        assert_eq!(child.wait().expect("a result"), [round * 1000]);
    }
}

#[test]
fn a_process_that_ignores_its_children_still_gets_results() {
    in_child(
        "a_process_that_ignores_its_children_still_gets_results",
        || {
            // SAFETY: no handler.
            unsafe { libc::signal(libc::SIGCHLD, libc::SIG_IGN) };
            // Many, since the kernel may be quicker than the parent.
            for i in 0..200 {
                assert_eq!(fork(&[i], <[u64]>::to_vec).wait().expect("a result"), [i]);
            }
            // SAFETY: ends the child.
            let child = fork::<u8>(&[], |_| unsafe { libc::_exit(3) });
            assert!(matches!(child.wait(), Err(Error::ChildExited { .. })));
        },
    )
    .succeeded();
}

#[test]
fn the_safe_call_refuses_other_threads() {
    let (stop, wait) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || wait.recv());
    let result = fork_snapshot(&[1_u8][..], <[u8]>::to_vec);
    assert!(matches!(result, Err(Error::Threads { count }) if count > 1));
    drop(stop);
    assert!(thread.join().expect("the thread").is_err());
}
