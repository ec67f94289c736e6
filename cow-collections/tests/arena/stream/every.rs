//! What holds of the stream of each collection, whatever it is.

use std::{
    fmt::Debug,
    hash::Hash,
    io::{self, Read, Write},
};

use bytemuck::{Pod, Zeroable};
use cow_collections::{
    AllocError, Arena, CowHashMap, CowHashSet, CowOrdMap, CowOrdSet, CowString, CowVec, Lines,
    Metrics, StreamError,
};

use crate::history::{Random, SLOW};

/// A collection that can be saved and loaded.
pub(super) trait Saved: Clone + PartialEq + Debug {
    fn save_to(self, out: impl Write) -> io::Result<u64>;
    fn load_in(arena: &Arena, input: impl Read) -> Result<Self, StreamError>;
    fn verify(&self);

    fn saved(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let bytes = self.clone().save_to(&mut out).unwrap();
        assert_eq!(bytes, out.len() as u64);
        out
    }

    fn load(input: impl Read) -> Result<Self, StreamError> {
        Self::load_in(&Arena::builder().build(), input)
    }
}

macro_rules! saved {
    ($type:ty, $($bounds:tt)*) => {
        impl<$($bounds)*> Saved for $type {
            fn save_to(self, out: impl Write) -> io::Result<u64> {
                self.into_chunks().write_to(out)
            }

            fn load_in(arena: &Arena, input: impl Read) -> Result<Self, StreamError> {
                Self::read_from_in(arena, input)
            }

            fn verify(&self) {
                self.assert_invariants();
            }
        }
    };
}

saved!(CowVec<T>, T: Pod + PartialEq + Debug);
saved!(CowHashMap<K, V>, K: Pod + Eq + Hash + Debug, V: Pod + PartialEq + Debug);
saved!(CowHashSet<T>, T: Pod + Eq + Hash + Debug);
saved!(CowOrdMap<K, V>, K: Pod + Ord + Debug, V: Pod + PartialEq + Debug);
saved!(CowOrdSet<T>, T: Pod + Ord + Debug);
saved!(CowString<M>, M: Metrics);

/// A plain struct: no padding, and any bytes are one.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Place {
    row: u32,
    column: i16,
    kind: [u8; 2],
}

// SAFETY: all fields may be zero.
unsafe impl Zeroable for Place {}
// SAFETY: all fields are plain, and they fill the struct: 4 + 2 + 2 bytes at an alignment of 4.
unsafe impl Pod for Place {}

fn place(n: usize) -> Place {
    let [a, b, c, d, ..] = n.to_le_bytes();
    Place {
        row: u32::from_le_bytes([c, d, 0, 0]),
        column: i16::from_be_bytes([b, a]),
        kind: [a, 1],
    }
}

fn low(n: usize) -> u8 {
    n.to_le_bytes()[0]
}

fn both_ways<C: Saved>(collection: &C) {
    let mut file = collection.saved();
    file.extend(b"behind");
    let mut input = &file[..];
    let arena = Arena::builder().build();
    let loaded = C::load_in(&arena, &mut input).unwrap();
    assert_eq!(input, b"behind");
    assert_eq!(&loaded, collection);
    loaded.verify();
    drop(loaded);
    assert_eq!(arena.stats().chunks_live(), 0);
}

fn text(len: usize) -> String {
    let letters = ['a', 'ß', '\n', '雪', '\r', '\n', '🦀', ' '];
    let letters = letters.into_iter().cycle();
    letters.take(len).collect()
}

#[test]
fn a_collection_of_any_size_comes_back() {
    // A chunk of bytes, and a bit around it, is among them.
    let many = if SLOW { 700 } else { 10_000 };
    for len in (0..5).chain([14, 15, 16, 60, 127, 128, 129, 300, many]) {
        both_ways(&(0..len).collect::<CowVec<_>>());
        both_ways(&(0..len).map(|n| (n, !n)).collect::<CowHashMap<_, _>>());
        both_ways(&(0..len).collect::<CowHashSet<_>>());
        both_ways(&(0..len).map(|n| (n, !n)).collect::<CowOrdMap<_, _>>());
        both_ways(&(0..len).collect::<CowOrdSet<_>>());
        both_ways(&CowString::from(text(len)));
    }
}

