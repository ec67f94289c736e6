//! What fuzzing found worth keeping: calls for the worlds that the fuzz targets run.

use std::{fs, path::Path};

/// Runs every file of a target's corpus.
pub(crate) fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(target);
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the corpus comes with the sources") {
        let file = entry.unwrap().path();
        run(&fs::read(&file).unwrap());
        count += 1;
    }
    assert!(count > 0, "nothing in {}", folder.display());
}
