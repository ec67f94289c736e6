//! Texts and their models, and random calls to both. The fuzz target runs the same.

mod text;

use std::ops::Range;

use cow_collections::{
    AllMetrics, Arena, Bytes, Column, CowString, LineBreak, Lines, Metrics, Position, TextError,
    Utf16Lines,
};

pub(crate) use text::sample;

/// A call, and where.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op {
    call: u8,
    version: u8,
    /// Two places, as fractions of the length.
    places: [u16; 2],
    /// What text.
    seed: u8,
    /// How much of it.
    size: u8,
}

impl Op {
    pub(crate) const BYTES: usize = 8;

    pub(crate) fn from_bytes([call, version, a, b, c, d, seed, size]: [u8; Self::BYTES]) -> Self {
        Self {
            call,
            version,
            places: [u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d])],
            seed,
            size,
        }
    }
}

/// Metrics, and what can be asked of them.
pub(crate) trait Kind: Metrics {
    /// Bytes of a text that is long for a test.
    const MANY: usize = if cfg!(cow_tiny) { 3_000 } else { 25_000 };

    /// Compares conversions with what a plain string says.
    fn check_conversions(cow: &CowString<Self>, model: &str, at: usize);
}

impl Kind for Bytes {
    fn check_conversions(_: &CowString<Self>, _: &str, _: usize) {}
}

impl Kind for Lines {
    fn check_conversions(cow: &CowString<Self>, model: &str, at: usize) {
        check_lines(cow, model, at);
    }
}

impl Kind for Utf16Lines {
    fn check_conversions(cow: &CowString<Self>, model: &str, at: usize) {
        check_lines(cow, model, at);
        check_chars(cow, model, at);
    }
}

impl Kind for AllMetrics {
    fn check_conversions(cow: &CowString<Self>, model: &str, at: usize) {
        check_lines(cow, model, at);
        check_chars(cow, model, at);
        for kind in [LineBreak::Lf, LineBreak::Any, LineBreak::Unicode] {
            let starts = line_starts(model, kind);
            assert_eq!(cow.line_count_by(kind), starts.len());
            let line = starts.partition_point(|&start| start <= at) - 1;
            assert_eq!(cow.byte_to_line_by(at, kind), Ok(line));
            assert_eq!(cow.line_to_byte_by(line, kind), Ok(starts[line]));
            let position = Position::new(line, model[starts[line]..at].chars().count());
            assert_eq!(
                cow.byte_to_position_by(at, Column::Chars, kind),
                Ok(position)
            );
            let end = starts.get(line + 1).copied().unwrap_or(model.len());
            let text = cow.line_by(line, kind).unwrap();
            assert!(model[starts[line]..end].starts_with(&String::from(text)));
        }
    }
}

/// Where the lines of a plain string start.
pub(crate) fn line_starts(model: &str, kind: LineBreak) -> Vec<usize> {
    let mut starts = vec![0];
    let mut chars = model.char_indices().peekable();
    while let Some((at, char)) = chars.next() {
        let breaks = match (kind, char) {
            (_, '\n') => true,
            (LineBreak::Lf, _) => false,
            (_, '\r') => chars.peek().is_none_or(|&(_, next)| next != '\n'),
            (LineBreak::Any, _) => false,
            (_, char) => "\u{b}\u{c}\u{85}\u{2028}\u{2029}".contains(char),
        };
        if breaks {
            starts.push(at + char.len_utf8());
        }
    }
    starts
}

fn check_lines<M: cow_collections::CountsLines>(cow: &CowString<M>, model: &str, at: usize) {
    let starts = line_starts(model, LineBreak::Lf);
    assert_eq!(cow.line_count(), starts.len());
    let line = starts.partition_point(|&start| start <= at) - 1;
    assert_eq!(cow.byte_to_line(at), line);
    assert_eq!(cow.line_to_byte(line), starts[line]);
    assert_eq!(cow.line_to_byte(starts.len()), model.len());
    assert!(cow.try_line_to_byte(starts.len() + 1).is_err());
    let end = starts.get(line + 1).copied().unwrap_or(model.len());
    let whole = &model[starts[line]..end];
    let content = whole
        .strip_suffix('\n')
        .map_or(whole, |line| line.strip_suffix('\r').unwrap_or(line));
    assert_eq!(cow.line(line), content);
    let front = &model[starts[line]..at];
    let columns = [
        (Column::Bytes, front.len()),
        (Column::Chars, front.chars().count()),
        (Column::Utf16, front.encode_utf16().count()),
    ];
    for (column, nth) in columns {
        let position = Position::new(line, nth);
        assert_eq!(cow.byte_to_position(at, column), position);
        if front.len() <= content.len() {
            assert_eq!(cow.position_to_byte(position, column), at);
            assert_eq!(cow.clamp_position(position, column), at);
        }
        let far = Position::new(line, content.len() + 1);
        assert!(cow.try_position_to_byte(far, column).is_err());
        assert_eq!(
            cow.clamp_position(far, column),
            starts[line] + content.len()
        );
    }
}

