//! Streams of chunks: written, read, and damaged in every way. Those of vectors are here, and what holds
//! of each collection in [`every`]; what is particular to [`maps`] and [`texts`] has a file of its own.

mod every;
mod maps;
mod texts;

use std::io::{self, Read, Write};

use cow_collections::{AllocError, Arena, ChunkReader, ChunkWriter, CowVec, StreamError};

use crate::history::{Random, SLOW, versions};

fn saved(vec: CowVec<u32>) -> Vec<u8> {
    let mut out = Vec::new();
    let bytes = vec.into_chunks().write_to(&mut out).unwrap();
    assert_eq!(bytes, out.len() as u64);
    out
}

fn load(bytes: &[u8]) -> Result<CowVec<u32>, StreamError> {
    CowVec::read_from(bytes)
}

fn sample() -> CowVec<u32> {
    (0..if SLOW { 300 } else { 5000 }).collect()
}

#[test]
fn what_was_written_is_read() {
    let arena = Arena::builder().build();
    let versions = versions(&arena, &mut Random(5), 20, |n| n.to_le_bytes()[0].into());
    for vec in versions.into_iter().chain([CowVec::new(), sample()]) {
        let loaded = load(&saved(vec.clone())).unwrap();
        assert_eq!(loaded, vec);
        loaded.assert_invariants();
    }
}

#[test]
fn items_of_any_size_go_through() {
    fn both_ways<T: bytemuck::Pod + PartialEq + std::fmt::Debug>(value: impl Fn(u8) -> T) {
        let vec: CowVec<T> = (0..=200).map(value).collect();
        let mut out = Vec::new();
        vec.clone().into_chunks().write_to(&mut out).unwrap();
        let mut input = &out[..];
        assert_eq!(CowVec::read_from(&mut input).unwrap(), vec);
        assert!(input.is_empty());
    }
    both_ways(|_| ());
    both_ways(|n| n);
    both_ways(|n| [u64::from(n); 3]);
    both_ways(|n| f64::from(n).sqrt());
    if !cfg!(miri) {
        both_ways(|n| [n; 1 << 12]);
        both_ways(|n| [[n; 1 << 12]; 32]); // larger than the buffers
    }
}

#[test]
fn a_stream_may_be_part_of_a_file() {
    let mut file = b"before".to_vec();
    file.extend(saved(sample()));
    file.extend(b"behind");
    let mut input = &file[6..];
    let loaded = CowVec::<u32>::read_from(&mut input).unwrap();
    assert_eq!(loaded, sample());
    assert_eq!(input, b"behind");
}

#[test]
fn a_stream_that_was_cut_off_says_where() {
    let whole = saved(sample());
    let step = if SLOW { 50 } else { 7 };
    for end in (0..whole.len()).step_by(step) {
        let error = load(&whole[..end]).unwrap_err();
        assert!(matches!(error, StreamError::Truncated { .. }), "{error:?}");
        assert_eq!(error.offset(), end as u64);
    }
}