#[test]
fn keys_and_values_of_any_type_come_back() {
    fn maps<K: Pod + Ord + Hash + Debug, V: Pod + PartialEq + Debug>(
        len: usize,
        key: impl Fn(usize) -> K,
        value: impl Fn(usize) -> V,
    ) {
        let pairs = || (0..len).map(|n| (key(n), value(n)));
        both_ways(&pairs().collect::<CowHashMap<_, _>>());
        both_ways(&pairs().collect::<CowOrdMap<_, _>>());
        both_ways(&pairs().map(|(key, _)| key).collect::<CowHashSet<_>>());
        both_ways(&pairs().map(|(key, _)| key).collect::<CowOrdSet<_>>());
    }
    let len = if SLOW { 70 } else { 1000 };
    maps(len, low, |_| ());
    maps(len, |_| (), low);
    // Pairs with padding between the two, and values that are not aligned in the stream.
    maps(len, low, |n| n);
    maps(len, |n| [low(n), low(n >> 8), 3], |n| (n as f64).sqrt());
    maps(len, place, |n| [place(n); 3]);
    maps(len, |n| [n; 5], low);
    maps(len, |n| n, |n| [low(n); 512]);
    if !cfg!(miri) {
        // Pairs larger than the chunks of others, each a frame of its own.
        maps(9, |n| n, |n| [[low(n); 1 << 12]; 32]);
    }
}

/// Saves each of many versions, made by random edits of one before it, and compares it with what it was.
fn history<C: Saved, M: Clone>(
    first: (C, M),
    edit: impl Fn(&mut C, &mut M, &mut Random),
    is_same: impl Fn(&C, &M) -> bool,
) {
    let random = &mut Random(11);
    let mut versions = vec![first];
    for _ in 0..if SLOW { 5 } else { 25 } {
        let (mut next, mut model) = versions[random.below(versions.len())].clone();
        for _ in 0..random.below(40) {
            edit(&mut next, &mut model, random);
        }
        versions.push((next, model));
    }
    for (version, model) in versions {
        let loaded = C::load(&version.saved()[..]).unwrap();
        loaded.verify();
        assert!(is_same(&loaded, &model));
        assert_eq!(loaded, version);
    }
}

#[test]
fn versions_that_share_chunks_come_back() {
    use std::collections::{BTreeMap, HashMap};

    let most = if SLOW { 200 } else { 2000 };
    let model: HashMap<u32, u16> = (0..most).map(|n| (n, 7)).collect();
    history(
        (CowHashMap::from(model.clone()), model),
        |map, model, random| {
            let key = u32::try_from(random.below(most as usize * 2)).unwrap();
            if random.below(2) == 0 {
                assert_eq!(map.insert(key, 9), model.insert(key, 9));
            } else {
                assert_eq!(map.remove(&key), model.remove(&key));
            }
        },
        |map, model| HashMap::from(map.clone()) == *model,
    );
    let model: BTreeMap<u32, u16> = (0..most).map(|n| (n, 7)).collect();
    history(
        (CowOrdMap::from(model.clone()), model),
        |map, model, random| {
            let key = u32::try_from(random.below(most as usize * 2)).unwrap();
            match random.below(9) {
                0 => {
                    let mut end = map.split_off(&key);
                    let model_end = model.split_off(&key);
                    assert!(end.iter().eq(&model_end));
                    map.append(&mut end);
                    model.extend(model_end);
                }
                1..5 => assert_eq!(map.insert(key, 9), model.insert(key, 9)),
                _ => assert_eq!(map.remove(&key), model.remove(&key)),
            }
        },
        |map, model| map.iter().eq(model),
    );
    let model = text(2 * most as usize);
    history(
        (CowString::from(model.as_str()), model),
        |text, model, random| {
            let at = model.floor_char_boundary(random.below(model.len()));
            let end = model.floor_char_boundary((at + random.below(9)).min(model.len()));
            text.replace_range(at..end, "中 文");
            model.replace_range(at..end, "中 文");
        },
        |text, model| text == model,
    );
}

