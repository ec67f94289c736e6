//! Reading a text: its chunks in order, and from one measure to another.

use std::{iter::FusedIterator, ops::Range};

use cow_core::GapRef;

use super::{
    Place, Text,
    measure::{Measure, starts_char},
    metrics::Metrics,
    walk::Walk,
};
use crate::node::seq::sums::Weigh;

/// The text in a range, a `&str` per piece that lies in a row. No piece is empty.
pub(crate) struct Chunks<'a, M: Metrics> {
    text: &'a Text<M>,
    range: Range<usize>,
    /// What is left of the leaf that was reached from the front.
    front: &'a str,
    walk: Walk<'a, M>,
}

impl<M: Metrics> Clone for Chunks<'_, M> {
    fn clone(&self) -> Self {
        Self {
            text: self.text,
            range: self.range.clone(),
            front: self.front,
            walk: self.walk,
        }
    }
}

impl<'a, M: Metrics> Chunks<'a, M> {
    /// The bytes that were not passed yet.
    #[inline]
    pub(crate) fn range(&self) -> Range<usize> {
        self.range.clone()
    }

    /// The leaf with the first byte of the range, from that byte on.
    fn first_leaf(&mut self) -> [&'a str; 2] {
        if let Some(leaf) = self.walk.step() {
            return leaf.pieces();
        }
        let text = self.text;
        let at = self.range.start;
        let (_, sought, _, here) = text.finger.in_tree(0, at);
        let (mut walk, offset) = Walk::of(&text.tree, sought);
        let (leaf, offset) = match walk.step() {
            Some(leaf) => {
                self.walk = walk;
                // The tree was asked for the start of the leaf with the finger.
                let offset = here.map_or(offset, |_| at - sought);
                (leaf, offset)
            }
            None => {
                let Place { leaf, start, .. } = text.leaf_at(at);
                (leaf, at - start.len())
            }
        };
        from(leaf, offset)
    }
}

/// The pieces of a leaf from `offset` on.
fn from(leaf: GapRef<'_>, offset: usize) -> [&str; 2] {
    let [left, right] = leaf.pieces();
    match offset.checked_sub(left.len()) {
        Some(offset) => [&right[offset..], ""],
        None => [&left[offset..], right],
    }
}

impl<'a, M: Metrics> Iterator for Chunks<'a, M> {
    type Item = &'a str;

    #[inline]
    fn next(&mut self) -> Option<&'a str> {
        if self.range.is_empty() {
            return None;
        }
        let mut piece = std::mem::take(&mut self.front);
        if piece.is_empty() {
            let [left, right] = self.first_leaf();
            (piece, self.front) = if left.is_empty() {
                (right, "")
            } else {
                (left, right)
            };
        }
        if piece.len() > self.range.len() {
            piece = &piece[..self.range.len()];
        }
        self.range.start += piece.len();
        Some(piece)
    }
}

impl<'a, M: Metrics> DoubleEndedIterator for Chunks<'a, M> {
    fn next_back(&mut self) -> Option<&'a str> {
        if self.range.is_empty() {
            return None;
        }
        let Place { leaf, start, .. } = self.text.leaf_at(self.range.end - 1);
        let start = start.len();
        let [left, right] = leaf.pieces();
        let (piece, start) = if self.range.end <= start + left.len() {
            (left, start)
        } else {
            (right, start + left.len())
        };
        let piece = &piece[self.range.start.saturating_sub(start)..self.range.end - start];
        self.range.end -= piece.len();
        Some(piece)
    }
}

impl<M: Metrics> FusedIterator for Chunks<'_, M> {}