#[test]
fn a_damaged_stream_is_refused_and_the_damage_is_named() {
    let whole = saved(sample());
    let step = if SLOW { 97 } else { 13 };
    for at in (0..whole.len())
        .step_by(step)
        .chain(0..60)
        .chain(whole.len() - 40..whole.len())
    {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        // What was read in front of the damage is what was written.
        let (mut items, mut error) = (0, None);
        for chunk in ChunkReader::<u32, _>::new(&damaged[..]) {
            match chunk {
                Ok(values) => {
                    for value in values {
                        assert_eq!(value as usize, items);
                        items += 1;
                    }
                }
                Err(found) => error = Some(found),
            }
        }
        let error = error.unwrap_or_else(|| panic!("the damage at {at} went unnoticed"));
        match error {
            StreamError::NotAStream => assert!(at < 16),
            StreamError::ItemBytes { expected: 4, .. } => assert!((16..20).contains(&at)),
            StreamError::ValueBytes { expected: 0, .. } => assert!((20..24).contains(&at)),
            // The damaged frame begins before the damage, and ends behind it.
            StreamError::Corrupt { offset } => assert!(offset <= at as u64),
            // A count became larger than what is left.
            StreamError::Truncated { offset } => assert_eq!(offset, whole.len() as u64),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn frames_that_are_lost_doubled_or_swapped_do_not_match() {
    let mut writer = ChunkWriter::new(Vec::new());
    for chunk in [[1_u32, 2], [3, 4], [5, 6]] {
        writer.write(&chunk).unwrap();
    }
    writer.write(&[]).unwrap();
    let (whole, _) = writer.finish().unwrap();
    assert_eq!(load(&whole).unwrap(), [1, 2, 3, 4, 5, 6]);
    let frame = |i: usize| &whole[24 + 20 * i..][..20];
    let end = &whole[24 + 60..];
    for (frames, bad) in [
        (&[0, 1][..], 2),
        (&[0, 2], 1),
        (&[0, 1, 1, 2], 2),
        (&[1, 0, 2], 0),
        (&[], 0),
    ] {
        let mut damaged = whole[..24].to_vec();
        frames.iter().for_each(|&i| damaged.extend(frame(i)));
        damaged.extend(end);
        let error = load(&damaged).unwrap_err();
        assert!(
            matches!(error, StreamError::Corrupt { offset } if offset == 24 + 20 * bad),
            "{frames:?}: {error:?}"
        );
    }
}

#[test]
fn other_items_and_other_files_are_told() {
    let stream = saved(sample());
    let error = CowVec::<u64>::read_from(&stream[..]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the stream has items of 4 bytes, not of 8"
    );
    let error = load(b"something else entirely").unwrap_err();
    assert_eq!(error.to_string(), "this is no stream of chunks");
    let mut swapped = stream;
    swapped[8] ^= 3;
    let error = load(&swapped).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the stream has another byte order than this machine"
    );
}

/// Fails after so many bytes; gives and takes a few at a time.
struct Faulty<'a> {
    bytes: &'a [u8],
    left: usize,
}

impl Read for Faulty<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = buffer.len().min(7).min(self.left);
        if count == 0 {
            return Err(io::Error::other("unplugged"));
        }
        self.left -= count;
        self.bytes.read(&mut buffer[..count])
    }
}

impl Write for Faulty<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(7).min(self.left);
        self.left -= count;
        if count == 0 {
            return Err(io::Error::other("full"));
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_errors_of_readers_and_writers_come_through() {
    let bytes = saved(sample());
    let error = CowVec::<u32>::read_from(Faulty {
        bytes: &bytes,
        left: 100,
    })
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "the stream could not be read at byte 100"
    );
    let source = std::error::Error::source(&error).unwrap();
    assert_eq!(source.to_string(), "unplugged");
    let whole = Faulty {
        bytes: &bytes,
        left: usize::MAX,
    };
    assert_eq!(CowVec::<u32>::read_from(whole).unwrap(), sample());
    for left in [0, 100, bytes.len() - 1] {
        let out = Faulty { bytes: &[], left };
        let error = sample().into_chunks().write_to(out).unwrap_err();
        assert_eq!(error.to_string(), "full");
    }
}

#[test]
fn a_full_arena_is_told_and_left_empty() {
    let bytes = saved(sample());
    let arena = Arena::builder().byte_limit(300).build();
    let error = CowVec::<u32>::read_from_in(&arena, &bytes[..]).unwrap_err();
    assert!(matches!(
        error,
        StreamError::Alloc {
            source: AllocError::Limit { .. },
            ..
        }
    ));
    assert_eq!(arena.stats().bytes_used, 0);
}

#[test]
fn a_consumed_save_copies_nothing_that_was_passed() {
    let arena = Arena::builder().build();
    let mut live = CowVec::new_in(&arena);
    live.extend(sample());
    let mut written = 0;
    for chunk in live.snapshot().into_chunks() {
        written += chunk.len();
        let before = arena.stats().copies;
        live[written - 1] += 1;
        assert!(arena.stats().copies > before, "it is shared still");
        drop(chunk);
        let before = arena.stats().copies;
        live[written - 1] += 1;
        live[written / 2] += 1;
        assert_eq!(arena.stats().copies, before);
    }
}
