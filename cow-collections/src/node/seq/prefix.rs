//! The values in front that lie in huge chunks.
//!
//! A vector of plain values may begin with whole [`Huge`] chunks, the *prefix*: a tree of its own, whose
//! leaves they are. All of them are full, so that its nodes are dense; the values behind them lie in the
//! ordinary tree and the tail.
//!
//! ```text
//! Body  prefix ──> [ . . . ]  nodes of up to 64
//!  │                 └──────> Huge: 2 MiB in one piece, or with pages of its own in some places
//!  ├ tree ────> [ . . . . ] ──> leaves of 4 KiB
//!  └ tail
//! ```
//!
//! A page of a huge chunk is as large as a leaf. So both ways are short: leaves are *joined* to a huge
//! chunk once there are enough of them, and a chunk in which something is to be inserted is *demoted* to
//! leaves, along with those behind it.
//!
//! Values that do not fit in huge chunks ([`fits`]) have none. What is done for the others is behind a
//! condition on that constant, and costs them nothing.

use std::{ops::Range, ptr::NonNull};

use cow_core::{
    AllocError, ArenaRef, Entry, Huge, HugeMut, HugeRef, PagePolicy, Slots, View, ViewMut,
};

use super::{
    FANOUT, Seq, VecChild, VecSums, VecTree, arena_of,
    kind::LeafKind,
    leaf::{self, full},
    sums::{Ends, Sums, Weigh, Weight},
    tree::{Child, InnerMut, Tree, dense_child_len, dense_count, inner_mut},
    walk::{IntoParts, Leaf},
};
use crate::graph::Edge;

/// log2 of the fan-out. Wide: one node leads to 128 MiB.
const BITS: u32 = if cfg!(cow_tiny) { 2 } else { 6 };
pub(super) const WIDTH: usize = 1 << BITS;

pub(super) type PrefixSums = Ends<usize, 1, WIDTH>;
pub(super) type Prefix<T> = Tree<Huge<T>, PrefixSums, WIDTH>;
pub(super) type PrefixChild<T> = Child<Huge<T>, PrefixSums, WIDTH>;

/// `true` for values that can lie in huge chunks.
pub(super) const fn fits<T>() -> bool {
    Huge::<T>::FITS && Huge::<T>::PAGE == full::<T>()
}

/// Values in a huge chunk, and leaves that it takes the places of.
const fn capacity<T>() -> usize {
    Huge::<T>::CAPACITY
}
const fn page_count<T>() -> usize {
    Huge::<T>::CAPACITY / Huge::<T>::PAGE
}

impl<T, S: Sums> LeafKind<S> for Huge<T> {
    type Item = T;

    const MOST: usize = capacity::<T>();
    const FULL: usize = capacity::<T>();

    fn pieces<'a>(_leaf: HugeRef<'a, T>, _len: usize) -> [&'a [T]; 2]
    where
        T: 'a,
    {
        unreachable!("a huge chunk may lie in more than two pieces")
    }

    fn assert_invariants(leaf: HugeRef<'_, T>, weight: S::Weight) {
        assert_eq!((leaf.len(), weight.len()), (capacity::<T>(), leaf.len()));
        leaf.assert_invariants();
    }
}

