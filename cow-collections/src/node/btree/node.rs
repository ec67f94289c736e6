//! The nodes of an ordered tree: making them exclusive, splitting and mending them.
//!
//! What takes several steps here gets all chunks and clones it needs first, and moves things after: a
//! failure or a panic leaves the pairs as they were.

use std::{borrow::Borrow, mem::needs_drop};

use cow_core::{AllocError, ArenaRef, ChunkUsage, Entry, Pairs, PairsMut, Shared, View, ViewMut};

use super::Child;

/// Most children of an inner node: as many as fit in 128 B. Narrow, so that copying one touches few
/// counts.
pub(super) const FANOUT: usize = if cfg!(cow_tiny) { 6 } else { 9 };
/// Fewest children of an inner node that is not on the way to the last leaf.
pub(super) const LEAST_CHILDREN: usize = FANOUT / 3;

/// Pairs in a full leaf.
pub(super) const fn full<K, V>() -> usize {
    Pairs::<K, V>::LEAF_CAPACITY
}

/// Fewest pairs in a leaf that is not the last one.
pub(super) const fn least<K, V>() -> usize {
    full::<K, V>() / 3
}

/// The keys between children.
type Borders<K> = Entry<Pairs<K, ()>, Pairs<K, ()>>;

/// An inner node.
///
/// # Invariants
///
/// 1. The first `len` slots hold children, the others are empty; `len` is above zero.
/// 2. `borders` holds `len - 1` keys, and is empty when that is none. Border `i` is above all keys below
///    child `i`, and not above those below child `i + 1`.
/// 3. `counts[i]` is the number of pairs below child `i`; [`MANY`] stands for that number and for all
///    above.
#[repr(C)]
pub(crate) struct Inner<K, V> {
    borders: Borders<K>,
    len: u32,
    counts: [u32; FANOUT],
    children: [Child<K, V>; FANOUT],
}

const _: () = assert!(size_of::<Inner<u64, u64>>() <= 128);

/// From here on a count is not recorded, but added up from the child's own.
const MANY: u32 = if cfg!(cow_tiny) { 60 } else { u32::MAX };

impl<K, V> Clone for Inner<K, V> {
    fn clone(&self) -> Self {
        // Each increment waits for its count, and the next one for the increment: fetch all counts first.
        self.children().iter().for_each(Entry::prefetch_count);
        Self {
            borders: self.borders.clone(),
            len: self.len,
            counts: self.counts,
            children: self.children.clone(),
        }
    }
}

/// How many of the keys come before a place, given that these come first. Any answer of `is_before`
/// leads to a number of keys.
///
/// Plain keys are counted without a branch: first in steps, then inside one. All steps are looked up at
/// once, where halving would wait for one after the other. Keys with drop glue mostly lie elsewhere: they
/// are looked at in order, so that the processor, which guesses that it goes on, fetches the next ones
/// meanwhile.
#[inline]
pub(super) fn count_before<K>(keys: &[K], is_before: impl Fn(&K) -> bool) -> usize {
    const STEP: usize = 8;
    if needs_drop::<K>() {
        let at = keys.iter().position(|key| !is_before(key));
        return at.unwrap_or(keys.len());
    }
    let mut first = 0;
    for step in keys.chunks_exact(STEP) {
        first += usize::from(is_before(&step[STEP - 1])) * STEP;
    }
    let last = keys.len().min(first + STEP);
    let mut count = first;
    for key in &keys[first..last] {
        count += usize::from(is_before(key));
    }
    count
}

/// Tells the processor that the leaf in `child` comes next.
#[inline]
pub(super) fn prefetch<K, V>(child: &Child<K, V>) {
    const LINES: usize = 8;
    let bytes = full::<K, V>() * size_of::<K>();
    cow_core::prefetch(child.as_ptr(), bytes.div_ceil(64).min(LINES));
}

impl<K, V> Inner<K, V> {
    /// A node to be filled.
    pub(super) const fn new() -> Self {
        Self {
            borders: Entry::empty(),
            len: 0,
            counts: [0; FANOUT],
            children: [const { Entry::empty() }; FANOUT],
        }
    }

