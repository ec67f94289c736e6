//! Appending to texts that are shared: the first goes in place, on one thread or many.

use std::thread;

use cow_collections::{CowBytes, CowStr};

use crate::{CLASS, text};

#[test]
fn the_first_clone_to_append_does_so_in_place() {
    for len in [20, 100, CLASS + 100] {
        let start = text(len);
        let mut first = CowStr::from(&start);
        first.reserve(100);
        let address = first.as_ptr();
        let mut second = first.clone();
        let mut tail = first.slice(first.ceil_char_boundary(3)..);
        second.push_str("second");
        assert_eq!(second.as_ptr(), address, "in place");
        first.push_str("first");
        assert_ne!(first.as_ptr(), address, "too late");
        tail.push_str("tail");
        assert!(!second.as_bytes().as_ptr_range().contains(&tail.as_ptr()));
        assert_eq!(second, format!("{start}second"));
        assert_eq!(first, format!("{start}first"));
        assert_eq!(
            tail,
            format!("{}tail", &start[start.ceil_char_boundary(3)..])
        );
    }
}

#[test]
fn snapshots_of_a_growing_log_copy_only_when_the_room_ends() {
    let mut log = CowStr::from("a log that is not inline any more: ");
    let mut snapshots = vec![log.snapshot()];
    let mut moves = 0;
    for number in 0..if cfg!(miri) { 50 } else { 2_000 } {
        let address = log.as_ptr();
        log += "entry ";
        log += &number.to_string();
        snapshots.push(log.snapshot());
        moves += usize::from(log.as_ptr() != address);
    }
    assert!(moves <= 12, "{moves} copies");
    for (before, after) in snapshots.iter().zip(&snapshots[1..]) {
        assert!(after.starts_with(before.as_str()));
        assert!(after.len() > before.len());
    }
}

#[test]
fn threads_that_append_to_one_text_do_not_see_each_other() {
    let (threads, rounds) = if cfg!(miri) { (3, 2) } else { (6, 100) };
    for round in 0..rounds {
        let start = text(if round % 10 == 0 { CLASS + 20 } else { 20 });
        let mut seed = CowStr::from(&start);
        seed.reserve(threads * 60);
        let spawned: Vec<_> = (0..threads)
            .map(|id| {
                let mut mine = seed.clone();
                thread::spawn(move || {
                    let mut versions = Vec::new();
                    for _ in 0..8 {
                        mine.push_str(&id.to_string());
                        versions.push(mine.clone());
                        mine.push('中');
                    }
                    (mine, versions)
                })
            })
            .collect();
        for (id, thread) in spawned.into_iter().enumerate() {
            let (mine, versions) = thread.join().unwrap();
            let mut model = start.clone();
            for version in versions {
                model.push_str(&id.to_string());
                assert_eq!(version, model);
                model.push('中');
            }
            assert_eq!(mine, model);
        }
        assert_eq!(seed, start);
    }
}

#[test]
fn a_text_is_written_in_place_after_the_last_reader_elsewhere() {
    for _ in 0..if cfg!(miri) { 4 } else { 300 } {
        let mut mine = CowStr::from("a text that several threads look at");
        let readers: [_; 2] = std::array::from_fn(|_| {
            let other = mine.clone();
            thread::spawn(move || assert!(other.starts_with("a text")))
        });
        mine.make_ascii_uppercase();
        assert_eq!(mine, "A TEXT THAT SEVERAL THREADS LOOK AT");
        for reader in readers {
            reader.join().unwrap();
        }
    }
}

#[test]
fn texts_go_to_other_threads_and_back() {
    let words: Vec<CowStr> = CowStr::from("some words, some of which are longer than a handle")
        .split_whitespace()
        .collect();
    let sent = words.clone();
    let back = thread::spawn(move || {
        let mut sent = sent;
        sent.iter_mut().for_each(|word| word.push('!'));
        sent
    })
    .join()
    .unwrap();
    for (word, back) in words.iter().zip(&back) {
        assert_eq!(*back, format!("{word}!"));
    }
}

#[test]
fn bytes_that_were_written_stay_below_the_snapshots() {
    let mut bytes = CowBytes::from(vec![1; 30]);
    let snapshot = bytes.snapshot();
    bytes.extend_from_slice(&[2; 10]);
    bytes[0] = 9; // shared: another place from here on
    assert_eq!(snapshot, [1; 30]);
    assert_eq!(bytes[..2], [9, 1]);
    let mut late = snapshot.clone();
    late.push(3);
    assert_eq!(late[29..], [1, 3]);
}
