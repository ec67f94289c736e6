//! Recorded editing sessions, replayed with a snapshot kept every hundred edits.
//!
//! Where they come from is told in `examples/data/editing-traces/README.md`.

use std::{fs::File, io::Read, path::Path};

use cow_collections::{Arena, CowString, Utf16Lines};
use serde_json::Value;

/// Where, how many characters go, what comes.
type Patch = (usize, usize, String);

fn load(name: &str) -> (Vec<Patch>, String) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data/editing-traces");
    let file = File::open(folder.join(format!("{name}.json.gz"))).unwrap();
    let mut json = String::new();
    flate2::read::GzDecoder::new(file)
        .read_to_string(&mut json)
        .unwrap();
    let trace: Value = serde_json::from_str(&json).unwrap();
    let number = |value: &Value| usize::try_from(value.as_u64().unwrap()).unwrap();
    let patches = trace["txns"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|txn| txn["patches"].as_array().unwrap())
        .map(|patch| {
            let text = patch[2].as_str().unwrap().to_owned();
            (number(&patch[0]), number(&patch[1]), text)
        })
        .collect();
    (patches, trace["endContent"].as_str().unwrap().to_owned())
}

fn replays(name: &str, most: usize) {
    let (patches, end) = load(name);
    let arena = Arena::builder().build();
    let mut text = CowString::<Utf16Lines>::with_metrics_in(&arena);
    let mut kept = Vec::new();
    let mut model = String::new();
    let is_whole = patches.len() <= most;
    for (i, (at, gone, come)) in patches.iter().take(most).enumerate() {
        let start = text.char_to_byte(*at);
        let end = text.char_to_byte(at + gone);
        if *gone > 0 {
            text.remove_range(start..end);
        }
        text.insert_str(start, come);
        model.replace_range(start..end, come);
        if i % 100 == 0 {
            kept.push((text.clone(), model.clone()));
        }
    }
    assert_eq!(text, model);
    if is_whole {
        assert_eq!(text, end);
    }
    text.assert_invariants();
    for (snapshot, model) in &kept {
        assert!(snapshot == model, "a snapshot changed");
        assert_eq!(snapshot.line_count(), model.matches('\n').count() + 1);
    }
    drop((text, kept));
    assert_eq!(arena.stats().chunks_live(), 0);
}

#[test]
#[cfg_attr(miri, ignore = "too many edits for an interpreter")]
fn sveltecomponent() {
    replays(
        "sveltecomponent",
        if cfg!(cow_tiny) { 6_000 } else { usize::MAX },
    );
}

#[test]
#[ignore = "takes half a minute"]
fn rustcode() {
    replays("rustcode", usize::MAX);
}

#[test]
#[ignore = "takes a minute"]
fn automerge_paper() {
    replays("automerge-paper", usize::MAX);
}