    /// The number of children.
    #[inline]
    pub(super) fn len(&self) -> usize {
        self.len as usize
    }

    #[inline]
    pub(super) fn children(&self) -> &[Child<K, V>] {
        &self.children[..self.len().min(FANOUT)]
    }

    #[inline]
    pub(super) fn child(&self, i: usize) -> Option<&Child<K, V>> {
        self.children.get(i)
    }

    #[inline]
    pub(super) fn child_mut(&mut self, i: usize) -> &mut Child<K, V> {
        &mut self.children[i]
    }

    /// The keys between the children.
    #[inline]
    pub(super) fn keys(&self) -> &[K] {
        match self.borders.view() {
            View::A(borders) => borders.keys(),
            _ => &[],
        }
    }

    /// What the chunk of the borders costs, if there is one.
    pub(super) fn borders_usage(&self) -> ChunkUsage {
        self.borders.usage()
    }

    /// The chunk of the borders, and whether this node is known to be the only one to have it.
    pub(super) fn borders_identity(&self) -> (*const u8, bool) {
        (self.borders.as_ptr(), self.borders.is_known_exclusive())
    }

    /// The child whose keys are on both sides of `key`.
    #[inline]
    pub(super) fn find<Q>(&self, key: &Q) -> usize
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        count_before(self.keys(), |border| border.borrow() <= key)
    }

    /// The number of pairs below child `i`.
    #[inline]
    pub(super) fn count(&self, i: usize) -> usize {
        match self.counts[i] {
            MANY => total(&self.children[i]),
            count => count as usize,
        }
    }

    /// The number of pairs below all children.
    pub(super) fn total(&self) -> usize {
        (0..self.len()).map(|i| self.count(i)).sum()
    }

    /// The number of pairs in front of child `i`.
    #[inline]
    pub(super) fn start(&self, i: usize) -> usize {
        (0..i).map(|i| self.count(i)).sum()
    }

    /// The child with pair number `rank`, and the pair's number there. Behind the last pair, the last
    /// child.
    #[inline]
    pub(super) fn child_at(&self, mut rank: usize) -> (usize, usize) {
        let last = self.len() - 1;
        for i in 0..last {
            let count = self.count(i);
            if rank < count {
                return (i, rank);
            }
            rank -= count;
        }
        (last, rank)
    }

    /// Counts the pairs below child `i` anew.
    pub(super) fn recount(&mut self, i: usize) {
        self.counts[i] = narrow(total(&self.children[i]));
    }

    /// Counts one pair more below child `i`, where it is already.
    #[inline]
    pub(super) fn count_one_more(&mut self, i: usize) {
        if self.counts[i] < MANY - 1 {
            self.counts[i] += 1;
        } else {
            self.recount(i);
        }
    }

    /// Counts one pair less below child `i`, which it has left already.
    #[inline]
    pub(super) fn count_one_less(&mut self, i: usize) {
        if self.counts[i] < MANY {
            self.counts[i] -= 1;
        } else {
            self.recount(i);
        }
    }

    /// Puts a child in front of child `i` and counts its pairs. There is room for it; the borders are
    /// the caller's business.
    pub(super) fn insert_child(&mut self, i: usize, child: Child<K, V>) {
        let len = self.len();
        assert!(i <= len && len < FANOUT, "no room for a child");
        self.children[i..=len].rotate_right(1);
        self.counts.copy_within(i..len, i + 1);
        self.children[i] = child;
        self.len += 1;
        self.recount(i);
    }

    /// Takes child `i` out; the borders are the caller's business.
    pub(super) fn remove_child(&mut self, i: usize) -> Child<K, V> {
        let len = self.len();
        let child = std::mem::take(&mut self.children[i]);
        self.children[i..len].rotate_left(1);
        self.counts.copy_within(i + 1..len, i);
        self.len -= 1;
        child
    }

    /// Moves the children from number `i` on to the front of those of `to`.
    fn move_children(&mut self, i: usize, to: &mut Self) {
        let (len, there) = (self.len(), to.len());
        let count = len - i;
        assert!(there + count <= FANOUT, "no room for the children");
        to.children[..there + count].rotate_right(count);
        to.counts.copy_within(0..there, count);
        to.children[..count].swap_with_slice(&mut self.children[i..len]);
        to.counts[..count].copy_from_slice(&self.counts[i..len]);
        self.len -= size(count);
        to.len += size(count);
    }

    /// Moves the first `count` children behind those of `to`.
    fn move_first_children(&mut self, count: usize, to: &mut Self) {
        let (len, there) = (self.len(), to.len());
        assert!(there + count <= FANOUT, "no room for the children");
        to.children[there..there + count].swap_with_slice(&mut self.children[..count]);
        to.counts[there..there + count].copy_from_slice(&self.counts[..count]);
        self.children[..len].rotate_left(count);
        self.counts.copy_within(count..len, 0);
        self.len -= size(count);
        to.len += size(count);
    }

    /// The arena of the children.
    fn arena(&self) -> ArenaRef<'_> {
        arena(&self.children[0])
    }

    /// The borders for writing: they are known to be exclusive.
    pub(super) fn borders_mut(&mut self) -> PairsMut<'_, K, ()> {
        match self.borders.known_a_mut() {
            Some(borders) => borders,
            None => unreachable!("the borders were made exclusive"),
        }
    }
}

