//! The sequence engine: a B+tree of leaf chunks with a tail in the handle.
//!
//! ```text
//! Seq  root ──> [ . . . . ]  inner nodes, 32 children      tail ──> [ v v v v _ _ ]
//!                 │     └──> [ . . . ]                               values len - tail_len .. len
//!                 └──> [ . . . . ]
//!                        └──> [ v v v v v v ]  leaf: up to 4 KiB of values
//! ```
//!
//! The last leaf is kept out of the tree, as the *tail*, so that adding and taking values at the end
//! goes nowhere near the tree but once per leaf.

mod compare;
mod edit;
mod find;
mod grow;
mod join;
#[expect(
    unsafe_code,
    reason = "reads slots below the lengths that the tree records"
)]
mod leaf;
mod tree;
mod walk;

use std::mem;

use cow_core::{AllocError, ArenaRef, Entry, Handle, Home, Slots, SlotsMut, View, ViewMut};

pub(crate) use compare::Change;
pub(crate) use walk::{IntoLeaves, Leaf, LeafValues, Leaves};

use tree::{Child, Tree, full};

/// The tail's place: a leaf, or the arena of a sequence that has no chunk to find it by, or nothing.
type Tail<T> = Entry<Slots<T>, Home>;

/// A sequence of values.
///
/// Calls that need chunks return an [`AllocError`] when there is none, and leave the values as they
/// were, unless they say otherwise.
///
/// # Invariants
///
/// 1. `tail_len` is the number of the tail's slots that this handle knows to be filled, and `tail_cap`
///    how many it may fill; both are zero when the tail holds no leaf.
/// 2. While the tail's entry is known to be exclusive, exactly `tail_len` slots are filled.
pub(crate) struct Seq<T> {
    tree: Tree<T>,
    tail: Tail<T>,
    tail_len: u16,
    tail_cap: u16,
}

const _: () = assert!(size_of::<Seq<u64>>() == 40);

/// Narrows a number of slots in one leaf.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a leaf has at most 2^15 slots"
)]
const fn narrow(slots: usize) -> u16 {
    slots as u16
}

impl<T> Seq<T> {
    pub(crate) const fn new() -> Self {
        Self {
            tree: Tree::empty(),
            tail: Entry::empty(),
            tail_len: 0,
            tail_cap: 0,
        }
    }

    /// An empty sequence whose chunks come from `arena`.
    pub(crate) fn new_in(arena: ArenaRef<'_>) -> Self {
        Self {
            tail: arena.to_home().map_or_else(Entry::empty, Entry::b),
            ..Self::new()
        }
    }

