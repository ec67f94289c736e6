//! The traits: comparisons both ways, hashes, conversions, io, serde.

use std::{
    borrow::Cow,
    cmp::Ordering,
    collections::{BTreeMap, HashMap},
    ffi::OsString,
    hash::{BuildHasher, RandomState},
    io::{BufRead, Read, Write},
    path::{Path, PathBuf},
    rc::Rc,
    sync::Arc,
};

use cow_collections::{CowBytes, CowStr};

use crate::{LENGTHS, text};

/// Looks whether two values of two types compare as they should, both ways.
fn compare<A, B>(a: &A, b: &B, expected: Ordering)
where
    A: PartialEq<B> + PartialOrd<B> + ?Sized,
    B: PartialEq<A> + PartialOrd<A> + ?Sized,
{
    assert_eq!(a == b, expected.is_eq());
    assert_eq!(b == a, expected.is_eq());
    assert_eq!(a.partial_cmp(b), Some(expected));
    assert_eq!(b.partial_cmp(a), Some(expected.reverse()));
}

#[test]
fn compares_with_what_strings_compare_with() {
    let texts = [
        "",
        "a",
        "ab",
        "short",
        "sort",
        "a longer text than",
        "a longer text that",
    ];
    for a in texts {
        let (cow, bytes) = (CowStr::from(a), CowBytes::from(a));
        for b in texts {
            let order = a.cmp(b);
            assert_eq!(cow.cmp(&CowStr::from(b)), order);
            compare(&cow, b, order);
            compare(&cow, &b, order);
            compare(&cow, &String::from(b), order);
            compare(&cow, &Cow::Borrowed(b), order);
            compare(&cow, &CowStr::from(b), order);
            compare(&bytes, b.as_bytes(), order);
            compare(&bytes, &b.as_bytes(), order);
            compare(&bytes, &b.as_bytes().to_vec(), order);
            compare(&bytes, b, order);
            compare(&bytes, &String::from(b), order);
            compare(&bytes, &CowBytes::from(b), order);
        }
    }
    compare(&CowBytes::from(b"abc"), b"abd", Ordering::Less);
    compare(&CowBytes::from(b"abc"), &b"abc", Ordering::Equal);
}

#[test]
fn a_text_is_equal_however_it_came_about() {
    static TEXT: &str = "seventy bytes of a text, which is all a test of the borders below needs";
    for len in LENGTHS {
        let model = match TEXT.get(..len) {
            Some(part) => part.to_owned(),
            None => text(len),
        };
        let whole = CowStr::from(format!("{model}and more"));
        let mut shortened = whole.clone();
        shortened.truncate(len);
        let mut all = vec![CowStr::from(&model), whole.slice(..len), shortened];
        all.extend(TEXT.get(..len).map(CowStr::from_static));
        let hasher = RandomState::new();
        for a in &all {
            for b in &all {
                assert_eq!(a, b);
                assert_eq!(a.cmp(b), Ordering::Equal);
            }
            assert_eq!(hasher.hash_one(a), hasher.hash_one(model.as_str()));
            assert_eq!(
                hasher.hash_one(a.clone().into_bytes()),
                hasher.hash_one(model.as_bytes())
            );
        }
    }
}

#[test]
fn maps_with_such_keys_are_asked_with_a_str() {
    let words = "the words of a text, of which some are longer_than_fifteen_bytes";
    let keys = CowStr::from(words)
        .split_whitespace()
        .zip(0..)
        .collect::<Vec<_>>();
    let hashed: HashMap<CowStr, usize> = keys.iter().cloned().collect();
    let ordered: BTreeMap<CowStr, usize> = keys.into_iter().collect();
    for word in words.split_whitespace() {
        assert_eq!(hashed[word], ordered[word]);
    }
    assert_eq!(hashed.get("absent"), None);
    let pages: HashMap<CowBytes, u8> = [(CowBytes::from(words), 1)].into();
    assert_eq!(pages.get(words.as_bytes()), Some(&1));
}

