//! A text: a tree whose leaves are chunks with a gap, and a finger on the leaf that was edited last.
//!
//! ```text
//! Text   tree ────> [ . . . . ]        nodes: 16 children, and of each measure where they end
//!         │           │     └──> ...
//!         │           └──> [ . . . . ]
//!         │                     └──> [ gap | left ......  right ]   leaf: up to 2 KiB
//!         └ finger ──────────────────────^
//! ```
//!
//! # The finger, readers, and threads
//!
//! Typing changes one leaf again and again. The *finger* remembers that leaf and that nobody shares it,
//! so that a keystroke looks for nothing, and counts up what the leaf has become heavier: the nodes above
//! are told when the finger moves on. Until then their sums are *stale*, by one difference at one leaf,
//! the *pending* weight, which lies in the handle.
//!
//! - **Who reads** takes it into account: [`Finger::in_tree`] turns a place of the text into a place of
//!   the tree. No reader writes anything, so that `&Text` is `Sync` as it stands, and reading costs a few
//!   comparisons more.
//! - **A clone** has the same stale tree and gets a copy of the pending weight. It costs one count. Both
//!   forget that the leaf is exclusive: `is_known` is the one thing that is written under `&self`, and
//!   always to `false`.
//! - **Who writes elsewhere** tells the nodes first ([`Text::flush`]). After a snapshot that copies the
//!   nodes above the finger, but not the leaf.
//! - **The first edit at a new place** tells the nodes at once: they are at hand, and a snapshot that is
//!   taken next finds nothing pending. Only what is typed behind it waits.
//! - **Comparisons** go by chunks. Two versions that share a node share all text below it, whatever their
//!   fingers say, since a leaf is changed only while its whole path is exclusive.
//!
//! Lengths inside a leaf are always true: a chunk knows its length.

#[expect(
    unsafe_code,
    reason = "lends a leaf that was found to be exclusive before"
)]
mod finger;
mod leaf;
pub(crate) mod measure;
pub(crate) mod metrics;
pub(crate) mod read;
#[cfg(feature = "plain")]
mod swap;
mod walk;

use std::ops::Range;

use cow_core::{AllocError, ArenaRef, Gap, GapRef, Home, View};

use crate::{drops::Rubble, graph::Edge};

use super::{
    build::Builder,
    check::{Check, Chunks},
    compare::{Change, Pairs, Part, changes},
    edges::below,
    rubble::TreeRubble,
    sums::Weigh,
    tree::Tree,
    walk::IntoParts,
};
#[cfg(feature = "plain")]
pub(crate) use swap::{TextMemo, TextSite};

use finger::Finger;
use leaf::{LOADED, MOST, Put, Take, cut, leaf_weight, neighbours, try_leaf};
use metrics::{Metrics, WeightOf, weigh_between};

/// Most children of an inner node: narrower than a vector's, since a text is edited more than it is
/// searched, and each copied node counts all its children once more.
pub(crate) const FANOUT: usize = if cfg!(cow_tiny) { 4 } else { 16 };

/// The longest text. Sums are 32 bits wide.
pub(crate) const MAX_LEN: usize = u32::MAX as usize - (64 << 10);

/// From here on a text is put in, and taken out, by splitting and joining trees.
const BULK: usize = 16 * MOST;

type TextTree<M> = Tree<Gap<M>, <M as metrics::Measured>::Sums, FANOUT>;

/// The leaves of a text, taken out one by one.
pub(crate) type IntoLeaves<M> = IntoParts<Gap<M>, <M as metrics::Measured>::Sums, FANOUT>;

/// What is left of a text that is being dropped.
pub struct TextRubble<M: Metrics>(TreeRubble<Gap<M>, M::Sums, FANOUT>);

impl<M: Metrics> Rubble for TextRubble<M> {
    fn step(&mut self, max_chunks: usize) -> bool {
        self.0.step(max_chunks)
    }
}

