//! What std's traits promise, on both sides of a comparison.

use std::{
    borrow::Cow,
    collections::hash_map::DefaultHasher,
    fmt::Write as _,
    hash::{Hash, Hasher},
};

use cow_collections::{AllMetrics, CowString, Lines, SnapshotCell, Utf16Lines};

use crate::world::sample;

/// A text of several chunks with gaps, and the same string.
fn pair(seed: u8, len: usize) -> (CowString, String) {
    let model = sample(seed, len);
    let mut cow = CowString::from(&model);
    for i in 0..8 {
        let at = cow.floor_char_boundary(len / 9 * i);
        cow.insert(at, 'x');
        cow.remove(at);
    }
    assert_eq!(cow, model);
    (cow, model)
}

/// Tells one long write from two short ones, as the trait allows.
#[derive(Default)]
struct Writes(Vec<Vec<u8>>);

impl Hasher for Writes {
    fn write(&mut self, bytes: &[u8]) {
        self.0.push(bytes.to_vec());
    }

    fn finish(&self) -> u64 {
        self.0.len() as u64
    }
}

#[test]
fn hashes_as_str() {
    for len in [0, 10, 500, 20_000] {
        let (cow, model) = pair(5, len);
        let (mut a, mut b) = (Writes::default(), Writes::default());
        cow.hash(&mut a);
        model.as_str().hash(&mut b);
        assert_eq!(a.0, b.0);
        let (mut a, mut b) = (DefaultHasher::new(), DefaultHasher::new());
        cow.as_slice().hash(&mut a);
        model.hash(&mut b);
        assert_eq!(a.finish(), b.finish());
    }
}

#[test]
fn formats_as_str() {
    let (cow, model) = pair(4, 3_000);
    assert_eq!(format!("{cow}"), model);
    assert_eq!(format!("{cow:?}"), format!("{model:?}"));
    let (cow, model) = pair(1, 5);
    assert_eq!(
        format!("[{cow:>12}] [{cow:.3}]"),
        format!("[{model:>12}] [{model:.3}]")
    );
    let mut text = CowString::new();
    write!(text, "{}-{:?}", 1, "two").unwrap();
    assert_eq!(text, "1-\"two\"");
}

#[test]
fn compares_with_strings() {
    let (cow, model) = pair(6, 4_000);
    assert_eq!(cow, model);
    assert_eq!(model, cow);
    assert_eq!(cow, *model.as_str());
    assert_eq!(cow, model.as_str());
    assert!(cow == Cow::Borrowed(model.as_str()) && cow.as_slice() == model);
    let longer = format!("{model}z");
    assert!(cow < longer);
    assert!(longer > cow);
    let order = |a: &str, b: &str| CowString::from(a).cmp(&CowString::from(b));
    for (a, b) in [
        ("b", "a"),
        ("", "a"),
        ("a", "ab"),
        ("x", "x"),
        (&model, &longer),
    ] {
        assert_eq!(order(a, b), a.cmp(b));
    }
    assert_eq!(
        CowString::<AllMetrics>::from_text(&model).as_slice(),
        cow.as_slice()
    );
}

#[test]
fn converts_both_ways() {
    let (cow, model) = pair(3, 4_000);
    assert_eq!(String::from(&cow), model);
    assert_eq!(String::from(cow.clone()), model);
    assert_eq!("abc".parse::<CowString>().unwrap(), "abc");
    assert_eq!(CowString::from('x'), "x");
    assert_eq!(CowString::from(Cow::Borrowed("abc")), "abc");
    assert_eq!(model.chars().collect::<CowString>(), model);
    assert_eq!(
        model.lines().collect::<CowString>(),
        model.lines().collect::<String>()
    );
    assert_eq!(
        [cow.clone(), cow].into_iter().collect::<CowString>(),
        model.repeat(2)
    );
    assert_eq!(<CowString>::default(), "");
    assert_eq!(CowString::<Utf16Lines>::default().utf16_len(), 0);
}

#[test]
fn lines_are_as_str_has_them() {
    for text in [
        "",
        "\n",
        "\r\n",
        "a",
        "a\n",
        "a\r\n\r\nb",
        "\n\n",
        "a\rb\n\r\n",
        "\r",
    ] {
        let cow = CowString::from(text);
        assert!(cow.lines().map(String::from).eq(text.lines()), "{text:?}");
        assert!(
            cow.lines().rev().map(String::from).eq(text.lines().rev()),
            "{text:?}"
        );
    }
}

#[test]
fn searches_across_chunks() {
    let mut cow = CowString::new();
    let mut model = String::new();
    for i in 0..2_000 {
        cow.push_str("aab");
        model.push_str("aab");
        if i % 500 == 0 {
            cow.insert_str(cow.len() / 2, "aaac");
            model.insert_str(model.len() / 2, "aaac");
        }
    }
    for needle in ["aaac", "baaac", "c", "bb", "aabaabaab", "", "caab"] {
        assert_eq!(cow.find(needle), model.find(needle), "{needle:?}");
        assert_eq!(cow.rfind(needle), model.rfind(needle), "{needle:?}");
        assert_eq!(cow.contains(needle), model.contains(needle));
    }
    assert_eq!(cow.find('c'), model.find('c'));
    assert!(cow.starts_with(&model) && cow.ends_with(&model) && !cow.starts_with("b"));
    assert!(cow.starts_with('a') && cow.ends_with("b") && cow.find(&model[1..]) == Some(1));
}

