//! Values and their tags in a chunk.

use cow_core::{Arena, Bucket, BucketMut, Marks, Tag};

use crate::probe::{Log, Probe, panics};

fn tag(id: usize) -> Tag {
    Tag::new(id.to_le_bytes()[0] % 5)
}

fn filled(arena: &Arena, count: usize, log: &cow_core::Shared<Log>) -> Bucket<Probe> {
    let mut bucket = Bucket::try_with_capacity_in(arena.into(), count).unwrap();
    for id in 1..=count {
        lent(&mut bucket).push(tag(id), Probe::new(id, log));
    }
    bucket
}

fn lent<T>(bucket: &mut Bucket<T>) -> BucketMut<'_, T> {
    bucket.get_mut().expect("the only handle")
}

fn ids(bucket: &Bucket<Probe>) -> Vec<usize> {
    let bucket = bucket.as_bucket();
    bucket.values().iter().map(|probe| probe.id).collect()
}

#[test]
fn values_are_found_by_tag_and_then_by_question() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    for count in [0, 1, 2, 11, 12, 13, 28, 29, 75, 140] {
        let bucket = filled(&arena, count, &log);
        let values = bucket.as_bucket();
        assert!(values.capacity() >= count && values.len() == count);
        for id in 1..=count {
            let mut asked = 0;
            let found = values.find(tag(id), |probe| {
                asked += 1;
                probe.id == id
            });
            assert_eq!(found, Some(id - 1));
            assert!(asked <= 2 * count.div_ceil(5), "two in five have a tag");
        }
        assert_eq!(values.find(Tag::new(77), |_| true), None);
        assert_eq!(values.find(tag(1), |_| false), None);
    }
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn removal_puts_the_last_in_the_place() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let mut bucket = filled(&arena, 20, &log);
    let mut model: Vec<usize> = (1..=20).collect();
    for index in [0, 18, 7, 7, 15, 3] {
        assert_eq!(
            lent(&mut bucket).swap_remove(index).id,
            model.swap_remove(index)
        );
        assert_eq!(ids(&bucket), model);
        let values = bucket.as_bucket();
        for (i, &id) in model.iter().enumerate() {
            assert_eq!(values.find(tag(id), |probe| probe.id == id), Some(i));
        }
    }
    panics(|| lent(&mut bucket).swap_remove(14));
    // The last one, one in the middle, and one that is not there.
    for (id, left) in [(model[13], 13), (model[5], 12), (200, 12)] {
        let removed = lent(&mut bucket).remove(tag(id), |probe| probe.id == id);
        let place = model.iter().position(|&other| other == id);
        assert_eq!(
            removed.map(|probe| probe.id),
            place.map(|i| model.swap_remove(i))
        );
        assert_eq!((ids(&bucket), model.len()), (model.clone(), left));
    }
    drop(bucket);
    assert_eq!(log.live(), 0);
}

#[test]
fn marked_values_move_and_the_others_close_up() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let mut from = filled(&arena, 10, &log);
    let mut to = Bucket::try_with_capacity_in((&arena).into(), 10).unwrap();
    // Some for which there are no values are not asked for.
    let mut marks: Marks = (0..200).map(|index| index % 3 == 0).collect();
    assert_eq!(marks.count(), 67);
    assert!((0..200).all(|index| marks.contains(index) == (index % 3 == 0)));
    marks.mark(1000, true);
    assert_eq!(marks.count(), 68);
    lent(&mut from).move_marked(&marks, &mut lent(&mut to));
    assert_eq!(ids(&to), [1, 4, 7, 10]);
    assert_eq!(ids(&from), [2, 3, 5, 6, 8, 9]);
    assert_eq!(
        from.as_bucket().find(tag(9), |probe| probe.id == 9),
        Some(5)
    );
    assert_eq!(from.as_bucket().find(tag(10), |probe| probe.id == 10), None);
    lent(&mut from).move_all(&mut lent(&mut to));
    assert_eq!(ids(&to), [1, 4, 7, 10, 2, 3, 5, 6, 8, 9]);
    assert!(from.as_bucket().is_empty());
    let mut small = Bucket::try_with_capacity_in((&arena).into(), 1).unwrap();
    panics(|| lent(&mut to).move_all(&mut lent(&mut small)));
    assert_eq!(to.as_bucket().len(), 10);
    drop((from, to, small));
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn a_value_is_found_for_reading_and_for_writing() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    for count in [1, 12, 140] {
        let mut bucket = filled(&arena, count, &log);
        for id in 1..=count {
            let found = bucket
                .as_bucket()
                .find_value(tag(id), |probe| probe.id == id);
            assert_eq!(found.map(|probe| probe.id), Some(id));
            let found = lent(&mut bucket).find_mut(tag(id), |probe| probe.id == id);
            match found {
                Ok(probe) => *probe = Probe::new(id + 1000, &log),
                Err(_) => panic!("{id} is there"),
            }
        }
        assert!(bucket.as_bucket().find_value(tag(1), |_| false).is_none());
        let missed = lent(&mut bucket).find_mut(tag(1), |_| false);
        assert_eq!(
            missed.err().map(|values| values.into_values().len()),
            Some(count)
        );
        assert!(ids(&bucket).into_iter().eq(1001..=1000 + count));
    }
    assert_eq!(log.live(), 0);
}

