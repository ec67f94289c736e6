//! Owned slices: they are what `str`'s borrowed ones are, share the chunk, and outlive the whole.

use cow_collections::{CowBytes, CowStr};

use crate::{CLASS, LENGTHS, panics, text};

const TEXTS: [&str; 8] = [
    "",
    ",",
    "one",
    "one,two,,three and a half,\n",
    "  a line with a margin \r\nand another one\n\n\tthe last\r\n",
    ",,a longer text, with one and the other,comma,,",
    "mississippi, mississippi",
    "ßß中中😀, ß中😀 \u{a0}\u{2003}",
];

#[test]
fn parts_are_those_of_str() {
    for source in TEXTS {
        let cow = || CowStr::from(source);
        /// Looks whether both give the same parts.
        macro_rules! same {
            ($($call:ident($($arg:expr),*)),* $(,)?) => { $({
                let text = cow();
                let parts: Vec<CowStr> = text.$call($($arg),*).collect();
                drop(text);
                let model: Vec<&str> = source.$call($($arg),*).collect();
                assert_eq!(parts, model, "{} of {source:?}", stringify!($call($($arg),*)));
            })* };
        }
        same!(
            lines(),
            split_whitespace(),
            split(','),
            split("s"),
            split("ss"),
            split(""),
            split(&String::from(",t")),
            split(['i', 't']),
            split(&['中', ','][..]),
            split(char::is_whitespace),
            rsplit(','),
            rsplit("iss"),
            splitn(2, ','),
            splitn(3, char::is_alphabetic),
            split_inclusive('\n'),
            split_inclusive("ss"),
        );
        let back: Vec<CowStr> = cow().split(',').rev().collect();
        assert!(back.iter().eq(source.rsplit(',')));
        let mut back: Vec<CowStr> = cow().lines().rev().collect();
        back.reverse();
        assert_eq!(back, source.lines().collect::<Vec<_>>());

        let pair =
            |pair: Option<(CowStr, CowStr)>| pair.map(|(a, b)| (a.to_string(), b.to_string()));
        let model = |pair: Option<(&str, &str)>| pair.map(|(a, b)| (a.to_owned(), b.to_owned()));
        assert_eq!(pair(cow().split_once(", ")), model(source.split_once(", ")));
        assert_eq!(pair(cow().rsplit_once(',')), model(source.rsplit_once(',')));

        assert_eq!(cow().trim(), source.trim());
        assert_eq!(cow().trim_start(), source.trim_start());
        assert_eq!(cow().trim_end(), source.trim_end());
        assert_eq!(
            cow().trim_start_matches(','),
            source.trim_start_matches(',')
        );
        assert_eq!(
            cow().trim_end_matches(",\n"),
            source.trim_end_matches(",\n")
        );
        assert_eq!(
            cow().strip_prefix("one"),
            source.strip_prefix("one").map(CowStr::from)
        );
        assert_eq!(
            cow().strip_suffix(','),
            source.strip_suffix(',').map(CowStr::from)
        );
        for at in (0..=source.len()).filter(|&at| source.is_char_boundary(at)) {
            let (first, second) = cow().split_at(at);
            assert_eq!((&*first, &*second), source.split_at(at));
        }
    }
}

#[test]
fn every_slice_of_every_length() {
    for len in LENGTHS {
        let model = text(len);
        let cow = CowStr::from(&model);
        let borders: Vec<_> = model
            .char_indices()
            .map(|(at, _)| at)
            .chain([len])
            .collect();
        let some = || {
            borders
                .iter()
                .take(6)
                .chain(borders.iter().rev().take(12))
                .copied()
        };
        for start in some() {
            for end in some().filter(|&end| end >= start) {
                let slice = cow.slice(start..end);
                assert_eq!(slice, model[start..end]);
                assert_eq!(slice.is_inline(), end - start <= 15);
            }
        }
        assert_eq!(cow.slice(..), cow);
        assert!(cow.slice(..).ptr_eq(&cow));
    }
}

#[test]
fn all_slices_of_a_text_share_its_chunk() {
    let page = CowStr::from("a line that is too long to be inline\n".repeat(100));
    let chunk = page.memory().bytes();
    let lines: Vec<CowStr> = page.lines().collect();
    assert_eq!(page.memory().bytes_shared, chunk);
    for line in &lines {
        assert_eq!(line.memory().bytes_shared, chunk);
        assert!(page.as_bytes().as_ptr_range().contains(&line.as_ptr()));
    }
    drop(page);
    assert!(
        lines
            .iter()
            .all(|line| line == "a line that is too long to be inline")
    );
}

#[test]
fn the_last_of_many_slices_is_exclusive() {
    for len in [100, CLASS + 100] {
        let whole = CowStr::from(text(len));
        let mut slices: Vec<_> = whole.split_inclusive('z').collect();
        drop(whole);
        while slices.len() > 1 {
            assert!(
                slices
                    .iter()
                    .all(|slice| slice.is_inline() || !slice.is_exclusive())
            );
            slices.pop();
        }
        let long = text(len);
        let mut slice = CowStr::from(&long).slice(long.floor_char_boundary(30)..);
        assert!(slice.is_exclusive());
        slice.push('!');
        assert!(slice.ends_with('!'));
    }
}

#[test]
fn a_slice_stands_for_what_was_borrowed() {
    let cow = CowStr::from("  a text with white space around  ");
    let trimmed = cow.slice_ref(cow.as_str().trim());
    assert_eq!(trimmed, "a text with white space around");
    assert_eq!(cow.slice_ref(""), "");
    assert_eq!(cow.slice_ref(&cow[5..5]), "");
    assert_eq!(
        panics(|| cow.slice_ref("a text")),
        "the slice is not a part of what it is to be cut from"
    );
    let end = &cow[30..];
    assert!(panics(|| trimmed.slice_ref(end)).contains("not a part"));
    // An inline text is another place than what it was cut from.
    let short = cow.slice(2..6);
    assert_eq!(short, "a te");
    assert!(panics(|| short.slice_ref(&cow[2..6])).contains("not a part"));
}

#[test]
fn what_is_no_slice_is_none() {
    let cow = CowStr::from("ßßßßßßßßßßßßßßßß");
    assert_eq!(cow.get_slice(1..), None);
    assert_eq!(cow.get_slice(..33), None);
    assert_eq!(cow.get_slice(30..=31).unwrap(), "ß");
    let (start, end) = (4, 2);
    assert_eq!(cow.get_slice(start..end), None);
    assert_eq!(cow.get_slice(32..).unwrap(), "");
}

#[test]
fn parts_of_bytes_are_those_of_a_slice() {
    for source in TEXTS.map(str::as_bytes) {
        let cow = CowBytes::from(source);
        let parts: Vec<CowBytes> = cow.split(|&byte| byte == b',').collect();
        let model: Vec<&[u8]> = source.split(|&byte| byte == b',').collect();
        assert_eq!(parts, model);
        let windows: Vec<CowBytes> = cow.slices(|bytes| bytes.chunks(17)).rev().collect();
        assert_eq!(windows, source.chunks(17).rev().collect::<Vec<_>>());
        assert_eq!(
            cow.strip_prefix(b"one").as_deref(),
            source.strip_prefix(b"one")
        );
        assert_eq!(
            cow.strip_suffix(b"\n").as_deref(),
            source.strip_suffix(b"\n")
        );
    }
}
