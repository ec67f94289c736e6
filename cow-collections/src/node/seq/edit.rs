//! Inserting and removing inside the tree.

use cow_core::{AllocError, Entry, Shared, View};

use super::{
    kind::{EditLeaf, LeafEdit},
    leaf::{prefetch_leaf, prefetch_node, prefetch_rest, prefetch_whole},
    sums::{Sums, Weigh},
    tree::{
        Child, Relaxed, Tree, arena, dense_count, exclusive_leaf, fresh, leaf_mut_with_room,
        move_all, relaxed_mut,
    },
};

/// From this height on a tree is larger than the caches next to a core, so that fetching the whole leaf
/// early is worth its instructions: a text, from half a MiB on.
const FAR: u8 = 3;

/// Something, and two weights that concern it.
type Weighed<T, S> = (T, [<S as Sums>::Weight; 2]);

impl<L: EditLeaf<S>, S: Sums, const F: usize> Tree<L, S, F> {
    /// Puts something into the leaf in which position `at` lies or ends, which gets room for `need` more.
    ///
    /// Full nodes on the way are split on the way down, so that each step leaves a whole tree: when
    /// a chunk is not to be had, all is as before. A leaf without room is split in two, one of which
    /// must have it.
    pub(super) fn insert(
        &mut self,
        at: usize,
        need: usize,
        put: impl LeafEdit<L, S>,
    ) -> Result<(), AllocError> {
        if splits(&self.root, self.height, self.len(), need) {
            let mut node = Shared::try_new_in(arena(&self.root), Relaxed::new())?;
            let top = fresh(&mut node);
            top.push(std::mem::take(&mut self.root), self.weight);
            self.root = Entry::c(node);
            self.height += 1;
        }
        let len = self.len();
        match insert(&mut self.root, self.height, len, at, need, put) {
            Ok(weight) => {
                self.weight += weight;
                Ok(())
            }
            Err(error) => {
                self.lower();
                Err(error)
            }
        }
    }

    /// Takes something out of the leaf with position `at`, and joins what has become small.
    ///
    /// When a chunk is not to be had, all is as before.
    pub(super) fn remove(
        &mut self,
        at: usize,
        take: impl LeafEdit<L, S>,
    ) -> Result<(), AllocError> {
        let removed = self.take(at, take)?;
        if removed.leaf_len < (L::MOST / 4).max(1) && self.len() > 0 {
            // The leaf, or its parent if it is gone, lies at `at` or ends in front of it.
            if !removed.was_last || removed.leaf_len == 0 {
                self.mend(at.min(self.len() - 1));
            }
            if removed.was_last {
                self.mend(at.saturating_sub(1));
            }
        }
        Ok(())
    }

    /// Takes something out of the leaf with position `at`. Small leaves stay as they are.
    ///
    /// When a chunk is not to be had, all is as before.
    pub(super) fn take(
        &mut self,
        at: usize,
        take: impl LeafEdit<L, S>,
    ) -> Result<Removed<S::Weight>, AllocError> {
        let len = self.len();
        let removed = remove(&mut self.root, self.height, len, at, take)?;
        self.weight -= removed.weight;
        self.lower();
        Ok(removed)
    }

    /// Joins the leaf with position `at`, and nodes above it, with their neighbours where they are small.
    pub(super) fn mend(&mut self, at: usize) {
        let (height, len) = (self.height, self.len());
        mend(&mut self.root, height, len, at);
        self.lower();
    }

    /// Adds to the weight of the leaf with position `at`, which changed by so much.
    ///
    /// The nodes on the way are made exclusive, the leaf is not touched. When a chunk is not to be had,
    /// no weight has changed.
    pub(super) fn post(&mut self, at: usize, by: S::Weight) -> Result<(), AllocError> {
        let (height, len) = (self.height, self.len());
        post(&mut self.root, height, len, at, by)?;
        self.weight += by;
        Ok(())
    }

    /// Lends the leaf with position `at`, which gets room for `need` more if it can hold them, for
    /// writing, and what lies in front of it and in it.
    ///
    /// The leaf and all nodes on the way to it are made exclusive. When a chunk is not to be had, some of
    /// them may have been copied; what they hold is as before.
    pub(super) fn leaf_for_writing(
        &mut self,
        at: usize,
        need: usize,
    ) -> Result<Weighed<L::Mut<'_>, S>, AllocError> {
        let is_far = self.height >= FAR;
        if is_far && !self.root.is_known_c() {
            self.prefetch_path(at);
        }
        let mut child = &mut self.root;
        let (mut start, mut weight) = (S::Weight::NOTHING, self.weight);
        for height in (1..=self.height).rev() {
            let node = relaxed_mut(child, height, weight.len())?;
            let i = node.find(at - start.len());
            weight = node.child_weight(i);
            start += node.ends.start(i);
            child = &mut node.children[i];
            match height {
                1 if is_far => prefetch_rest(child, at - start.len(), weight.len()),
                1 => prefetch_leaf(child, at - start.len()),
                _ => prefetch_node(child),
            }
        }
        let (len, room) = (weight.len(), weight.len() + need);
        let leaf = leaf_mut_with_room(child, len, if room > L::MOST { len } else { room })?;
        Ok((leaf, [start, weight]))
    }
}