const _: () = assert!(
    size_of::<super::tree::Relaxed<Gap<metrics::Lines>, super::sums::Ends<u32, 2, FANOUT>, FANOUT>>(
    ) == FANOUT * 16
);

/// A text, in bytes.
///
/// Positions are those of characters' boundaries: the caller has seen to that. Calls that need chunks
/// return an [`AllocError`] when there is none, and leave the text as it was.
///
/// # Invariants
///
/// 1. No leaf is empty. Where the metrics join CR and LF, no leaf ends between the two.
/// 2. The tree's sums are those of its leaves, less what is pending at the finger.
/// 3. `home` is there only while the tree is empty.
pub(crate) struct Text<M: Metrics> {
    tree: TextTree<M>,
    finger: Finger<WeightOf<M>>,
    home: Option<Home>,
}

/// A leaf of a text.
pub(crate) struct Place<'a, M: Metrics> {
    pub(crate) leaf: GapRef<'a>,
    /// What lies in front of it.
    pub(crate) start: WeightOf<M>,
    /// What it weighs.
    pub(crate) weight: WeightOf<M>,
}

impl<M: Metrics> Text<M> {
    pub(crate) const fn new() -> Self {
        Self {
            tree: TextTree::<M>::empty(),
            finger: Finger::none(),
            home: None,
        }
    }

    /// An empty text whose chunks come from `arena`.
    pub(crate) fn new_in(arena: ArenaRef<'_>) -> Self {
        Self {
            home: arena.to_home(),
            ..Self::new()
        }
    }

    fn of_tree(arena: ArenaRef<'_>, tree: TextTree<M>) -> Self {
        if tree.len() == 0 {
            return Self::new_in(arena);
        }
        Self {
            tree,
            ..Self::new()
        }
    }

    /// A text in the given arena.
    pub(crate) fn try_from_str(arena: ArenaRef<'_>, text: &str) -> Result<Self, AllocError> {
        check_len(text.len());
        Ok(Self::of_tree(arena, build(arena, text)?))
    }

