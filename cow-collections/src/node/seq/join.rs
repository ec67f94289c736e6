//! Joining two trees and splitting one.
//!
//! Both rebuild only the nodes along the seam: O(fan-out x height). Nodes that meet there are joined
//! where they fit into one, so that trees that are split and joined again and again stay low.

use cow_core::{AllocError, ArenaRef, Entry, Shared, View, ViewMut};

use super::{
    edit::{join_leaves, split_leaf},
    kind::{EditLeaf, LeafKind},
    sums::{Sums, Weigh},
    tree::{Child, Dense, Relaxed, Tree, capacity, dense_child_len, dense_count},
};

/// A subtree and its weight.
type Weighed<L, S, const F: usize> = (Child<L, S, F>, <S as Sums>::Weight);

impl<L: EditLeaf<S>, S: Sums, const F: usize> Tree<L, S, F> {
    /// Puts the values of `right` behind those of this tree.
    ///
    /// When that fails both trees may be lost: the caller keeps clones.
    pub(super) fn join(&mut self, arena: ArenaRef<'_>, right: Self) -> Result<(), AllocError> {
        if right.len() == 0 {
            return Ok(());
        }
        let left = std::mem::replace(self, Self::empty());
        if left.len() == 0 {
            *self = right;
            return Ok(());
        }
        let weight = left.weight + right.weight;
        let height = left.height.max(right.height);
        let (left_root, right_root) = ((left.root, left.weight), (right.root, right.weight));
        let mut tops = join(arena, left_root, left.height, right_root, right.height)?;
        let is_one = tops.len() == 1;
        let (root, _) = if is_one {
            tops.remove(0)
        } else {
            pack(arena, tops, height + 1)?
        };
        *self = Self {
            root,
            height: height + u8::from(!is_one),
            weight,
        };
        Ok(())
    }

    /// Keeps the first `at` values and returns the others.
    ///
    /// Where `at` is inside a leaf, the values of that leaf that stay come back as a leaf of their
    /// own with its weight, and are not in this tree any more: so a dense tree stays dense.
    ///
    /// When that fails this tree may be lost: the caller keeps a clone.
    pub(super) fn split(
        &mut self,
        arena: ArenaRef<'_>,
        at: usize,
    ) -> Result<(Option<Weighed<L, S, F>>, Self), AllocError> {
        if at == 0 {
            return Ok((None, std::mem::replace(self, Self::empty())));
        }
        if at >= self.len() {
            return Ok((None, Self::empty()));
        }
        let whole = std::mem::replace(self, Self::empty());
        let parts = split(arena, (whole.root, whole.weight), whole.height, at)?;
        if let Some((root, weight)) = parts.left {
            *self = Self {
                root,
                height: whole.height,
                weight,
            };
            self.lower();
        }
        let (root, weight) = parts.right;
        let mut right = Self {
            root,
            height: whole.height,
            weight,
        };
        right.lower();
        Ok((parts.leaf, right))
    }
}

/// Joins two subtrees into one or two of the greater height.
fn join<L: EditLeaf<S>, S: Sums, const F: usize>(
    arena: ArenaRef<'_>,
    mut left: Weighed<L, S, F>,
    left_height: u8,
    mut right: Weighed<L, S, F>,
    right_height: u8,
) -> Result<Vec<Weighed<L, S, F>>, AllocError> {
    let height = left_height.max(right_height);
    if height == 0 {
        if join_leaves(&mut left.0, left.1.len(), &mut right.0, right.1.len())? {
            left.1 += right.1;
            return Ok(vec![left]);
        }
        return Ok(vec![left, right]);
    }
    // Both sides as lists of children, one level down where they are as high as the result.
    let open = |side: Weighed<L, S, F>, side_height| {
        if side_height == height {
            take_children(side, height)
        } else {
            vec![side]
        }
    };
    let mut children = open(left, left_height);
    let mut rest = open(right, right_height).into_iter();
    if let (Some(a), Some(b)) = (children.pop(), rest.next()) {
        let below = |side_height: u8| side_height.min(height - 1);
        children.extend(join(arena, a, below(left_height), b, below(right_height))?);
    }
    children.extend(rest);
    if children.len() <= F {
        return Ok(vec![pack(arena, children, height)?]);
    }
    let second = children.split_off(children.len().div_ceil(2));
    Ok(vec![
        pack(arena, children, height)?,
        pack(arena, second, height)?,
    ])
}

