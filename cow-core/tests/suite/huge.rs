//! Huge chunks: shared, split, collapsed, against plain vectors.

use cow_core::{Arena, ArenaRef, Huge};

type Chunk = Huge<u64>;

const FULL: usize = Chunk::CAPACITY;
const PAGE: usize = Chunk::PAGE;
const PAGES: usize = FULL / PAGE;

fn numbers(len: usize) -> Vec<u64> {
    (0..len as u64).collect()
}

fn chunk(arena: &Arena, len: usize) -> Chunk {
    Huge::try_from_slice_in(ArenaRef::from(arena), &numbers(len)).unwrap()
}

fn values(chunk: &Chunk) -> Vec<u64> {
    let mut all = Vec::new();
    while all.len() < chunk.len() {
        all.extend(chunk.run(all.len()));
    }
    assert!(
        (0..all.len())
            .step_by(7)
            .all(|i| chunk.get(i) == Some(&all[i]))
    );
    assert_eq!(chunk.get(all.len()), None);
    all
}

fn set(chunk: &mut Chunk, index: usize, value: u64) {
    *chunk.try_get_mut(index).unwrap() = value;
}

#[test]
fn a_write_to_a_shared_chunk_copies_one_page_and_two_nodes() {
    let arena = Arena::builder().build();
    let mut huge = chunk(&arena, FULL);
    set(&mut huge, 5, 50);
    assert_eq!(arena.stats().faults(), 0, "exclusive: in place");
    let snapshot = huge.clone();
    let before = arena.stats();
    set(&mut huge, 3 * PAGE, 1);
    let after = arena.stats();
    assert_eq!(after.thp_split - before.thp_split, 1);
    assert_eq!(after.copies - before.copies, 2, "the head and the page");
    assert_eq!(after.chunks_live() - before.chunks_live(), 3, "and a table");
    let page = PAGE * size_of::<u64>();
    assert!(after.bytes_copied - before.bytes_copied <= page as u64 + 256);
    set(&mut huge, 3 * PAGE + 1, 2);
    let later = arena.stats();
    assert_eq!(later.copies, after.copies, "in place by now");
    set(&mut huge, 0, 3);
    assert_eq!(arena.stats().thp_split, after.thp_split, "split once");
    assert_eq!(huge.split_pages(), 2);
    assert_eq!((huge.get(0), snapshot.get(0)), (Some(&3), Some(&0)));
    assert_eq!(snapshot.get(3 * PAGE), Some(&(3 * PAGE as u64)));
    drop((huge, snapshot));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn pages_that_nobody_shares_any_more_are_written_where_they_are() {
    let arena = Arena::builder().build();
    let mut huge = chunk(&arena, FULL);
    let snapshot = huge.clone();
    set(&mut huge, 0, 7);
    drop(snapshot);
    let before = arena.stats();
    set(&mut huge, PAGE, 8);
    assert_eq!(arena.stats().copies, before.copies);
    assert_eq!(huge.split_pages(), 1);
}

#[test]
fn the_huge_memory_goes_with_its_last_user() {
    let arena = Arena::builder().build();
    let mut huge = chunk(&arena, FULL);
    let snapshot = huge.clone();
    for page in 0..PAGES {
        set(&mut huge, page * PAGE, 1);
    }
    assert_eq!(huge.split_pages(), PAGES);
    let bytes = FULL * size_of::<u64>();
    let before = arena.stats().bytes_used;
    drop(snapshot);
    let after = arena.stats().bytes_used;
    assert!(before - after >= bytes, "all pages are split off");
    assert!(after < bytes + bytes / 2);
    let mut expected = numbers(FULL);
    (0..PAGES).for_each(|page| expected[page * PAGE] = 1);
    assert_eq!(values(&huge), expected);
    assert!(huge.try_collapse().unwrap());
    assert_eq!(values(&huge), expected);
    assert_eq!(huge.split_pages(), 0);
    assert_eq!(arena.stats().chunks_live(), 2);
    assert!(!huge.try_collapse().unwrap());
    assert_eq!(arena.stats().thp_collapse, 1);
}

#[test]
fn a_write_that_covers_all_does_not_split() {
    let arena = Arena::builder().build();
    let mut huge = chunk(&arena, FULL);
    let snapshot = huge.clone();
    let other: Vec<u64> = numbers(FULL).into_iter().rev().collect();
    huge.try_write(0, &other).unwrap();
    let stats = arena.stats();
    assert_eq!((stats.thp_split, stats.bytes_copied), (0, 0));
    assert_eq!(values(&huge), other);
    assert_eq!(values(&snapshot), numbers(FULL));
    drop(snapshot);
    huge.try_write(0, &numbers(FULL)).unwrap();
    assert_eq!(arena.stats().chunks_live(), 2, "in place");
    assert_eq!(values(&huge), numbers(FULL));
}

#[test]
fn versions_agree_with_vectors() {
    let mut state = 88_172_645_463_325_252_u64;
    let mut below = |end: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % end as u64).unwrap()
    };
    for len in [1, PAGE - 1, PAGE, PAGE + 1, FULL / 2 + 3, FULL] {
        let arena = Arena::builder().build();
        let mut versions = vec![(chunk(&arena, len), numbers(len))];
        for step in 0..if cfg!(miri) { 20 } else { 150 } {
            let count = versions.len();
            let (huge, model) = &mut versions[below(count)];
            let at = below(len);
            match step % 5 {
                0 => {
                    let pair = (huge.clone(), model.clone());
                    versions.push(pair);
                }
                1 if count > 3 => drop(versions.swap_remove(below(count))),
                2 => {
                    let written = vec![step; below(len - at + 1)];
                    huge.try_write(at, &written).unwrap();
                    model[at..at + written.len()].copy_from_slice(&written);
                }
                3 if step % 3 == 0 => drop(huge.try_collapse().unwrap()),
                _ => {
                    set(huge, at, step);
                    model[at] = step;
                }
            }
            for (huge, model) in &versions {
                assert_eq!(huge.len(), model.len());
                assert!(values(huge) == *model);
            }
        }
        drop(versions);
        assert_eq!(arena.stats().chunks_live(), 0);
    }
}

