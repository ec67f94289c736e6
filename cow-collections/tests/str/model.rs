//! The same calls on `CowStr` and `String`, on `CowBytes` and `Vec<u8>`, with every version looked at
//! after every step.

use cow_collections::{CowBytes, CowStr};
use quickcheck::{Arbitrary, Gen, QuickCheck};

use crate::CLASS;

/// A call with its arguments: two places as fractions of the length, and what to add.
#[derive(Clone, Debug)]
struct Op {
    call: u8,
    a: u16,
    b: u16,
    text: String,
}

impl Arbitrary for Op {
    fn arbitrary(g: &mut Gen) -> Self {
        const PIECES: [&str; 12] = [
            "a",
            "b",
            "\n",
            "\r\n",
            " ",
            "ß",
            "é",
            "中",
            "e\u{301}",
            "😀",
            "👨‍👩‍👧",
            "word ",
        ];
        let many = match u8::arbitrary(g) % 32 {
            0 if !cfg!(miri) => CLASS / 4,
            1..=6 => 40,
            _ => 6,
        };
        let pieces = usize::arbitrary(g) % many;
        Self {
            call: u8::arbitrary(g),
            a: u16::arbitrary(g),
            b: u16::arbitrary(g),
            text: (0..pieces).map(|_| *g.choose(&PIECES).unwrap()).collect(),
        }
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let op = self.clone();
        Box::new(
            self.text
                .shrink()
                .map(move |text| Self { text, ..op.clone() }),
        )
    }
}

fn fraction(n: u16, len: usize) -> usize {
    (usize::from(n) * (len + 1)) >> 16
}

/// Two places of the text, in order, at borders of characters.
fn places(op: &Op, model: &str) -> (usize, usize) {
    let [mut a, mut b] = [op.a, op.b].map(|n| model.floor_char_boundary(fraction(n, model.len())));
    if a > b {
        std::mem::swap(&mut a, &mut b);
    }
    (a, b)
}

/// Moves one of the versions to the end, where the next call changes it; or drops one.
fn choose<T>(kept: &mut Vec<T>, op: &Op) {
    let last = kept.len() - 1;
    let index = usize::from(op.a) % kept.len();
    if op.b.is_multiple_of(4) && last > 0 {
        kept.remove(index);
    } else {
        kept.swap(index, last);
    }
}

fn step(kept: &mut Vec<(CowStr, String)>, op: &Op) {
    let (cow, model) = kept.last_mut().unwrap();
    let (a, b) = places(op, model);
    let new = op.text.as_str();
    let first = new.chars().next();
    let mut more = None;
    match op.call % 24 {
        0..=2 => more = Some((cow.snapshot(), model.clone())),
        3 | 4 => return choose(kept, op),
        5..=7 => {
            cow.push_str(new);
            model.push_str(new);
        }
        8 => {
            let char = first.unwrap_or('x');
            cow.push(char);
            model.push(char);
        }
        9 => assert_eq!(cow.pop(), model.pop()),
        10 => {
            cow.insert_str(a, new);
            model.insert_str(a, new);
        }
        11 => {
            cow.insert(b, first.unwrap_or('ü'));
            model.insert(b, first.unwrap_or('ü'));
        }
        12 if a < model.len() => assert_eq!(cow.remove(a), model.remove(a)),
        13 => {
            cow.replace_range(a..b, new);
            model.replace_range(a..b, new);
        }
        14 => {
            cow.truncate(b);
            model.truncate(b);
        }
        15 => more = Some((cow.split_off(b), model.split_off(b))),
        16 => {
            let rest = model.split_off(a);
            assert_eq!(cow.split_to(a), *model);
            *model = rest;
        }
        17 | 18 => more = Some((cow.slice(a..b), model[a..b].to_owned())),
        19 => {
            cow.retain(|char| char != 'a' && char != '中');
            model.retain(|char| char != 'a' && char != '中');
        }
        20 => {
            cow.reserve(new.len());
            assert!(cow.capacity() >= cow.len() + new.len() && cow.is_exclusive());
        }
        21 => cow.compact(),
        22 => {
            cow.make_ascii_uppercase();
            model.make_ascii_uppercase();
        }
        _ if op.a.is_multiple_of(8) => {
            cow.clear();
            model.clear();
        }
        _ => {
            cow.extend(new.chars());
            model.push_str(new);
        }
    }
    kept.extend(more);
}

fn strings_agree(ops: Vec<Op>) -> bool {
    let mut kept = vec![(CowStr::new(), String::new())];
    for op in ops {
        step(&mut kept, &op);
        for (cow, model) in &kept {
            assert_eq!(cow, model);
        }
    }
    true
}

fn step_bytes(kept: &mut Vec<(CowBytes, Vec<u8>)>, op: &Op) {
    let (cow, model) = kept.last_mut().unwrap();
    let [mut a, mut b] = [op.a, op.b].map(|n| fraction(n, model.len()));
    if a > b {
        std::mem::swap(&mut a, &mut b);
    }
    let new = op.text.as_bytes();
    let byte = op.a.to_le_bytes()[0];
    let mut more = None;
    match op.call % 24 {
        0..=2 => more = Some((cow.snapshot(), model.clone())),
        3 | 4 => return choose(kept, op),
        5..=7 => {
            cow.extend_from_slice(new);
            model.extend_from_slice(new);
        }
        8 => {
            cow.push(byte);
            model.push(byte);
        }
        9 => assert_eq!(cow.pop(), model.pop()),
        10 => {
            cow.insert(a, byte);
            model.insert(a, byte);
        }
        11 => {
            cow.resize(b, byte);
            model.resize(b, byte);
        }
        12 if a < model.len() => assert_eq!(cow.remove(a), model.remove(a)),
        13 => {
            cow.replace_range(a..b, new);
            model.splice(a..b, new.iter().copied());
        }
        14 => {
            cow.truncate(b);
            model.truncate(b);
        }
        15 => more = Some((cow.split_off(b), model.split_off(b))),
        16 => more = Some((cow.split_to(a), model.drain(..a).collect())),
        17 | 18 => more = Some((cow.slice(a..b), model[a..b].to_vec())),
        19 => {
            cow.retain(|byte| byte % 4 != 1);
            model.retain(|byte| byte % 4 != 1);
        }
        20 => {
            cow.advance(a);
            model.drain(..a);
        }
        21 => cow.compact(),
        22 => {
            cow[a..b].fill(byte);
            model[a..b].fill(byte);
        }
        _ if op.a.is_multiple_of(8) => {
            cow.clear();
            model.clear();
        }
        _ => {
            cow.extend(new);
            model.extend(new);
        }
    }
    kept.extend(more);
}

fn bytes_agree(ops: Vec<Op>) -> bool {
    let mut kept = vec![(CowBytes::new(), Vec::new())];
    for op in ops {
        step_bytes(&mut kept, &op);
        for (cow, model) in &kept {
            assert_eq!(cow, model);
        }
    }
    true
}

fn check(property: fn(Vec<Op>) -> bool) {
    let (tests, size) = if cfg!(miri) { (4, 30) } else { (200, 120) };
    QuickCheck::new()
        .rng(Gen::new(size))
        .tests(tests)
        .quickcheck(property);
}

#[test]
fn many_strings_agree_with_string() {
    check(strings_agree);
}

#[test]
fn many_byte_strings_agree_with_vec() {
    check(bytes_agree);
}
