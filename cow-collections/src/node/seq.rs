//! The sequence engine: a B+tree of leaf chunks; and on top of it the sequence of values.
//!
//! The tree is generic over what its leaves are: [`kind`] is the contract, and says what the two
//! instantiations are. What follows is the one of vectors, whose last leaf hangs on the handle; the one
//! of text is [`text`].
//!
//! ```text
//! Seq  top ──> Body  prefix    huge chunks of 2 MiB, if there are any
//!  │                  │
//!  │                  │ tree ──> [ . . . . ]  inner nodes, 32 children
//!  │                  │         │     └──> [ . . . ]
//!  │                  │         └──> [ . . . . ]
//!  │                  │                └──> [ v v v v v v ]  leaf: up to 4 KiB of values
//!  │                  └ tail ───┐
//!  └ (where the tail is) ───────┴──> [ v v v v _ _ ]  the last leaf
//! ```
//!
//! The last leaf, the *tail*, is kept out of the tree, so that adding and taking values at the end goes
//! nowhere near the tree but once per leaf. The handle holds one counted word, so that a snapshot is one
//! increment: the *body*, which holds the tree and the tail; or just the tail while that is all there
//! is; or, without any chunk, the arena.

mod build;
mod check;
mod compare;
mod edges;
mod edit;
mod find;
mod grow;
mod join;
pub(crate) mod kind;
#[expect(
    unsafe_code,
    reason = "reads slots below the lengths that the tree records"
)]
mod leaf;
#[cfg(feature = "rayon")]
mod prefault;
mod prefix;
mod rubble;
pub(crate) mod sums;
#[cfg(feature = "plain")]
mod swap;
#[expect(unsafe_code, reason = "adds values to a chunk that the sequence keeps")]
mod tail;
pub(crate) mod text;
mod tree;
mod walk;

use std::{
    mem,
    ops::{Deref, DerefMut},
};

use cow_core::{AllocError, ArenaRef, Entry, Handle, Home, Huge, Shared, Slots, View, ViewMut};

pub(crate) use compare::Change;
pub(crate) use rubble::SeqRubble;
#[cfg(feature = "plain")]
pub(crate) use swap::VecMemo;
pub(crate) use walk::{IntoLeaves, Leaf, LeafValues, Leaves};

use find::Route;
use leaf::{Put, Take, full};
use prefix::Prefix;
use sums::{Ends, Weigh, Weight};
use tail::{Lent, Tail};
use tree::{Child, Tree};

/// log2 of the fan-out.
const FANOUT_BITS: u32 = if cfg!(cow_tiny) { 2 } else { 5 };
/// Most children of an inner node of a vector. Narrow, so that copying one touches few counts.
const FANOUT: usize = 1 << FANOUT_BITS;

/// The longest sequence that is put together from others. Nodes add up lengths without looking for an
/// overflow, and values that share their chunks are soon more than memory has room for.
const MAX_LEN: usize = isize::MAX as usize;

/// What a relaxed node of a vector records: where each child ends.
type VecSums = Ends<usize, 1, FANOUT>;
type VecTree<T> = Tree<Slots<T>, VecSums, FANOUT>;
type VecChild<T> = Child<Slots<T>, VecSums, FANOUT>;

const _: () = assert!(size_of::<tree::Dense<Slots<u64>, VecSums, FANOUT>>() == FANOUT * 8);
const _: () = assert!(size_of::<tree::Relaxed<Slots<u64>, VecSums, FANOUT>>() == FANOUT * 16);

/// What a sequence keeps: a lone tail, a body, or the arena of a sequence that has no chunk to find it
/// by; or nothing.
type Top<T> = Entry<Slots<T>, Shared<Body<T>>, Home>;

/// Huge chunks, the tree behind them, and the leaf behind that.
///
/// # Invariants
///
/// `route` leads to the values of `tree` behind `prefix`. Only [`BodyMut`] lends these two for anything that
/// changes it.
#[repr(C)]
struct Body<T> {
    // First, so that the way to a value begins where the handle points to.
    tree: VecTree<T>,
    prefix: Prefix<T>,
    /// A leaf, or nothing.
    tail: VecChild<T>,
    route: Route,
}

