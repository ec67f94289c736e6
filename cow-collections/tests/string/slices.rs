//! What a slice answers about lines, characters and UTF-16 units, against a `String` with the same text.

use std::ops::Range;

use cow_collections::{
    AllMetrics, Arena, Bytes, Column, CountsBreaks, CountsChars, CountsLines, CountsUtf16,
    CowString, LineBreak, Lines, Metrics, Position, PositionError, TextSlice, Utf16Lines,
};

use crate::world::line_starts;

/// What texts are made of: characters of every length, all line breaks, and many a CR beside an LF.
const PARTS: [&str; 14] = [
    "a",
    "bc ",
    "\u{e9}",
    "\u{20ac}",
    "\u{1f600}",
    "\n",
    "\r\n",
    "\r\n",
    "\r",
    "\n\r",
    "\u{b}",
    "\u{85}",
    "\u{2028}",
    "more words ",
];

struct Random(u32);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as usize % end
    }

    /// A boundary of a character; between a CR and its LF more often than chance has it.
    fn place(&mut self, model: &str) -> usize {
        let mut at = self.below(model.len() + 1);
        if self.below(3) == 0 {
            at += model[model.floor_char_boundary(at)..]
                .find("\r\n")
                .map_or(0, |found| found + 1);
        }
        model.floor_char_boundary(at)
    }

    fn range(&mut self, model: &str) -> Range<usize> {
        let (a, b) = (self.place(model), self.place(model));
        // Short ones, too: within a leaf, and empty.
        let b = match self.below(4) {
            0 => model.floor_char_boundary(model.len().min(a + self.below(40))),
            _ => b,
        };
        a.min(b)..a.max(b)
    }
}

/// A text of several leaves that were edited, and the same string.
fn sample<M: Metrics>(random: &mut Random, arena: &Arena, len: usize) -> (CowString<M>, String) {
    let mut model = String::new();
    while model.len() < len {
        model.push_str(PARTS[random.below(PARTS.len())]);
    }
    let mut cow = CowString::<M>::try_from_str_in(&model, arena).unwrap();
    for _ in 0..len / 64 {
        let at = random.place(&model);
        let part = PARTS[random.below(PARTS.len())];
        cow.insert_str(at, part);
        model.insert_str(at, part);
    }
    (cow, model)
}