impl<K: Clone, V> Inner<K, V> {
    /// Makes the borders exclusive, with room for all there can be.
    pub(super) fn own_borders(&mut self) -> Result<(), AllocError> {
        if self.borders.is_exclusive() {
            return Ok(());
        }
        self.borders = Entry::a(match self.borders.view() {
            View::A(borders) => borders.try_copy(0..borders.len(), FANOUT - 1)?,
            _ => Pairs::try_with_capacity_in(self.arena(), FANOUT - 1)?,
        });
        Ok(())
    }
}

/// A number of children.
#[expect(clippy::cast_possible_truncation, reason = "at most `FANOUT`")]
const fn size(children: usize) -> u32 {
    children as u32
}

/// A number of pairs as it is recorded.
fn narrow(count: usize) -> u32 {
    match u32::try_from(count) {
        Ok(count) if count < MANY => count,
        _ => MANY,
    }
}

/// The number of pairs in a subtree.
pub(super) fn total<K, V>(child: &Child<K, V>) -> usize {
    match child.view() {
        View::A(leaf) => leaf.len(),
        View::B(node) => node.total(),
        View::C(_) | View::Empty => 0,
    }
}

/// Pairs of a leaf, or children of an inner node.
pub(super) fn width<K, V>(child: &Child<K, V>) -> usize {
    match child.view() {
        View::A(leaf) => leaf.len(),
        View::B(node) => node.len(),
        View::C(_) | View::Empty => 0,
    }
}

/// `true` when there is no room for another pair or child.
pub(super) fn is_full<K, V>(child: &Child<K, V>) -> bool {
    match child.view() {
        View::A(leaf) => leaf.len() >= full::<K, V>(),
        View::B(node) => node.len() == FANOUT,
        View::C(_) | View::Empty => false,
    }
}

/// How many pairs or children a node has above the fewest that it may have; below zero when it has less.
pub(super) fn spare<K, V>(child: &Child<K, V>) -> isize {
    let least = match child.view() {
        View::A(_) => least::<K, V>(),
        _ => LEAST_CHILDREN,
    };
    width(child).cast_signed() - least.cast_signed()
}

/// The arena that a subtree lies in.
pub(super) fn arena<K, V>(child: &Child<K, V>) -> ArenaRef<'_> {
    child.arena().unwrap_or_else(ArenaRef::global)
}

/// Lends a node that was just made, to be filled.
pub(super) fn fresh<N>(node: &mut Shared<N>) -> &mut N {
    match node.get_mut() {
        Some(node) => node,
        None => unreachable!("a new node is exclusive"),
    }
}