const _: () = assert!(size_of::<Body<u64>>() == 64);

impl<T> Body<T> {
    /// A body without a tail.
    fn new(prefix: Prefix<T>, tree: VecTree<T>) -> Self {
        Self {
            route: Route::to(&tree, prefix.len()),
            prefix,
            tree,
            tail: Entry::empty(),
        }
    }
}

impl<T> Clone for Body<T> {
    fn clone(&self) -> Self {
        Self {
            prefix: self.prefix.clone(),
            tree: self.tree.clone(),
            tail: self.tail.clone(),
            route: self.route,
        }
    }
}

/// A sequence of values.
///
/// Calls that need chunks return an [`AllocError`] when there is none, and leave the values as they
/// were, unless they say otherwise.
///
/// # Invariants
///
/// 1. `inner_len` is the length of the body's prefix and of its tree together, and zero without a body.
/// 2. `tail` is about the leaf that `top` keeps as the tail (see [`Tail`]).
pub(crate) struct Seq<T> {
    top: Top<T>,
    inner_len: usize,
    tail: Tail<T>,
}

const _: () = assert!(size_of::<Seq<u64>>() == 32);

impl<T> Seq<T> {
    pub(crate) const fn new() -> Self {
        Self {
            top: Entry::empty(),
            inner_len: 0,
            tail: Tail::none(),
        }
    }

    /// An empty sequence whose chunks come from `arena`.
    pub(crate) fn new_in(arena: ArenaRef<'_>) -> Self {
        Self {
            top: arena.to_home().map_or_else(Entry::empty, Entry::c),
            ..Self::new()
        }
    }

    /// A sequence of huge chunks, a tree and a tail. Of the tail `len` values count.
    fn from_parts(
        arena: ArenaRef<'_>,
        prefix: Prefix<T>,
        tree: VecTree<T>,
        tail: Option<(Slots<T>, usize)>,
    ) -> Result<Self, AllocError> {
        let mut seq = Self::new_in(arena);
        if prefix.len() + tree.len() > 0 {
            seq.inner_len = prefix.len() + tree.len();
            seq.top = Entry::b(Shared::try_new_in(arena, Body::new(prefix, tree))?);
        }
        if let Some((slots, len)) = tail {
            seq.set_tail(slots, len);
        }
        Ok(seq)
    }

