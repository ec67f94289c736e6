//! What can be searched for, and searching for it across chunks.

use memchr::memmem;

use super::TextSlice;
use crate::Metrics;

/// What [`find`](crate::CowString::find) and its like search for: a `&str`, a `&String` or a `char`.
///
/// This trait is implemented for these types and no others.
#[expect(private_bounds, reason = "sealed: nobody else implements or calls it")]
pub trait Pattern: Needle {}

/// A pattern as a string.
pub(crate) trait Needle: Copy {
    /// Lends the string to `search`.
    fn with(self, search: &mut dyn FnMut(&str) -> Option<usize>) -> Option<usize>;
}

impl Needle for &str {
    fn with(self, search: &mut dyn FnMut(&str) -> Option<usize>) -> Option<usize> {
        search(self)
    }
}

impl Needle for &String {
    fn with(self, search: &mut dyn FnMut(&str) -> Option<usize>) -> Option<usize> {
        search(self)
    }
}

impl Needle for char {
    fn with(self, search: &mut dyn FnMut(&str) -> Option<usize>) -> Option<usize> {
        search(self.encode_utf8(&mut [0; 4]))
    }
}

impl Pattern for &str {}
impl Pattern for &String {}
impl Pattern for char {}

/// `true` when `needle` is what the text has from byte `at` on.
pub(super) fn is_at<M: Metrics>(text: TextSlice<'_, M>, at: usize, needle: &str) -> bool {
    let mut needle = needle.as_bytes();
    if needle.len() > text.len() - at {
        return false;
    }
    let mut at = at;
    while !needle.is_empty() {
        let Some((chunk, start)) = text.chunk_at(at) else {
            return false;
        };
        let here = &chunk.as_bytes()[at - start..];
        let len = here.len().min(needle.len());
        if here[..len] != needle[..len] {
            return false;
        }
        needle = &needle[len..];
        at += len;
    }
    true
}

/// Where the first match starts.
pub(super) fn find<M: Metrics>(text: TextSlice<'_, M>, needle: &str) -> Option<usize> {
    if needle.is_empty() {
        return Some(0);
    }
    let finder = memmem::Finder::new(needle);
    let mut at = 0;
    for chunk in text.chunks() {
        if let Some(here) = finder.find(chunk.as_bytes()) {
            return Some(at + here);
        }
        if let Some(here) = crossings(chunk, needle).find(|&here| is_at(text, at + here, needle)) {
            return Some(at + here);
        }
        at += chunk.len();
    }
    None
}

/// Where the last match starts.
pub(super) fn rfind<M: Metrics>(text: TextSlice<'_, M>, needle: &str) -> Option<usize> {
    if needle.is_empty() {
        return Some(text.len());
    }
    let finder = memmem::FinderRev::new(needle);
    let mut at = text.len();
    for chunk in text.chunks().rev() {
        at -= chunk.len();
        let mut crossings = crossings(chunk, needle).rev();
        if let Some(here) = crossings.find(|&here| is_at(text, at + here, needle)) {
            return Some(at + here);
        }
        if let Some(here) = finder.rfind(chunk.as_bytes()) {
            return Some(at + here);
        }
    }
    None
}

/// Where in a chunk a match may start that goes on in the next one: the rest of the chunk is what
/// `needle` begins with.
fn crossings(chunk: &str, needle: &str) -> impl DoubleEndedIterator<Item = usize> {
    let (chunk, needle) = (chunk.as_bytes(), needle.as_bytes());
    let first = chunk.len().saturating_sub(needle.len() - 1);
    (first..chunk.len()).filter(move |&at| needle.starts_with(&chunk[at..]))
}
