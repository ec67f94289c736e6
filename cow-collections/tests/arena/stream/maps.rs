//! Streams of maps and sets: what keys have to be, and what others read.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use cow_collections::{
    Arena, CowHashMap, CowHashSet, CowOrdMap, CowOrdSet, CowVec, PairReader, StreamError,
};

use super::every::Saved;
use crate::history::SLOW;

/// Hashes the same in every run.
type Fixed = BuildHasherDefault<DefaultHasher>;

fn map(len: u32) -> CowOrdMap<u32, u32> {
    (0..len).map(|n| (n, n * n)).collect()
}

/// The stream of a map with these keys in frames, each of which has checksums as it should.
fn by_hand(frames: &[&[u32]]) -> Vec<u8> {
    let mut writer = cow_collections::ChunkWriter::new(Vec::new());
    for keys in frames {
        // A frame of pairs is all keys and then all values, and so is this one.
        let mut words = keys.to_vec();
        words.extend(keys.iter().map(|key| key * key));
        let (pairs, rest) = words.as_chunks::<2>();
        assert!(rest.is_empty());
        writer.write(pairs).unwrap();
    }
    let (mut stream, _) = writer.finish().unwrap();
    for (at, number) in [(12, 2_u32), (16, 4), (20, 4)] {
        stream[at..at + 4].copy_from_slice(&number.to_le_bytes());
    }
    stream
}

#[test]
fn frames_are_keys_and_then_values() {
    assert_eq!(by_hand(&[&[0, 1, 2]]), map(3).saved());
    let stream = CowOrdMap::from([(1_u8, 0x0302_u16), (4, 0x0605)]).saved();
    assert_eq!(stream[..8], *b"cowchnk2");
    assert_eq!(stream.len(), 24 + 12 + 6 + 20);
    if cfg!(target_endian = "little") {
        assert_eq!(
            stream[8..24],
            [1, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0]
        );
        assert_eq!(stream[24..28], [2, 0, 0, 0]);
        assert_eq!(stream[36..42], [1, 4, 2, 3, 5, 6]);
    }
}

#[test]
fn keys_that_do_not_ascend_are_refused() {
    let load = |frames: &[&[u32]]| CowOrdMap::<u32, u32>::read_from(&by_hand(frames)[..]);
    assert_eq!(load(&[&[0, 1], &[2, 3, 4]]).unwrap(), map(5));
    for (frames, bad) in [
        (&[&[0, 2, 1][..]][..], 24),
        (&[&[0, 1, 1]], 24),
        (&[&[7, 8], &[6]], 24 + 12 + 16),
        (&[&[7, 8], &[8, 9]], 24 + 12 + 16),
    ] {
        let error = load(frames).unwrap_err();
        assert!(matches!(error, StreamError::KeyOrder { offset } if offset == bad));
        assert_eq!(
            error.to_string(),
            format!("the keys in the frame at byte {bad} do not ascend")
        );
    }
}

#[test]
fn keys_that_are_there_twice_are_refused() {
    let load = |frames: &[&[u32]]| CowHashMap::<u32, u32>::read_from(&by_hand(frames)[..]);
    let loaded = load(&[&[2, 0], &[1]]).unwrap();
    assert_eq!(loaded, CowHashMap::from([(0, 0), (1, 1), (2, 4)]));
    for (frames, bad) in [
        (&[&[5, 3, 5][..]][..], 24),
        (&[&[5, 3], &[4, 3]], 24 + 12 + 16),
    ] {
        let error = load(frames).unwrap_err();
        assert!(matches!(error, StreamError::DuplicateKey { offset } if offset == bad));
        assert_eq!(
            error.to_string(),
            format!("a key in the frame at byte {bad} was there before")
        );
    }
}