/// Asks slices of slices of texts of every length; `check` compares one with its model.
fn slices_agree<M: Metrics>(check: impl Fn(TextSlice<'_, M>, &str, usize)) {
    let arena = Arena::builder().build();
    let mut random = Random(7);
    let most = if cfg!(miri) {
        100
    } else if cfg!(cow_tiny) {
        400
    } else {
        6_000
    };
    let (texts, slices) = if cfg!(miri) {
        (1, 2)
    } else if cfg!(cow_heap) {
        (12, 12)
    } else {
        (24, 24)
    };
    for _ in 0..texts {
        let len = random.below(most);
        let (cow, model) = sample::<M>(&mut random, &arena, len);
        for _ in 0..slices {
            let range = random.range(&model);
            let (slice, part) = (cow.slice(range.clone()), &model[range]);
            let inner = random.range(part);
            for (slice, part) in [
                (slice, part),
                (slice.slice(inner.clone()), &part[inner.clone()]),
            ] {
                assert_eq!(slice, *part);
                for at in [0, part.len(), random.place(part), random.place(part)] {
                    check(slice, part, at);
                }
                assert_eq!(CowString::from(slice), *part);
            }
            // One that is known to lie in a row, and a part of it.
            if let Some((line, part)) = slice.lines().zip(part.lines()).last() {
                let inner = random.range(part);
                check(line, part, random.place(part));
                check(line.slice(inner.clone()), &part[inner], 0);
            }
        }
        check(cow.as_slice(), &model, random.place(&model));
    }
}

/// Compares what there is at `at`, and a little off.
fn check_lines<M: CountsLines>(slice: TextSlice<'_, M>, model: &str, at: usize) {
    let starts = line_starts(model, LineBreak::Lf);
    assert_eq!(slice.line_count(), starts.len());
    assert_eq!(slice.line_to_byte(starts.len()), model.len());
    let far = PositionError::OutOfRange {
        at: usize::MAX,
        end: starts.len(),
    };
    assert_eq!(slice.try_line_to_byte(usize::MAX), Err(far));
    assert!(slice.try_line_to_byte(starts.len() + 1).is_err());
    assert!(slice.get_line(starts.len()).is_none() && slice.get_line(usize::MAX).is_none());
    check_off(model, |at| slice.try_byte_to_line(at).err());

    let line = starts.partition_point(|&start| start <= at) - 1;
    assert_eq!(slice.byte_to_line(at), line);
    assert_eq!(slice.line_to_byte(line), starts[line]);
    let content = content_of(model, &starts, line, LineBreak::Lf);
    assert_eq!(slice.line(line), model[content.clone()]);
    assert_eq!(slice.get_line(line).unwrap().len(), content.len());
    for column in [Column::Bytes, Column::Chars, Column::Utf16] {
        let nth = units(&model[starts[line]..at], column);
        let position = Position::new(line, nth);
        assert_eq!(slice.byte_to_position(at, column), position);
        if at <= content.end {
            assert_eq!(slice.position_to_byte(position, column), at);
            assert_eq!(slice.clamp_position(position, column), at);
        }
        let end = units(&model[content.clone()], column);
        for far in [end + 1, usize::MAX] {
            let error = PositionError::OutOfRange { at: far, end };
            let far = Position::new(line, far);
            assert_eq!(slice.try_position_to_byte(far, column), Err(error));
            assert_eq!(slice.clamp_position(far, column), content.end);
        }
        let below = Position::new(starts.len(), 0);
        assert!(slice.try_position_to_byte(below, column).is_err());
        assert_eq!(slice.clamp_position(below, column), model.len());
        let next = model[at..content.end.max(at)].chars().next();
        let unit_count = next.map_or(0, |char| units(char.encode_utf8(&mut [0; 4]), column));
        for inside in 1..unit_count {
            let inside = Position::new(line, nth + inside);
            let error = PositionError::InsideChar { at: inside.column };
            assert_eq!(slice.try_position_to_byte(inside, column), Err(error));
            assert_eq!(slice.clamp_position(inside, column), at);
        }
    }
}

fn check_breaks<M: CountsBreaks>(slice: TextSlice<'_, M>, model: &str, at: usize) {
    for kind in [LineBreak::Lf, LineBreak::Any, LineBreak::Unicode] {
        let starts = line_starts(model, kind);
        assert_eq!(slice.line_count_by(kind), starts.len());
        assert_eq!(
            slice.line_to_byte_by(starts.len(), kind),
            Ok(model.len()),
            "{kind:?}"
        );
        assert!(slice.line_to_byte_by(starts.len() + 1, kind).is_err());
        assert!(slice.line_by(starts.len(), kind).is_err());
        check_off(model, |at| slice.byte_to_line_by(at, kind).err());

        let line = starts.partition_point(|&start| start <= at) - 1;
        assert_eq!(slice.byte_to_line_by(at, kind), Ok(line));
        assert_eq!(slice.line_to_byte_by(line, kind), Ok(starts[line]));
        let content = content_of(model, &starts, line, kind);
        assert_eq!(slice.line_by(line, kind).unwrap(), model[content.clone()]);
        let position = Position::new(line, model[starts[line]..at].chars().count());
        let found = slice.byte_to_position_by(at, Column::Chars, kind);
        assert_eq!(found, Ok(position));
        if at <= content.end {
            let found = slice.position_to_byte_by(position, Column::Chars, kind);
            assert_eq!(found, Ok(at));
        }
        let far = Position::new(line, usize::MAX);
        let found = slice.clamp_position_by(far, Column::Utf16, kind);
        assert_eq!(found, content.end);
    }
}

fn check_chars<M: CountsChars + CountsUtf16>(slice: TextSlice<'_, M>, model: &str, at: usize) {
    let (chars, units) = (
        model[..at].chars().count(),
        model[..at].encode_utf16().count(),
    );
    assert_eq!(slice.byte_to_char(at), chars);
    assert_eq!(slice.char_to_byte(chars), at);
    assert_eq!(slice.clamp_char(chars), at);
    assert_eq!(slice.byte_to_utf16(at), units);
    assert_eq!(slice.utf16_to_byte(units), at);
    check_off(model, |at| slice.try_byte_to_char(at).err());
    check_off(model, |at| slice.try_byte_to_utf16(at).err());

    let count = model.chars().count();
    assert_eq!(slice.char_count(), count);
    assert_eq!(slice.char_to_byte(count), model.len());
    let error = |at, end| Err(PositionError::OutOfRange { at, end });
    assert_eq!(slice.try_char_to_byte(count + 1), error(count + 1, count));
    assert_eq!(slice.clamp_char(usize::MAX), model.len());
    let count = model.encode_utf16().count();
    assert_eq!(slice.utf16_len(), count);
    assert_eq!(slice.try_utf16_to_byte(count + 1), error(count + 1, count));
    assert_eq!(slice.clamp_utf16(usize::MAX), model.len());
    let next = model[at..].chars().next();
    if next.is_some_and(|char| char.len_utf16() == 2) {
        let inside = Err(PositionError::InsideChar { at: units + 1 });
        assert_eq!(slice.try_utf16_to_byte(units + 1), inside);
        assert_eq!(slice.clamp_utf16(units + 1), at);
    }
}

/// Positions that are none: behind the end, and inside the first long character.
fn check_off(model: &str, error_at: impl Fn(usize) -> Option<PositionError>) {
    let (at, end) = (model.len() + 1, model.len());
    assert_eq!(error_at(at), Some(PositionError::OutOfRange { at, end }));
    if let Some((at, _)) = model.char_indices().find(|(_, char)| char.len_utf8() > 1) {
        let at = at + 1;
        assert_eq!(error_at(at), Some(PositionError::InsideChar { at }));
    }
}

/// Where a line is, without what breaks it.
fn content_of(model: &str, starts: &[usize], line: usize, kind: LineBreak) -> Range<usize> {
    let start = starts[line];
    let Some(&end) = starts.get(line + 1) else {
        return start..model.len();
    };
    let whole = &model[start..end];
    let content = whole.strip_suffix("\r\n").unwrap_or_else(|| {
        let last = whole.chars().next_back().unwrap();
        assert!(kind != LineBreak::Lf || last == '\n');
        &whole[..whole.len() - last.len_utf8()]
    });
    start..start + content.len()
}

fn units(text: &str, column: Column) -> usize {
    match column {
        Column::Chars => text.chars().count(),
        Column::Utf16 => text.encode_utf16().count(),
        _ => text.len(),
    }
}

#[test]
fn of_bytes_agree_with_str() {
    slices_agree::<Bytes>(|slice, model, at| {
        assert_eq!(
            slice.is_char_boundary(at + 1),
            model.is_char_boundary(at + 1)
        );
        assert_eq!(slice.byte(at), model.as_bytes().get(at).copied());
    });
}

#[test]
fn of_lines_agree_with_str() {
    slices_agree::<Lines>(check_lines);
}

#[test]
fn of_utf16_agree_with_str() {
    slices_agree::<Utf16Lines>(|slice, model, at| {
        check_lines(slice, model, at);
        check_chars(slice, model, at);
    });
}

#[test]
fn of_all_metrics_agree_with_str() {
    slices_agree::<AllMetrics>(|slice, model, at| {
        check_lines(slice, model, at);
        check_chars(slice, model, at);
        check_breaks(slice, model, at);
    });
}

/// Every slice of a text with a CRLF on each border of a leaf, as far as it is near one.
#[test]
#[cfg_attr(miri, ignore = "thousands of slices")]
fn that_part_a_crlf_are_texts_of_their_own() {
    let leaf = if cfg!(cow_tiny) { 50 } else { 1_900 };
    let mut cow = CowString::<AllMetrics>::with_metrics();
    for _ in 0..4 {
        cow.push_str(&"x".repeat(leaf));
        cow.push_str("\u{e9}\r\n\r");
    }
    cow.insert_str(leaf + 3, "\r");
    let model = String::from(&cow);
    let places: Vec<usize> = cow
        .chunks()
        .scan(0, |end, chunk| {
            *end += chunk.len();
            Some(*end)
        })
        .chain([0, leaf + 2, 2 * leaf + 8])
        .flat_map(|at| at.saturating_sub(2)..at + 3)
        .filter(|&at| model.is_char_boundary(at))
        .collect();
    for &start in &places {
        for &end in places.iter().filter(|&&end| end >= start) {
            let (slice, part) = (cow.slice(start..end), &model[start..end]);
            for at in [0, part.len()] {
                check_lines(slice, part, at);
                check_breaks(slice, part, at);
            }
        }
    }
}

#[test]
#[cfg_attr(miri, ignore = "thousands of places")]
fn of_everything_answer_as_the_text() {
    let arena = Arena::builder().build();
    let (cow, model) = sample::<AllMetrics>(&mut Random(3), &arena, 3_000);
    let slice = cow.as_slice();
    for at in (0..=model.len()).filter(|&at| model.is_char_boundary(at)) {
        let line = cow.byte_to_line(at);
        assert_eq!(line, slice.byte_to_line(at));
        assert_eq!(cow.line(line), slice.line(line));
        let position = cow.byte_to_position(at, Column::Utf16);
        assert_eq!(position, slice.byte_to_position(at, Column::Utf16));
        assert_eq!(
            cow.clamp_position(position, Column::Utf16),
            slice.clamp_position(position, Column::Utf16)
        );
        let units = cow.byte_to_utf16(at);
        assert_eq!(units, slice.byte_to_utf16(at));
        assert_eq!(cow.utf16_to_byte(units), at);
        let chars = cow.byte_to_char(at);
        assert_eq!(
            (chars, at),
            (slice.byte_to_char(at), cow.char_to_byte(chars))
        );
        assert_eq!(
            cow.byte_to_line_by(at, LineBreak::Any),
            slice.byte_to_line_by(at, LineBreak::Any)
        );
    }
}

#[test]
#[should_panic(expected = "position 4 is out of range: the last one is 3")]
fn panic_behind_their_end() {
    let text = CowString::from("one\ntwo");
    let _ = text.slice(1..4).byte_to_line(4);
}

#[test]
#[should_panic(expected = "position 2 is not a char boundary")]
fn panic_inside_a_character() {
    let text = CowString::<Utf16Lines>::from_text("one\u{e9}");
    let _ = text.slice(2..).byte_to_utf16(2);
}

#[test]
fn are_written_and_owned() {
    let arena = Arena::builder().build();
    let (cow, model) = sample::<Lines>(&mut Random(5), &arena, 20_000);
    let range = 1_000..model.len() - 1_000;
    let range = model.floor_char_boundary(range.start)..model.floor_char_boundary(range.end);
    let slice = cow.slice(range.clone());
    let mut written = Vec::new();
    slice.write_to(&mut written).unwrap();
    assert_eq!(written, &model.as_bytes()[range.clone()]);
    let mut owned = CowString::from(slice);
    assert!(owned.memory().bytes_shared > 0 && owned.arena() == cow.arena());
    owned.push_str("more");
    assert_eq!(cow, model);
    assert_eq!(owned, format!("{}more", &model[range]));
    assert!(CowString::from(cow.slice(5..5)).arena() == cow.arena());
}
