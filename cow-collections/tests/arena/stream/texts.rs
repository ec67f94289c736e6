//! Streams of texts: UTF-8 that is verified, metrics that are counted anew.

use cow_collections::{
    AllMetrics, Bytes, ChunkWriter, CowString, Metrics, StreamError, TextChunkReader, Utf16Lines,
};

use super::every::Saved;
use crate::history::SLOW;

/// The stream of a text in these pieces, each of which has checksums as it should.
fn by_hand(pieces: &[&[u8]]) -> Vec<u8> {
    let mut writer = ChunkWriter::new(Vec::new());
    for piece in pieces {
        writer.write(piece).unwrap();
    }
    let (mut stream, _) = writer.finish().unwrap();
    stream[12..16].copy_from_slice(&3_u32.to_le_bytes());
    stream
}

fn load(stream: &[u8]) -> Result<CowString, StreamError> {
    CowString::read_from(stream)
}

#[test]
fn bytes_that_are_no_text_are_refused() {
    assert_eq!(by_hand(&[b"text"]), CowString::from("text").saved());
    assert_eq!(load(&by_hand(&[b"te", b"xt"])).unwrap(), "text");
    for (pieces, bad) in [
        (&[&b"broken \xff here"[..]][..], 36 + 7),
        (&[b"good", b"\xc3\xa4\xc3"], 36 + 4 + 12 + 2),
        // A character that is cut in two.
        (&[b"a \xf0\x9f", b"\xa6\x80"], 36 + 2),
    ] {
        let stream = by_hand(pieces);
        let error = load(&stream).unwrap_err();
        assert!(matches!(error, StreamError::InvalidUtf8 { offset } if offset == bad));
        assert_eq!(
            error.to_string(),
            format!("the text is not UTF-8 at byte {bad}")
        );
        // Nothing comes behind an error.
        let mut reader = TextChunkReader::new(&stream[..]);
        let read: Vec<_> = reader.by_ref().collect();
        assert!(read.len() <= pieces.len() && read.last().unwrap().is_err());
        assert!(reader.next().is_none());
    }
}

#[test]
fn metrics_of_a_text_from_a_stream_are_its_own() {
    fn same<A: Metrics, B: Metrics>(text: &str) {
        let stream = CowString::<A>::from_text(text).saved();
        let loaded = CowString::<B>::read_from(&stream[..]).unwrap();
        assert_eq!(loaded, *text);
        loaded.assert_invariants();
    }
    // Line breaks of two characters at all places of a chunk, and so where it ends.
    let text = "a line\r\nß\r\n🦀\r\n\r".repeat(if SLOW { 60 } else { 20_000 });
    same::<Bytes, AllMetrics>(&text);
    same::<AllMetrics, Utf16Lines>(&text);
    let counted = CowString::<AllMetrics>::from_text(&text);
    let stream = CowString::<Bytes>::from_text(&text).saved();
    let loaded = CowString::<AllMetrics>::read_from(&stream[..]).unwrap();
    assert_eq!(loaded.char_count(), text.chars().count());
    assert_eq!(loaded.line_count(), counted.line_count());
}

#[test]
fn what_came_before_the_damage_of_a_stream_is_intact() {
    let text = "as it was, größer 🦀 ".repeat(if SLOW { 40 } else { 3000 });
    let mut saved = CowString::from(text.as_str()).saved();
    let at = saved.len() * 4 / 5;
    saved[at] ^= 2;
    let (mut rescued, mut damage) = (String::new(), None);
    for piece in TextChunkReader::new(&saved[..]) {
        match piece {
            Ok(piece) => rescued += &piece,
            Err(error) => damage = Some(error),
        }
    }
    assert!(text.starts_with(&rescued));
    assert!(rescued.len() > text.len() / 3);
    assert!(damage.unwrap().offset() <= at as u64);
    assert!(load(&saved).is_err());
}