#[test]
fn converts_both_ways() {
    for text in ["", "inline", "a text that is longer than fifteen bytes"] {
        let cows = [
            CowStr::from(text),
            CowStr::from(String::from(text)),
            CowStr::from(&String::from(text)),
            CowStr::from(&mut *String::from(text)),
            CowStr::from(Box::<str>::from(text)),
            CowStr::from(Rc::<str>::from(text)),
            CowStr::from(Arc::<str>::from(text)),
            CowStr::from(Cow::Borrowed(text)),
            CowStr::from(&CowStr::from(text)),
            text.parse().unwrap(),
            text.chars().collect(),
            text.chars().collect::<Vec<_>>().iter().collect(),
            text.split_inclusive(' ').collect(),
            text.split_inclusive(' ').map(String::from).collect(),
            text.split_inclusive(' ').map(CowStr::from).collect(),
            text.split_inclusive(' ').map(Cow::Borrowed).collect(),
            CowStr::try_from(CowBytes::from(text)).unwrap(),
        ];
        for cow in cows {
            assert_eq!(cow, text);
            assert_eq!(String::from(cow.clone()), text);
            assert_eq!(String::from(&cow), text);
            assert_eq!(*Box::<str>::from(cow.clone()), *text);
            assert_eq!(*Arc::<str>::from(cow.clone()), *text);
            assert_eq!(*Rc::<str>::from(cow.clone()), *text);
            assert_eq!(Cow::from(cow.clone()), text);
            assert_eq!(Cow::from(&cow), text);
            assert_eq!(Vec::from(cow.clone()), text.as_bytes());
            assert_eq!(OsString::from(cow.clone()), text);
            assert_eq!(PathBuf::from(cow.clone()), Path::new(text));
            assert_eq!(
                Box::<dyn std::error::Error>::from(cow.clone()).to_string(),
                text
            );
            assert_eq!(
                [cow.clone(), cow.clone()].into_iter().collect::<String>(),
                text.repeat(2)
            );
            assert_eq!(Path::new(&cow), Path::new(text));
        }
        let bytes = [
            CowBytes::from(text),
            CowBytes::from(text.as_bytes()),
            CowBytes::from(text.as_bytes().to_vec()),
            CowBytes::from(text.as_bytes().to_vec().into_boxed_slice()),
            CowBytes::from(CowStr::from(text)),
            text.bytes().collect(),
            text.as_bytes().iter().collect(),
            text.as_bytes().chunks(5).collect(),
            text.as_bytes().chunks(5).map(CowBytes::from).collect(),
        ];
        for bytes in bytes {
            assert_eq!(bytes, text);
            assert_eq!(Vec::from(&bytes), text.as_bytes());
            assert_eq!(*Box::<[u8]>::from(bytes.clone()), *text.as_bytes());
            assert!((&bytes).into_iter().eq(text.as_bytes()));
            assert!(bytes.clone().into_iter().eq(text.bytes()));
            assert!(bytes.into_iter().rev().eq(text.bytes().rev()));
        }
    }
    assert_eq!(CowStr::from('中'), "中");
}

#[test]
fn is_shown_as_a_str() {
    let cow = CowStr::from("a \"text\"\n");
    assert_eq!(
        format!("{cow:?} {cow:>12}"),
        format!("{:?} {:>12}", cow.as_str(), cow.as_str())
    );
    assert_eq!(format!("{:?}", CowBytes::from("ab")), "[97, 98]");
}

#[test]
fn bytes_are_read_from_the_front_and_written_behind() {
    let mut bytes = CowBytes::new();
    for number in 0..100 {
        writeln!(bytes, "line {number}").unwrap();
    }
    let kept = bytes.clone();
    let mut line = String::new();
    for number in 0..100 {
        line.clear();
        bytes.read_line(&mut line).unwrap();
        assert_eq!(line, format!("line {number}\n"));
        bytes.write_all(b"x").unwrap();
    }
    let mut rest = Vec::new();
    bytes.read_to_end(&mut rest).unwrap();
    assert_eq!(rest, [b'x'; 100]);
    assert!(bytes.is_empty());
    assert_eq!(kept.as_slice().lines().count(), 100);
}

#[cfg(feature = "serde")]
mod serde {
    use cow_collections::{CowBytes, CowStr};

    #[test]
    fn texts_are_written_as_strings() {
        for text in [
            "",
            "inline",
            "a text that is longer than fifteen bytes, with \\ and \n in it",
        ] {
            let cow = CowStr::from(text);
            let json = serde_json::to_string(&cow).unwrap();
            assert_eq!(json, serde_json::to_string(text).unwrap());
            assert_eq!(serde_json::from_str::<CowStr>(&json).unwrap(), text);
            assert_eq!(
                serde_json::from_slice::<CowStr>(json.as_bytes()).unwrap(),
                text
            );
        }
        assert!(serde_json::from_str::<CowStr>("7").is_err());
        assert!(serde_json::from_slice::<CowStr>(b"\"\xff\"").is_err());
    }

    #[test]
    fn bytes_are_read_from_sequences_and_strings() {
        let bytes = CowBytes::from((0..100).collect::<Vec<u8>>());
        let json = serde_json::to_string(&bytes).unwrap();
        assert_eq!(serde_json::from_str::<CowBytes>(&json).unwrap(), bytes);
        assert_eq!(serde_json::from_str::<CowBytes>("\"abc\"").unwrap(), b"abc");
        assert!(serde_json::from_str::<CowBytes>("[256]").is_err());
        assert!(serde_json::from_str::<CowBytes>("{}").is_err());
    }
}

#[cfg(feature = "quickcheck")]
#[test]
fn random_texts_are_of_every_kind() {
    use quickcheck::{Arbitrary, Gen};

    let mut g = Gen::new(60);
    let texts: Vec<CowStr> = (0..200).map(|_| CowStr::arbitrary(&mut g)).collect();
    assert!(texts.iter().any(|text| text.is_inline()));
    assert!(texts.iter().any(|text| text.len() > CowStr::INLINE));
    assert!(
        texts
            .iter()
            .any(|text| text.capacity() >= 2 * text.len() + 64)
    );
    let bytes = CowBytes::from(vec![3; 40]);
    assert!(bytes.shrink().all(|smaller| smaller != bytes));
}