/// Lends a chunk that was just made, to be filled.
pub(super) fn fresh_pairs<K, V>(pairs: &mut Pairs<K, V>) -> PairsMut<'_, K, V> {
    match pairs.get_mut() {
        Some(pairs) => pairs,
        None => unreachable!("a new chunk is exclusive"),
    }
}

/// Makes the inner node in `child` exclusive, by a copy if need be, and lends it.
#[inline]
pub(super) fn inner_mut<K, V>(child: &mut Child<K, V>) -> Result<&mut Inner<K, V>, AllocError> {
    if !child.is_exclusive() {
        copy_inner(child)?;
    }
    match child.known_b_mut() {
        Some(node) => Ok(node),
        None => unreachable!("an inner node was expected"),
    }
}

/// Replaces a shared inner node by a copy.
#[cold]
#[inline(never)]
fn copy_inner<K, V>(child: &mut Child<K, V>) -> Result<(), AllocError> {
    if let View::B(node) = child.view() {
        *child = Entry::b(Shared::try_copy_in(arena(child), node)?);
    }
    Ok(())
}

/// Makes the leaf in `child` exclusive, by a copy if need be, and lends it.
#[inline]
pub(super) fn leaf_mut<K: Clone, V: Clone>(
    child: &mut Child<K, V>,
) -> Result<PairsMut<'_, K, V>, AllocError> {
    leaf_mut_with_room(child, 0)
}

/// As [`leaf_mut`], with room for `room` pairs in all.
#[inline]
pub(super) fn leaf_mut_with_room<K: Clone, V: Clone>(
    child: &mut Child<K, V>,
    room: usize,
) -> Result<PairsMut<'_, K, V>, AllocError> {
    let has_room = matches!(child.view(), View::A(leaf) if leaf.capacity() >= room);
    if !child.is_exclusive() {
        copy_leaf(child, room)?;
    } else if !has_room {
        enlarge_leaf(child, room)?;
    }
    match child.known_a_mut() {
        Some(leaf) => Ok(leaf),
        None => unreachable!("a leaf was expected"),
    }
}

/// Replaces a shared leaf by a copy.
#[cold]
#[inline(never)]
fn copy_leaf<K: Clone, V: Clone>(child: &mut Child<K, V>, room: usize) -> Result<(), AllocError> {
    if let View::A(leaf) = child.view() {
        *child = Entry::a(leaf.try_copy(0..leaf.len(), room)?);
    }
    Ok(())
}

/// Moves the pairs of an exclusive leaf to a larger chunk.
#[cold]
#[inline(never)]
fn enlarge_leaf<K, V>(child: &mut Child<K, V>, room: usize) -> Result<(), AllocError> {
    let mut larger = Pairs::try_with_capacity_in(arena(child), room)?;
    if let Some(mut leaf) = child.known_a_mut() {
        leaf.move_tail(0, &mut fresh_pairs(&mut larger));
    }
    *child = Entry::a(larger);
    Ok(())
}

/// Splits child `i` of an exclusive node that has room, in front of its pair or child number `at`.
///
/// There are some on either side.
pub(super) fn split_child<K: Clone, V: Clone>(
    node: &mut Inner<K, V>,
    i: usize,
    at: usize,
) -> Result<(), AllocError> {
    // A node of one child has no borders yet, and gets none if the split fails.
    let first = if node.borders.is_empty() {
        Some(Pairs::try_with_capacity_in(node.arena(), FANOUT - 1)?)
    } else {
        node.own_borders()?;
        None
    };
    let child = &mut node.children[i];
    let (right, border) = match child.view() {
        View::A(_) => split_leaf(child, at)?,
        _ => split_inner(child, at)?,
    };
    if let Some(borders) = first {
        node.borders = Entry::a(borders);
    }
    node.recount(i);
    node.insert_child(i + 1, right);
    node.borders_mut().insert(i, border, ());
    Ok(())
}