impl<T> Prefix<T> {
    /// Huge chunk number `number`, which there is.
    #[inline]
    pub(super) fn chunk(&self, number: usize) -> HugeRef<'_, T> {
        let child = match self.height {
            1 => child_at(&self.root, 0, number),
            _ => self.place(number),
        };
        leaf::huge(child)
    }

    /// The place of huge chunk number `number`. Out of line: few are so many, or alone.
    #[inline(never)]
    fn place(&self, number: usize) -> &PrefixChild<T> {
        (0..u32::from(self.height))
            .rev()
            .fold(&self.root, |child, level| child_at(child, level, number))
    }

    /// The huge chunks from number `from` on.
    pub(super) fn chunks(&self, from: usize) -> impl Iterator<Item = HugeRef<'_, T>> {
        (from..self.len() / capacity::<T>()).map(|number| self.chunk(number))
    }

    /// Value number `index`, which there is.
    #[inline]
    pub(super) fn value(&self, index: usize) -> &T {
        let (number, index) = (index / capacity::<T>(), index % capacity::<T>());
        leaf::huge_value(self.chunk(number), index)
    }

    /// Value number `index` for writing, if all on the way is whole, and known to be exclusive.
    #[inline]
    pub(super) fn known_value_mut(&mut self, index: usize) -> Option<&mut T> {
        let (number, index) = (index / capacity::<T>(), index % capacity::<T>());
        let mut child = &mut self.root;
        for level in (0..u32::from(self.height)).rev() {
            child = &mut child.known_b_mut()?.children[(number >> (level * BITS)) % WIDTH];
        }
        child.known_a_mut()?.known_value(index)
    }

    /// The values from number `index` on, as many as lie side by side.
    pub(super) fn run(&self, index: usize) -> &[T] {
        let (number, index) = (index / capacity::<T>(), index % capacity::<T>());
        self.chunk(number).run(index)
    }

    /// The whole chunk with value number `index` if nothing was split off it, else the page; and the
    /// index of the first value.
    pub(super) fn piece(&self, index: usize) -> (&[T], usize) {
        let (number, offset) = (index / capacity::<T>(), index % capacity::<T>());
        let (chunk, start) = (self.chunk(number), number * capacity::<T>());
        if chunk.split_pages() == 0 {
            return (chunk.run(0), start);
        }
        let page = offset / Huge::<T>::PAGE;
        (chunk.page(page), start + page * Huge::<T>::PAGE)
    }

    /// The place of huge chunk number `number`, and all nodes on the way exclusive.
    fn place_mut(&mut self, number: usize) -> Result<&mut PrefixChild<T>, AllocError> {
        let mut child = &mut self.root;
        for level in (0..u32::from(self.height)).rev() {
            child = match inner_mut(child)? {
                InnerMut::Dense(node) => &mut node.children[(number >> (level * BITS)) % WIDTH],
                InnerMut::Relaxed(_) => unreachable!("huge chunks lie below dense nodes"),
            };
        }
        Ok(child)
    }

    /// Huge chunk number `number` for writing: its head, and all nodes on the way, are made exclusive. No
    /// value is copied.
    pub(super) fn chunk_mut(&mut self, number: usize) -> Result<HugeMut<'_, T>, AllocError> {
        let child = self.place_mut(number)?;
        if !child.is_exclusive()
            && let (View::A(huge), Some(arena)) = (child.view(), child.arena())
        {
            *child = Entry::a(huge.try_copy_in(arena)?);
        }
        match child.view_mut() {
            Some(ViewMut::A(huge)) => Ok(huge),
            _ => unreachable!("there is no huge chunk {number}"),
        }
    }

    /// Adds a huge chunk behind the others.
    fn push(&mut self, arena: ArenaRef<'_>, mut chunk: PrefixChild<T>) -> Result<(), AllocError> {
        self.push_leaf(arena, &mut chunk, Weight::of_len(capacity::<T>()))
    }

    /// As [`Graph::edges`](crate::graph::Graph::edges).
    pub(super) fn edges(&self, visit: &mut dyn FnMut(Edge) -> bool) {
        fn below<T>(child: &PrefixChild<T>, visit: &mut dyn FnMut(Edge) -> bool) {
            if child.is_empty() {
                return;
            }
            let (chunk, usage) = (child.as_ptr(), child.usage());
            if visit(Edge { chunk, usage }) {
                match child.view() {
                    View::A(huge) => huge.edges(&mut |chunk, usage| visit(Edge { chunk, usage })),
                    View::B(node) => node.children.iter().for_each(|child| below(child, visit)),
                    View::C(_) | View::Empty => {}
                }
            }
        }
        below(&self.root, visit);
    }
}

/// The child of a node that leads to huge chunk number `number`.
#[inline]
fn child_at<T>(node: &PrefixChild<T>, level: u32, number: usize) -> &PrefixChild<T> {
    &leaf::dense(node).children[(number >> (level * BITS)) % WIDTH]
}

