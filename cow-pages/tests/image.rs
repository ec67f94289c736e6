//! Images and views against plain vectors, and what files do to them.
#![cfg(feature = "mmu")]

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use cow_pages::forked::fork_snapshot_unchecked;
use cow_pages::image::{Backing, Image, ImageBuilder};
use cow_pages::{Error, PageSet};
use quickcheck::quickcheck;
use support::{Numbers, TempFile, address_space, in_child, or_skip, set_default_action, set_limit};

const WORDS_PER_PAGE: usize = 512;

fn counting(len: usize) -> Image<u64> {
    let mut builder = ImageBuilder::new(len).expect("memory");
    for (word, i) in builder.iter_mut().zip(0..) {
        *word = i;
    }
    builder.finish().expect("seals")
}

#[test]
fn views_start_as_the_image_and_diverge() {
    let image = counting(10_000);
    let expected: Vec<u64> = (0..10_000).collect();
    let mut a = image.view().expect("a view");
    let mut b = image.view().expect("a view");
    a[3] = 100;
    b[9_999] = 200;
    assert_eq!((a[3], a[9_999]), (100, 9_999));
    assert_eq!((b[3], b[9_999]), (3, 200));
    assert_eq!(image.view().expect("a view")[..], expected[..]);
    drop(image);
    assert_eq!(a[4], 4, "a view outlives its image");
}

quickcheck! {
    /// Any writes, in any family of forks: contents as those of vectors, dirty pages exact.
    fn forks_agree_with_vectors(ops: Vec<(u8, u16, bool)>) -> bool {
        let pages = 40;
        let image = counting(pages * WORDS_PER_PAGE);
        let first = (0..(pages * WORDS_PER_PAGE) as u64).collect::<Vec<_>>();
        let mut family = vec![(image.view().expect("a view"), first.clone(), BTreeSet::new())];
        for (value, (which, place, fork)) in (1_000_000..).zip(ops) {
            let index = usize::from(which) % family.len();
            if fork && family.len() < 8 {
                let (view, model, dirty) = &family[index];
                let forked = (view.fork().expect("a fork"), model.clone(), dirty.clone());
                family.push(forked);
            } else {
                let (view, model, dirty) = &mut family[index];
                let place = usize::from(place) % model.len();
                view[place] = value;
                model[place] = value;
                dirty.insert(place / WORDS_PER_PAGE);
            }
        }
        assert_eq!(image.view().expect("a view")[..], first[..]);
        family.iter_mut().all(|(view, model, dirty)| {
            let pages = view.dirty_pages().expect("pagemap");
            let exact = pages == dirty.iter().copied().collect();
            let same = view[..] == model[..];
            view.reset().expect("a reset");
            same && exact && view[..] == first[..] && view.dirty_pages().expect("pagemap").is_empty()
        })
    }
}

#[test]
fn a_reset_of_few_pages_and_of_many_shows_the_image_again() {
    let image = counting(1_000 * WORDS_PER_PAGE);
    for step in [1, 7, 300] {
        let mut view = image.view().expect("a view");
        for page in (0..1_000).step_by(step) {
            view[page * WORDS_PER_PAGE] = 1;
        }
        let written = view.dirty_pages().expect("pagemap").page_count();
        assert_eq!(written, 1_000_usize.div_ceil(step));
        view.reset().expect("a reset");
        assert!(view.dirty_pages().expect("pagemap").is_empty());
        assert!(view.iter().zip(0..).all(|(&word, i)| word == i));
    }
}

#[test]
fn a_frozen_view_is_an_image_of_its_own() {
    let mut view = counting(5_000).view().expect("a view");
    view[77] = 1;
    let image = view.freeze().expect("memory");
    view[77] = 2;
    let copy = image.view().expect("a view");
    assert_eq!((copy[76], copy[77], copy.len()), (76, 1, 5_000));
    assert!(!image.ptr_eq(view.image()));
}

#[test]
fn prefetched_pages_are_resident_and_not_copied() {
    let image = counting(500 * WORDS_PER_PAGE);
    let set: PageSet = [3, 4, 5, 100, 499].into_iter().collect();
    let view = image.view().expect("a view");
    assert!(view.resident_pages().expect("pagemap").is_empty());
    view.prefetch(&set).expect("memory");
    let resident = view.resident_pages().expect("pagemap");
    assert!(set.iter().all(|page| resident.contains(page)));
    assert!(view.dirty_pages().expect("pagemap").is_empty());

    let mut view = image.view().expect("a view");
    view.prefault(&set).expect("memory");
    assert_eq!(view.dirty_pages().expect("pagemap"), set);
    assert!(view.iter().zip(0..).all(|(&word, i)| word == i));
}