/// Damages each byte of a stream in several ways, and cuts it off at each.
fn damage<C: Saved>(collection: &C) {
    let whole = collection.saved();
    for at in 0..whole.len() {
        for bits in [0x01, 0x40, 0xff] {
            let mut damaged = whole.clone();
            damaged[at] ^= bits;
            let error = C::load(&damaged[..]).expect_err("the damage is noticed");
            let offset = error.offset();
            match error {
                // Some bits too many in a count: more is read than there is.
                StreamError::Truncated { .. } => assert_eq!(offset, whole.len() as u64),
                _ => assert!(offset <= at as u64, "at {at}: {error:?}"),
            }
        }
        let error = C::load(&whole[..at]).expect_err("it is cut off");
        assert!(matches!(error, StreamError::Truncated { offset } if offset == at as u64));
    }
}

#[test]
fn no_damage_of_a_stream_goes_unnoticed() {
    let len = if cfg!(miri) { 3 } else { 20 };
    damage(&(0..len).collect::<CowVec<u16>>());
    damage(&(0..len).map(|n| (n, !n)).collect::<CowHashMap<u16, _>>());
    damage(&(0..len).collect::<CowHashSet<u16>>());
    damage(&(0..len).map(|n| (n, 7)).collect::<CowOrdMap<u16, u8>>());
    damage(&(0..len).collect::<CowOrdSet<u16>>());
    damage(&CowString::from(text(len.into())));
    damage(&CowOrdSet::<u64>::new());
}

#[test]
fn a_stream_of_something_else_is_told() {
    fn told<C: Saved>(stream: &[u8], expected: &str) {
        let error = C::load(stream).expect_err("it is something else");
        assert_eq!(error.to_string(), expected);
    }
    let vec = (0..9).collect::<CowVec<u8>>().saved();
    let map = (0..9).map(|n| (n, 1)).collect::<CowOrdMap<u8, u32>>();
    let (map, text) = (map.saved(), CowString::from("123456789").saved());
    let mut newer = vec.clone();
    newer[12] = 9;

    told::<CowString>(&vec, "the stream is a sequence, not a text");
    told::<CowVec<u8>>(&text, "the stream is a text, not a sequence");
    told::<CowVec<u8>>(&map, "the stream is a map or a set, not a sequence");
    told::<CowHashSet<u8>>(&vec, "the stream is a sequence, not a map or a set");
    told::<CowOrdMap<u8, u32>>(&text, "the stream is a text, not a map or a set");
    told::<CowOrdMap<i16, u32>>(&map, "the stream has keys of 1 bytes, not of 2");
    told::<CowHashMap<u8, u8>>(&map, "the stream has values of 4 bytes, not of 1");
    told::<CowOrdSet<u8>>(&map, "the stream has values of 4 bytes, not of 0");
    told::<CowVec<u16>>(&vec, "the stream has items of 1 bytes, not of 2");
    told::<CowVec<u8>>(&newer, "this is no stream of chunks");
    told::<CowHashMap<u8, u8>>(b"a file of something else", "this is no stream of chunks");
}

/// Loads into arenas with ever more room.
fn short_of_memory<C: Saved>(collection: &C) {
    let stream = collection.saved();
    let mut refused = 0;
    for limit in (0..).step_by(1500) {
        let arena = Arena::builder().byte_limit(limit).build();
        match C::load_in(&arena, &stream[..]) {
            Ok(loaded) => {
                assert_eq!(&loaded, collection);
                assert!(arena.stats().bytes_used <= limit);
                break;
            }
            Err(error) => {
                assert!((37..=stream.len() as u64).contains(&error.offset()));
                assert!(matches!(
                    error,
                    StreamError::Alloc {
                        source: AllocError::Limit { .. },
                        ..
                    }
                ));
                assert_eq!(arena.stats().chunks_live(), 0);
                refused += 1;
            }
        }
    }
    assert!(refused > 2);
}