impl<T> Seq<T> {
    /// How many values lie in huge chunks.
    #[inline]
    pub(crate) fn prefix_len(&self) -> usize {
        match self.top.view() {
            View::B(body) if fits::<T>() => body.prefix.len(),
            _ => 0,
        }
    }

    /// The huge chunks, if there are any.
    #[inline]
    pub(super) fn prefix(&self) -> Option<&Prefix<T>> {
        match self.top.view() {
            View::B(body) if fits::<T>() && body.prefix.len() > 0 => Some(&body.prefix),
            _ => None,
        }
    }

    /// Where the huge chunk with value number `index` ends, if there is one, and more behind it.
    pub(crate) fn huge_border(&self, index: usize) -> Option<usize> {
        let end = (index / capacity::<T>() + 1) * capacity::<T>();
        (index < self.prefix_len() && end < self.len()).then_some(end)
    }

    /// The number of pages that were split off huge chunks.
    pub(crate) fn split_pages(&self) -> usize {
        let chunks = self
            .prefix()
            .into_iter()
            .flat_map(|prefix| prefix.chunks(0));
        chunks.map(HugeRef::split_pages).sum()
    }

    /// Joins leaves to huge chunks, if there are just enough of them, and the arena has them so. `added` is how
    /// many values were added in one go, as far as that came.
    ///
    /// Where they come one by one, the values of a chunk stay in leaves: else pushes and pops about its end
    /// would join and demote it again and again.
    ///
    /// Only for good shape: where there is no memory for it, all stays as it is.
    pub(super) fn join_grown(&mut self, added: usize) {
        if fits::<T>()
            && self.inner_len > 0
            && self.inner_len.is_multiple_of(capacity::<T>())
            && let Some(keep) = self.left_in_leaves(added)
        {
            let _ = self.join_leaves(keep);
        }
    }

    /// As [`join_grown`](Self::join_grown), at the end of a load, which may have filled a huge chunk exactly.
    pub(super) fn join_loaded(&mut self, added: usize) {
        if self.tail_ends_a_chunk()
            && self.left_in_leaves(added) == Some(0)
            && self.tail_to_tree().is_ok()
        {
            let _ = self.join_leaves(0);
        }
    }

    /// `true` when the values up to the end of the tail are as many as whole huge chunks have.
    fn tail_ends_a_chunk(&self) -> bool {
        fits::<T>()
            && self.tail.len() == full::<T>()
            && (self.inner_len + full::<T>()).is_multiple_of(capacity::<T>())
    }

    /// The values of how many huge chunks the arena's policy has in leaves, when `added` were added in one
    /// go; nothing, if it has all there.
    fn left_in_leaves(&self, added: usize) -> Option<usize> {
        match self.arena().page_policy()? {
            PagePolicy::Transparent | PagePolicy::Huge if added >= capacity::<T>() => Some(0),
            PagePolicy::Huge => Some(1),
            _ => None,
        }
    }

    /// Joins the leaves in front, as far as they are full and exclusive, to huge chunks. The values
    /// of `keep` chunks stay in leaves, if there are so many. Returns how many chunks that made.
    ///
    /// When that fails all is as before.
    pub(super) fn join_leaves(&mut self, keep: usize) -> Result<usize, AllocError> {
        let home = self.arena().to_home();
        let arena = arena_of(home.as_ref());
        let pages = page_count::<T>();
        let is_alone = self.top.usage().handles == 1;
        let Some(tree) = self
            .tree()
            .filter(|tree| is_alone && tree.len() >= capacity::<T>())
        else {
            return Ok(0);
        };
        let mut ready = 0;
        front(&tree.root, tree.height, tree.len(), &mut ready);
        let most = (tree.len() / capacity::<T>()).saturating_sub(keep);
        let count = most.min(ready / pages);
        if count == 0 {
            return Ok(0);
        }
        // First what can fail: a tree of the other leaves, and chunks without values.
        let mut rest = VecTree::empty();
        let mut number = 0;
        leaves_below(&tree.root, tree.height, tree.len(), &mut |child, len| {
            number += 1;
            if number <= count * pages {
                return Ok(());
            }
            rest.push_leaf(arena, &mut child.clone(), Weight::of_len(len))
        })?;
        let chunks: Vec<_> = (0..count)
            .map(|_| Huge::try_new_in(arena))
            .collect::<Result<_, _>>()?;
        let mut prefix = self.body_in_place()?.prefix.clone();
        let first = prefix.len() / capacity::<T>();
        for chunk in chunks {
            prefix.push(arena, Entry::a(chunk))?;
        }
        for number in first..first + count {
            // A new chunk, whose nodes are new or copies from now on.
            prefix.chunk_mut(number)?;
        }
        // Then values are moved.
        let mut body = self.body_mut()?;
        let mut leaves = IntoParts::of(std::mem::replace(&mut body.tree, rest));
        for number in first..first + count {
            let mut chunk = prefix.chunk_mut(number)?;
            for _ in 0..pages {
                let Some((mut leaf, len)) = leaves.next() else {
                    unreachable!("leaves were counted")
                };
                let Some(mut slots) = leaf.get_mut() else {
                    unreachable!("exclusive leaves were counted")
                };
                // What a snapshot claimed before it was dropped.
                slots.truncate(len);
                chunk.append(&mut slots);
            }
        }
        body.prefix = prefix;
        Ok(count)
    }
}