    /// The arena that the chunks come from.
    pub(crate) fn arena(&self) -> ArenaRef<'_> {
        self.top.arena().unwrap_or_else(ArenaRef::global)
    }

    /// `true` when both take their chunks from one arena.
    pub(crate) fn is_at_home_with(&self, other: &Self) -> bool {
        self.arena() == other.arena()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.inner_len + self.tail.len()
    }

    /// The tree, if there is one.
    #[inline]
    fn tree(&self) -> Option<&VecTree<T>> {
        match self.top.view() {
            View::B(body) => Some(&body.tree),
            _ => None,
        }
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        if index >= self.inner_len {
            return self.tail.values().get(index - self.inner_len);
        }
        Some(leaf::body(&self.top).value(index))
    }

    /// The leaf with value number `index`, which is below the length, and the leaf's first index. Of a
    /// huge chunk all, or a page.
    pub(crate) fn leaf_at(&self, index: usize) -> (&[T], usize) {
        let prefix_len = self.prefix_len();
        match (self.prefix(), self.tree()) {
            (Some(prefix), _) if index < prefix_len => prefix.piece(index),
            (_, Some(tree)) if index < self.inner_len => {
                let (slots, offset, len) = tree.sized_leaf_of(index - prefix_len);
                (leaf::values(slots, len), index - offset)
            }
            _ => (self.tail.values(), self.inner_len),
        }
    }

    /// `true` when both are one sequence: the same chunks, not only the same values.
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        self.top.ptr_eq(&other.top) && self.len() == other.len()
    }

    /// Empties the sequence and keeps its arena.
    pub(crate) fn clear(&mut self) {
        *self = Self::new_in(self.arena());
    }

    /// The body for writing: a new one if there is none, a copy if it is shared. Lengths, heights and kinds
    /// of nodes are to stay as they are.
    #[inline]
    fn body_in_place(&mut self) -> Result<&mut Body<T>, AllocError> {
        make_body_exclusive(&mut self.top)?;
        match self.top.view_mut() {
            Some(ViewMut::B(body)) => Ok(body),
            _ => unreachable!("a body was expected"),
        }
    }

    /// The body for writing, as [`body_in_place`](Self::body_in_place) makes it.
    #[inline]
    fn body_mut(&mut self) -> Result<BodyMut<'_, T>, AllocError> {
        make_body_exclusive(&mut self.top)?;
        match self.top.view_mut() {
            Some(ViewMut::B(body)) => Ok(BodyMut {
                body,
                len: &mut self.inner_len,
            }),
            _ => unreachable!("a body was expected"),
        }
    }

    /// The tail for changing the number of its values, if nobody shares it.
    fn exclusive_tail(&mut self) -> Option<Lent<'_, T>> {
        let slots = match self.top.view_mut()? {
            ViewMut::A(slots) => slots,
            ViewMut::B(body) => match body.tail.view_mut()? {
                ViewMut::A(slots) => slots,
                _ => return None,
            },
            ViewMut::C(_) | ViewMut::Empty => return None,
        };
        Some(self.tail.lend(slots))
    }

    /// `true` when there is a leaf for a tail, however many values of it count.
    fn has_tail(&self) -> bool {
        match self.top.view() {
            View::A(_) => true,
            View::B(body) => !body.tail.is_empty(),
            View::C(_) | View::Empty => false,
        }
    }

    /// Makes `leaf` the tail, of which `len` values count. A body, if there is one, is exclusive.
    fn set_tail(&mut self, leaf: Slots<T>, len: usize) {
        self.tail = Tail::new(leaf.as_slots(), len);
        if !matches!(self.top.view(), View::B(_)) {
            self.top = Entry::a(leaf);
        } else if let Some(ViewMut::B(body)) = self.top.view_mut() {
            body.tail = Entry::a(leaf);
        } else {
            unreachable!("an exclusive body was expected");
        }
        // Looks once whether the leaf is exclusive, and remembers.
        drop(self.exclusive_tail());
    }

    /// Takes the tail's leaf out of the body, with the number of its values that count.
    fn take_tail(&mut self) -> Result<Option<(Slots<T>, usize)>, AllocError> {
        // The slots that are filled may not be recorded yet.
        drop(self.exclusive_tail());
        let leaf = self.body_in_place()?.tail.take();
        let len = mem::replace(&mut self.tail, Tail::none()).len();
        Ok(match leaf {
            Handle::A(leaf) => Some((leaf, len)),
            _ => None,
        })
    }

    /// Makes room for at least one value behind the others, and for up to `more` of them at once.
    ///
    /// The tail is full or missing; unless it holds as much as a leaf can, it is exclusive.
    #[cold]
    #[inline(never)]
    fn make_room(&mut self, more: usize) -> Result<(), AllocError> {
        let (len, more) = (self.tail.len(), more.max(1));
        if len == full::<T>() {
            return self.spill_tail(more.min(full::<T>()));
        }
        let room = more.saturating_add(len).max(2 * len).min(full::<T>());
        let mut larger = Slots::try_with_capacity_in(self.arena(), room)?;
        if matches!(self.top.view(), View::B(_)) {
            self.body_in_place()?;
        }
        if let (Some(mut lent), Some(mut to)) = (self.exclusive_tail(), larger.get_mut()) {
            lent.slots().move_tail(0, &mut to);
        }
        self.set_tail(larger, len);
        Ok(())
    }

    /// Gives the tail, which holds as much as a leaf can, to the tree, and starts a new one.
    fn spill_tail(&mut self, room: usize) -> Result<(), AllocError> {
        let fresh = Slots::try_with_capacity_in(self.arena(), room)?;
        self.tail_to_tree()?;
        self.set_tail(fresh, 0);
        Ok(())
    }

    /// Gives the tail to the tree. Afterwards there is none, and the body is exclusive.
    fn tail_to_tree(&mut self) -> Result<(), AllocError> {
        let home = self.arena().to_home();
        let arena = arena_of(home.as_ref());
        let Some((leaf, len)) = self.take_tail()? else {
            return Ok(());
        };
        if len == 0 {
            return Ok(());
        }
        let mut leaf = Child::a(leaf);
        let pushed = self
            .body_mut()?
            .tree
            .push_leaf(arena, &mut leaf, Weight::of_len(len));
        if let Handle::A(leaf) = leaf.take() {
            self.set_tail(leaf, len);
        }
        pushed
    }

    /// Adds values until the iterator ends. The tail is exclusive, or missing. What was added since there
    /// were `before` values belongs to the same load.
    ///
    /// When that fails, the values before the one that found no room have been added.
    pub(crate) fn extend_exclusive(
        &mut self,
        before: usize,
        values: &mut impl Iterator<Item = T>,
    ) -> Result<(), AllocError> {
        loop {
            if let Some(mut lent) = self.exclusive_tail() {
                let room = lent.room();
                if lent.slots().extend(&mut values.take(room)) < room {
                    return Ok(());
                }
            }
            let Some(value) = values.next() else {
                self.join_loaded(self.len() - before);
                return Ok(());
            };
            let more = match values.size_hint() {
                (low, Some(high)) if low == high => low.saturating_add(1),
                // Nobody knows how many: a small chunk would grow again and again.
                (low, _) if self.tail.len() < full::<T>() => low.saturating_add(1),
                _ => full::<T>(),
            };
            self.make_room(more)?;
            self.push_in_place(value);
            self.join_grown(self.len() - before);
        }
    }

    /// Adds a value to the tail, which is exclusive and has room.
    fn push_in_place(&mut self, value: T) {
        let added = self.tail.push(value);
        assert!(added.is_ok(), "room was made");
    }
}