    /// The arena that the chunks come from.
    pub(crate) fn arena(&self) -> ArenaRef<'_> {
        let home = self.home.as_ref().map(Home::arena);
        self.tree
            .root
            .arena()
            .or(home)
            .unwrap_or_else(ArenaRef::global)
    }

    /// Keeps the arena while the tree is empty.
    fn to_home(&self) -> Option<Home> {
        self.arena().to_home()
    }

    /// What the text weighs.
    #[inline]
    pub(crate) fn weight(&self) -> WeightOf<M> {
        self.tree.weight + self.finger.pending()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.weight().len()
    }

    /// The leaf in which the sum of `lane` passes `sought`, which is below that of the text.
    #[inline]
    pub(crate) fn leaf_of(&self, lane: usize, sought: usize) -> Place<'_, M> {
        let (lane, sought, correction, weight) = self.finger.in_tree(lane, sought);
        let (leaf, [start, recorded]) = self.tree.leaf_of_sum(lane, sought);
        Place {
            leaf,
            start: start + correction,
            weight: weight.unwrap_or(recorded),
        }
    }

    /// The leaf in which `at` lies, or ends if it is the end of the text, which is not empty.
    #[inline]
    pub(crate) fn leaf_at(&self, at: usize) -> Place<'_, M> {
        self.leaf_of(0, at.min(self.len() - 1))
    }

    /// `true` when both are one text: the same chunks, not only the same characters.
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        self.tree.root.ptr_eq(&other.tree.root)
    }

    /// Empties the text and keeps its arena.
    pub(crate) fn clear(&mut self) {
        let home = self.to_home();
        *self = Self {
            home,
            ..Self::new()
        };
    }

    /// Tells the nodes above the finger what is pending.
    fn flush(&mut self) -> Result<(), AllocError> {
        let (at, pending) = (self.finger.start().len(), self.finger.pending());
        if pending != WeightOf::<M>::NOTHING {
            let had = self.finger.weight().len().wrapping_sub(pending.len());
            self.tree.post(at, pending)?;
            self.finger.told();
            let len = self.finger.weight().len();
            if len < MOST / 4 && len < had & u32::MAX as usize {
                self.finger.forget();
                self.tree.mend(at);
            }
        }
        Ok(())
    }

    /// Lends the tree, whose sums are true, for writing.
    fn tree_mut(&mut self) -> Result<&mut TextTree<M>, AllocError> {
        self.flush()?;
        self.finger.forget();
        Ok(&mut self.tree)
    }

    /// Takes a tree that was lent, which may be empty now, back into a text of the given arena.
    fn settle(&mut self, home: Option<Home>) {
        if self.tree.len() == 0 {
            self.tree = TextTree::<M>::empty();
            self.home = home;
        } else {
            self.home = None;
        }
    }

    /// Moves the finger to the leaf with the byte at `at`, and makes room there for `need` more, if a
    /// leaf can have it.
    fn point_at(&mut self, at: usize, need: usize) -> Result<(), AllocError> {
        self.flush()?;
        let (leaf, [start, weight]) = self.tree.leaf_for_writing(at, need)?;
        self.finger = Finger::on(leaf.as_gap(), start, weight);
        Ok(())
    }

    /// Moves the finger to where text is to be put in at `at`, which is at most the length; on a border,
    /// to the leaf in front of it. `false` when `at` is inside a character.
    ///
    /// An empty text has no leaf to point at.
    pub(crate) fn point_for_insert(&mut self, at: usize, need: usize) -> Result<bool, AllocError> {
        if self.len() == 0 {
            return Ok(true);
        }
        self.point_at(at.saturating_sub(1), need.min(MOST / 4))?;
        Ok(self.is_boundary_here(at))
    }

    /// Moves the finger to the leaf with the text in `range`, if it is all in one: `None` if not. `false`
    /// when one end is inside a character. The range is not empty.
    pub(crate) fn point_for_remove(
        &mut self,
        range: &Range<usize>,
    ) -> Result<Option<bool>, AllocError> {
        self.point_at(range.start, 0)?;
        if range.end > self.finger.start().len() + self.finger.weight().len() {
            return Ok(None);
        }
        Ok(Some(
            self.is_boundary_here(range.start) && self.is_boundary_here(range.end),
        ))
    }

    /// `true` when `at`, which is in the leaf with the finger, is a character's boundary.
    fn is_boundary_here(&mut self, at: usize) -> bool {
        match self.finger.leaf_with(at, at) {
            Some((leaf, offset)) => leaf.as_gap().is_char_boundary(offset),
            None => false,
        }
    }

    /// Puts text in at `at`.
    #[inline]
    pub(crate) fn insert(&mut self, at: usize, text: &str) -> Result<(), AllocError> {
        if self.insert_here(at, text) {
            return Ok(());
        }
        self.insert_slow(at, text)
    }

    /// Puts text in at `at`, if that is where the finger is, and a character's boundary: what most edits
    /// do.
    #[inline]
    pub(crate) fn insert_here(&mut self, at: usize, text: &str) -> bool {
        let Some((mut leaf, offset)) = self.finger.leaf_with(at, at) else {
            return false;
        };
        if M::JOINS_CRLF && (offset == 0 || offset == leaf.len()) && ends_in_break(text) {
            return false;
        }
        let (before, after) = neighbours::<M>(leaf.as_gap(), offset, offset);
        if text.is_empty() || !leaf.try_insert(offset, text) {
            return false;
        }
        let weight = weigh_between::<M>(before, text.as_bytes(), after);
        self.finger.grow(weight);
        true
    }

    #[inline(never)]
    pub(crate) fn insert_slow(&mut self, at: usize, text: &str) -> Result<(), AllocError> {
        if text.is_empty() {
            return Ok(());
        }
        check_len(self.len() + text.len());
        if self.len() == 0 {
            let home = self.to_home();
            self.finger.forget();
            self.tree = build(arena_of(home.as_ref()), text)?;
            self.home = None;
            return Ok(());
        }
        let joins = M::JOINS_CRLF
            && ((text.starts_with('\n') && self.byte_before(at) == b'\r')
                || (text.ends_with('\r') && self.byte_at(at) == b'\n')
                || (text.len() > MOST / 4 && self.parts_crlf(at)));
        if joins || text.len() >= BULK {
            return self.or_as_before(|this| {
                if text.len() >= BULK {
                    let home = this.to_home();
                    let more = build(arena_of(home.as_ref()), text)?;
                    return this.splice(at..at, more);
                }
                this.insert_in_pieces(at, text)?;
                this.join_crlf(at + text.len())
            });
        }
        self.insert_in_pieces(at, text)
    }

    fn insert_in_pieces(&mut self, at: usize, text: &str) -> Result<(), AllocError> {
        let mut done = 0;
        while done < text.len() {
            let piece = &text[done..];
            let piece = &piece[..cut(piece, MOST / 4)];
            if let Err(error) = self.insert_piece(at + done, piece) {
                // All of it lies in leaves that are ours: taking it out needs no chunk, unless a CR and an LF
                // meet.
                self.remove(at..at + done)?;
                return Err(error);
            }
            done += piece.len();
        }
        Ok(())
    }

    /// Puts a text in that any leaf has room for when it is split.
    fn insert_piece(&mut self, at: usize, piece: &str) -> Result<(), AllocError> {
        // On a border, into the leaf in front of it.
        if self.finger.leaf_with(at.saturating_sub(1), at).is_none() {
            self.point_at(at.saturating_sub(1), piece.len())?;
        }
        if let Some((leaf, offset)) = self.finger.leaf_with(at, at)
            && piece.len() <= leaf.room()
        {
            let weight = super::kind::LeafEdit::<Gap<M>, M::Sums>::apply(Put(piece), leaf, offset);
            self.finger.grow(weight);
            return self.flush();
        }
        self.tree_mut()?.insert(at, piece.len(), Put(piece))
    }

    /// Takes the text in `range` out.
    #[inline]
    pub(crate) fn remove(&mut self, range: Range<usize>) -> Result<(), AllocError> {
        if self.remove_here(&range) {
            return Ok(());
        }
        self.remove_slow(range)
    }

    /// Takes text out where the finger is, if it lies on characters' boundaries, and is not all of the
    /// leaf.
    #[inline]
    pub(crate) fn remove_here(&mut self, range: &Range<usize>) -> bool {
        let Some((mut leaf, offset)) = self.finger.leaf_with(range.start, range.end) else {
            return false;
        };
        let (len, leaf_len) = (range.len(), leaf.len());
        if len == leaf_len || range.is_empty() {
            return false;
        }
        if M::JOINS_CRLF && (offset == 0 || offset + len == leaf_len) {
            return false;
        }
        let (before, after) = neighbours::<M>(leaf.as_gap(), offset, offset + len);
        let weigh = |text: &str| weigh_between::<M>(before, text.as_bytes(), after);
        let Some(weight) = leaf.try_remove(offset, len, weigh) else {
            return false;
        };
        self.finger.shrink(weight);
        true
    }

    #[inline(never)]
    pub(crate) fn remove_slow(&mut self, range: Range<usize>) -> Result<(), AllocError> {
        if range.is_empty() {
            return Ok(());
        }
        if range.len() == self.len() {
            self.clear();
            return Ok(());
        }
        let joins = M::JOINS_CRLF
            && self.byte_before(range.start) == b'\r'
            && self.byte_at(range.end) == b'\n';
        if joins || range.len() >= BULK {
            return self.or_as_before(|this| {
                if range.len() >= BULK {
                    return this.splice(range, TextTree::<M>::empty());
                }
                // The LF goes to its CR before anything is taken out: so the two never meet as
                // neighbours.
                this.insert_in_pieces(range.start, "\n")?;
                this.remove_leaf_by_leaf(range.start + 1..range.end + 2)
            });
        }
        self.remove_leaf_by_leaf(range)
    }

    fn remove_leaf_by_leaf(&mut self, range: Range<usize>) -> Result<(), AllocError> {
        if self
            .finger
            .leaf_with(range.start, range.start + 1)
            .is_none()
        {
            self.point_at(range.start, 0)?;
        }
        let leaf_end = self.finger.start().len() + self.finger.weight().len();
        if range.end <= leaf_end && range.len() < self.finger.weight().len() {
            if let Some((leaf, offset)) = self.finger.leaf_with(range.start, range.end) {
                let take = Take(range.len());
                let weight = super::kind::LeafEdit::<Gap<M>, M::Sums>::apply(take, leaf, offset);
                self.finger.shrink(weight);
            }
            return self.flush();
        }
        // All leaves are made ours before the first is changed: then nothing can fail.
        let tree = self.tree_mut()?;
        let mut at = range.start;
        while at < range.end {
            let (_, [start, weight]) = tree.leaf_for_writing(at, 0)?;
            at = start.len() + weight.len();
        }
        let mut left = range.len();
        while left > 0 {
            let len = tree.len();
            tree.take(range.start, Take(left))?;
            left -= len - tree.len();
        }
        // Not before the end: until then neighbours may be a CR and an LF.
        tree.mend(range.start.min(tree.len() - 1));
        tree.mend(range.start.saturating_sub(1));
        Ok(())
    }

    /// Replaces the text in `range` by a tree's. When that fails the text may be lost.
    fn splice(&mut self, range: Range<usize>, more: TextTree<M>) -> Result<(), AllocError> {
        let home = self.to_home();
        let arena = arena_of(home.as_ref());
        let tree = self.tree_mut()?;
        let mut rest = split(tree, arena, range.start)?;
        let rest = split(&mut rest, arena, range.len())?;
        join(tree, arena, more)?;
        join(tree, arena, rest)?;
        self.settle(home);
        Ok(())
    }

    /// Replaces the text in `range`.
    pub(crate) fn replace(&mut self, range: Range<usize>, text: &str) -> Result<(), AllocError> {
        if range.is_empty() {
            return self.insert(range.start, text);
        }
        if text.len() >= BULK || self.parts_crlf(range.end) {
            return self.or_as_before(|this| {
                this.insert(range.end, text)?;
                this.remove(range)
            });
        }
        // In this order the first step can be undone without a chunk.
        self.insert(range.end, text)?;
        if let Err(error) = self.remove(range.clone()) {
            self.remove(range.end..range.end + text.len())?;
            return Err(error);
        }
        Ok(())
    }

    /// Puts the text of `other`, which has the same arena, behind this one.
    pub(crate) fn append(&mut self, other: Self) -> Result<(), AllocError> {
        check_len(self.len() + other.len());
        if self.len() == 0 {
            *self = other;
            return Ok(());
        }
        let at = self.len();
        self.or_as_before(|this| {
            let mut other = other;
            let more = std::mem::replace(other.tree_mut()?, TextTree::<M>::empty());
            this.splice(at..at, more)
        })
    }

    /// Keeps the first `at` bytes, at most all, and returns the others.
    pub(crate) fn split_off(&mut self, at: usize) -> Result<Self, AllocError> {
        let home = self.to_home();
        let arena = arena_of(home.as_ref());
        let mut rest = Self::new_in(arena);
        if at >= self.len() {
            return Ok(rest);
        }
        self.or_as_before(|this| {
            rest = Self::of_tree(arena, split(this.tree_mut()?, arena, at)?);
            this.settle(arena.to_home());
            Ok(())
        })?;
        Ok(rest)
    }

    /// The text in `range`, which lies on characters' boundaries, as a text of its own.
    pub(crate) fn part(&self, range: Range<usize>) -> Result<Self, AllocError> {
        if range.is_empty() {
            return Ok(Self::new_in(self.arena()));
        }
        let mut part = self.clone();
        part.split_off(range.end)?;
        if range.start > 0 {
            part = part.split_off(range.start)?;
        }
        Ok(part)
    }

    /// Replaces the text in `range` by another text: by its chunks, if it is long and has the same arena.
    /// When that fails this text may be lost.
    pub(crate) fn replace_by(
        &mut self,
        range: Range<usize>,
        text: &Self,
    ) -> Result<(), AllocError> {
        let at = range.start;
        self.remove(range)?;
        if text.len() < BULK || text.arena() != self.arena() {
            let mut end = at;
            for chunk in text.chunks(0..text.len()) {
                self.insert(end, chunk)?;
                end += chunk.len();
            }
            return Ok(());
        }
        let rest = self.split_off(at)?;
        self.append(text.clone())?;
        self.append(rest)
    }

    /// Takes the text apart.
    pub(crate) fn into_leaves(self) -> IntoLeaves<M> {
        IntoLeaves::<M>::of(self.tree)
    }

    /// The parts of the text, for comparing.
    fn parts(&self) -> Vec<Part<'_, Gap<M>, M::Sums, FANOUT>> {
        let pending = self.finger.pending().len();
        // A difference of 32 bits.
        let by = if pending > MAX_LEN {
            pending.wrapping_sub(1 << 32)
        } else {
            pending
        };
        Part::of_stale(&self.tree, self.finger.start().len(), by)
    }

    /// Slices of equal length that may differ.
    pub(crate) fn pairs<'a>(
        &'a self,
        other: &'a Self,
    ) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        Pairs::new(self.parts(), other.parts())
    }

    /// The changes that make this text of `old`.
    pub(crate) fn changes_since(&self, old: &Self) -> Vec<Change> {
        changes(&old.parts(), &self.parts(), (old.len(), self.len()))
    }

    /// Makes a change that may leave anything behind when it fails, and then takes it back.
    fn or_as_before(
        &mut self,
        change: impl FnOnce(&mut Self) -> Result<(), AllocError>,
    ) -> Result<(), AllocError> {
        let before = self.clone();
        change(self).inspect_err(|_| *self = before)
    }

    /// Where a leaf ends at `at` between a CR and an LF, moves the LF in front.
    ///
    /// When that fails the text may be lost.
    fn join_crlf(&mut self, at: usize) -> Result<(), AllocError> {
        if !self.parts_crlf(at) {
            return Ok(());
        }
        let tree = self.tree_mut()?;
        let (leaf, [start, _]) = tree.leaf_of_sum(0, at - 1);
        if start.len() + leaf.len() == at {
            // In this order, since neighbours that are joined must not be a CR and an LF.
            tree.insert(at, 1, Put("\n"))?;
            tree.remove(at + 1, Take(1))?;
        }
        Ok(())
    }

    /// `true` when the metrics join a CR in front of `at` with the LF behind. What is put in there cannot be
    /// taken out again without a chunk.
    fn parts_crlf(&self, at: usize) -> bool {
        M::JOINS_CRLF && self.byte_before(at) == b'\r' && self.byte_at(at) == b'\n'
    }

    /// The byte at `at`; zero at the end.
    pub(crate) fn byte_at(&self, at: usize) -> u8 {
        if at >= self.len() {
            return 0;
        }
        let Place { leaf, start, .. } = self.leaf_at(at);
        leaf::byte_at(leaf, at - start.len())
    }

    /// The byte in front of `at`; zero at the start.
    fn byte_before(&self, at: usize) -> u8 {
        at.checked_sub(1).map_or(0, |at| self.byte_at(at))
    }

    /// As [`Graph::edges`](crate::graph::Graph::edges).
    pub(crate) fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        below(&self.tree.root, visit);
    }

    /// Begins to drop the text.
    pub(crate) fn into_rubble(self) -> TextRubble<M> {
        TextRubble(TreeRubble::new(vec![self.tree.root]))
    }

    /// Asserts the invariants of the handle and of each node. Returns the chunks it leads to.
    ///
    /// Nobody else may change handles to the same chunks meanwhile.
    pub(crate) fn assert_invariants(&self) -> Chunks {
        let mut told = self.clone();
        let flushed = told.flush();
        assert!(flushed.is_ok() || self.arena() != ArenaRef::global());
        assert!(self.home.is_none() || self.tree.len() == 0);
        if flushed.is_ok() {
            let mut check = Check::new(told.arena());
            check.tree(&told.tree);
            told.assert_joined();
        }
        drop(told);
        let mut chunks = Chunks::new();
        collect(&self.tree.root, &mut chunks);
        chunks
    }

    /// Asserts that no leaf ends between CR and LF.
    fn assert_joined(&self) {
        let mut at = 0;
        while M::JOINS_CRLF && at < self.len() {
            let Place { leaf, start, .. } = self.leaf_at(at);
            assert!(
                at == 0 || self.byte_before(at) != b'\r' || self.byte_at(at) != b'\n',
                "a leaf begins with the LF of a CRLF"
            );
            assert_eq!(leaf_weight::<M>(leaf).len(), leaf.len());
            at = start.len() + leaf.len();
        }
    }
}