impl<T: Clone> Seq<T> {
    /// Value number `index`, which lies in a huge chunk, for writing.
    pub(super) fn huge_value_mut(&mut self, index: usize) -> Result<&mut T, AllocError> {
        if let Some(body) = self.top.known_b_mut()
            && let Some(value) = body.prefix.known_value_mut(index)
        {
            let place = NonNull::from_mut(value);
            return Ok(leaf::lend(self, place));
        }
        let (number, index) = (index / capacity::<T>(), index % capacity::<T>());
        let prefix = &mut self.body_in_place()?.prefix;
        prefix.chunk_mut(number)?.try_into_value(index)
    }

    /// The page with value number `index`, which lies in a huge chunk, for writing, and its first index.
    ///
    /// Always a page: what is lent must not depend on who shares the chunk at the moment.
    pub(super) fn huge_page_mut(&mut self, index: usize) -> Result<(&mut [T], usize), AllocError> {
        let (number, offset) = (index / capacity::<T>(), index % capacity::<T>());
        let page = offset / Huge::<T>::PAGE;
        let prefix = &mut self.body_in_place()?.prefix;
        let values = prefix.chunk_mut(number)?.try_into_page(page)?;
        Ok((values, index - offset % Huge::<T>::PAGE))
    }

    /// Writes as many values from the front of `values` over those from `at` on as end with a leaf, or with
    /// the values. Returns how many.
    ///
    /// A huge chunk that is written over as a whole is replaced, not split.
    pub(crate) fn write_some(&mut self, at: usize, values: &[T]) -> Result<usize, AllocError> {
        let count = capacity::<T>();
        if at < self.prefix_len() && at.is_multiple_of(count) && values.len() >= count {
            let place = self.body_in_place()?.prefix.place_mut(at / count)?;
            let Some(arena) = place.arena() else {
                unreachable!("there is no huge chunk at {at}")
            };
            // A page at a time if nothing is shared.
            let is_ours = match place.view() {
                View::A(huge) => place.usage().handles == 1 && huge.base_is_exclusive(),
                _ => false,
            };
            if !is_ours {
                *place = Entry::a(Huge::try_from_slice_in(arena, &values[..count])?);
                return Ok(count);
            }
        }
        let (place, start) = self.leaf_at_mut(at)?;
        let place = &mut place[at - start..];
        let count = place.len().min(values.len());
        place[..count].clone_from_slice(&values[..count]);
        Ok(count)
    }

    /// Puts what was split together again, and joins leaves behind the huge chunks to such. Returns the
    /// number of chunks that were made whole.
    ///
    /// When that fails, those before are whole; the values are as before.
    pub(crate) fn collapse(&mut self) -> Result<usize, AllocError> {
        if !fits::<T>() {
            return Ok(0);
        }
        let mut collapsed = 0;
        for number in 0..self.prefix_len() / capacity::<T>() {
            let is_split = |prefix: &Prefix<T>| prefix.chunk(number).split_pages() > 0;
            if self.prefix().is_some_and(is_split) {
                let chunk = self.body_in_place()?.prefix.chunk_mut(number)?;
                collapsed += usize::from(chunk.try_collapse()?);
            }
        }
        if self.tail_ends_a_chunk() {
            self.tail_to_tree()?;
        }
        Ok(collapsed + self.join_leaves(0)?)
    }

