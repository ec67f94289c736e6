//! Arrays in chunks of 2 MiB, against plain vectors.

use cow_collections::{Arena, Collection, CowArray};
use cow_core::Huge;

use crate::history::{Random, SLOW};

const CHUNK: usize = Huge::<u32>::CAPACITY;
const PAGE: usize = Huge::<u32>::PAGE;

fn numbers(len: usize) -> Vec<u32> {
    (0..u32::try_from(len).unwrap()).collect()
}

#[test]
fn versions_agree_with_vectors() {
    let random = &mut Random(21);
    for len in [0, 1, PAGE, CHUNK - 1, CHUNK, 2 * CHUNK + PAGE / 2] {
        let arena = Arena::builder().build();
        let model = numbers(len);
        let array = CowArray::try_from_slice_in(&arena, &model).unwrap();
        let mut versions = vec![(array, model)];
        for step in 0..if SLOW { 10 } else { 40 } {
            let count = versions.len();
            let (array, model) = &mut versions[random.below(count)];
            let at = random.below(len);
            match step % 6 {
                0 | 1 if count < 8 => {
                    let pair = (array.snapshot(), model.clone());
                    versions.push(pair);
                }
                2 => {
                    let written = vec![step; random.below(len - at + 1)];
                    array.write(at, &written);
                    model[at..at + written.len()].copy_from_slice(&written);
                }
                3 => {
                    array.collapse();
                    assert_eq!(array.split_pages(), 0);
                }
                _ if at < len => {
                    let old = std::mem::replace(&mut model[at], step);
                    assert_eq!(array.set(at, step), old);
                }

                _ => assert_eq!(array.get_mut(at), None),
            }
            for (array, model) in &versions {
                assert!(array.to_vec() == *model);
                assert!(array.iter().eq(model));
                assert_eq!(array.get(at), model.get(at));
            }
            let (a, b) = (random.below(versions.len()), random.below(versions.len()));
            assert_eq!(
                versions[a].0 == versions[b].0,
                versions[a].1 == versions[b].1
            );
        }
        while !versions.is_empty() {
            let (array, _) = versions.swap_remove(random.below(versions.len()));
            let foretold = array.memory().bytes_exclusive;
            let before = arena.stats().bytes_used;
            let mut rest = array.into_drop_steps();
            while !rest.drop_step(1) {}
            drop(rest);
            assert_eq!(before - arena.stats().bytes_used, foretold);
        }
        assert_eq!(arena.stats().chunks_live(), 0);
    }
}

#[test]
fn a_write_after_a_snapshot_copies_a_page_and_its_nodes() {
    let arena = Arena::builder().build();
    let mut array = CowArray::try_from_slice_in(&arena, &numbers(3 * CHUNK)).unwrap();
    let snapshot = array.clone();
    let before = arena.stats();
    array[CHUNK + 5] = 0;
    let after = arena.stats();
    let page = (PAGE * size_of::<u32>()) as u64;
    assert_eq!(after.thp_split - before.thp_split, 1);
    assert!(after.bytes_copied - before.bytes_copied <= page + 512);
    array[CHUNK + 6] = 0;
    assert_eq!(arena.stats().copies, after.copies);
    // A chunk that is written whole is not split.
    array.write(2 * CHUNK, &vec![7; CHUNK]);
    assert_eq!(arena.stats().thp_split, after.thp_split);
    assert_eq!(arena.stats().bytes_copied, after.bytes_copied);
    assert_eq!(array.split_pages(), 1);
    assert!(snapshot.to_vec() == numbers(3 * CHUNK));
    drop(snapshot);
    assert_eq!(array.collapse(), 1);
    assert_eq!(arena.stats().thp_collapse, 1);
    assert_eq!(array.runs().count(), 3);
}

#[test]
fn a_full_arena_is_told() {
    let arena = Arena::builder()
        .byte_limit(3 * CHUNK * size_of::<u32>())
        .build();
    assert!(CowArray::try_from_slice_in(&arena, &numbers(3 * CHUNK)).is_err());
    assert_eq!(arena.stats().bytes_used, 0);
    let array = CowArray::try_from_slice_in(&arena, &numbers(2 * CHUNK)).unwrap();
    let mut copy = array.clone();
    assert!(copy.try_write(0, &numbers(2 * CHUNK)).is_err());
    assert!(array.to_vec() == numbers(2 * CHUNK));
}

#[test]
fn arrays_are_made_of_whatever_there_is() {
    let expected = numbers(CHUNK + 3);
    let of_iter: CowArray<u32> = expected.iter().copied().collect();
    assert!(of_iter == CowArray::from(expected.clone()));
    assert!(of_iter == CowArray::from(&expected[..]));
    assert!(of_iter != CowArray::from(&expected[1..]));
    assert!(!of_iter.ptr_eq(&CowArray::from(expected)));
    assert!(of_iter.ptr_eq(&of_iter.clone()));
    assert!(CowArray::<u8>::default().is_empty());
    assert_eq!(format!("{:?}", CowArray::from(&[1, 2][..])), "[1, 2]");
}

#[test]
#[should_panic(expected = "index out of bounds: the len is 2 but the index is 2")]
fn a_place_behind_the_end_panics() {
    let _ = CowArray::from(&[1, 2][..])[2];
}
