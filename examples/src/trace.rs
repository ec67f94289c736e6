//! Editing histories: reading them, and checking that every edit fits.
//!
//! A trace is JSON, plain or gzipped, with the text before and after and the edits between:
//!
//! ```text
//! { "startContent": "", "endContent": "hi",
//!   "txns": [ { "patches": [ [position, deleted, "inserted"], ... ] }, ... ] }
//! ```
//!
//! Positions and deletions count Unicode code points, which are Rust's `char`s.

use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use serde::Deserialize;

/// The longest trace that is unpacked: a few bytes of gzip can hold terabytes.
const MAX_UNPACKED_BYTES: usize = 1 << 30;
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// A history of edits that turns one text into another.
///
/// # Invariants
///
/// Applied in order to `start`, every edit lies inside the text it finds. Whether the result is
/// `end` is for the replay to say.
#[derive(Debug)]
pub struct Trace {
    start: Vec<char>,
    end: Vec<char>,
    edits: Vec<Edit>,
}

/// One edit: at `at`, `removed` characters give way to `inserted`.
#[derive(Debug, PartialEq, Eq)]
pub struct Edit {
    /// Where the edit starts, in characters.
    pub at: usize,
    /// How many characters go.
    pub removed: usize,
    /// The characters that come.
    pub inserted: Box<[char]>,
}

impl Trace {
    /// Reads the trace at `path`.
    ///
    /// # Errors
    ///
    /// When the file cannot be read, is damaged or not a trace, or holds an edit outside the text.
    pub fn read(path: &Path) -> Result<Self, TraceError> {
        Self::parse(&fs::read(path).map_err(TraceError::Read)?)
    }

    /// Reads a trace from the bytes of its file.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_examples::trace::Trace;
    ///
    /// let json = br#"{ "startContent": "ho", "endContent": "hi!",
    ///                  "txns": [{ "patches": [[1, 1, "i"], [2, 0, "!"]] }] }"#;
    /// assert_eq!(Trace::parse(json)?.edits().len(), 2);
    /// # Ok::<(), cow_examples::trace::TraceError>(())
    /// ```
    pub fn parse(file: &[u8]) -> Result<Self, TraceError> {
        let document: Document = if file.starts_with(&GZIP_MAGIC) {
            serde_json::from_slice(&unpack(file)?)
        } else {
            serde_json::from_slice(file)
        }
        .map_err(TraceError::Format)?;

        let patches = document.txns.into_iter().flat_map(|txn| txn.patches);
        let trace = Self {
            start: document.start_content.chars().collect(),
            end: document.end_content.chars().collect(),
            edits: patches.map(Edit::from).collect(),
        };
        trace.check_ranges()?;
        Ok(trace)
    }

    /// Returns the text before the first edit.
    #[must_use]
    pub fn start(&self) -> &[char] {
        &self.start
    }

    /// Returns the text that the last edit should leave.
    #[must_use]
    pub fn end(&self) -> &[char] {
        &self.end
    }

    /// Returns the edits in order.
    #[must_use]
    pub fn edits(&self) -> &[Edit] {
        &self.edits
    }

    /// Returns how long the text is after each edit.
    pub fn lens(&self) -> impl Iterator<Item = usize> {
        self.edits.iter().scan(self.start.len(), |len, edit| {
            *len = *len - edit.removed + edit.inserted.len();
            Some(*len)
        })
    }

    fn check_ranges(&self) -> Result<(), TraceError> {
        let mut len = self.start.len();
        for (i, edit) in self.edits.iter().enumerate() {
            if edit
                .at
                .checked_add(edit.removed)
                .is_none_or(|end| end > len)
            {
                let &Edit { at, removed, .. } = edit;
                return Err(TraceError::Range {
                    edit: i + 1,
                    at,
                    removed,
                    len,
                });
            }
            len = len - edit.removed + edit.inserted.len();
        }
        Ok(())
    }
}