#[test]
#[should_panic(expected = "pages 5..6 of a region of 5 pages")]
fn prefetching_beyond_the_end_panics() {
    let view = counting(5 * WORDS_PER_PAGE).view().expect("a view");
    let set: PageSet = [5].into_iter().collect();
    drop(view.prefetch(&set));
}

#[test]
fn empty_and_odd_lengths() {
    for len in [0, 1, 511, 512, 513] {
        let image = counting(len);
        let mut view = image.view().expect("a view");
        assert_eq!((image.len(), view.len()), (len, len));
        if let Some(last) = view.last_mut() {
            *last = 7;
        }
        let fork = view.fork().expect("a fork");
        assert_eq!(fork[..], view[..]);
        assert_eq!(view.freeze().expect("memory").len(), len);
        let other = image.as_fd().try_clone_to_owned().expect("a descriptor");
        assert_eq!(Image::<u64>::from_sealed(other).expect("sealed").len(), len);
    }
    let bytes = Image::from_slice(b"abc").expect("memory");
    let mut view = bytes.view().expect("a view");
    view.reverse();
    assert_eq!(&view[..], b"cba");
}

#[test]
fn views_are_written_by_threads_at_once() {
    let image = counting(2_000 * WORDS_PER_PAGE);
    thread::scope(|scope| {
        for id in 0..4 {
            let image = &image;
            scope.spawn(move || {
                let mut view = image.view().expect("a view");
                assert!(view.iter().zip(0..).all(|(&word, i)| word == i));
                for page in (0..2_000).step_by(4) {
                    view[page * WORDS_PER_PAGE + id] = u64::MAX;
                }
                assert_eq!(view.dirty_pages().expect("pagemap").page_count(), 500);
                let changed = view.iter().filter(|&&word| word == u64::MAX).count();
                assert_eq!(changed, 500);
            });
        }
    });
    assert!(
        image
            .view()
            .expect("a view")
            .iter()
            .zip(0..)
            .all(|(&w, i)| w == i)
    );
}

#[test]
fn the_kernel_writes_into_a_view_like_anyone() {
    let mut view = counting(8 * WORDS_PER_PAGE).view().expect("a view");
    let file = TempFile::with_contents("kernel-writes", &[0xff; 4096]);
    let page = &mut view[2 * WORDS_PER_PAGE..3 * WORDS_PER_PAGE];
    let mut file = fs::File::open(&file).expect("the file");
    file.read_exact(bytemuck::cast_slice_mut(page))
        .expect("4096 bytes");
    assert_eq!(view.dirty_pages().expect("pagemap"), PageSet::from(2..3));
    assert_eq!(view[2 * WORDS_PER_PAGE], u64::MAX);
}

#[test]
fn nobody_can_change_a_sealed_image() {
    let image = counting(4 * WORDS_PER_PAGE);
    let fd = image.as_fd().try_clone_to_owned().expect("a descriptor");
    let mut file = fs::File::from(fd);
    let refused = |result: std::io::Result<()>| {
        assert_eq!(result.map_err(|e| e.raw_os_error()), Err(Some(libc::EPERM)));
    };
    refused(file.write_all(b"x"));
    refused(file.set_len(0));
    refused(file.set_len(1 << 20));
    let path = format!("/proc/self/fd/{}", file.as_raw_fd());
    let mut again = fs::File::options().write(true).open(path).expect("opens");
    refused(again.write_all(b"x"));
}

#[test]
fn an_unsealed_file_is_no_image() {
    let fd = rustix::fs::memfd_create("unsealed", rustix::fs::MemfdFlags::ALLOW_SEALING);
    let fd = fd.expect("a memory file");
    assert!(matches!(
        Image::<u8>::from_sealed(fd),
        Err(Error::NotSealed)
    ));
    let file = TempFile::with_contents("unsealed", b"abc");
    let fd = fs::File::open(&file).expect("the file").into();
    assert!(matches!(
        Image::<u8>::from_sealed(fd),
        Err(Error::NotSealed)
    ));
}