    /// The arena that the chunks come from.
    pub(crate) fn arena(&self) -> ArenaRef<'_> {
        self.tail
            .arena()
            .or_else(|| self.tree.root.arena())
            .unwrap_or_else(ArenaRef::global)
    }

    /// A handle to the arena, for use while the sequence is being changed.
    fn home(&self) -> Option<Home> {
        self.arena().to_home()
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.tree.len + usize::from(self.tail_len)
    }

    #[inline]
    pub(crate) fn get(&self, index: usize) -> Option<&T> {
        if index < self.tree.len {
            let (slots, index) = self.tree.leaf_of(index);
            return Some(leaf::value(slots, index));
        }
        let index = index - self.tree.len;
        match self.tail.view() {
            View::A(slots) if index < usize::from(self.tail_len) => Some(leaf::value(slots, index)),
            _ => None,
        }
    }

    /// The values of the tail.
    fn tail_values(&self) -> &[T] {
        match self.tail.view() {
            View::A(slots) => leaf::values(slots, usize::from(self.tail_len)),
            _ => &[],
        }
    }

    /// The leaf with value number `index`, which is below the length, and the leaf's first index.
    pub(crate) fn leaf_at(&self, index: usize) -> (&[T], usize) {
        if index < self.tree.len {
            let (slots, offset, len) = self.tree.sized_leaf_of(index);
            return (leaf::values(slots, len), index - offset);
        }
        (self.tail_values(), self.tree.len)
    }

    /// `true` when both are one sequence: the same chunks, not only the same values.
    pub(crate) fn ptr_eq(&self, other: &Self) -> bool {
        self.tree.root.ptr_eq(&other.tree.root)
            && self.tail.ptr_eq(&other.tail)
            && self.tree.len == other.tree.len
            && self.tail_len == other.tail_len
    }

    /// Makes `leaf` the tail. The old tail must be empty.
    fn set_tail(&mut self, leaf: Slots<T>, len: usize) {
        debug_assert_eq!(self.tail_len, 0);
        self.tail_cap = narrow(leaf.capacity().min(full::<T>()));
        self.tail_len = narrow(len);
        // Only a leaf with exactly `len` filled slots may be known to be exclusive (invariant 2).
        let mut leaf = leaf;
        if let Some(mut slots) = leaf.get_mut() {
            slots.truncate(len);
        }
        self.tail = Entry::a(leaf);
    }

    /// Takes the tail's leaf out with its length.
    fn take_tail(&mut self) -> Option<(Slots<T>, usize)> {
        match self.tail.take() {
            Handle::A(leaf) => {
                self.tail_cap = 0;
                Some((leaf, usize::from(mem::take(&mut self.tail_len))))
            }
            Handle::B(home) => {
                self.tail = Entry::b(home);
                None
            }
            Handle::Empty | Handle::C(_) => None,
        }
    }

    /// Empties the sequence and keeps its arena.
    pub(crate) fn clear(&mut self) {
        *self = Self::new_in(self.arena());
    }

    /// Looks whether the tail has turned exclusive, and if so drops what others left in its slots.
    fn tail_is_exclusive(&mut self) -> bool {
        if self.tail.is_known_exclusive() {
            return true;
        }
        let len = usize::from(self.tail_len);
        if let Some(ViewMut::A(mut slots)) = self.tail.view_mut() {
            // Slots that a snapshot claimed before it was dropped.
            slots.truncate(len);
            return true;
        }
        false
    }

    /// Makes room for at least one value behind the others, and up to `more` of them at once.
    ///
    /// The tail is full or missing, and exclusive.
    #[cold]
    fn make_room(&mut self, more: usize) -> Result<(), AllocError> {
        let (len, more) = (usize::from(self.tail_len), more.max(1));
        if len == full::<T>() {
            return self.spill_tail(more.min(full::<T>()));
        }
        let room = more.saturating_add(len).max(2 * len).min(full::<T>());
        let mut larger = Slots::try_with_capacity_in(self.arena(), room)?;
        if let (Some(ViewMut::A(mut slots)), Some(mut to)) =
            (self.tail.view_mut(), larger.get_mut())
        {
            slots.move_tail(0, &mut to);
        }
        self.tail_len = 0;
        self.set_tail(larger, len);
        Ok(())
    }

    /// Gives the tail, which is full, to the tree, and starts a new one of `room` slots.
    fn spill_tail(&mut self, room: usize) -> Result<(), AllocError> {
        let home = self.home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        let fresh = Slots::try_with_capacity_in(arena, room)?;
        self.tail_to_tree(arena)?;
        self.set_tail(fresh, 0);
        Ok(())
    }

    /// Gives the tail to the tree. Afterwards there is none.
    fn tail_to_tree(&mut self, arena: ArenaRef<'_>) -> Result<(), AllocError> {
        let Some((leaf, len)) = self.take_tail() else {
            return Ok(());
        };
        if len == 0 {
            return Ok(());
        }
        let mut leaf = Child::a(leaf);
        let pushed = self.tree.push_leaf(arena, &mut leaf, len);
        if let Handle::A(leaf) = leaf.take() {
            self.set_tail(leaf, len);
        }
        pushed
    }

    /// Adds values until the iterator ends. The tail is exclusive, or missing.
    ///
    /// When that fails, the values before the one that found no room have been added.
    pub(crate) fn extend_exclusive(
        &mut self,
        values: &mut impl Iterator<Item = T>,
    ) -> Result<(), AllocError> {
        /// Records how far the tail was filled, also when the iterator panics.
        struct Filling<'a, T>(&'a mut Seq<T>);
        impl<T> Drop for Filling<'_, T> {
            fn drop(&mut self) {
                if let Some(ViewMut::A(slots)) = self.0.tail.view_mut() {
                    self.0.tail_len = narrow(slots.len());
                }
            }
        }
        loop {
            let room = usize::from(self.tail_cap - self.tail_len);
            if room == 0 {
                let Some(value) = values.next() else {
                    return Ok(());
                };
                self.make_room(values.size_hint().0.saturating_add(1))?;
                self.push_in_place(value);
                continue;
            }
            let filling = Filling(self);
            let added = match filling.0.tail.view_mut() {
                // The capacity of the chunk may be above that of a leaf.
                Some(ViewMut::A(mut slots)) => slots.extend(&mut values.take(room)),
                _ => unreachable!("the tail is exclusive"),
            };
            drop(filling);
            if added < room {
                return Ok(());
            }
        }
    }

    /// Puts a value into the tail, which is exclusive and has room.
    #[inline]
    fn push_in_place(&mut self, value: T) {
        match self.tail.view_mut() {
            Some(ViewMut::A(slots)) => leaf::push(slots, usize::from(self.tail_len), value),
            _ => unreachable!("the tail is exclusive"),
        }
        self.tail_len += 1;
    }

    /// `true` when both take their chunks from one arena.
    pub(crate) fn is_at_home_with(&self, other: &Self) -> bool {
        self.arena() == other.arena()
    }
}