impl<T: Clone> Seq<T> {
    /// The value at `index` for writing. `slow` finds it where something on the way is not known to be
    /// exclusive, or relaxed.
    #[inline]
    pub(crate) fn known_mut_or(
        &mut self,
        index: usize,
        slow: impl FnOnce(&mut Self, usize) -> Option<&mut T>,
    ) -> Option<&mut T> {
        if index < self.inner_len
            && let Some(body) = self.top.known_b_mut()
            && let Some(place) = body.known_place_of(index)
        {
            return Some(leaf::lend(self, place));
        }
        slow(self, index)
    }

    /// The value at `index` for writing, after a copy of what is shared on the way.
    pub(crate) fn get_mut(&mut self, index: usize) -> Result<Option<&mut T>, AllocError> {
        if index < self.inner_len {
            let prefix_len = self.prefix_len();
            if index < prefix_len {
                return self.huge_value_mut(index).map(Some);
            }
            let (slots, index, _) = self.body_in_place()?.tree.leaf_of_mut(index - prefix_len)?;
            return Ok(Some(leaf::value_mut(slots, index)));
        }
        let index = index - self.inner_len;
        if index >= self.tail.len() {
            return Ok(None);
        }
        Ok(Some(self.tail_mut()?.into_value(index)))
    }

    /// The leaf with value number `index`, which is below the length, for writing, and its first index.
    pub(crate) fn leaf_at_mut(&mut self, index: usize) -> Result<(&mut [T], usize), AllocError> {
        if index < self.inner_len {
            let prefix_len = self.prefix_len();
            if index < prefix_len {
                return self.huge_page_mut(index);
            }
            let tree = &mut self.body_in_place()?.tree;
            let (slots, offset, len) = tree.leaf_of_mut(index - prefix_len)?;
            return Ok((leaf::values_mut(slots, len), index - offset));
        }
        let start = self.inner_len;
        Ok((self.tail_mut()?.into_values(), start))
    }

