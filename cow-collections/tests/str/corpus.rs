//! Replays what fuzzing found worth keeping.

use std::{fs, path::Path};

use crate::world;

#[test]
#[cfg_attr(miri, ignore = "reads files")]
fn replay() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/str");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the corpus comes with the sources") {
        let file = entry.unwrap().path();
        world::replay(&fs::read(&file).unwrap());
        count += 1;
    }
    assert!(count > 0, "nothing in {}", folder.display());
}