#[test]
fn a_full_arena_leaves_all_as_it_was() {
    // Room for one huge chunk and a little.
    let bytes = FULL * size_of::<u64>();
    for spare in (0..3 * PAGE * size_of::<u64>()).step_by(64) {
        let arena = Arena::builder().byte_limit(bytes + 256 + spare).build();
        let mut huge = chunk(&arena, FULL);
        let snapshot = huge.clone();
        for at in [0, PAGE, 5 * PAGE] {
            let before = values(&huge);
            match huge.try_get_mut(at) {
                Ok(value) => *value = 1,
                Err(_) => assert!(values(&huge) == before),
            }
            if huge.try_collapse().is_err() {
                assert!(huge.split_pages() > 0);
            }
        }
        assert!(huge.try_write(0, &numbers(FULL)).is_err());
        assert_eq!(values(&snapshot), numbers(FULL));
        drop((huge, snapshot));
        assert_eq!(arena.stats().bytes_used, 0);
    }
}

#[test]
fn every_chunk_is_shown_once_with_its_handles() {
    let arena = Arena::builder().build();
    let mut huge = chunk(&arena, FULL);
    let snapshot = huge.clone();
    set(&mut huge, 0, 1);
    set(&mut huge, FULL - 1, 1);
    let mut chunks = Vec::new();
    huge.edges(&mut |chunk, usage| {
        chunks.push((chunk, usage.handles));
        true
    });
    assert_eq!(chunks.len(), 6, "head, base, two tables, two pages");
    let shared = chunks.iter().filter(|chunk| chunk.1 == 2).count();
    assert_eq!(shared, 1, "the base");
    let mut first = 0;
    snapshot.edges(&mut |_, _| {
        first += 1;
        false
    });
    assert_eq!(first, 1);
}