    /// Puts leaves in the places of the huge chunk with value number `index`, if that lies in one, and of
    /// all huge chunks behind it.
    ///
    /// When that fails all is as before.
    #[inline]
    pub(crate) fn demote_from(&mut self, index: usize) -> Result<(), AllocError> {
        if index < self.prefix_len() {
            return self.demote(index / capacity::<T>());
        }
        Ok(())
    }

    /// As [`demote_from`](Self::demote_from). Returns where in the tree the value lies then.
    #[inline]
    pub(super) fn demote_to_tree(&mut self, index: usize) -> Result<usize, AllocError> {
        match self.prefix_len() {
            0 => Ok(index),
            _ => {
                self.demote_from(index)?;
                Ok(index - self.prefix_len())
            }
        }
    }

    /// As [`demote_from`](Self::demote_from), from huge chunk number `first` on, which there is.
    #[cold]
    #[inline(never)]
    fn demote(&mut self, first: usize) -> Result<(), AllocError> {
        let home = self.arena().to_home();
        let arena = arena_of(home.as_ref());
        let mut tree = VecTree::empty();
        for chunk in self
            .prefix()
            .into_iter()
            .flat_map(|prefix| prefix.chunks(first))
        {
            for page in 0..page_count::<T>() {
                let (slots, range) = chunk.page_slots(page);
                let leaf = if slots.capacity() == full::<T>() {
                    slots
                } else {
                    let mut leaf = Slots::try_with_capacity_in(arena, full::<T>())?;
                    if let Some(mut to) = leaf.get_mut() {
                        to.extend_from_slice(chunk.page(page));
                    }
                    leaf
                };
                tree.push_leaf(arena, &mut Child::a(leaf), Weight::of_len(range.len()))?;
            }
        }
        let before = self.clone();
        self.put_demoted(arena, first, tree)
            .inspect_err(|_| *self = before)
    }

    /// Takes the huge chunks from number `first` on away and puts `tree` in their place.
    fn put_demoted(
        &mut self,
        arena: ArenaRef<'_>,
        first: usize,
        mut tree: VecTree<T>,
    ) -> Result<(), AllocError> {
        let mut body = self.body_mut()?;
        while body.prefix.len() > first * capacity::<T>() {
            body.prefix.pop_leaf()?;
        }
        tree.join(arena, std::mem::replace(&mut body.tree, VecTree::empty()))?;
        body.tree = tree;
        Ok(())
    }

    /// Takes the huge chunks from value number `at` on, which is where one begins, with what is behind them.
    ///
    /// When that fails this sequence may be lost: the caller keeps a clone.
    pub(super) fn split_off_chunks(&mut self, at: usize) -> Result<Self, AllocError> {
        let home = self.arena().to_home();
        let arena = arena_of(home.as_ref());
        let tail = self.take_tail()?;
        let mut body = self.body_mut()?;
        let mut chunks = Vec::new();
        while body.prefix.len() > at {
            chunks.push(body.prefix.pop_leaf()?.0);
        }
        let tree = std::mem::replace(&mut body.tree, VecTree::empty());
        drop(body);
        let mut prefix = Prefix::empty();
        for chunk in chunks.into_iter().rev() {
            prefix.push(arena, chunk)?;
        }
        Self::from_parts(arena, prefix, tree, tail)
    }

    /// Takes the huge chunks of `other` behind those of this sequence, which has nothing else.
    ///
    /// When that fails both may be lost: the caller keeps clones.
    pub(super) fn take_chunks(&mut self, other: &mut Self) -> Result<(), AllocError> {
        let home = self.arena().to_home();
        let arena = arena_of(home.as_ref());
        let prefix = std::mem::replace(&mut other.body_mut()?.prefix, Prefix::empty());
        let mut body = self.body_mut()?;
        let mut chunks = IntoParts::of(prefix);
        while let Some((chunk, _)) = chunks.next() {
            body.prefix.push(arena, Entry::a(chunk))?;
        }
        Ok(())
    }
}