#[test]
fn is_published_like_any_value() {
    let cell = SnapshotCell::new(CowString::from("one"));
    let loaded = cell.load();
    cell.store(CowString::from("two"));
    assert!(*loaded == "one" && *cell.load() == "two");
}

#[test]
fn sends_and_shares() {
    fn needs_send_and_sync<T: Send + Sync>() {}
    needs_send_and_sync::<CowString>();
    needs_send_and_sync::<CowString<AllMetrics>>();
    needs_send_and_sync::<cow_collections::TextSlice<'_, Lines>>();
    needs_send_and_sync::<cow_collections::TextChunks<'_>>();
    needs_send_and_sync::<cow_collections::TextCursor<'_>>();
    needs_send_and_sync::<cow_collections::IntoTextChunks>();
}

#[cfg(feature = "serde")]
#[test]
fn serializes_as_a_string() {
    let (cow, model) = pair(7, 5_000);
    let json = serde_json::to_string(&cow).unwrap();
    assert_eq!(json, serde_json::to_string(&model).unwrap());
    assert_eq!(serde_json::from_str::<CowString>(&json).unwrap(), model);
    assert!(serde_json::from_str::<CowString>("7").is_err());
}

#[cfg(feature = "quickcheck")]
#[test]
fn arbitrary_texts_are_texts() {
    use quickcheck::{Arbitrary, Gen};
    let mut g = Gen::new(200);
    for _ in 0..50 {
        let text = CowString::<AllMetrics>::arbitrary(&mut g);
        text.assert_invariants();
        assert!(
            text.shrink()
                .take(5)
                .all(|smaller| smaller.len() <= text.len())
        );
    }
}

#[cfg(feature = "regex")]
#[test]
fn finds_what_a_regex_finds_in_a_string() {
    use regex_cursor::{Input, engines::meta::Regex};
    let (cow, model) = pair(3, 6_000);
    for pattern in [
        r"\w+",
        r"(?m)^.$",
        r"\bfn \w+",
        "\u{e9}.",
        r"[a-z ]{9,}",
        r"\r\n",
    ] {
        let regex = Regex::new(pattern).unwrap();
        let found = regex.find_iter(Input::new(&cow)).map(|found| found.range());
        let expected = regex
            .find_iter(Input::new(model.as_str()))
            .map(|found| found.range());
        assert!(found.eq(expected), "{pattern}");
    }
}

#[cfg(feature = "graphemes")]
#[test]
fn steps_by_graphemes_as_over_a_string() {
    use unicode_segmentation::UnicodeSegmentation;
    for seed in 0..16 {
        let (cow, model) = pair(seed, 3_000);
        let borders: Vec<usize> = model
            .grapheme_indices(true)
            .map(|(at, _)| at)
            .chain([model.len()])
            .collect();
        let mut cursor = cow.cursor(0);
        for &border in &borders[1..] {
            assert_eq!(cursor.next_grapheme(), Some(border));
        }
        assert_eq!(cursor.next_grapheme(), None);
        for &border in borders.iter().rev().skip(1) {
            assert_eq!(cursor.prev_grapheme(), Some(border));
        }
        assert_eq!(cursor.prev_grapheme(), None);
    }
}

#[cfg(feature = "graphemes")]
#[test]
fn graphemes_are_the_same_wherever_a_piece_ends() {
    use unicode_segmentation::UnicodeSegmentation;
    // A sign that goes in front of flags, and of a line break; families; syllables; a conjunct.
    let model = "x\u{600}\n\u{600}\u{1f1e9}\u{1f1ea}\u{1f1eb}\u{1f1f7}\u{1f468}\u{200d}\u{1f469}\u{fe0f}\u{200d}\u{1f467}\
        \r\n\u{1100}\u{1161}\u{11a8}\u{ac00}\u{11a8}\u{915}\u{94d}\u{200d}\u{937}\u{301}y";
    let borders: Vec<usize> = model
        .grapheme_indices(true)
        .map(|(at, _)| at)
        .chain([model.len()])
        .collect();
    for (at, _) in model.char_indices() {
        let mut cow = CowString::from(model);
        // Leaves the gap there.
        cow.insert(at, 'x');
        cow.remove(at);
        for from in model.char_indices().map(|(from, _)| from) {
            let next = borders.iter().copied().find(|&border| border > from);
            assert_eq!(cow.cursor(from).next_grapheme(), next, "{at} {from}");
            let prev = borders.iter().copied().rfind(|&border| border < from);
            assert_eq!(cow.cursor(from).prev_grapheme(), prev, "{at} {from}");
        }
    }
}

#[cfg(feature = "graphemes")]
#[test]
fn a_step_by_graphemes_from_inside_a_character_leaves_it() {
    let cow = CowString::from("a\u{1f600}\u{301}b");
    let mut cursor = cow.cursor(1);
    for _ in 0..3 {
        cursor.next_byte();
        assert_eq!(cursor.clone().next_grapheme(), Some(7));
        assert_eq!(cursor.clone().prev_grapheme(), Some(1));
    }
}