#[test]
fn a_saved_image_opens_again() {
    let image = counting(3_000);
    let file = TempFile::new("saved");
    image.save(&file).expect("the disk");
    let copied = Image::<u64>::open(&file).expect("the file");
    // SAFETY: only `save` below touches the file, which replaces it.
    let mapped = unsafe { Image::<u64>::open_mapped(&file) }.expect("the file");
    for opened in [copied, mapped] {
        let mut view = opened.view().expect("a view");
        assert!(view.iter().zip(0..).all(|(&word, i)| word == i) && view.len() == 3_000);
        view[0] = 1;
        assert_eq!(view.dirty_pages().expect("pagemap"), PageSet::from(0..1));

        Image::from_slice(&[5_u64; 100])
            .expect("memory")
            .save(&file)
            .expect("the disk");
        assert_eq!(
            view[2_999], 2_999,
            "an open view keeps the file that was replaced"
        );
        assert_eq!(opened.view().expect("a view")[0], 0);
        assert_eq!(Image::<u64>::open(&file).expect("the file").len(), 100);
        image.save(&file).expect("the disk");
    }
}

#[test]
fn opening_a_large_file_touches_none_of_it() {
    let file = TempFile::new("large");
    let len = 2_u64 << 30;
    fs::File::create(&file)
        .and_then(|file| file.set_len(len))
        .expect("a sparse file");
    // SAFETY: nobody else knows the file.
    let image = unsafe { Image::<u64>::open_mapped(&file) }.expect("the file");
    let mut view = image.view().expect("a view");
    assert_eq!(view.len() as u64 * 8, len);
    assert!(view.resident_pages().expect("pagemap").is_empty());
    view[123_456_789] = 1;
    assert_eq!((view[0], view[123_456_789]), (0, 1));
    assert_eq!(view.dirty_pages().expect("pagemap").page_count(), 1);
}

#[test]
fn bad_files_are_errors() {
    let file = TempFile::with_contents("odd", &[0; 4097]);
    let lengths = [
        Image::<u64>::open(&file).err(),
        // SAFETY: nobody else knows the file.
        unsafe { Image::<u64>::open_mapped(&file) }.err(),
    ];
    for error in lengths {
        let Some(Error::Length {
            file_bytes: 4097,
            element_bytes: 8,
        }) = error
        else {
            panic!("{error:?}");
        };
    }
    let missing = TempFile::new("missing");
    assert!(matches!(
        Image::<u8>::open(&missing),
        Err(Error::Os { call: "open", .. })
    ));
    assert!(matches!(
        // SAFETY: there is no file.
        unsafe { Image::<u8>::open_mapped(&missing) },
        Err(Error::Os { call: "open", .. })
    ));
    let directory = std::env::temp_dir();
    assert!(Image::<u8>::open(&directory).is_err());
    assert!(
        Image::from_slice(&[1_u8])
            .expect("memory")
            .save(&directory)
            .is_err()
    );
}

#[test]
fn a_file_that_became_shorter_gives_no_new_views() {
    let file = TempFile::with_contents("shorter", &[1; 8 * 4096]);
    // SAFETY: the file is shortened only while no view exists.
    let image = unsafe { Image::<u8>::open_mapped(&file) }.expect("the file");
    drop(image.view().expect("a view"));
    fs::File::options()
        .write(true)
        .open(&file)
        .and_then(|file| file.set_len(4096))
        .expect("a shorter file");
    let Err(Error::Truncated {
        expected_bytes: 32_768,
        found_bytes: 4096,
    }) = image.view()
    else {
        panic!("the view would lie beyond the end of the file");
    };
}

/// What the contract of `open_mapped` is about, and why it is `unsafe`.
#[test]
fn touching_what_was_cut_off_under_a_view_kills_the_process() {
    in_child(
        "touching_what_was_cut_off_under_a_view_kills_the_process",
        || {
            let file = TempFile::with_contents("cut-off", &[1; 8 * 4096]);
            // SAFETY: broken below, in a process that is there to die of it.
            let image = unsafe { Image::<u8>::open_mapped(&file) }.expect("the file");
            let view = image.view().expect("a view");
            fs::File::options()
                .write(true)
                .open(&file)
                .and_then(|file| file.set_len(4096))
                .expect("a shorter file");
            drop(file);
            println!("{}", std::hint::black_box(&view)[7 * 4096]);
        },
    )
    .died_by(libc::SIGBUS);
}

