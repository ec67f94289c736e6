//! What a contender of the replay must do, and the two that do it.

use std::ops::Range;

use cow_collections::CowVec;

/// A text that can be edited and whose past can be kept.
pub trait Text {
    /// The contender's name in the report.
    const NAME: &'static str;

    /// Inserts one character.
    fn insert(&mut self, at: usize, c: char);

    /// Removes one character.
    fn remove(&mut self, at: usize);

    /// Replaces a range of characters.
    fn splice(&mut self, range: Range<usize>, with: &[char]);

    /// Returns a text that stays as this one is now.
    #[must_use]
    fn snapshot(&self) -> Self;

    /// Returns the characters in contiguous runs, in order.
    fn chunks(&self) -> impl Iterator<Item = &[char]>;

    /// Returns where the text first differs from `expected`, or `None` if it does not.
    fn first_difference(&self, expected: &[char]) -> Option<usize> {
        let mut at = 0;
        for chunk in self.chunks() {
            let rest = &expected[at..];
            if !rest.starts_with(chunk) {
                let equal = chunk.iter().zip(rest).take_while(|(a, b)| a == b).count();
                return Some(at + equal);
            }
            at += chunk.len();
        }
        (at < expected.len()).then_some(at)
    }
}

/// A snapshot is a clone that shares every chunk.
impl Text for CowVec<char> {
    const NAME: &'static str = "CowVec<char>";

    fn insert(&mut self, at: usize, c: char) {
        self.insert(at, c);
    }

    fn remove(&mut self, at: usize) {
        self.remove(at);
    }

    fn splice(&mut self, range: Range<usize>, with: &[char]) {
        self.splice(range, with.iter().copied());
    }

    fn snapshot(&self) -> Self {
        self.clone()
    }

    fn chunks(&self) -> impl Iterator<Item = &[char]> {
        self.chunks()
    }
}

/// A snapshot is an eager clone: it copies every character.
impl Text for Vec<char> {
    const NAME: &'static str = "Vec<char>";

    fn insert(&mut self, at: usize, c: char) {
        self.insert(at, c);
    }

    fn remove(&mut self, at: usize) {
        self.remove(at);
    }

    fn splice(&mut self, range: Range<usize>, with: &[char]) {
        self.splice(range, with.iter().copied());
    }

    fn snapshot(&self) -> Self {
        self.clone()
    }

    fn chunks(&self) -> impl Iterator<Item = &[char]> {
        std::iter::once(self.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_where_the_texts_part() {
        let text: Vec<char> = "snapshot".chars().collect();
        let against = |other: &str| text.first_difference(&other.chars().collect::<Vec<_>>());
        assert_eq!(against("snapshot"), None);
        assert_eq!(against("snapshoT"), Some(7));
        assert_eq!(against("snap"), Some(4));
        assert_eq!(against("snapshots"), Some(8));
        assert_eq!(against(""), Some(0));
    }
}