/// Adds the addresses of a subtree's chunks.
fn collect<M: Metrics>(child: &super::tree::Child<Gap<M>, M::Sums, FANOUT>, chunks: &mut Chunks) {
    if child.is_empty() {
        return;
    }
    chunks.insert(child.as_ptr());
    if let View::C(node) = child.view() {
        node.children
            .iter()
            .for_each(|child| collect::<M>(child, chunks));
    }
}

fn check_len(len: usize) {
    assert!(len <= MAX_LEN, "capacity overflow: a text of {len} bytes");
}

fn ends_in_break(text: &str) -> bool {
    text.starts_with('\n') || text.ends_with('\r')
}

/// The arena that a home stands for: without one, the global arena.
fn arena_of(home: Option<&Home>) -> ArenaRef<'_> {
    home.map_or_else(ArenaRef::global, Home::arena)
}

/// A tree of a whole text.
fn build<M: Metrics>(arena: ArenaRef<'_>, mut text: &str) -> Result<TextTree<M>, AllocError> {
    let mut builder = Builder::new(arena);
    while !text.is_empty() {
        let (piece, rest) = text.split_at(cut(text, LOADED));
        let (leaf, weight) = try_leaf::<M>(arena, piece)?;
        builder.push(leaf, weight)?;
        text = rest;
    }
    builder.finish()
}