fn check_chars<M: cow_collections::CountsChars + cow_collections::CountsUtf16>(
    cow: &CowString<M>,
    model: &str,
    at: usize,
) {
    let (chars, units) = (
        model[..at].chars().count(),
        model[..at].encode_utf16().count(),
    );
    assert_eq!(cow.byte_to_char(at), chars);
    assert_eq!(cow.char_to_byte(chars), at);
    assert_eq!(cow.byte_to_utf16(at), units);
    assert_eq!(cow.utf16_to_byte(units), at);
    assert_eq!(cow.char_count(), model.chars().count());
    assert_eq!(cow.utf16_len(), model.encode_utf16().count());
    if model[at..]
        .chars()
        .next()
        .is_some_and(|char| char.len_utf16() == 2)
    {
        assert!(cow.try_utf16_to_byte(units + 1).is_err());
        assert_eq!(cow.clamp_utf16(units + 1), at);
    }
}

struct Version<M: Metrics> {
    cow: CowString<M>,
    model: String,
}

impl<M: Metrics> Clone for Version<M> {
    fn clone(&self) -> Self {
        Self {
            cow: self.cow.clone(),
            model: self.model.clone(),
        }
    }
}

pub(crate) struct World<M: Metrics> {
    arena: Arena,
    versions: Vec<Version<M>>,
    /// What the last call was about.
    current: usize,
    place: usize,
}

impl<M: Kind> World<M> {
    pub(crate) fn new(len: usize) -> Self {
        let arena = Arena::builder().build();
        let model = sample(7, len);
        let cow = CowString::try_from_str_in(&model, &arena).unwrap();
        Self {
            arena,
            versions: vec![Version { cow, model }],
            current: 0,
            place: 0,
        }
    }

    /// Compares the version that was changed in all detail, the others as a whole.
    pub(crate) fn check(&self) {
        for (i, Version { cow, model }) in self.versions.iter().enumerate() {
            assert_eq!(cow.len(), model.len());
            if i != self.current {
                assert!(*cow == *model, "a snapshot changed");
                continue;
            }
            cow.assert_invariants();
            let mut rest = model.as_str();
            for chunk in cow.chunks() {
                assert!(!chunk.is_empty());
                rest = rest.strip_prefix(chunk).expect("the chunks are the text");
            }
            assert!(rest.is_empty());
            let at = self.place.min(model.len());
            let at = (0..=at)
                .rev()
                .find(|&at| model.is_char_boundary(at))
                .unwrap();
            M::check_conversions(cow, model, at);
            for at in [at, at + 1, at + 2] {
                assert_eq!(cow.is_char_boundary(at), model.is_char_boundary(at));
                assert_eq!(cow.byte(at), model.as_bytes().get(at).copied());
            }
        }
    }

    /// Drops all versions in some order: the chunks are gone with the last.
    pub(crate) fn end(mut self, order: usize) {
        let mut chunks = std::collections::HashSet::new();
        for Version { cow, .. } in &self.versions {
            chunks.extend(cow.assert_invariants());
        }
        assert_eq!(self.arena.stats().chunks_live(), chunks.len());
        while !self.versions.is_empty() {
            self.versions.swap_remove(order % self.versions.len());
            for Version { cow, model } in &self.versions {
                assert!(*cow == *model);
            }
        }
        assert_eq!(self.arena.stats().chunks_live(), 0);
    }