fn unpack(file: &[u8]) -> Result<Vec<u8>, TraceError> {
    let mut json = Vec::new();
    let one_too_many = MAX_UNPACKED_BYTES as u64 + 1;
    MultiGzDecoder::new(file)
        .take(one_too_many)
        .read_to_end(&mut json)
        .map_err(TraceError::Unpack)?;
    if json.len() > MAX_UNPACKED_BYTES {
        return Err(TraceError::TooLong);
    }
    Ok(json)
}

/// The JSON as it is written; fields that no replay needs are skipped.
#[derive(Deserialize)]
#[serde(
    rename_all = "camelCase",
    expecting = "an object with startContent, endContent and txns"
)]
struct Document {
    start_content: String,
    end_content: String,
    txns: Vec<Txn>,
}

#[derive(Deserialize)]
#[serde(expecting = "an object with patches")]
struct Txn {
    patches: Vec<Patch>,
}

#[derive(Deserialize)]
#[serde(expecting = "a patch: [position, deleted, inserted]")]
struct Patch(usize, usize, String);

impl From<Patch> for Edit {
    fn from(Patch(at, removed, inserted): Patch) -> Self {
        Self {
            at,
            removed,
            inserted: inserted.chars().collect(),
        }
    }
}

/// Why a trace could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum TraceError {
    /// The file cannot be read.
    Read(io::Error),
    /// The file starts as gzip and goes on as something else, or ends too early.
    Unpack(io::Error),
    /// The unpacked file is longer than any trace should be.
    TooLong,
    /// The file is not JSON, or not JSON of this shape.
    Format(serde_json::Error),
    /// An edit lies outside the text it applies to.
    Range {
        /// The edit's number, from one.
        edit: usize,
        /// Where it starts.
        at: usize,
        /// How many characters it removes.
        removed: usize,
        /// How many characters the text has by then.
        len: usize,
    },
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(error) => write!(f, "cannot read the file: {error}"),
            Self::Unpack(error) => write!(f, "damaged gzip data: {error}"),
            Self::TooLong => write!(f, "unpacks to more than {MAX_UNPACKED_BYTES} bytes"),
            Self::Format(error) => write!(f, "not an editing trace in JSON: {error}"),
            Self::Range {
                edit,
                at,
                removed,
                len,
            } => write!(
                f,
                "edit {edit} is out of range: it removes {removed} characters at {at} \
                 from a text of {len}"
            ),
        }
    }
}

impl std::error::Error for TraceError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Read(error) | Self::Unpack(error) => Some(error),
            Self::Format(error) => Some(error),
            Self::TooLong | Self::Range { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundled(name: &str) -> Trace {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/data/editing-traces");
        Trace::read(&Path::new(folder).join(name)).expect("a bundled trace is readable")
    }

    #[test]
    fn bundled_traces_hold_what_their_readme_says() {
        for (name, edits, end) in [
            ("automerge-paper.json.gz", 259_778, 104_852),
            ("rustcode.json.gz", 40_173, 65_218),
            ("sveltecomponent.json.gz", 19_749, 18_451),
        ] {
            let trace = bundled(name);
            assert_eq!(
                (trace.edits().len(), trace.end().len()),
                (edits, end),
                "{name}"
            );
            assert_eq!(trace.lens().last(), Some(end), "{name}");
        }
    }

    #[test]
    fn positions_count_characters() {
        let json = r#"{"startContent":"å∫🎉","endContent":"å!","txns":[{"patches":[[1,2,"!"]]}]}"#;
        let trace = Trace::parse(json.as_bytes()).expect("inside the text");
        assert_eq!(trace.start().len(), 3);
        assert_eq!(
            trace.edits(),
            [Edit {
                at: 1,
                removed: 2,
                inserted: Box::new(['!'])
            }]
        );
    }

    #[test]
    fn an_edit_that_overflows_is_out_of_range() {
        let json = format!(
            r#"{{"startContent":"a","endContent":"","txns":[{{"patches":[[1,{},""]]}}]}}"#,
            usize::MAX
        );
        let error = Trace::parse(json.as_bytes()).expect_err("one past the end of memory");
        assert!(matches!(
            error,
            TraceError::Range {
                edit: 1,
                at: 1,
                removed: usize::MAX,
                len: 1
            }
        ));
    }
}