/// `open` reads the file, so whatever becomes of the file later is no danger to safe code.
#[test]
fn an_opened_file_may_be_shortened() {
    let file = TempFile::with_contents("opened", &[1; 8 * 4096]);
    let image = Image::<u8>::open(&file).expect("the file");
    let view = image.view().expect("a view");
    fs::write(&file, b"").expect("the file");
    assert!(view.iter().all(|&byte| byte == 1));
    assert!(image.view().expect("a view").iter().all(|&byte| byte == 1));
}

#[test]
fn a_read_only_file_can_be_read_and_not_replaced() {
    let file = TempFile::with_contents("read-only", &[3; 4096]);
    let mut permissions = fs::metadata(&file).expect("the file").permissions();
    permissions.set_readonly(true);
    fs::set_permissions(&file, permissions).expect("the file");
    // SAFETY: nobody else knows the file.
    let image = unsafe { Image::<u8>::open_mapped(&file) }.expect("reading is enough");
    let mut view = image.view().expect("a view");
    view.fill(4);
    assert_eq!(fs::read(&file).expect("the file"), [3; 4096]);
    let error = view.freeze().expect("memory").save(&file).err();
    let Some(Error::Os { source, .. }) = error else {
        panic!("{error:?}");
    };
    assert_eq!(source.kind(), std::io::ErrorKind::PermissionDenied);
    assert_eq!(fs::read(&file).expect("the file"), [3; 4096]);
}

/// A process that starts anew, in a container say, has the number of the one that did not finish.
#[test]
fn what_an_interrupted_save_left_does_not_stop_the_next() {
    let file = TempFile::new("interrupted");
    let left = format!("{}.{}.0.tmp", file.as_ref().display(), std::process::id());
    fs::write(&left, "half of it").expect("a temporary file");
    let image = counting(10);
    let saved = image.save(&file);
    let was_left = fs::read(&left);
    fs::remove_file(&left).expect("nobody else's");
    saved.expect("the disk");
    assert_eq!(was_left.expect("maybe another thread's"), b"half of it");
    assert_eq!(Image::<u64>::open(&file).expect("the file").len(), 10);
}

#[test]
fn threads_that_save_at_once_leave_one_whole_file() {
    let file = TempFile::new("at-once");
    thread::scope(|scope| {
        for len in 1..5 {
            let file = &file;
            scope.spawn(move || {
                let image = counting(len * 10_000);
                for _ in 0..5 {
                    image.save(file).expect("the disk");
                }
            });
        }
    });
    let image = Image::<u64>::open(&file).expect("the file");
    let view = image.view().expect("a view");
    assert!(view.iter().zip(0..).all(|(&word, i)| word == i));
    assert!(view.len().is_multiple_of(10_000) && !view.is_empty());
}

#[test]
fn a_failed_save_leaves_nothing_behind() {
    let dir = TempFile::new("no-directory");
    let image = counting(10);
    assert!(image.save(dir.as_ref().join("file")).is_err());
    assert!(!dir.as_ref().exists());
    fs::create_dir(&dir).expect("a directory");
    fs::create_dir(dir.as_ref().join("taken")).expect("a directory");
    // The rename fails, since the target is a directory.
    assert!(image.save(dir.as_ref().join("taken")).is_err());
    assert_eq!(fs::read_dir(&dir).expect("the directory").count(), 1);
    fs::remove_dir_all(&dir).expect("the directory");
}

#[test]
fn an_image_can_be_a_file_without_a_name() {
    let backing = Backing::UnnamedFile(std::env::temp_dir());
    let builder = ImageBuilder::<u64>::with_backing(10_000, &backing);
    let Some(mut builder) = or_skip(builder, "O_TMPFILE") else {
        return;
    };
    builder.fill(3);
    let image = builder.finish().expect("a read-only descriptor");
    let mut view = image.view().expect("a view");
    view[0] = 4;
    assert_eq!((view[0], view[9_999]), (4, 3));
    assert_eq!(image.view().expect("a view")[0], 3);
    let fd = image.as_fd().try_clone_to_owned().expect("a descriptor");
    let written = fs::File::from(fd).write_all(b"x");
    assert_eq!(
        written.map_err(|e| e.raw_os_error()),
        Err(Some(libc::EBADF))
    );
    let missing = Backing::UnnamedFile(TempFile::new("nowhere").as_ref().to_path_buf());
    assert!(ImageBuilder::<u64>::with_backing(1, &missing).is_err());
}