/// What a subtree falls into when it is split.
struct Parts<L: LeafKind<S>, S: Sums, const F: usize> {
    left: Option<Weighed<L, S, F>>,
    /// The values between the left part and the border, if that is inside a leaf.
    leaf: Option<Weighed<L, S, F>>,
    right: Weighed<L, S, F>,
}

/// Splits a subtree at `at`, which is neither its start nor its end.
fn split<L: EditLeaf<S>, S: Sums, const F: usize>(
    arena: ArenaRef<'_>,
    mut whole: Weighed<L, S, F>,
    height: u8,
    at: usize,
) -> Result<Parts<L, S, F>, AllocError> {
    if height == 0 {
        let (right, [left_weight, right_weight]) = split_leaf(&mut whole.0, whole.1.len(), at)?;
        return Ok(Parts {
            left: None,
            leaf: Some((whole.0, left_weight)),
            right: (right, right_weight),
        });
    }
    let mut left = take_children(whole, height);
    let mut start = 0;
    let mut i = 0;
    while start + left[i].1.len() <= at {
        start += left[i].1.len();
        i += 1;
    }
    let mut right = left.split_off(i);
    let mut leaf = None;
    if at > start {
        let cut = split(arena, right.remove(0), height - 1, at - start)?;
        left.extend(cut.left);
        leaf = cut.leaf;
        right.insert(0, cut.right);
    }
    let left = if left.is_empty() {
        None
    } else {
        Some(pack(arena, left, height)?)
    };
    Ok(Parts {
        left,
        leaf,
        right: pack(arena, right, height)?,
    })
}

/// The children of an inner node: taken out if it is exclusive, else shared with it.
pub(super) fn take_children<L: LeafKind<S>, S: Sums, const F: usize>(
    mut node: Weighed<L, S, F>,
    height: u8,
) -> Vec<Weighed<L, S, F>> {
    let (child, len) = (&mut node.0, node.1.len());
    let dense_weight = |i| S::Weight::of_len(dense_child_len::<L, S, F>(height, len, i));
    if child.is_exclusive() {
        return match child.view_mut() {
            Some(ViewMut::B(node)) => node.children[..dense_count::<L, S, F>(height, len)]
                .iter_mut()
                .enumerate()
                .map(|(i, child)| (std::mem::take(child), dense_weight(i)))
                .collect(),
            Some(ViewMut::C(node)) => (0..node.count())
                .map(|i| (std::mem::take(&mut node.children[i]), node.child_weight(i)))
                .collect(),
            _ => unreachable!("an inner node was expected"),
        };
    }
    match child.view() {
        View::B(node) => node.children[..dense_count::<L, S, F>(height, len)]
            .iter()
            .enumerate()
            .map(|(i, child)| (child.clone(), dense_weight(i)))
            .collect(),
        View::C(node) => (0..node.count())
            .map(|i| (node.children[i].clone(), node.child_weight(i)))
            .collect(),
        View::A(_) | View::Empty => unreachable!("an inner node was expected"),
    }
}

/// Makes a node of children, dense if they allow it.
fn pack<L: LeafKind<S>, S: Sums, const F: usize>(
    arena: ArenaRef<'_>,
    children: Vec<Weighed<L, S, F>>,
    height: u8,
) -> Result<Weighed<L, S, F>, AllocError> {
    let weight = children
        .iter()
        .fold(S::Weight::NOTHING, |sum, &(_, weight)| sum + weight);
    let last = children.len() - 1;
    let is_dense = children
        .iter()
        .enumerate()
        .all(|(i, (child, weight))| match child.view() {
            View::A(_) => weight.len() == L::FULL,
            View::B(_) => i == last || weight.len() == capacity::<L, S, F>(height - 1),
            View::C(_) | View::Empty => false,
        });
    if is_dense {
        let mut node = Dense::new();
        for (to, (child, _)) in node.children.iter_mut().zip(children) {
            *to = child;
        }
        return Ok((Entry::b(Shared::try_new_in(arena, node)?), weight));
    }
    let mut node = Relaxed::new();
    let mut end = S::Weight::NOTHING;
    for (i, (child, weight)) in children.into_iter().enumerate() {
        end += weight;
        node.children[i] = child;
        node.ends.set_end(i, end);
    }
    Ok((Entry::c(Shared::try_new_in(arena, node)?), weight))
}