    /// The tail, which there is, for writing; after a copy if it is shared.
    fn tail_mut(&mut self) -> Result<Lent<'_, T>, AllocError> {
        if self.exclusive_tail().is_none() {
            self.copy_tail(self.tail.len())?;
        }
        match self.exclusive_tail() {
            Some(lent) => Ok(lent),
            None => unreachable!("an exclusive tail was expected"),
        }
    }

    /// Replaces the tail, which is shared, by a copy with room for `room` values or more.
    #[cold]
    #[inline(never)]
    fn copy_tail(&mut self, room: usize) -> Result<(), AllocError> {
        if matches!(self.top.view(), View::B(_)) {
            self.body_in_place()?;
        }
        let len = self.tail.len();
        let copy = leaf::copy(self.tail.slots(), len, room.max(1))?;
        self.set_tail(copy, len);
        Ok(())
    }

    /// Adds a value behind the others, if the tail has room and is known to be exclusive; else gives it
    /// back. What most pushes take.
    #[inline]
    pub(crate) fn push_known(&mut self, value: T) -> Result<(), T> {
        self.tail.push(value)
    }

    /// Adds a value behind the others.
    pub(crate) fn push(&mut self, mut value: T) -> Result<(), AllocError> {
        let is_shared = !self.tail.is_known_exclusive() && self.exclusive_tail().is_none();
        if is_shared && self.has_tail() {
            // The slot behind our last one may still be free, although others share the chunk.
            match self.tail.claim(value) {
                Ok(()) => return Ok(()),
                Err(back) => value = back,
            }
            if self.tail.len() < full::<T>() {
                self.copy_tail((2 * self.tail.len()).min(full::<T>()))?;
            }
        }
        if let Err(value) = self.tail.push(value) {
            self.make_room(if self.inner_len > 0 {
                full::<T>()
            } else {
                self.tail.len()
            })?;
            self.push_in_place(value);
            self.join_grown(1);
        }
        Ok(())
    }

    /// Adds values until the iterator ends.
    ///
    /// When that fails, the values before the one that found no room have been added.
    pub(crate) fn extend(&mut self, values: impl Iterator<Item = T>) -> Result<(), AllocError> {
        self.extend_since(self.len(), values)
    }

    /// As [`extend`](Self::extend), in one of several calls that load values together: since there were
    /// `before`.
    pub(crate) fn extend_since(
        &mut self,
        before: usize,
        mut values: impl Iterator<Item = T>,
    ) -> Result<(), AllocError> {
        // One by one while the tail is shared: each may find a slot to claim, and the first that
        // does not makes the tail exclusive.
        while self.has_tail() && self.exclusive_tail().is_none() {
            let Some(value) = values.next() else {
                return Ok(());
            };
            self.push(value)?;
        }
        self.extend_exclusive(before, &mut values)
    }

    /// Adds a leaf of the same arena behind the others: whole, if that leaves no small leaf in front of
    /// it, else value by value.
    ///
    /// When that fails the leaf may be lost.
    pub(crate) fn push_leaf(&mut self, leaf: Leaf<T>) -> Result<(), AllocError> {
        let is_small = 0 < self.tail.len() && self.tail.len() < full::<T>() / 4;
        if is_small || !leaf.is_whole() {
            return leaf.append_to(self);
        }
        self.tail_to_tree()?;
        let (slots, len) = leaf.into_parts();
        self.set_tail(slots, len);
        Ok(())
    }

    /// Takes the last value off.
    #[inline]
    pub(crate) fn pop(&mut self) -> Result<Option<T>, AllocError> {
        match self.tail.pop() {
            Some(value) => Ok(Some(value)),
            None => self.pop_slow(),
        }
    }

    #[inline(never)]
    fn pop_slow(&mut self) -> Result<Option<T>, AllocError> {
        if self.tail.len() == 0 && !self.pull_tail()? {
            return Ok(None);
        }
        if let Some(mut lent) = self.exclusive_tail() {
            return Ok(lent.slots().pop());
        }
        // Shared: the chunk stays as it is, and this handle forgets its last slot.
        let value = self.tail.values().last().cloned();
        self.tail.forget_from(self.tail.len() - 1);
        Ok(value)
    }

    /// Makes the tree's last leaf the tail, which is empty. `false` when the tree is empty too.
    fn pull_tail(&mut self) -> Result<bool, AllocError> {
        if self.inner_len == 0 {
            return Ok(false);
        }
        if self.prefix_len() == self.inner_len {
            self.demote_from(self.inner_len - 1)?;
        }
        let (mut leaf, weight) = self.body_mut()?.tree.pop_leaf()?;
        let Handle::A(leaf) = leaf.take() else {
            unreachable!("a leaf was expected")
        };
        self.set_tail(leaf, weight.len());
        Ok(true)
    }

    /// Puts a value in front of value number `index`, which is at most the length.
    pub(crate) fn insert(&mut self, index: usize, value: T) -> Result<(), AllocError> {
        if index == self.len() {
            return self.push(value);
        }
        if index < self.inner_len {
            let index = self.demote_to_tree(index)?;
            return self.body_mut()?.tree.insert(index, 1, Put(value));
        }
        let (at, len) = (index - self.inner_len, self.tail.len());
        if len < full::<T>() {
            match self.exclusive_tail().map(|lent| lent.room()) {
                None => self.copy_tail((len + 1).next_power_of_two().min(full::<T>()))?,
                Some(0) => self.make_room(1)?,
                Some(_) => {}
            }
            self.tail_mut()?.slots().insert(at, value);
            return Ok(());
        }
        // A full tail takes the value in and hands its last one on, so that it stays full.
        let mut lent = self.tail_mut()?;
        let Some(last) = lent.slots().pop() else {
            unreachable!("a full tail was expected")
        };
        lent.slots().insert(at, value);
        drop(lent);
        if let Err(error) = self.spill_tail(full::<T>()) {
            let mut lent = self.tail_mut()?;
            let refused = lent.slots().remove(at);
            lent.slots().push(last);
            drop(refused);
            return Err(error);
        }
        self.push_in_place(last);
        Ok(())
    }

    /// Takes value number `index`, which is below the length, out.
    pub(crate) fn remove(&mut self, index: usize) -> Result<T, AllocError> {
        if index < self.inner_len {
            let index = self.demote_to_tree(index)?;
            let mut removed = None;
            self.body_mut()?.tree.remove(index, Take(&mut removed))?;
            return removed.map_or_else(|| unreachable!("a value was removed"), Ok);
        }
        let index = index - self.inner_len;
        Ok(self.tail_mut()?.slots().remove(index))
    }

    /// Looks whether the values of `other` are few enough to be put behind the others.
    pub(crate) fn check_append(&self, other: &Self) -> Result<(), AllocError> {
        let requested = self.len().saturating_add(other.len());
        if requested > MAX_LEN {
            return Err(AllocError::Capacity {
                requested,
                most: MAX_LEN,
            });
        }
        Ok(())
    }

    /// Puts the values of `other`, a sequence of the same arena, behind the others. They are
    /// [few enough](Self::check_append).
    ///
    /// When that fails both may be lost: the caller keeps clones.
    pub(crate) fn append(&mut self, mut other: Self) -> Result<(), AllocError> {
        if self.len() == 0 {
            *self = other;
            return Ok(());
        }
        if other.inner_len == 0 {
            return other
                .into_leaves()
                .try_for_each(|leaf| leaf.append_to(self));
        }
        if self.prefix_len() == self.len() {
            self.take_chunks(&mut other)?;
        }
        other.demote_from(0)?;
        let home = self.arena().to_home();
        let arena = arena_of(home.as_ref());
        if self.tail.len() < full::<T>() / 4 {
            // A small leaf is joined to the one in front of it, if that has room.
            if let Some((leaf, len)) = self.take_tail()? {
                self.body_mut()?
                    .tree
                    .join(arena, VecTree::leaf(leaf, Weight::of_len(len)))?;
            }
        } else {
            self.tail_to_tree()?;
        }
        let tail = other.take_tail()?;
        let right = mem::replace(&mut other.body_mut()?.tree, VecTree::empty());
        self.body_mut()?.tree.join(arena, right)?;
        if let Some((leaf, len)) = tail {
            self.set_tail(leaf, len);
        }
        Ok(())
    }

    /// Keeps the first `at` values, at most all, and returns the others.
    ///
    /// When that fails this sequence may be lost: the caller keeps a clone.
    pub(crate) fn split_off(&mut self, at: usize) -> Result<Self, AllocError> {
        let home = self.arena().to_home();
        let arena = arena_of(home.as_ref());
        if at >= self.len() {
            return Ok(Self::new_in(arena));
        }
        if at == 0 {
            return Ok(mem::replace(self, Self::new_in(arena)));
        }
        if at < self.prefix_len() && at.is_multiple_of(Huge::<T>::CAPACITY) {
            return self.split_off_chunks(at);
        }
        if at < self.inner_len {
            let at = self.demote_to_tree(at)?;
            let tail = self.take_tail()?;
            let (leaf, right) = self.body_mut()?.tree.split(arena, at)?;
            if let Some((mut leaf, weight)) = leaf
                && let Handle::A(leaf) = leaf.take()
            {
                self.set_tail(leaf, weight.len());
            }
            return Self::from_parts(arena, Prefix::empty(), right, tail);
        }
        let (at, len) = (at - self.inner_len, self.tail.len());
        let mut leaf = Slots::try_with_capacity_in(arena, len - at)?;
        let Some(mut to) = leaf.get_mut() else {
            unreachable!("a new leaf is exclusive")
        };
        if let Some(mut lent) = self.exclusive_tail() {
            lent.slots().move_tail(at, &mut to);
        } else {
            to.extend_from_slice(&self.tail.values()[at..]);
            self.tail.forget_from(at);
        }
        let (prefix, tree) = (Prefix::empty(), VecTree::empty());
        Self::from_parts(arena, prefix, tree, Some((leaf, len - at)))
    }
}