#[test]
fn a_stream_for_which_there_is_no_memory_leaves_nothing_behind() {
    let len = if SLOW { 400 } else { 2000 };
    short_of_memory(&(0..len).collect::<CowVec<_>>());
    short_of_memory(&(0..len).map(|n| (n, n)).collect::<CowHashMap<_, _>>());
    short_of_memory(&(0..len).collect::<CowHashSet<_>>());
    short_of_memory(&(0..len).map(|n| (n, n)).collect::<CowOrdMap<_, _>>());
    short_of_memory(&(0..len).collect::<CowOrdSet<_>>());
    short_of_memory(&CowString::from(text(5 * len)));
}

/// Counts the chunks that are left at each write.
struct Witness<'a> {
    arena: &'a Arena,
    left: Vec<usize>,
}

impl Write for Witness<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.left.push(self.arena.stats().chunks_live());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn consume<C: Saved>(fill: impl FnOnce(&Arena) -> C) {
    let arena = Arena::builder().build();
    let collection = fill(&arena);
    let all = arena.stats().chunks_live();
    let mut witness = Witness {
        arena: &arena,
        left: vec![all],
    };
    // The handle that it is given is the last one.
    collection.save_to(&mut witness).unwrap();
    let (left, writes) = (&witness.left, witness.left.len() - 1);
    assert!(writes > 2);
    assert!(
        left.is_sorted_by(|before, after| before > after),
        "{left:?}"
    );
    assert!(left[writes / 2 + 1] * 3 < all * 2, "{left:?}");
    assert_eq!(left[writes], 0);
}

#[test]
#[cfg_attr(miri, ignore = "needs streams of several blocks")]
fn a_stream_that_is_being_written_gives_its_chunks_back() {
    const LEN: usize = if SLOW { 17_000 } else { 40_000 };
    consume(|arena| {
        let mut vec = CowVec::new_in(arena);
        vec.extend(0..LEN);
        vec
    });
    consume(|arena| {
        let mut map = CowHashMap::new_in(arena);
        map.extend((0..LEN).map(|n| (n, n)));
        map
    });
    consume(|arena| {
        let mut set = CowHashSet::new_in(arena);
        set.extend(0..LEN);
        set
    });
    consume(|arena| {
        let mut map = CowOrdMap::new_in(arena);
        map.extend((0..LEN).map(|n| (n, n)));
        map
    });
    consume(|arena| {
        let mut set = CowOrdSet::new_in(arena);
        set.extend(0..LEN);
        set
    });
    consume(|arena| CowString::<Lines>::try_from_str_in(&text(4 * LEN), arena).unwrap());
}

/// Gives zeroes after some bytes, for ever, and is asked for a block at a time at most.
struct Endless<'a>(&'a [u8]);

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        assert!(buffer.len() <= 64 << 10, "{} bytes at once", buffer.len());
        if self.0.is_empty() {
            buffer.fill(0);
            return Ok(buffer.len());
        }
        self.0.read(buffer)
    }
}

#[test]
fn a_wrong_count_asks_for_no_memory() {
    fn counts<C: Saved>(collection: &C) {
        let whole = collection.saved();
        for count in [1 << 12, 1 << 16, 1 << 17, 1 << 31, u32::MAX] {
            let mut damaged = whole[..36].to_vec();
            damaged[24..28].copy_from_slice(&count.to_le_bytes());
            let error = C::load(Endless(&damaged)).expect_err("it is not what was written");
            assert!(matches!(error, StreamError::Corrupt { offset: 24 }));
        }
    }
    counts(&CowVec::from([1_u64, 2, 3]));
    counts(&CowVec::from([(); 3]));
    counts(&CowHashMap::from([(1_u8, 7_u64)]));
    counts(&CowOrdMap::from([(1_u8, 7_u64)]));
    counts(&CowHashSet::from([()]));
    counts(&CowString::from("text"));
}