    pub(crate) fn step(&mut self, op: Op) {
        let count = self.versions.len();
        self.current = usize::from(op.version) % count;
        let other = usize::from(op.seed) % count;
        let elsewhere = self.versions[other].clone();
        let version = &mut self.versions[self.current];
        let Version { cow, model } = version;
        let [a, b] = op.places.map(|place| boundary(model, place, op.size));
        // Beside the last edit, as often as not.
        let a = if op.call & 0x80 == 0 {
            a
        } else {
            floor(model, self.place)
        };
        let range = a.min(b)..a.max(b);
        let short = a..floor(model, a + usize::from(op.size % 32));
        let text = sample(op.seed, usize::from(op.size % 40));
        self.place = a;
        match op.call & 0x1f {
            0..=5 => {
                cow.insert_str(a, &text);
                model.insert_str(a, &text);
                self.place = a + text.len();
            }
            6 => {
                let char = sample(op.seed, 4).chars().next().unwrap_or('x');
                cow.insert(a, char);
                model.insert(a, char);
                self.place = a + char.len_utf8();
            }
            7..=10 => {
                cow.remove_range(short.clone());
                model.drain(short);
            }
            11 => {
                if a < model.len() {
                    assert_eq!(cow.remove(a), model.remove(a));
                }
            }
            12 => {
                // As a backspace key does.
                let front = floor(model, a.saturating_sub(1));
                cow.remove_range(front..a);
                model.drain(front..a);
                self.place = front;
            }
            13 => {
                cow.replace_range(short.clone(), &text);
                model.replace_range(short, &text);
            }
            14 => {
                let text = sample(op.seed, M::MANY / 16 * usize::from(op.size) / 255);
                if model.len() < 2 * M::MANY {
                    cow.insert_str(a, &text);
                    model.insert_str(a, &text);
                }
            }
            15 => {
                cow.remove_range(range.clone());
                model.drain(range);
            }
            16 => {
                cow.push_str(&text);
                model.push_str(&text);
                self.place = model.len();
            }
            17 => assert_eq!(cow.pop(), model.pop()),
            18 => {
                cow.truncate(b);
                model.truncate(b);
            }
            19 => {
                let back = Version {
                    cow: cow.split_off(a),
                    model: model.split_off(a),
                };
                self.versions.push(back);
            }
            20 if model.len() + elsewhere.model.len() < 2 * M::MANY => {
                let mut more = elsewhere.cow.clone();
                cow.append(&mut more);
                model.push_str(&elsewhere.model);
                assert!(more.is_empty() && more.arena() == cow.arena());
                self.place = model.len() - elsewhere.model.len();
            }
            21 => {
                let part = Version {
                    cow: cow.snapshot_range(range.clone()),
                    model: model[range].to_owned(),
                };
                self.versions.push(part);
            }
            22 => {
                let gone = sample(op.seed, 8).chars().next();
                cow.retain(|char| Some(char) != gone);
                model.retain(|char| Some(char) != gone);
            }
            23 => {
                let needle = &model[short];
                assert_eq!(cow.find(needle), model.find(needle));
                assert_eq!(cow.rfind(needle), model.rfind(needle));
                assert_eq!(
                    cow.slice(range.clone()).find(needle),
                    model[range].find(needle)
                );
            }
            24 => check_iterators(cow, model, range),
            25 => {
                assert_eq!(*cow == elsewhere.cow, *model == elsewhere.model);
                assert_eq!((*cow).cmp(&elsewhere.cow), (*model).cmp(&elsewhere.model));
                assert_eq!(*cow == elsewhere.model, *model == elsewhere.model);
            }
            26 => {
                let at = op.places[0].into();
                let error = cow.try_insert_str(at, "x").err();
                let is_place = model.is_char_boundary(at);
                assert_eq!(error.is_none(), is_place);
                assert!(matches!(error, None | Some(TextError::Position(_))));
                if is_place {
                    model.insert(at, 'x');
                }
            }
            27 => {
                // A finger on a leaf, then a snapshot, then an edit far off.
                cow.insert_str(a, &text);
                model.insert_str(a, &text);
                let b = floor(model, b);
                self.versions.push(self.versions[self.current].clone());
                let Version { cow, model } = &mut self.versions[self.current];
                cow.insert_str(b, &text);
                model.insert_str(b, &text);
            }
            28 => {
                let diff = elsewhere.cow.diff(cow);
                let mut changed = String::new();
                let mut at = 0;
                for edit in diff.edits() {
                    assert_eq!(edit.text, model_slice(&elsewhere.model, &edit.new));
                    changed.push_str(&model[at..edit.old.start]);
                    edit.text.chunks().for_each(|chunk| changed.push_str(chunk));
                    at = edit.old.end;
                }
                changed.push_str(&model[at..]);
                assert_eq!(changed, elsewhere.model);
                cow.apply(&diff).unwrap();
                model.clone_from(&elsewhere.model);
            }
            29 => check_cursor(cow, model, a, op.size),
            _ => self.versions.push(self.versions[self.current].clone()),
        }
        if self.versions.len() > 12 {
            self.versions.swap_remove(usize::from(op.size) % 12);
            self.current = self.current.min(11);
        }
    }
}

