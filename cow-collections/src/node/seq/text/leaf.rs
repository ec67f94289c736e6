//! The leaves of a text: chunks with a gap. They know their length, so what is recorded is what is there.

use cow_core::{AllocError, ArenaRef, Gap, GapMut, GapRef};

use super::{
    measure::starts_char,
    metrics::{Metrics, WeightOf, weigh, weigh_between},
};
use crate::node::seq::kind::{EditLeaf, LeafEdit, LeafKind};

/// The most bytes in a leaf.
pub(crate) const MOST: usize = Gap::<()>::LEAF_CAPACITY;

/// Bytes in a leaf of a text that was loaded: a little room, so that the first edit splits none.
pub(crate) const LOADED: usize = MOST - MOST / 32;

impl<M: Metrics> LeafKind<M::Sums> for Gap<M> {
    type Item = u8;

    const MOST: usize = MOST;
    const FULL: usize = usize::MAX;

    #[inline]
    fn pieces<'a>(leaf: GapRef<'a>, _len: usize) -> [&'a [u8]; 2]
    where
        Self: 'a,
    {
        leaf.pieces().map(str::as_bytes)
    }

    fn assert_invariants(leaf: GapRef<'_>, weight: WeightOf<M>) {
        assert_eq!(leaf_weight::<M>(leaf), weight, "sums of a leaf");
        assert!(leaf.pieces().iter().all(|piece| {
            // Not by the type alone: the bytes themselves.
            std::str::from_utf8(piece.as_bytes()).is_ok()
        }));
    }
}

impl<M: Metrics> EditLeaf<M::Sums> for Gap<M> {
    fn try_new_in(arena: ArenaRef<'_>, room: usize) -> Result<Self, AllocError> {
        Self::try_new_in(arena, room)
    }

    fn try_copy(leaf: GapRef<'_>, len: usize, room: usize) -> Result<Self, AllocError> {
        leaf.try_copy(len, room.min(MOST))
    }

    fn try_copy_head(leaf: GapRef<'_>, keep: usize) -> Result<Option<Self>, AllocError> {
        leaf.try_copy(keep, keep).map(Some)
    }

    #[inline]
    fn capacity(leaf: GapRef<'_>) -> usize {
        leaf.capacity()
    }

    #[inline]
    fn truncate(leaf: &mut GapMut<'_>, len: usize) {
        debug_assert_eq!(leaf.len(), len);
    }

    /// In the middle; or, where text is added at the end, close to it, so that leaves come out full.
    fn split_point(leaf: GapRef<'_>, len: usize, at: usize) -> usize {
        let mut keep = if at == len { len - len / 8 } else { len / 2 };
        while keep > 1 && !is_good_border(leaf, keep) {
            keep -= 1;
        }
        // No border in the whole first half: there is one in the second.
        while !is_good_border(leaf, keep) {
            keep += 1;
        }
        keep
    }

    fn split_weight(leaf: GapRef<'_>, _len: usize, at: usize) -> [WeightOf<M>; 2] {
        let [left, right] = leaf.pieces().map(str::as_bytes);
        match at.checked_sub(left.len()) {
            Some(more) => [
                weigh::<M>(left, first(&right[..more])) + weigh::<M>(&right[..more], 0),
                weigh::<M>(&right[more..], 0),
            ],
            None => [
                weigh::<M>(&left[..at], 0),
                weigh::<M>(&left[at..], first(right)) + weigh::<M>(right, 0),
            ],
        }
    }

    fn move_tail(leaf: &mut GapMut<'_>, at: usize, to: &mut GapMut<'_>) {
        leaf.move_tail(at, to);
    }

    fn copy_tail(leaf: GapRef<'_>, _len: usize, at: usize, to: &mut GapMut<'_>) {
        let [left, right] = leaf.pieces();
        if let Some(more) = at.checked_sub(left.len()) {
            to.insert(to.len(), &right[more..]);
        } else {
            to.insert(to.len(), &left[at..]);
            to.insert(to.len(), right);
        }
    }
}