impl<L: EditLeaf<S>, S: Sums, const F: usize> Tree<L, S, F> {
    /// Tells the processor what a write at `at` copies, if all on the way is shared: the leaf, and the
    /// counts of its neighbours.
    ///
    /// On the way down each count that is raised waits for the one before. Meanwhile the leaf is fetched.
    fn prefetch_path(&self, at: usize) {
        let (mut child, mut at) = (&self.root, at);
        while let View::C(node) = child.view() {
            let i = node.find(at) % F;
            at -= node.start(i);
            child = &node.children[i];
            if let View::A(_) = child.view() {
                prefetch_whole(child);
                node.children.iter().for_each(Child::prefetch_count);
            } else {
                prefetch_node(child);
            }
        }
    }
}

/// Adds to the weight of the leaf with position `at` below `child`.
fn post<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    height: u8,
    len: usize,
    at: usize,
    by: S::Weight,
) -> Result<(), AllocError> {
    if height == 0 {
        return Ok(());
    }
    let node = relaxed_mut(child, height, len)?;
    let i = node.find(at);
    let (start, child_len) = (node.start(i), node.child_len(i));
    post(&mut node.children[i], height - 1, child_len, at - start, by)?;
    node.ends.grow(i, by);
    Ok(())
}

/// Inserts below `child`, which is a leaf with room or a node with room for one more child.
fn insert<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    height: u8,
    len: usize,
    at: usize,
    need: usize,
    put: impl LeafEdit<L, S>,
) -> Result<S::Weight, AllocError> {
    if height == 0 {
        return Ok(put.apply(leaf_mut_with_room(child, len, len + need)?, at));
    }
    let node = relaxed_mut(child, height, len)?;
    // A position on the border belongs to the left child, whose leaf may have room.
    let mut i = node.find(at.saturating_sub(1));
    if splits(&node.children[i], height - 1, node.child_len(i), need) {
        split_child(node, i, height - 1, at - node.start(i))?;
        i = node.find(at.saturating_sub(1));
    }
    let (start, child_len) = (node.start(i), node.child_len(i));
    let below = &mut node.children[i];
    let weight = insert(below, height - 1, child_len, at - start, need, put)?;
    node.ends.grow(i, weight);
    Ok(weight)
}

/// `true` when the child must be split before something is inserted below it.
fn splits<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &Child<L, S, F>,
    height: u8,
    len: usize,
    need: usize,
) -> bool {
    match child.view() {
        View::B(node) => !node.children[F - 1].is_empty(),
        View::C(node) => node.count() == F,
        View::A(_) => height == 0 && len + need > L::MOST,
        View::Empty => unreachable!("insert into an empty tree"),
    }
}

/// Moves a part of child `i`, in which something is to be put at `at`, into a new child behind it. There
/// is room for one.
fn split_child<L: EditLeaf<S>, S: Sums, const F: usize>(
    node: &mut Relaxed<L, S, F>,
    i: usize,
    height: u8,
    at: usize,
) -> Result<(), AllocError> {
    let len = node.child_len(i);
    let child = &mut node.children[i];
    let (right, weight) = if height == 0 {
        let keep = match child.view() {
            View::A(leaf) => L::split_point(leaf, len, at),
            _ => unreachable!("a leaf was expected"),
        };
        let (right, [_, weight]) = split_leaf(child, len, keep)?;
        (right, weight)
    } else {
        let mut right = Shared::try_new_in(arena(child), Relaxed::new())?;
        let to = fresh(&mut right);
        relaxed_mut(child, height, len)?.move_tail(F / 2, to);
        let weight = to.weight();
        (Entry::c(right), weight)
    };
    node.ends.shrink(i, weight);
    node.insert(i + 1, right, weight);
    Ok(())
}

/// Makes a leaf of what is in `child` from `keep` on. Returns it, and what both weigh.
///
/// Of an exclusive leaf that is moved. A shared one may stay as it is, if all it takes to shorten it is
/// that less of it is recorded.
pub(super) fn split_leaf<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    len: usize,
    keep: usize,
) -> Result<Weighed<Child<L, S, F>, S>, AllocError> {
    let mut right = Child::a(L::try_new_in(arena(child), L::MOST)?);
    let is_exclusive = child.is_exclusive();
    let View::A(leaf) = child.view() else {
        unreachable!("a leaf was expected")
    };
    let weights = L::split_weight(leaf, len, keep);
    if is_exclusive {
        let mut leaf = exclusive_leaf(child);
        L::truncate(&mut leaf, len);
        L::move_tail(&mut leaf, keep, &mut exclusive_leaf(&mut right));
        return Ok((right, weights));
    }
    let head = L::try_copy_head(leaf, keep)?;
    L::copy_tail(leaf, len, keep, &mut exclusive_leaf(&mut right));
    if let Some(head) = head {
        *child = Entry::a(head);
    }
    Ok((right, weights))
}