fn check_iterators<M: Metrics>(cow: &CowString<M>, model: &str, range: Range<usize>) {
    let (slice, part) = (cow.slice(range.clone()), &model[range]);
    assert_eq!(slice, *part);
    assert!(slice.chars().eq(part.chars()));
    assert!(slice.chars().rev().eq(part.chars().rev()));
    assert!(slice.bytes().rev().eq(part.bytes().rev()));
    assert!(slice.char_indices().eq(part.char_indices()));
    assert!(slice.char_indices().rev().eq(part.char_indices().rev()));
    assert!(slice.lines().map(String::from).eq(part.lines()));
    assert!(slice.lines().rev().map(String::from).eq(part.lines().rev()));
    let back: Vec<&str> = slice.chunks().rev().collect();
    assert_eq!(back.into_iter().rev().collect::<String>(), part);
    // From both ends at once.
    let (mut x, mut y) = (slice.lines(), part.lines());
    let (mut p, mut q) = (slice.chars(), part.chars());
    for i in 0.. {
        let (x, y) = if i % 3 == 0 {
            (x.next_back(), y.next_back())
        } else {
            (x.next(), y.next())
        };
        assert_eq!(x.map(String::from).as_deref(), y);
        let (p, q) = if i % 5 < 2 {
            (p.next_back(), q.next_back())
        } else {
            (p.next(), q.next())
        };
        assert_eq!(p, q);
        if y.is_none() && q.is_none() {
            break;
        }
    }
}

fn model_slice<'a>(model: &'a str, range: &Range<usize>) -> &'a str {
    &model[range.clone()]
}

/// Moves a cursor to and fro.
fn check_cursor<M: Metrics>(cow: &CowString<M>, model: &str, at: usize, steps: u8) {
    let mut cursor = cow.cursor(at);
    for step in 0..steps % 32 {
        let at = cursor.position();
        match (step ^ steps) % 9 {
            0 | 1 => assert_eq!(cursor.next_char(), model[at..].chars().next()),
            2 => assert_eq!(cursor.prev_char(), model[..at].chars().next_back()),
            3 => assert_eq!(cursor.peek_char(), model[at..].chars().next()),
            4 => {
                let next = model[at..].find('\n').map(|lf| at + lf + 1);
                assert_eq!(cursor.next_line(), next);
                assert_eq!(cursor.position(), next.unwrap_or(model.len()));
            }
            5 => {
                let front = &model[..at];
                let front = front.strip_suffix('\n').unwrap_or(front);
                let prev = (at > 0).then(|| front.rfind('\n').map_or(0, |lf| lf + 1));
                assert_eq!(cursor.prev_line(), prev);
            }
            6 => {
                if let Some(chunk) = cursor.next_chunk() {
                    assert!(!chunk.is_empty() && model[at..].starts_with(chunk));
                    assert_eq!(cursor.position(), at + chunk.len());
                }
            }
            7 => {
                if let Some(chunk) = cursor.prev_chunk() {
                    assert!(!chunk.is_empty() && model[..at].ends_with(chunk));
                    assert_eq!(cursor.position(), at - chunk.len());
                }
            }
            _ => {
                let byte = model.as_bytes().get(at).copied();
                assert_eq!(cursor.next_byte(), byte);
                if byte.is_some() {
                    assert_eq!(cursor.prev_byte(), byte);
                }
            }
        }
    }
}

/// The boundary of a character at, or in front of, `at`.
fn floor(model: &str, at: usize) -> usize {
    let at = at.min(model.len());
    (0..=at)
        .rev()
        .find(|&at| model.is_char_boundary(at))
        .unwrap()
}

/// A boundary at about a fraction of 2^16 of the text; now and then its start or end.
fn boundary(model: &str, fraction: u16, size: u8) -> usize {
    match size {
        0..4 => 0,
        4..12 => model.len(),
        _ => floor(model, (usize::from(fraction) * (model.len() + 1)) >> 16),
    }
}

/// Makes calls of any bytes.
pub(crate) fn replay(bytes: &[u8]) {
    let mut world = World::<AllMetrics>::new(usize::from(bytes.first().copied().unwrap_or(0)) * 20);
    for op in bytes.chunks_exact(Op::BYTES).take(300) {
        world.step(Op::from_bytes(op.try_into().unwrap()));
        world.check();
    }
    world.end(bytes.len());
}