/// Takes the pairs from number `at` on out of a leaf. Returns them as a leaf, and its first key.
pub(super) fn split_leaf<K: Clone, V: Clone>(
    child: &mut Child<K, V>,
    at: usize,
) -> Result<(Child<K, V>, K), AllocError> {
    let is_exclusive = child.is_exclusive();
    let View::A(leaf) = child.view() else {
        unreachable!("a leaf was expected")
    };
    let border = leaf.keys()[at].clone();
    if !is_exclusive {
        let right = leaf.try_copy(at..leaf.len(), full::<K, V>())?;
        *child = Entry::a(leaf.try_copy(0..at, full::<K, V>())?);
        return Ok((Entry::a(right), border));
    }
    let mut right = Pairs::try_with_capacity_in(leaf.arena(), full::<K, V>())?;
    if let Some(mut leaf) = child.known_a_mut() {
        leaf.move_tail(at, &mut fresh_pairs(&mut right));
    }
    Ok((Entry::a(right), border))
}

/// Takes the children from number `at` on out of an inner node. Returns them as a node, and the border
/// between the two.
fn split_inner<K: Clone, V>(
    child: &mut Child<K, V>,
    at: usize,
) -> Result<(Child<K, V>, K), AllocError> {
    let node = inner_mut(child)?;
    node.own_borders()?;
    let mut borders = Pairs::try_with_capacity_in(node.arena(), FANOUT - 1)?;
    let mut right = Shared::try_new_in(node.arena(), Inner::new())?;
    let to = fresh(&mut right);
    node.borders_mut()
        .move_tail(at, &mut fresh_pairs(&mut borders));
    let (border, ()) = node.borders_mut().remove(at - 1);
    node.move_children(at, to);
    if to.len() > 1 {
        to.borders = Entry::a(borders);
    }
    node.shed_borders();
    Ok((Entry::b(right), border))
}

impl<K, V> Inner<K, V> {
    /// Lets go of the chunk of borders when there are none.
    pub(super) fn shed_borders(&mut self) {
        if self.len == 1 {
            self.borders = Entry::empty();
        }
    }
}

/// Two neighbours that were mended: child `left` and the one behind it.
pub(super) struct Mended {
    pub(super) left: usize,
    /// Pairs or children of the left one before.
    pub(super) before: usize,
    /// And now.
    pub(super) after: usize,
    /// Whether it took all of the other's, which is gone.
    pub(super) is_one: bool,
}

/// Whether two nodes with so many pairs or children together, of which one is underfull or about to be,
/// become one. If not, each half has one more than the fewest.
const fn fit_in_one(together: usize, full: usize, least: usize) -> bool {
    together <= full * 3 / 4 || together <= 2 * least + 1
}

/// Joins child `i` of an exclusive node with a neighbour, or shares evenly with it.
///
/// There is a neighbour. The node loses a child or none.
pub(super) fn mend_child<K: Clone, V: Clone>(
    node: &mut Inner<K, V>,
    i: usize,
) -> Result<Mended, AllocError> {
    let left = if i + 1 < node.len() { i } else { i - 1 };
    node.own_borders()?;
    match node.children[left].view() {
        View::A(_) => mend_leaves(node, left),
        _ => mend_inners(node, left),
    }
}

fn mend_leaves<K: Clone, V: Clone>(
    node: &mut Inner<K, V>,
    left: usize,
) -> Result<Mended, AllocError> {
    let [a, b, ..] = &mut node.children[left..] else {
        unreachable!("a neighbour was expected")
    };
    let (before, together) = (width(a), width(a) + width(b));
    let is_one = fit_in_one(together, full::<K, V>(), least::<K, V>());
    let after = if is_one { together } else { together / 2 };
    let mut a = leaf_mut_with_room(a, after)?;
    let mut b = leaf_mut_with_room(b, together - after)?;
    // The first key on the right, and what becomes of the border.
    let border = match after.checked_sub(before) {
        _ if is_one => None,
        Some(more) => Some(b.keys()[more].clone()),
        None => Some(a.keys()[after].clone()),
    };
    if before < after {
        b.move_head(after - before, &mut a);
    } else {
        a.move_tail(after, &mut b);
    }
    let old_border = node.borders_mut().remove(left);
    if let Some(border) = border {
        node.borders_mut().insert(left, border, ());
        node.recount(left + 1);
    }
    node.recount(left);
    let gone = is_one.then(|| node.remove_child(left + 1));
    node.shed_borders();
    // What may panic comes last.
    drop(gone);
    drop(old_border);
    Ok(Mended {
        left,
        before,
        after,
        is_one,
    })
}