/// Counts the leaves in front that are full, and led to by nobody else. `true` when all of `child` are so.
fn front<T>(child: &VecChild<T>, height: u8, len: usize, ready: &mut usize) -> bool {
    if child.usage().handles != 1 {
        return false;
    }
    match child.view() {
        View::A(_) => {
            *ready += usize::from(len == full::<T>());
            len == full::<T>()
        }
        View::B(node) => (0..dense_count::<Slots<T>, VecSums, FANOUT>(height, len)).all(|i| {
            let len = dense_child_len::<Slots<T>, VecSums, FANOUT>(height, len, i);
            front(&node.children[i], height - 1, len, ready)
        }),
        View::C(node) => (0..node.count())
            .all(|i| front(&node.children[i], height - 1, node.child_len(i), ready)),
        View::Empty => false,
    }
}

/// What is done with a leaf and its length.
type VisitLeaf<'a, T> = dyn FnMut(&VecChild<T>, usize) -> Result<(), AllocError> + 'a;

/// Shows all leaves below `child` with their lengths.
fn leaves_below<T>(
    child: &VecChild<T>,
    height: u8,
    len: usize,
    visit: &mut VisitLeaf<'_, T>,
) -> Result<(), AllocError> {
    match child.view() {
        View::A(_) => visit(child, len),
        View::B(node) => {
            (0..dense_count::<Slots<T>, VecSums, FANOUT>(height, len)).try_for_each(|i| {
                let len = dense_child_len::<Slots<T>, VecSums, FANOUT>(height, len, i);
                leaves_below(&node.children[i], height - 1, len, visit)
            })
        }
        View::C(node) => (0..node.count()).try_for_each(|i| {
            leaves_below(&node.children[i], height - 1, node.child_len(i), visit)
        }),
        View::Empty => Ok(()),
    }
}

/// The pages of huge chunks as leaves, taken out from either end.
pub(super) struct IntoPages<T> {
    chunks: IntoParts<Huge<T>, PrefixSums, WIDTH>,
    front: Option<Pages<T>>,
    back: Option<Pages<T>>,
}

/// The pages of one huge chunk that were not taken yet.
struct Pages<T> {
    huge: Huge<T>,
    pages: Range<usize>,
}

impl<T> Pages<T> {
    fn new(huge: Huge<T>) -> Self {
        let pages = 0..page_count::<T>();
        Self { huge, pages }
    }

    fn leaf(&self, page: usize) -> Leaf<T> {
        let (slots, range) = self.huge.as_huge().page_slots(page);
        Leaf::part(slots, range)
    }
}

impl<T> IntoPages<T> {
    pub(super) fn new(prefix: Prefix<T>) -> Self {
        Self {
            chunks: IntoParts::of(prefix),
            front: None,
            back: None,
        }
    }

    /// The number of values not yet taken.
    pub(super) fn values_left(&self) -> usize {
        let ends = [&self.front, &self.back];
        let pages = ends.into_iter().flatten().map(|pages| pages.pages.len());
        self.chunks.len() + pages.sum::<usize>() * Huge::<T>::PAGE
    }

    pub(super) fn next(&mut self) -> Option<Leaf<T>> {
        if self.front.is_none() {
            let next = self.chunks.next().map(|(huge, _)| Pages::new(huge));
            self.front = next.or_else(|| self.back.take());
        }
        let front = self.front.as_mut()?;
        let page = front.pages.next();
        let leaf = page.map(|page| front.leaf(page));
        if front.pages.is_empty() {
            self.front = None;
        }
        leaf
    }

    pub(super) fn next_back(&mut self) -> Option<Leaf<T>> {
        if self.back.is_none() {
            let next = self.chunks.next_back().map(|(huge, _)| Pages::new(huge));
            self.back = next.or_else(|| self.front.take());
        }
        let back = self.back.as_mut()?;
        let page = back.pages.next_back();
        let leaf = page.map(|page| back.leaf(page));
        if back.pages.is_empty() {
            self.back = None;
        }
        leaf
    }
}
