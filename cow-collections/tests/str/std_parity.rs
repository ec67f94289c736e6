//! Panics and results are std's.

use cow_collections::{CowBytes, CowStr};

use crate::panics;

const TEXT: &str = "größer als fünfzehn Bytes 😀";
const INSIDE: usize = 3;

#[test]
fn a_place_inside_a_character_panics() {
    let cow = || CowStr::from(TEXT);
    assert!(!TEXT.is_char_boundary(INSIDE));
    let outcomes = [
        panics(|| cow().slice(INSIDE..)),
        panics(|| cow().slice(..INSIDE)),
        panics(|| cow().insert(INSIDE, 'x')),
        panics(|| cow().insert_str(INSIDE, "xyz")),
        panics(|| cow().remove(INSIDE)),
        panics(|| cow().replace_range(INSIDE..10, "")),
        panics(|| cow().replace_range(0..INSIDE, "")),
        panics(|| cow().truncate(INSIDE)),
        panics(|| cow().split_off(INSIDE)),
        panics(|| cow().split_to(INSIDE)),
        panics(|| cow().split_at(INSIDE)),
    ];
    for message in outcomes {
        assert!(message.contains("char boundary"), "{message}");
    }
}

#[test]
fn a_place_behind_the_end_panics() {
    let cow = || CowStr::from(TEXT);
    let end = TEXT.len();
    for message in [
        panics(|| cow().slice(..end + 1)),
        panics(|| cow().slice(end + 1..)),
        panics(|| cow().insert(end + 1, 'x')),
        panics(|| cow().remove(end + 1)),
        panics(|| cow().replace_range(..=end, "")),
        panics(|| cow().split_off(end + 1)),
        panics(|| cow().split_to(end + 1)),
    ] {
        assert!(
            message.contains("out of") || message.contains("boundary"),
            "{message}"
        );
    }
    assert_eq!(
        panics(|| cow().remove(end)),
        panics(|| String::from(TEXT).remove(end))
    );
    let mut same = cow();
    same.truncate(end + 1);
    assert_eq!(same, TEXT);
}

#[test]
fn a_place_behind_the_end_of_bytes_panics_as_in_vec() {
    let cow = || CowBytes::from(vec![1; 20]);
    let vec = || vec![1_u8; 20];
    assert_eq!(
        panics(|| cow().insert(21, 0)),
        panics(|| vec().insert(21, 0))
    );
    assert_eq!(panics(|| cow().remove(20)), panics(|| vec().remove(20)));
    for message in [
        panics(|| cow().slice(..21)),
        panics(|| cow().split_off(21)),
        panics(|| cow().split_to(21)),
        panics(|| cow().replace_range(21.., &[])),
    ] {
        assert!(message.contains("out of range"), "{message}");
    }
    let (start, end) = (4, 2);
    assert!(panics(|| cow().slice(start..end)).contains("starts at 4 but ends at 2"));
    assert_eq!(panics(|| cow().advance(21)), "advance by 21 of 20 bytes");
}

#[test]
fn a_call_that_panics_changes_nothing() {
    for start in ["größer", TEXT] {
        let mut cow = CowStr::from(start);
        let snapshot = cow.clone();
        panics(|| cow.replace_range(INSIDE.., "x"));
        panics(|| cow.split_to(INSIDE));
        panics(|| cow.split_off(INSIDE));
        panics(|| cow.truncate(INSIDE));
        assert_eq!(cow, start);
        assert!(cow.ptr_eq(&snapshot));
    }
}

#[test]
fn bytes_that_are_no_text_come_back() {
    let mut bytes = TEXT.as_bytes().to_vec();
    bytes[20] = 0xff;
    let error = CowStr::from_utf8(bytes.clone()).unwrap_err();
    assert_eq!(error.as_bytes(), bytes);
    assert_eq!(
        error.to_string(),
        String::from_utf8(bytes.clone()).unwrap_err().to_string()
    );
    assert_eq!(error.into_bytes(), bytes);
    assert_eq!(
        CowStr::from_utf8_lossy(&bytes),
        *String::from_utf8_lossy(&bytes)
    );
    assert!(CowStr::try_from(CowBytes::from(bytes)).is_err());

    let shared = CowBytes::from(TEXT);
    let cow = CowStr::from_utf8(shared.clone()).unwrap();
    assert_eq!(cow.as_ptr(), shared.as_ptr(), "not copied");
    assert!(cow.into_bytes().ptr_eq(&shared));
}

#[test]
fn utf16_is_decoded() {
    let units: Vec<u16> = TEXT.encode_utf16().collect();
    assert_eq!(CowStr::from_utf16(&units).unwrap(), TEXT);
    assert!(CowStr::from_utf16(&units[..units.len() - 1]).is_err());
}

#[test]
fn cases_and_replacements_are_those_of_str() {
    for text in ["", "abc", "ABC", TEXT, "ΑΣ ὈΔΥΣΣΕΎΣ", "İstanbul ǅ"] {
        let cow = CowStr::from(text);
        assert_eq!(cow.to_lowercase(), text.to_lowercase());
        assert_eq!(cow.to_uppercase(), text.to_uppercase());
        assert_eq!(cow.replace("a", "bb"), text.replace("a", "bb"));
        assert_eq!(cow.repeat(3), text.repeat(3));
    }
    let lower = CowStr::from("in lower case already");
    assert!(lower.to_lowercase().ptr_eq(&lower));
}

#[test]
fn texts_are_joined_and_concatenated() {
    let words = ["one", "and", "another one of them"];
    assert_eq!(CowStr::join(words, ", "), words.join(", "));
    assert_eq!(CowStr::concat(words.map(String::from)), words.concat());
    assert_eq!(CowStr::join([""; 0], ", "), "");
    assert_eq!(CowStr::from("a") + "b" + "c", "abc");
}

#[test]
fn nothing_is_repeated_in_no_time() {
    assert_eq!(CowStr::new().repeat(usize::MAX), "");
    assert_eq!(CowStr::from_static("").repeat(usize::MAX), "");
    assert_eq!(CowStr::from_static("ab").repeat(0), "");
    assert_eq!(CowStr::from_static("ab").repeat(9), "ab".repeat(9));
}

#[test]
fn an_import_of_all_there_is_leaves_the_calls_of_a_string() {
    use cow_collections::*;
    let line = String::from(CowStr::from("key=value=more"));
    assert_eq!(line.strip_prefix("key"), Some("=value=more"));
    assert_eq!(line.split_once('='), Some(("key", "value=more")));
    assert_eq!(line.rsplit_once("="), Some(("key=value", "more")));
    assert!(line.split("=").eq(["key", "value", "more"]));
    assert!(line.splitn(2, '=').eq(["key", "value=more"]));
    assert_eq!(line.find("="), Some(3));
}