fn first(text: &[u8]) -> u8 {
    text.first().copied().unwrap_or(0)
}

/// What a leaf weighs.
pub(crate) fn leaf_weight<M: Metrics>(leaf: GapRef<'_>) -> WeightOf<M> {
    let [left, right] = leaf.pieces().map(str::as_bytes);
    weigh::<M>(left, first(right)) + weigh::<M>(right, 0)
}

/// The byte at `at` of a leaf; zero at its end.
#[inline]
pub(crate) fn byte_at(leaf: GapRef<'_>, at: usize) -> u8 {
    let [left, right] = leaf.pieces().map(str::as_bytes);
    let byte = match at.checked_sub(left.len()) {
        None => left.get(at),
        Some(at) => right.get(at),
    };
    byte.copied().unwrap_or(0)
}

/// The byte in front of `at` of a leaf; zero at its start.
#[inline]
pub(crate) fn byte_before(leaf: GapRef<'_>, at: usize) -> u8 {
    at.checked_sub(1).map_or(0, |at| byte_at(leaf, at))
}

/// `true` between two characters, but for a CR and its LF.
fn is_good_border(leaf: GapRef<'_>, at: usize) -> bool {
    let next = byte_at(leaf, at);
    starts_char(next) && !(next == b'\n' && byte_before(leaf, at) == b'\r')
}

/// Puts text in.
#[derive(Clone, Copy)]
pub(crate) struct Put<'a>(pub(crate) &'a str);

impl<M: Metrics> LeafEdit<Gap<M>, M::Sums> for Put<'_> {
    #[inline]
    fn apply(self, mut leaf: GapMut<'_>, at: usize) -> WeightOf<M> {
        let (before, after) = neighbours::<M>(leaf.as_gap(), at, at);
        leaf.insert(at, self.0);
        weigh_between::<M>(before, self.0.as_bytes(), after)
    }
}

/// Takes text out: so many bytes, at most all that are in the leaf.
#[derive(Clone, Copy)]
pub(crate) struct Take(pub(crate) usize);

impl<M: Metrics> LeafEdit<Gap<M>, M::Sums> for Take {
    #[inline]
    fn apply(self, mut leaf: GapMut<'_>, at: usize) -> WeightOf<M> {
        let len = self.0.min(leaf.len() - at);
        let (before, after) = neighbours::<M>(leaf.as_gap(), at, at + len);
        leaf.remove(at, len, |text| {
            weigh_between::<M>(before, text.as_bytes(), after)
        })
    }
}

/// The bytes in front of `start` and at `end`, if anybody asks for them.
#[inline]
pub(super) fn neighbours<M: Metrics>(leaf: GapRef<'_>, start: usize, end: usize) -> (u8, u8) {
    if M::JOINS_CRLF {
        (byte_before(leaf, start), byte_at(leaf, end))
    } else {
        (0, 0)
    }
}

/// A leaf with `text`, and what it weighs.
pub(crate) fn try_leaf<M: Metrics>(
    arena: ArenaRef<'_>,
    text: &str,
) -> Result<(Gap<M>, WeightOf<M>), AllocError> {
    let room = if text.len() < LOADED / 2 {
        text.len()
    } else {
        MOST
    };
    let mut leaf = Gap::try_new_in(arena, room)?;
    match leaf.get_mut() {
        Some(mut leaf) => leaf.insert(0, text),
        None => unreachable!("a new leaf is exclusive"),
    }
    Ok((leaf, weigh::<M>(text.as_bytes(), 0)))
}

/// Where to cut `text` so that the front is at most `most` bytes: at the end of a character, and not
/// between CR and LF. At least four bytes must be allowed.
pub(crate) fn cut(text: &str, most: usize) -> usize {
    if text.len() <= most {
        return text.len();
    }
    let bytes = text.as_bytes();
    let mut at = most;
    while at > 1 && (!starts_char(bytes[at]) || (bytes[at] == b'\n' && bytes[at - 1] == b'\r')) {
        at -= 1;
    }
    at
}