impl<T: Clone> Seq<T> {
    /// The value at `index` for writing, after a copy of what is shared on the way.
    #[inline]
    pub(crate) fn get_mut(&mut self, index: usize) -> Result<Option<&mut T>, AllocError> {
        if index < self.tree.len {
            let (slots, index, _) = self.tree.leaf_of_mut(index)?;
            return Ok(Some(leaf::value_mut(slots, index)));
        }
        let index = index - self.tree.len;
        if index >= usize::from(self.tail_len) {
            return Ok(None);
        }
        Ok(Some(leaf::value_mut(self.tail_mut()?, index)))
    }

    /// The leaf with value number `index`, which is below the length, for writing, and its first index.
    pub(crate) fn leaf_at_mut(&mut self, index: usize) -> Result<(&mut [T], usize), AllocError> {
        if index < self.tree.len {
            let (slots, offset, len) = self.tree.leaf_of_mut(index)?;
            return Ok((leaf::values_mut(slots, len), index - offset));
        }
        let (start, len) = (self.tree.len, usize::from(self.tail_len));
        Ok((leaf::values_mut(self.tail_mut()?, len), start))
    }

    /// The tail for writing, after a copy if it is shared. There is one.
    #[inline]
    fn tail_mut(&mut self) -> Result<SlotsMut<'_, T>, AllocError> {
        if !self.tail_is_exclusive() {
            self.copy_tail(usize::from(self.tail_cap))?;
        }
        match self.tail.view_mut() {
            Some(ViewMut::A(slots)) => Ok(slots),
            _ => unreachable!("a tail was expected"),
        }
    }

    /// Replaces the tail, which is shared, by a copy with room for `room` values.
    #[cold]
    #[inline(never)]
    fn copy_tail(&mut self, room: usize) -> Result<(), AllocError> {
        let len = usize::from(self.tail_len);
        let View::A(slots) = self.tail.view() else {
            unreachable!("a tail was expected")
        };
        let copy = leaf::copy(slots, len, room)?;
        self.tail_len = 0;
        self.set_tail(copy, len);
        Ok(())
    }

    /// Adds a value behind the others.
    #[inline]
    pub(crate) fn push(&mut self, value: T) -> Result<(), AllocError> {
        if self.tail_len < self.tail_cap && self.tail.is_known_exclusive() {
            self.push_in_place(value);
            return Ok(());
        }
        self.push_slow(value)
    }

    #[inline(never)]
    fn push_slow(&mut self, value: T) -> Result<(), AllocError> {
        let len = usize::from(self.tail_len);
        let mut value = value;
        if self.tail_len < self.tail_cap && !self.tail_is_exclusive() {
            // The slot behind our last one may still be free, although others share the chunk.
            if let View::A(slots) = self.tail.view() {
                match leaf::claim(slots, len, value) {
                    Ok(()) => {
                        self.tail_len += 1;
                        return Ok(());
                    }
                    Err(back) => value = back,
                }
            }
            self.copy_tail((2 * len).min(full::<T>()))?;
        }
        if self.tail_len == self.tail_cap {
            if len == full::<T>() {
                self.spill_tail(full::<T>())?;
            } else if self.tail_cap > 0 && !self.tail_is_exclusive() {
                self.copy_tail((2 * len).min(full::<T>()))?;
            } else {
                self.make_room(1)?;
            }
        }
        self.push_in_place(value);
        Ok(())
    }

    /// Adds values until the iterator ends.
    ///
    /// When that fails, the values before the one that found no room have been added.
    pub(crate) fn extend(&mut self, mut values: impl Iterator<Item = T>) -> Result<(), AllocError> {
        // One by one while the tail is shared: each may find a slot to claim, and the first that
        // does not makes the tail exclusive.
        while self.tail_cap > 0 && !self.tail_is_exclusive() {
            let Some(value) = values.next() else {
                return Ok(());
            };
            self.push(value)?;
        }
        self.extend_exclusive(&mut values)
    }

    /// Adds a leaf of the same arena behind the others: whole, if that leaves no small leaf behind it
    /// in the tree, else value by value.
    ///
    /// When that fails the leaf may be lost.
    pub(crate) fn push_leaf(&mut self, leaf: Leaf<T>) -> Result<(), AllocError> {
        let len = usize::from(self.tail_len);
        if 0 < len && len < full::<T>() / 4 {
            return leaf.append_to(self);
        }
        let home = self.home();
        self.tail_to_tree(home.as_ref().map_or_else(ArenaRef::global, Home::arena))?;
        let (slots, len) = leaf.into_parts();
        self.set_tail(slots, len);
        Ok(())
    }

    /// Takes the last value off.
    #[inline]
    pub(crate) fn pop(&mut self) -> Result<Option<T>, AllocError> {
        if self.tail_len == 0 && !self.pull_tail()? {
            return Ok(None);
        }
        if self.tail_is_exclusive()
            && let Some(ViewMut::A(mut slots)) = self.tail.view_mut()
        {
            self.tail_len -= 1;
            return Ok(slots.pop());
        }
        // Shared: the chunk stays as it is, and this handle forgets its last slot.
        let value = self.tail_values().last().cloned();
        self.tail_len -= 1;
        Ok(value)
    }

    /// Makes the tree's last leaf the tail, which is empty. `false` when the tree is empty too.
    #[cold]
    fn pull_tail(&mut self) -> Result<bool, AllocError> {
        if self.tree.len == 0 {
            return Ok(false);
        }
        let (mut leaf, len) = self.tree.pop_leaf()?;
        let Handle::A(leaf) = leaf.take() else {
            unreachable!("a leaf was expected")
        };
        self.set_tail(leaf, len);
        Ok(true)
    }

    /// Puts a value in front of value number `index`, which is at most the length.
    pub(crate) fn insert(&mut self, index: usize, value: T) -> Result<(), AllocError> {
        if index == self.len() {
            return self.push(value);
        }
        if index < self.tree.len {
            return self.tree.insert(index, value);
        }
        let (at, len) = (index - self.tree.len, usize::from(self.tail_len));
        if len < full::<T>() {
            if self.tail_is_exclusive() {
                if self.tail_len == self.tail_cap {
                    self.make_room(1)?;
                }
            } else {
                self.copy_tail((len + 1).max(usize::from(self.tail_cap)))?;
            }
            self.tail_mut()?.insert(at, value);
            self.tail_len += 1;
            return Ok(());
        }
        // A full tail takes the value in and hands its last one on, so that it stays full.
        let mut slots = self.tail_mut()?;
        let Some(last) = slots.pop() else {
            unreachable!("a full tail was expected")
        };
        slots.insert(at, value);
        if let Err(error) = self.spill_tail(full::<T>()) {
            let mut slots = self.tail_mut()?;
            drop(slots.remove(at));
            slots.push(last);
            return Err(error);
        }
        self.push_in_place(last);
        Ok(())
    }

    /// Takes value number `index`, which is below the length, out.
    pub(crate) fn remove(&mut self, index: usize) -> Result<T, AllocError> {
        if index < self.tree.len {
            return self.tree.remove(index);
        }
        let index = index - self.tree.len;
        let value = self.tail_mut()?.remove(index);
        self.tail_len -= 1;
        Ok(value)
    }

    /// Puts the values of `other`, a sequence of the same arena, behind the others.
    ///
    /// When that fails both may be lost: the caller keeps clones.
    pub(crate) fn append(&mut self, mut other: Self) -> Result<(), AllocError> {
        if self.len() == 0 {
            *self = other;
            return Ok(());
        }
        if other.tree.len == 0 {
            return match other.take_tail() {
                Some((leaf, len)) => Leaf::new(leaf, len).append_to(self),
                None => Ok(()),
            };
        }
        let home = self.home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        self.tail_to_tree(arena)?;
        self.tree
            .join(arena, mem::replace(&mut other.tree, Tree::empty()))?;
        if let Some((leaf, len)) = other.take_tail() {
            self.take_tail();
            self.set_tail(leaf, len);
        }
        Ok(())
    }

    /// Keeps the first `at` values, at most all, and returns the others.
    ///
    /// When that fails this sequence may be lost: the caller keeps a clone.
    pub(crate) fn split_off(&mut self, at: usize) -> Result<Self, AllocError> {
        let home = self.home();
        let arena = home.as_ref().map_or_else(ArenaRef::global, Home::arena);
        let mut right = Self::new_in(arena);
        if at >= self.len() {
            return Ok(right);
        }
        if at == 0 {
            mem::swap(self, &mut right);
            return Ok(right);
        }
        if at < self.tree.len {
            let (leaf, tree) = self.tree.split(arena, at)?;
            right.tree = tree;
            if let Some((tail, len)) = self.take_tail() {
                right.set_tail(tail, len);
            }
            if let Some((mut leaf, len)) = leaf
                && let Handle::A(leaf) = leaf.take()
            {
                self.set_tail(leaf, len);
            }
            return Ok(right);
        }
        let (at, len) = (at - self.tree.len, usize::from(self.tail_len));
        let mut leaf = Slots::try_with_capacity_in(arena, len - at)?;
        let Some(mut to) = leaf.get_mut() else {
            unreachable!("a new leaf is exclusive")
        };
        if self.tail_is_exclusive()
            && let Some(ViewMut::A(mut slots)) = self.tail.view_mut()
        {
            slots.move_tail(at, &mut to);
        } else {
            to.extend_from_slice(&self.tail_values()[at..]);
        }
        self.tail_len = narrow(at);
        right.set_tail(leaf, len - at);
        Ok(right)
    }
}

impl<T> Clone for Seq<T> {
    /// Two counts, whatever the length.
    #[inline]
    fn clone(&self) -> Self {
        let tree = Tree {
            root: self.tree.root.clone(),
            height: self.tree.height,
            len: self.tree.len,
        };
        Self {
            tree,
            tail: self.tail.clone(),
            tail_len: self.tail_len,
            tail_cap: self.tail_cap,
        }
    }
}
