//! Texts from streams, and as streams.

use std::io::{self, BufRead, Read, Write};

use cow_collections::{Arena, CowString, Lines, ReadError};

use crate::world::sample;

/// Gives a few bytes at a time, and now and then an interruption.
struct Drip<'a> {
    bytes: &'a [u8],
    step: usize,
    calls: usize,
}

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.calls += 1;
        if self.calls.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let len = self.step.min(self.bytes.len()).min(buffer.len());
        let (front, rest) = self.bytes.split_at(len);
        buffer[..len].copy_from_slice(front);
        self.bytes = rest;
        Ok(len)
    }
}

fn drip(bytes: &[u8], step: usize) -> Drip<'_> {
    Drip {
        bytes,
        step,
        calls: 0,
    }
}

#[test]
fn reads_characters_that_come_in_pieces() {
    let model = sample(3, 5_000);
    for step in [1, 2, 3, 7, 1_000, 1 << 20] {
        let text = CowString::<Lines>::from_reader(drip(model.as_bytes(), step)).unwrap();
        assert_eq!(text, model);
        text.assert_invariants();
    }
}

#[test]
#[cfg_attr(miri, ignore = "too many bytes for an interpreter")]
fn reads_long_streams() {
    let model = sample(12, 700_000);
    let text: CowString = CowString::from_reader(model.as_bytes()).unwrap();
    assert_eq!(text, model);
    text.assert_invariants();
}

#[test]
fn says_where_a_stream_is_broken() {
    let arena = Arena::builder().build();
    let good = sample(3, 2_000);
    for broken in [
        &b"\xff"[..],
        b"\xc3",
        b"\xe2\x82",
        b"\xe2\x82x",
        b"\xf0\x9f\x98",
    ] {
        let bytes = [good.as_bytes(), broken].concat();
        for step in [1, 3, 900] {
            let error = CowString::<Lines>::from_reader_in(drip(&bytes, step), &arena).unwrap_err();
            assert!(matches!(error, ReadError::InvalidUtf8 { at } if at == good.len()));
        }
    }
    assert_eq!(arena.stats().chunks_live(), 0, "nothing half-built is left");
}

#[test]
fn passes_errors_on() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let error = CowString::<Lines>::from_reader(b"abc".chain(Broken)).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert_eq!(source, "the disk is gone");

    let arena = Arena::builder().byte_limit(1 << 10).build();
    let error = CowString::<Lines>::from_reader_in(&[b'x'; 5_000][..], &arena).unwrap_err();
    assert!(matches!(error, ReadError::Alloc(_)));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
fn writes_and_reads_a_snapshot() {
    let model = sample(6, 9_000);
    let mut text = CowString::from(&model);
    let mut reader = text.reader();
    text.insert_str(0, "later");
    let mut out = Vec::new();
    text.write_to(&mut out).unwrap();
    assert_eq!(out[5..], *model.as_bytes());
    assert!(out.starts_with(b"later"));

    let first = reader.fill_buf().unwrap().len();
    assert!(first > 0);
    assert_eq!(io::read_to_string(&mut reader).unwrap(), model);
    assert_eq!(reader.read(&mut [0; 8]).unwrap(), 0);
}

#[test]
fn takes_whole_characters_from_writers() {
    let mut text = CowString::new();
    text.write_all("h\u{e9}llo".as_bytes()).unwrap();
    assert_eq!(text.write(b"ab\xc3").unwrap(), 2);
    let error = text.write(b"\xc3").unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    text.flush().unwrap();
    assert_eq!(text, "h\u{e9}lloab");
}