impl<M: Metrics> Text<M> {
    /// The text in `range`, which lies on characters' boundaries.
    pub(crate) fn chunks(&self, range: Range<usize>) -> Chunks<'_, M> {
        Chunks {
            text: self,
            range,
            front: "",
            walk: Walk::NONE,
        }
    }

    /// The piece that lies in a row around `at`, which is below the length; and where it starts.
    pub(crate) fn piece_at(&self, at: usize) -> (&str, usize) {
        let Place { leaf, start, .. } = self.leaf_of(0, at);
        let start = start.len();
        let [left, right] = leaf.pieces();
        if at < start + left.len() {
            (left, start)
        } else {
            (right, start + left.len())
        }
    }

    /// `true` when `at` is inside the text, or its end, and not inside a character.
    pub(crate) fn is_char_boundary(&self, at: usize) -> bool {
        let len = self.len();
        if at == 0 || at >= len {
            return at == 0 || at == len;
        }
        let (piece, start) = self.piece_at(at);
        piece.is_char_boundary(at - start)
    }

    /// The largest boundary that is not above `at`.
    pub(crate) fn floor_char_boundary(&self, at: usize) -> usize {
        let mut at = at.min(self.len());
        while !self.is_char_boundary(at) {
            at -= 1;
        }
        at
    }

    /// How many of `measure` there are in the whole text.
    #[inline]
    pub(crate) fn total(&self, measure: Measure) -> usize {
        match M::lane(measure) {
            Some(lane) => self.weight().lane(lane),
            None => self.scan(0..self.len(), measure),
        }
    }

    /// How many of `measure` there are in front of `at`, which is at most the length; `None` if it is
    /// inside a character.
    ///
    /// O(log n) if the measure is summed up, else O(n).
    pub(crate) fn count_before(&self, at: usize, measure: Measure) -> Option<usize> {
        if at == 0 {
            return Some(0);
        }
        let Place {
            leaf,
            start,
            weight,
        } = self.leaf_at(at);
        let offset = at - start.len();
        let [left, right] = leaf.pieces().map(str::as_bytes);
        let next = match offset.checked_sub(left.len()) {
            None => left[offset],
            Some(more) => right.get(more).copied().unwrap_or(0),
        };
        if !starts_char(next) {
            return None;
        }
        if measure == Measure::Bytes {
            return Some(at);
        }
        let Some(lane) = M::lane(measure) else {
            return Some(self.scan(0..at, measure));
        };
        let (first, all) = (start.lane(lane), weight.lane(lane));
        let after_left = right.first().copied().unwrap_or(0);
        // From whichever end of the leaf is nearer.
        Some(match offset.checked_sub(left.len()) {
            None if 2 * offset <= weight.len() => first + measure.count(&left[..offset], next),
            None => {
                let behind = measure.count(&left[offset..], after_left) + measure.count(right, 0);
                first + all - behind
            }
            Some(more) if 2 * offset <= weight.len() => {
                first + measure.count(left, after_left) + measure.count(&right[..more], next)
            }
            Some(more) => first + all - measure.count(&right[more..], 0),
        })
    }

    /// Counts in a part of the text, piece by piece.
    pub(crate) fn scan(&self, range: Range<usize>, measure: Measure) -> usize {
        let mut pieces = self.chunks(range.clone()).peekable();
        let mut count = 0;
        while let Some(piece) = pieces.next() {
            let after = match pieces.peek() {
                Some(next) => next.as_bytes().first().copied().unwrap_or(0),
                None if measure.joins_crlf() => self.byte_at(range.end),
                None => 0,
            };
            count += measure.count(piece.as_bytes(), after);
        }
        count
    }

    /// The leaf in which number `nth` of `measure` ends, which is summed up, and where in the leaf; `None` if
    /// there are not so many.
    #[inline]
    fn leaf_with_end_of(&self, nth: usize, measure: Measure) -> Option<(Place<'_, M>, usize)> {
        let lane = M::lane(measure)?;
        if nth >= self.weight().lane(lane) {
            return None;
        }
        let place = self.leaf_of(lane, nth);
        let [left, right] = place.leaf.pieces().map(str::as_bytes);
        let nth = nth - place.start.lane(lane);
        let after_left = right.first().copied().unwrap_or(0);
        // From whichever end of the leaf is nearer.
        let all = place.weight.lane(lane);
        let end = if 2 * nth <= all {
            measure.end_of(left, after_left, nth).or_else(|passed| {
                let end = measure.end_of(right, 0, nth - passed);
                end.map(|end| left.len() + end)
            })
        } else {
            let behind = all - nth - 1;
            let end = measure.end_with(right, 0, behind);
            end.map(|end| left.len() + end)
                .or_else(|passed| measure.end_with(left, after_left, behind - passed))
        };
        Some((place, end.ok()?))
    }

    /// What lies in a row from `at` on, and where: `at` itself. `None` at the end of the text.
    pub(crate) fn rest_of_piece(&self, at: usize) -> Option<(&str, usize)> {
        if at >= self.len() {
            return None;
        }
        let (piece, start) = self.piece_at(at);
        Some((&piece[at - start..], at))
    }

    /// What lies in a row behind number `nth` of `measure`, which is summed up, in the same leaf, and where;
    /// `None` if there are not so many.
    #[inline]
    pub(crate) fn rest_of_piece_behind(
        &self,
        nth: usize,
        measure: Measure,
    ) -> Option<(&str, usize)> {
        let (place, end) = self.leaf_with_end_of(nth, measure)?;
        let [rest, _] = from(place.leaf, end);
        Some((rest, place.start.len() + end))
    }

    /// Where number `nth` of `measure` ends; `None` if there are not so many.
    ///
    /// O(log n) if the measure is summed up, else O(n).
    pub(crate) fn end_of(&self, nth: usize, measure: Measure) -> Option<usize> {
        if M::lane(measure).is_some() {
            let (place, end) = self.leaf_with_end_of(nth, measure)?;
            return Some(place.start.len() + end);
        }
        let (mut at, mut nth) = (0, nth);
        let mut pieces = self.chunks(0..self.len()).peekable();
        while let Some(piece) = pieces.next() {
            let next = pieces.peek().and_then(|next| next.as_bytes().first());
            match measure.end_of(piece.as_bytes(), next.copied().unwrap_or(0), nth) {
                Ok(end) => return Some(at + end),
                Err(passed) => nth -= passed,
            }
            at += piece.len();
        }
        None
    }

    /// How many of `measure` there are in a range. O(log n) if the measure is summed up or the range is
    /// in one leaf, else O(range).
    pub(crate) fn count_between(&self, range: Range<usize>, measure: Measure) -> usize {
        if measure == Measure::Bytes {
            return range.len();
        }
        if M::lane(measure).is_some() && range.len() > super::MOST {
            let before = |at| self.count_before(at, measure).unwrap_or_default();
            return before(range.end) - before(range.start);
        }
        self.scan(range, measure)
    }

    /// Where number `nth` of `measure`, counted from the start of a range, ends; `None` if there are not so
    /// many in the range. O(log n) if the measure is summed up or the range is in one leaf, else O(range).
    pub(crate) fn end_behind(
        &self,
        range: Range<usize>,
        nth: usize,
        measure: Measure,
    ) -> Option<usize> {
        if measure == Measure::Bytes {
            return (nth < range.len()).then(|| range.start + nth + 1);
        }
        if M::lane(measure).is_some() && range.len() > super::MOST {
            let before = self.count_before(range.start, measure)?;
            let end = self.end_of(before.checked_add(nth)?, measure)?;
            return (end <= range.end).then_some(end);
        }
        let (mut at, mut nth) = (range.start, nth);
        for piece in self.chunks(range) {
            match measure.end_of(piece.as_bytes(), 0, nth) {
                Ok(end) => return Some(at + end),
                Err(passed) => nth -= passed,
            }
            at += piece.len();
        }
        None
    }
}