/// The arena that a home stands for: without one, the global arena.
fn arena_of(home: Option<&Home>) -> ArenaRef<'_> {
    home.map_or_else(ArenaRef::global, Home::arena)
}

/// Puts an exclusive body on top: a new one if there is none, a copy if it is shared.
#[inline]
fn make_body_exclusive<T>(top: &mut Top<T>) -> Result<(), AllocError> {
    match top.view() {
        View::B(_) if top.is_known_exclusive() => Ok(()),
        View::B(_) => copy_body(top),
        View::A(_) | View::C(_) | View::Empty => new_body(top),
    }
}

#[cold]
#[inline(never)]
fn copy_body<T>(top: &mut Top<T>) -> Result<(), AllocError> {
    if !top.is_exclusive()
        && let (View::B(body), Some(arena)) = (top.view(), top.arena())
    {
        *top = Entry::b(Shared::try_copy_in(arena, body)?);
    }
    Ok(())
}

#[cold]
#[inline(never)]
fn new_body<T>(top: &mut Top<T>) -> Result<(), AllocError> {
    let arena = top.arena().unwrap_or_else(ArenaRef::global);
    let mut body = Shared::try_new_in(arena, Body::new(Prefix::empty(), VecTree::empty()))?;
    if let (Handle::A(leaf), Some(body)) = (top.take(), body.get_mut()) {
        body.tail = Entry::a(leaf);
    }
    *top = Entry::b(body);
    Ok(())
}

/// The body of a sequence on loan. The sequence takes over its length, and the body its route, at the
/// end, also when a panic ends it.
struct BodyMut<'a, T> {
    body: &'a mut Body<T>,
    len: &'a mut usize,
}

impl<T> Deref for BodyMut<'_, T> {
    type Target = Body<T>;

    fn deref(&self) -> &Body<T> {
        self.body
    }
}

impl<T> DerefMut for BodyMut<'_, T> {
    fn deref_mut(&mut self) -> &mut Body<T> {
        self.body
    }
}

impl<T> Drop for BodyMut<'_, T> {
    fn drop(&mut self) {
        let Body { prefix, tree, .. } = &*self.body;
        *self.len = prefix.len() + tree.len();
        self.body.route = Route::to(tree, prefix.len());
    }
}

impl<T> Clone for Seq<T> {
    /// One count, whatever the length.
    #[inline]
    fn clone(&self) -> Self {
        self.tail.share();
        Self {
            top: self.top.clone(),
            inner_len: self.inner_len,
            tail: self.tail.second(),
        }
    }
}