fn mend_inners<K: Clone, V>(node: &mut Inner<K, V>, left: usize) -> Result<Mended, AllocError> {
    let [a, b, ..] = &mut node.children[left..] else {
        unreachable!("a neighbour was expected")
    };
    let (a, b) = (inner_mut(a)?, inner_mut(b)?);
    a.own_borders()?;
    b.own_borders()?;
    let (before, together) = (a.len(), a.len() + b.len());
    let is_one = fit_in_one(together, FANOUT, LEAST_CHILDREN);
    let after = if is_one { together } else { together / 2 };
    // The border between the two goes down on one side, another one comes up from the other.
    let Some(mut node_borders) = node.borders.known_a_mut() else {
        unreachable!("the borders were made exclusive")
    };
    if before < after {
        let more = after - before;
        let (border, ()) = node_borders.remove(left);
        a.borders_mut().push(border, ());
        b.borders_mut().move_head(more - 1, &mut a.borders_mut());
        b.move_first_children(more, a);
        if !is_one {
            let (border, ()) = b.borders_mut().remove(0);
            node_borders.insert(left, border, ());
        }
    } else if after < before {
        let (border, ()) = node_borders.remove(left);
        b.borders_mut().insert(0, border, ());
        a.borders_mut().move_tail(after, &mut b.borders_mut());
        a.move_children(after, b);
        let (border, ()) = a.borders_mut().remove(after - 1);
        node_borders.insert(left, border, ());
    }
    a.shed_borders();
    b.shed_borders();
    node.recount(left);
    if is_one {
        drop(node.remove_child(left + 1));
    } else {
        node.recount(left + 1);
    }
    node.shed_borders();
    Ok(Mended {
        left,
        before,
        after,
        is_one,
    })
}

impl<K, V> Inner<K, V> {
    /// The last child alone, taken out of an exclusive node with one child.
    pub(super) fn take_only_child(&mut self) -> Child<K, V> {
        self.remove_child(0)
    }
}

/// Takes inner nodes with a single child off the top. Returns by how many levels.
pub(super) fn lower<K, V>(root: &mut Child<K, V>) -> u8 {
    let mut levels = 0;
    while let View::B(node) = root.view()
        && node.len() == 1
    {
        *root = match root.view() {
            View::B(node) if !root.is_known_exclusive() => node.children[0].clone(),
            _ => match root.view_mut() {
                Some(ViewMut::B(node)) => node.take_only_child(),
                _ => unreachable!("an inner node was expected"),
            },
        };
        levels += 1;
    }
    levels
}

/// What an inner node falls into when it is taken apart around a child.
pub(super) struct Parts<K, V> {
    /// A node of the children in front, if there are any.
    pub(super) left: Option<Child<K, V>>,
    pub(super) middle: Child<K, V>,
    /// A node of the children behind.
    pub(super) right: Option<Child<K, V>>,
}

/// Takes an inner node apart around child `i`: in place if it is exclusive.
pub(super) fn take_apart<K: Clone, V>(
    child: &mut Child<K, V>,
    i: usize,
) -> Result<Parts<K, V>, AllocError> {
    let len = width(child);
    let right = if i + 1 < len {
        // The border between goes nowhere: who joins takes the first key.
        let (right, border) = split_inner(child, i + 1)?;
        drop(border);
        Some(right)
    } else {
        None
    };
    let node = inner_mut(child)?;
    let middle = node.remove_child(i);
    if i == 0 {
        return Ok(Parts {
            left: None,
            middle,
            right,
        });
    }
    if i > 1 {
        node.own_borders()?;
        drop(node.borders_mut().remove(i - 1));
    }
    node.shed_borders();
    Ok(Parts {
        left: Some(std::mem::take(child)),
        middle,
        right,
    })
}