#[test]
fn a_full_bucket_takes_nothing() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let mut bucket = filled(&arena, 1, &log);
    while !lent(&mut bucket).is_full() {
        lent(&mut bucket).push(tag(1), Probe::new(1, &log));
    }
    let live = log.live();
    panics(|| lent(&mut bucket).push(tag(1), Probe::new(2, &log)));
    assert_eq!(log.live(), live);
    let refused = lent(&mut bucket).try_push(tag(1), Probe::new(3, &log));
    assert_eq!(refused.map_err(|probe| probe.id), Err(3));
    assert_eq!(log.live(), live);
    lent(&mut bucket).swap_remove(0);
    assert!(
        lent(&mut bucket)
            .try_push(tag(1), Probe::new(4, &log))
            .is_ok()
    );
    assert_eq!(ids(&bucket).iter().filter(|&&id| id == 4).count(), 1);
    assert_eq!(log.live(), live);
}

#[test]
fn copies_are_whole_or_not_made() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let bucket = filled(&arena, 9, &log);
    let copy = bucket.as_bucket().try_copy(30).unwrap();
    assert_eq!(ids(&copy), ids(&bucket));
    assert_eq!(copy.as_bucket().tags(), bucket.as_bucket().tags());
    assert!(copy.as_bucket().capacity() >= 30);
    assert_eq!(arena.stats().copies, 1);
    log.panic_on_clone_of(6);
    panics(|| bucket.as_bucket().try_copy(9).map(drop));
    assert_eq!(log.live(), 18);
    assert_eq!(arena.stats().chunks_live(), 2);
    drop((bucket, copy));
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn values_are_taken_out_of_an_exclusive_bucket_alone() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let bucket = filled(&arena, 5, &log);
    let other = bucket.clone();
    assert_eq!(bucket.as_bucket().as_ptr(), other.as_bucket().as_ptr());
    let bucket = bucket.try_into_values().err().expect("shared");
    drop(other);
    let mut values = bucket.try_into_values().ok().expect("exclusive");
    assert_eq!(values.next().map(|probe| probe.id), Some(1));
    assert_eq!(
        (values.len(), values.as_slice().len(), log.live()),
        (4, 4, 4)
    );
    drop(values);
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn a_drop_that_panics_frees_the_chunk_all_the_same() {
    let (arena, log) = (Arena::builder().build(), Log::new());
    let bucket = filled(&arena, 4, &log);
    log.panic_on_drop_of(2);
    panics(|| drop(bucket));
    assert_eq!((log.live(), arena.stats().chunks_live()), (0, 0));
}

#[test]
fn values_of_any_size_and_alignment_fit() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[repr(align(256))]
    struct Aligned(u8);
    let arena = Arena::builder().build();
    let mut aligned = Bucket::try_with_capacity_in((&arena).into(), 3).unwrap();
    let mut nothing = Bucket::try_with_capacity_in((&arena).into(), 3).unwrap();
    let mut large = Bucket::try_with_capacity_in((&arena).into(), 1).unwrap();
    for n in 0..3 {
        lent(&mut aligned).push(Tag::new(n), Aligned(n));
        lent(&mut nothing).push(Tag::new(n), ());
    }
    lent(&mut large).push(Tag::new(1), [7_u8; 100_000]);
    assert_eq!(aligned.as_bucket().values(), [0, 1, 2].map(Aligned));
    assert_eq!(nothing.as_bucket().find(Tag::new(2), |()| true), Some(2));
    assert_eq!(large.as_bucket().values()[0][99_999], 7);
}

#[test]
fn full_chunks_of_several_extents_overlap_nothing() {
    let arena = Arena::builder().build();
    let capacity = Bucket::<u64>::GROWN_CAPACITY;
    let chunks = if cfg!(miri) { 100 } else { 5000 };
    let mut buckets: Vec<Bucket<u64>> = (0..chunks)
        .map(|n| {
            let mut bucket = Bucket::try_with_capacity_in((&arena).into(), capacity).unwrap();
            let mut values = bucket.get_mut().unwrap();
            for index in 0..capacity as u64 {
                values.push(Tag::new(index.to_le_bytes()[0]), n << 32 | index);
            }
            bucket
        })
        .collect();
    let intact = |n: usize, bucket: &Bucket<u64>| {
        let expected = (0..capacity as u64).map(|index| (n as u64) << 32 | index);
        assert!(bucket.as_bucket().values().iter().copied().eq(expected));
        assert!(bucket.is_exclusive());
    };
    for (n, bucket) in buckets.iter().enumerate() {
        intact(n, bucket);
    }
    assert_eq!(arena.stats().chunks_live(), buckets.len());
    // Every other one goes and comes again, with what it held.
    for n in (0..buckets.len()).step_by(2) {
        let copy = buckets[n].as_bucket().try_copy(capacity).unwrap();
        buckets[n] = copy;
    }
    for (n, bucket) in buckets.iter().enumerate() {
        intact(n, bucket);
    }
    let stats = arena.stats();
    assert_eq!(stats.chunks_live(), buckets.len());
    drop(buckets);
    assert_eq!(arena.stats().chunks_live(), 0);
}