#[test]
fn hash_maps_read_the_streams_of_ordered_ones_but_not_the_reverse() {
    let ordered = map(200);
    let hashed = CowHashMap::read_from(&ordered.saved()[..]).unwrap();
    assert!(hashed.iter().all(|(key, value)| ordered[key] == *value));
    assert_eq!(hashed.len(), ordered.len());

    let mut fixed: CowHashMap<u32, u32, _> = CowHashMap::with_hasher(Fixed::new());
    fixed.extend(&ordered);
    let mut stream = Vec::new();
    fixed.into_chunks().write_to(&mut stream).unwrap();
    let error = CowOrdMap::<u32, u32>::read_from(&stream[..]).unwrap_err();
    assert!(matches!(error, StreamError::KeyOrder { .. }));

    let set: CowOrdSet<u16> = (0..200).collect();
    let hashed = CowHashSet::<u16>::read_from(&set.saved()[..]).unwrap();
    assert_eq!(hashed, (0..200).collect());
    let as_map = CowOrdMap::<u16, ()>::read_from(&set.saved()[..]).unwrap();
    assert!(as_map.keys().eq(&set) && as_map.get(&7) == Some(&()));
}

/// Tells which hasher a map has.
#[derive(Clone, Debug)]
struct Numbered(u64);

impl BuildHasher for Numbered {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        DefaultHasher::new()
    }
}

#[test]
fn a_stream_is_read_with_the_hasher_that_is_given() {
    let stream = map(100).saved();
    let arena = Arena::builder().build();
    let here = CowHashMap::<u32, u32, _>::read_from_with_hasher(Numbered(7), &stream[..]).unwrap();
    let there =
        CowHashMap::<u32, u32, _>::read_from_with_hasher_in(Numbered(8), &arena, &stream[..])
            .unwrap();
    assert_eq!((here.hasher().0, there.hasher().0), (7, 8));
    assert_eq!((here[&9], there[&9], here == there), (81, 81, true));
    assert_eq!(there.memory().bytes_exclusive, arena.stats().bytes_used);
    here.assert_invariants();
    there.assert_invariants();
    drop(there);

    let stream = (0..100).collect::<CowOrdSet<u32>>().saved();
    let here = CowHashSet::<u32, _>::read_from_with_hasher(Numbered(5), &stream[..]).unwrap();
    let there =
        CowHashSet::<u32, _>::read_from_with_hasher_in(Numbered(6), &arena, &stream[..]).unwrap();
    assert_eq!((here.hasher().0, there.hasher().0), (5, 6));
    assert_eq!((here.len(), here == there), (100, true));
    assert_eq!(there.memory().bytes_exclusive, arena.stats().bytes_used);
}

#[test]
fn a_map_from_a_stream_has_full_chunks() {
    let len = if SLOW { 500 } else { 20_000 };
    let built = map(len);
    let loaded = CowOrdMap::<u32, u32>::read_from(&built.saved()[..]).unwrap();
    let (built, loaded) = (built.memory(), loaded.memory());
    assert_eq!(loaded.chunks_exclusive, built.chunks_exclusive);
    assert_eq!(loaded.bytes_exclusive, built.bytes_exclusive);
}

#[test]
fn what_came_before_the_damage_of_a_stream_is_intact() {
    let len = if SLOW { 300 } else { 3000 };
    let hashed: CowHashMap<u32, [u8; 3]> = (0..len).map(|n| (n, [1, 2, 3])).collect();
    let all: CowVec<(u32, [u8; 3])> = hashed.iter().map(|(key, value)| (*key, *value)).collect();
    let whole = hashed.saved();
    let mut longest = 0;
    for at in (24..whole.len()).step_by(if SLOW { 171 } else { 67 }) {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        let mut reader = PairReader::<u32, [u8; 3], _>::new(&damaged[..]);
        let mut read = 0;
        let error = loop {
            match reader.next().expect("the damage is noticed") {
                Ok(pairs) => {
                    assert!(all.range(read..read + pairs.len()).eq(&pairs));
                    read += pairs.len();
                    assert!(reader.offset() <= at as u64);
                }
                Err(error) => break error,
            }
        };
        assert!(error.offset() <= at as u64 || matches!(error, StreamError::Truncated { .. }));
        assert!(reader.next().is_none());
        longest = longest.max(read);
    }
    assert!(longest > len as usize / 2);
}