#[test]
fn a_collapsed_image_still_copies_base_pages() {
    let mut builder = ImageBuilder::<u64>::new(5 << 18).expect("memory");
    builder.fill(1);
    if or_skip(builder.collapse(), "MADV_COLLAPSE").is_none() {
        return;
    }
    let image = builder.finish().expect("seals");
    let mut view = image.view().expect("a view");
    assert_eq!(view.iter().sum::<u64>(), 5 << 18);
    let mut numbers = Numbers(1);
    let mut pages = BTreeSet::new();
    for _ in 0..100 {
        let place = numbers.below(5 << 18);
        view[place] = 2;
        pages.insert(place / WORDS_PER_PAGE);
    }
    assert_eq!(
        view.dirty_pages().expect("pagemap"),
        pages.into_iter().collect()
    );
    view.reset().expect("a reset");
    assert_eq!(view.iter().sum::<u64>(), 5 << 18);
}

#[test]
fn huge_pages_are_copied_whole() {
    let builder = ImageBuilder::<u64>::with_backing(3 << 18, &Backing::HugePages);
    let Some(mut builder) = or_skip(builder, "vm.nr_hugepages") else {
        return;
    };
    builder.fill(1);
    let image = builder.finish().expect("seals");
    assert_eq!(image.page_size(), 2 << 20);
    let Some(mut view) = or_skip(image.view(), "enough huge pages for a view") else {
        return;
    };
    view[1 << 18] = 2;
    assert_eq!(
        view.dirty_pages().expect("pagemap"),
        PageSet::from(512..1024)
    );
    assert_eq!((view[0], view[1 << 18], view[(1 << 18) + 1]), (1, 2, 1));
}

#[test]
fn a_forked_child_cannot_write_to_what_its_parent_builds() {
    let mut builder = ImageBuilder::<u64>::new(10 * WORDS_PER_PAGE).expect("memory");
    builder.fill(1);
    // SAFETY: the closure uses memory and system calls only.
    let child = unsafe {
        fork_snapshot_unchecked(&(), |()| {
            set_default_action(libc::SIGSEGV);
            builder.fill(2);
            vec![0_u8]
        })
    };
    let died = child.expect("a fork").wait();
    assert!(builder.iter().all(|&word| word == 1), "the child's writes");
    let Err(Error::ChildKilled {
        signal: libc::SIGSEGV,
    }) = died
    else {
        panic!("the memory is not there: {died:?}");
    };
    // A child that is alive keeps nothing from being sealed.
    // SAFETY: as above.
    let child = unsafe {
        fork_snapshot_unchecked(&(), |()| {
            thread::sleep(Duration::from_secs(60));
            vec![0_u8]
        })
    };
    let image = builder.finish().expect("no mapping is left");
    drop(child);
    assert_eq!(image.view().expect("a view")[7], 1);
}

/// Where the kernel gives up half-way, the place it was to map may already be another thread's.
#[test]
fn a_mapping_that_fails_unmaps_no_other() {
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..3_000 {
                let builder = ImageBuilder::<u64>::with_backing(1 << 18, &Backing::HugePages);
                let Err(Error::Os { .. }) = builder else {
                    println!("skipped: there are huge pages");
                    break;
                };
            }
            done.store(true, Ordering::Relaxed);
        });
        let image = counting(100 * WORDS_PER_PAGE);
        while !done.load(Ordering::Relaxed) {
            let mut views = [(); 8].map(|()| image.view().expect("a view"));
            for view in &mut views {
                view[99 * WORDS_PER_PAGE] = 1;
                assert_eq!((view[7], view[99 * WORDS_PER_PAGE]), (7, 1));
            }
        }
    });
}

#[test]
fn a_full_address_space_is_an_error_and_nothing_is_lost() {
    in_child(
        "a_full_address_space_is_an_error_and_nothing_is_lost",
        || {
            let image = counting(1 << 22);
            let mut view = image.view().expect("a view");
            view[5] = 1;
            set_limit(libc::RLIMIT_AS, address_space() + (8 << 20));
            for result in [image.view(), view.fork()] {
                let Err(Error::Os { call: "mmap", .. }) = result else {
                    panic!("32 MiB do not fit");
                };
            }
            assert!(view.freeze().is_err() && ImageBuilder::<u64>::new(1 << 22).is_err());
            assert_eq!((view[4], view[5], view[6]), (4, 1, 6));
            view.reset().expect("a reset");
            assert_eq!(view[5], 5);
        },
    )
    .succeeded();
}