/// What [`remove`] brings up from the leaf.
pub(super) struct Removed<W> {
    weight: W,
    /// What is left in the leaf.
    leaf_len: usize,
    /// Nothing of it lies behind the position.
    was_last: bool,
}

/// Takes something out from below `child`.
fn remove<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    height: u8,
    len: usize,
    at: usize,
    take: impl LeafEdit<L, S>,
) -> Result<Removed<S::Weight>, AllocError> {
    if height == 0 {
        let weight = take.apply(leaf_mut_with_room(child, len, len)?, at);
        return Ok(Removed {
            weight,
            leaf_len: len - weight.len(),
            was_last: at + weight.len() == len,
        });
    }
    let node = relaxed_mut(child, height, len)?;
    let i = node.find(at);
    let (start, child_len) = (node.start(i), node.child_len(i));
    let removed = remove(
        &mut node.children[i],
        height - 1,
        child_len,
        at - start,
        take,
    )?;
    node.ends.shrink(i, removed.weight);
    if removed.weight.len() == child_len {
        drop(node.remove(i));
    }
    Ok(removed)
}

/// Joins small children on the way to position `at` with their neighbours where both fit into one.
///
/// Only for good shape, and a pass of its own: it moves things about but changes no weight that a node
/// further up records, so that it may stop anywhere, by a clone that panics or for want of a chunk.
fn mend<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &mut Child<L, S, F>,
    height: u8,
    len: usize,
    at: usize,
) {
    if height == 0 {
        return;
    }
    let Ok(node) = relaxed_mut(child, height, len) else {
        return;
    };
    let i = node.find(at);
    let (start, child_len) = (node.start(i), node.child_len(i));
    mend(&mut node.children[i], height - 1, child_len, at - start);
    if is_small(&node.children[i], child_len) {
        for left in [Some(i), i.checked_sub(1)].into_iter().flatten() {
            if left + 1 < node.count()
                && !matches!(join_neighbours(node, left, height - 1), Ok(false))
            {
                // Joined, or no chunk for it: all is the same.
                return;
            }
        }
    }
}

fn is_small<L: EditLeaf<S>, S: Sums, const F: usize>(child: &Child<L, S, F>, len: usize) -> bool {
    match child.view() {
        View::A(_) => len < L::MOST / 4,
        View::C(node) => node.count() <= F / 4,
        View::B(_) | View::Empty => false,
    }
}

/// Moves all of child `left + 1` into child `left`, if there is room for it.
fn join_neighbours<L: EditLeaf<S>, S: Sums, const F: usize>(
    node: &mut Relaxed<L, S, F>,
    left: usize,
    height: u8,
) -> Result<bool, AllocError> {
    let (len, right_len) = (node.child_len(left), node.child_len(left + 1));
    let (head, tail) = node.children.split_at_mut(left + 1);
    let (a, b) = (&mut head[left], &mut tail[0]);
    let joined = if height == 0 {
        join_leaves(a, len, b, right_len)?
    } else {
        join_nodes(a, len, b, right_len, height)?
    };
    if joined {
        // The right child holds nothing any more.
        node.ends.set_end(left, node.ends.end(left + 1));
        drop(node.remove(left + 1));
    }
    Ok(joined)
}

/// Moves all of leaf `b` behind what is in leaf `a`, if there is room for it.
pub(super) fn join_leaves<L: EditLeaf<S>, S: Sums, const F: usize>(
    a: &mut Child<L, S, F>,
    a_len: usize,
    b: &mut Child<L, S, F>,
    b_len: usize,
) -> Result<bool, AllocError> {
    if a_len + b_len > L::MOST {
        return Ok(false);
    }
    let mut to = leaf_mut_with_room(a, a_len, a_len + b_len)?;
    if b.is_exclusive() {
        move_all(b, b_len, &mut to);
    } else if let View::A(leaf) = b.view() {
        L::copy_tail(leaf, b_len, 0, &mut to);
    }
    Ok(true)
}

/// Moves all children of node `b` behind those of node `a`, if there is room for them.
fn join_nodes<L: EditLeaf<S>, S: Sums, const F: usize>(
    a: &mut Child<L, S, F>,
    a_len: usize,
    b: &mut Child<L, S, F>,
    b_len: usize,
    height: u8,
) -> Result<bool, AllocError> {
    if child_count(a, height, a_len) + child_count(b, height, b_len) > F {
        return Ok(false);
    }
    let to = relaxed_mut(a, height, a_len)?;
    relaxed_mut(b, height, b_len)?.move_tail(0, to);
    Ok(true)
}

/// The number of children of an inner node.
fn child_count<L: EditLeaf<S>, S: Sums, const F: usize>(
    child: &Child<L, S, F>,
    height: u8,
    len: usize,
) -> usize {
    match child.view() {
        View::C(node) => node.count(),
        _ => dense_count::<L, S, F>(height, len),
    }
}