/// Keeps the first `at` bytes and returns the others.
fn split<M: Metrics>(
    tree: &mut TextTree<M>,
    arena: ArenaRef<'_>,
    at: usize,
) -> Result<TextTree<M>, AllocError> {
    let (cut, rest) = tree.split(arena, at)?;
    if let Some((mut leaf, weight)) = cut {
        tree.push_leaf(arena, &mut leaf, weight)?;
    }
    Ok(rest)
}

/// Puts the text of `right` behind that of `tree`.
fn join<M: Metrics>(
    tree: &mut TextTree<M>,
    arena: ArenaRef<'_>,
    mut right: TextTree<M>,
) -> Result<(), AllocError> {
    if M::JOINS_CRLF && tree.len() > 0 && right.len() > 0 {
        let (last, [start, _]) = tree.leaf_of_sum(0, tree.len() - 1);
        let is_cr = leaf::byte_at(last, tree.len() - 1 - start.len()) == b'\r';
        if is_cr && leaf::byte_at(right.leaf_of_sum(0, 0).0, 0) == b'\n' {
            tree.insert(tree.len(), 1, Put("\n"))?;
            right.remove(0, Take(1))?;
        }
    }
    tree.join(arena, right)
}

impl<M: Metrics> Clone for Text<M> {
    /// One count, whatever the length.
    #[inline]
    fn clone(&self) -> Self {
        self.finger.share();
        Self {
            tree: self.tree.clone(),
            finger: self.finger.second(),
            home: self.home.clone(),
        }
    }
}
