//! Several versions of a vector, each beside a `Vec` that went through the same calls.

pub(crate) mod element;
pub(crate) mod op;

use std::{cmp::Reverse, collections::HashSet, ops::Range};

use cow_collections::{Arena, CowVec, PagePolicy};

use self::{
    element::{Element, Large, Wide},
    op::{Call, Op},
};

/// Makes of any bytes a kind of values, a vector to start with, and calls; and runs them.
pub(crate) fn replay(bytes: &[u8]) {
    fn run<T: Element>(len: u8, ops: &[u8]) {
        run_in(World::<T>::new(T::MANY * usize::from(len) / 255), ops);
    }
    fn run_huge<T: Element>(policy: PagePolicy, len: u8, ops: &[u8]) {
        let len = 2 * T::MANY * usize::from(len) / 255;
        run_in(World::<T>::under(policy, len), ops);
    }
    fn run_in<T: Element>(mut world: World<T>, ops: &[u8]) {
        for op in Op::all_from(ops).take(100) {
            world.step(op);
            world.check();
        }
        world.end(ops.len());
    }
    let &[kind, len, ref ops @ ..] = bytes else {
        return;
    };
    match kind % 8 {
        0 => run::<u64>(len, ops),
        1 => run::<u8>(len, ops),
        2 => run::<String>(len, ops),
        3 => run::<()>(len, ops),
        4 => run::<Wide>(len, ops),
        5 => run::<Large>(len, ops),
        6 => run_huge::<u64>(PagePolicy::Huge, len, ops),
        _ => run_huge::<u8>(PagePolicy::Transparent, len, ops),
    }
}

/// How many versions live at any time.
const VERSIONS: usize = 9;

/// One version and what it should be.
struct Version<T> {
    cow: CowVec<T>,
    model: Vec<T>,
}

impl<T> Clone for Version<T>
where
    T: Clone,
{
    fn clone(&self) -> Self {
        Self {
            cow: self.cow.clone(),
            model: self.model.clone(),
        }
    }
}

impl<T: Element> Version<T> {
    fn check(&self) {
        let Self { cow, model } = self;
        assert_eq!(cow.len(), model.len());
        assert_eq!(cow.is_empty(), model.is_empty());
        assert!(cow.iter().eq(model), "iter");
        assert!(cow.iter().rev().eq(model.iter().rev()), "rev");
        let mut rest = model.as_slice();
        for chunk in cow.chunks() {
            let (front, back) = rest.split_at(chunk.len());
            assert!(chunk == front, "chunks");
            rest = back;
        }
        // One at a time up to a few thousand.
        let stride = 1 + model.len() / 4_000;
        assert!(
            (0..=model.len())
                .step_by(stride)
                .all(|i| cow.get(i) == model.get(i)),
            "get"
        );
        assert_eq!(cow.first(), model.first());
        assert_eq!(cow.last(), model.last());
        assert_eq!(cow.get(model.len()), None);
    }
}

/// The versions. Each call goes to the current one.
pub(crate) struct World<T> {
    arena: Arena,
    versions: Vec<Version<T>>,
    current: usize,
}

impl<T: Element> World<T> {
    /// Starts with a vector of `len` values and snapshots of it.
    pub(crate) fn new(len: usize) -> Self {
        Self::new_in(Arena::builder().build(), len)
    }

    /// As [`new`](Self::new), in an arena with the given policy.
    pub(crate) fn under(policy: PagePolicy, len: usize) -> Self {
        Self::new_in(Arena::builder().page_policy(policy).build(), len)
    }

    fn new_in(arena: Arena, len: usize) -> Self {
        let mut first = Version {
            cow: CowVec::new_in(&arena),
            model: values(0, len).collect(),
        };
        first.cow.extend(values(0, len));
        Self {
            arena,
            versions: vec![first; VERSIONS],
            current: 0,
        }
    }

    /// The versions with what they should be.
    pub(crate) fn versions(&self) -> impl Iterator<Item = (&CowVec<T>, &[T])> {
        self.versions
            .iter()
            .map(|version| (&version.cow, version.model.as_slice()))
    }

    /// Asserts that every version is what it should be, and that no chunk was lost.
    pub(crate) fn check(&self) {
        let mut chunks = HashSet::new();
        for version in &self.versions {
            version.check();
        }
        for (cow, _) in self.versions() {
            chunks.extend(cow.assert_invariants());
            assert!(cow.arena() == (&self.arena).into(), "stays in its arena");
        }
        assert_eq!(self.arena.stats().chunks_live(), chunks.len());
    }

    /// Drops the versions in an order that `seed` stands for, and checks those that are left.
    pub(crate) fn end(mut self, seed: usize) {
        let mut seed = seed;
        while !self.versions.is_empty() {
            self.versions.swap_remove(seed % self.versions.len());
            seed = seed.rotate_right(3) ^ self.versions.len();
            self.check();
        }
        assert_eq!(self.arena.stats().chunks_live(), 0);
        assert_eq!(self.arena.stats().bytes_used, 0);
    }

    /// Carries out one call on the current version and on its model.
    pub(crate) fn step(&mut self, op: Op) {
        let Op { call, a, b, n } = op;
        let other = usize::from(n) % VERSIONS;
        let elsewhere = self.versions[other].clone();
        let current = self.current;
        let version = &mut self.versions[current];
        let Version { cow, model } = version;
        let len = model.len();
        let value = || T::new(b);
        // A place of a value, a border between values, and a range.
        let place = (len > 0).then(|| scale(a, len));
        let border = scale(a, len + 1);
        let range = range(border, scale(b, len + 1));
        // As many values as leave the vector below its limit.
        let count = usize::from(n).pow(2) * T::MANY / (1 << 17);
        let count = count.min((2 * T::MANY).saturating_sub(len));
        match call {
            Call::Snapshot => self.versions[other] = self.versions[current].clone(),
            Call::Switch => self.current = other,

            Call::Push => both(cow, model, |v| v.push(value()), |v| v.push(value())),
            Call::TryPush => both(
                cow,
                model,
                |v| v.try_push(value()).unwrap(),
                |v| v.push(value()),
            ),
            Call::Extend => both(
                cow,
                model,
                |v| v.extend(values(b, count)),
                |v| v.extend(values(b, count)),
            ),
            Call::ExtendFromSlice | Call::TryExtendFromSlice => {
                let more: Vec<T> = values(b, count).collect();
                if matches!(call, Call::ExtendFromSlice) {
                    cow.extend_from_slice(&more);
                } else {
                    cow.try_extend_from_slice(&more).unwrap();
                }
                model.extend(more);
            }
            Call::Resize => {
                let to = border + count;
                both(
                    cow,
                    model,
                    |v| v.resize(to, value()),
                    |v| v.resize(to, value()),
                );
            }
            Call::ResizeWith => {
                let (mut x, mut y) = (values(b, usize::MAX), values(b, usize::MAX));
                cow.resize_with(border + count, || x.next().unwrap());
                model.resize_with(border + count, || y.next().unwrap());
            }

            Call::Pop => both(cow, model, CowVec::pop, Vec::pop),
            Call::PopIf => both(
                cow,
                model,
                |v| v.pop_if(|last| *last > value()),
                |v| v.pop_if(|last| *last > value()),
            ),
            Call::Truncate => both(cow, model, |v| v.truncate(border), |v| v.truncate(border)),
            Call::Clear => both(cow, model, CowVec::clear, Vec::clear),

            Call::Insert => both(
                cow,
                model,
                |v| v.insert(border, value()),
                |v| v.insert(border, value()),
            ),
            Call::TryInsert => both(
                cow,
                model,
                |v| v.try_insert(border, value()).unwrap(),
                |v| v.insert(border, value()),
            ),
            Call::Remove => both(
                cow,
                model,
                |v| place.map(|i| v.remove(i)),
                |v| place.map(|i| v.remove(i)),
            ),
            Call::TryRemove => both(
                cow,
                model,
                |v| place.map(|i| v.try_remove(i).unwrap()),
                |v| place.map(|i| v.remove(i)),
            ),
            Call::SwapRemove => both(
                cow,
                model,
                |v| place.map(|i| v.swap_remove(i)),
                |v| place.map(|i| v.swap_remove(i)),
            ),

            Call::Set => both(
                cow,
                model,
                |v| place.map(|i| v.set(i, value())),
                |v| place.map(|i| std::mem::replace(&mut v[i], value())),
            ),
            Call::GetMut => {
                if let Some(to) = cow.get_mut(border) {
                    *to = value();
                }
                if let Some(to) = model.get_mut(border) {
                    *to = value();
                }
            }
            Call::FirstMut => both(
                cow,
                model,
                |v| v.first_mut().map(|to| *to = value()),
                |v| v.first_mut().map(|to| *to = value()),
            ),
            Call::LastMut => both(
                cow,
                model,
                |v| v.last_mut().map(|to| *to = value()),
                |v| v.last_mut().map(|to| *to = value()),
            ),
            Call::Swap => {
                if let Some(i) = place {
                    let j = scale(b, len);
                    cow.swap(i, j);
                    model.swap(i, j);
                }
            }
            Call::GetDisjointMut => {
                let places = [border, scale(b, len + 1), usize::from(n)];
                let (x, y) = (cow.get_disjoint_mut(places), model.get_disjoint_mut(places));
                assert_eq!(x, y);
                if let (Ok(x), Ok(y)) = (x, y) {
                    x.into_iter().chain(y).for_each(|to| *to = T::new(b));
                }
            }
            Call::Fill => both(cow, model, |v| v.fill(value()), |v| v.fill(value())),

            Call::Append | Call::TryAppend if len + elsewhere.model.len() <= 2 * T::MANY => {
                let Version {
                    cow: mut more,
                    model: mut expected,
                } = elsewhere;
                if matches!(call, Call::Append) {
                    cow.append(&mut more);
                } else {
                    cow.try_append(&mut more).unwrap();
                }
                assert!(more.is_empty() && more.arena() == cow.arena());
                model.append(&mut expected);
            }
            Call::AppendSelf if len <= T::MANY => {
                let mut more = cow.clone();
                cow.append(&mut more);
                model.extend_from_within(..);
            }
            Call::Prepend if len + elsewhere.model.len() <= 2 * T::MANY => {
                let mut front = elsewhere;
                front.cow.append(cow);
                front.model.append(model);
                *version = front;
            }
            Call::Concat if 2 * len + elsewhere.model.len() <= 2 * T::MANY => {
                *cow = CowVec::concat([cow.clone(), elsewhere.cow, cow.clone()]);
                *model = [model.as_slice(), &elsewhere.model, model].concat();
            }
            Call::Append | Call::TryAppend | Call::AppendSelf | Call::Prepend | Call::Concat => {}
            Call::SplitOff | Call::TrySplitOff => {
                let back = Version {
                    cow: match call {
                        Call::SplitOff => cow.split_off(border),
                        _ => cow.try_split_off(border).unwrap(),
                    },
                    model: model.split_off(border),
                };
                self.versions[other] = back;
            }
            Call::KeepBack => {
                *cow = cow.split_off(border);
                *model = model.split_off(border);
            }
            Call::Slice => {
                self.versions[other] = Version {
                    cow: self.versions[current].cow.slice(range.clone()),
                    model: self.versions[current].model[range].to_vec(),
                };
            }

            Call::Splice => {
                let x: Vec<T> = cow.splice(range.clone(), values(b, count)).collect();
                let y: Vec<T> = model.splice(range, values(b, count)).collect();
                assert_eq!(x, y);
            }
            Call::Drain => {
                let x: Vec<T> = cow.drain(range.clone()).collect();
                let y: Vec<T> = model.drain(range).collect();
                assert_eq!(x, y);
            }
            Call::DrainInPart => {
                let (mut x, mut y) = (cow.drain(range.clone()), model.drain(range));
                for _ in 0..n {
                    assert_eq!(x.next(), y.next());
                    assert_eq!(x.next_back(), y.next_back());
                    assert_eq!(x.len(), y.len());
                }
            }
            Call::RotateLeft => both(
                cow,
                model,
                |v| v.rotate_left(border),
                |v| v.rotate_left(border),
            ),
            Call::RotateRight => both(
                cow,
                model,
                |v| v.rotate_right(border),
                |v| v.rotate_right(border),
            ),

            Call::Retain => {
                let (mut x, mut y) = (places(a, n), places(a, n));
                cow.retain(|_| x());
                model.retain(|_| y());
            }
            Call::RetainMut => {
                let (mut x, mut y) = (places(a, n), places(a, n));
                cow.retain_mut(|to| {
                    *to = value();
                    x()
                });
                model.retain_mut(|to| {
                    *to = value();
                    y()
                });
            }
            Call::Dedup => both(cow, model, CowVec::dedup, Vec::dedup),
            Call::DedupBy => {
                let (mut x, mut y) = (places(a, n), places(a, n));
                cow.dedup_by(|_, kept| {
                    *kept = value();
                    !x()
                });
                model.dedup_by(|_, kept| {
                    *kept = value();
                    !y()
                });
            }
            Call::DedupByKey => both(
                cow,
                model,
                |v| v.dedup_by_key(|value| value.clone()),
                |v| v.dedup_by_key(|value| value.clone()),
            ),

            Call::Reverse => both(cow, model, CowVec::reverse, |v| v.reverse()),
            Call::Sort => both(cow, model, CowVec::sort, |v| v.sort()),
            Call::SortBy => both(
                cow,
                model,
                |v| v.sort_by(|a, b| b.cmp(a)),
                |v| v.sort_by(|a, b| b.cmp(a)),
            ),
            Call::SortByKey => both(
                cow,
                model,
                |v| v.sort_by_key(|value| Reverse(value.clone())),
                |v| v.sort_by_key(|value| Reverse(value.clone())),
            ),
            Call::SortByCachedKey => both(
                cow,
                model,
                |v| v.sort_by_cached_key(T::clone),
                |v| v.sort_by_cached_key(T::clone),
            ),
            Call::SortUnstable => both(cow, model, CowVec::sort_unstable, |v| v.sort_unstable()),
            Call::SortUnstableBy => both(
                cow,
                model,
                |v| v.sort_unstable_by(|a, b| b.cmp(a)),
                |v| v.sort_unstable_by(|a, b| b.cmp(a)),
            ),
            Call::SortUnstableByKey => both(
                cow,
                model,
                |v| v.sort_unstable_by_key(|value| Reverse(value.clone())),
                |v| v.sort_unstable_by_key(|value| Reverse(value.clone())),
            ),

            Call::IterMut => {
                let step = 1 + usize::from(n);
                assert!(cow.iter_mut().eq(model.iter_mut()));
                cow.iter_mut().step_by(step).for_each(|to| *to = value());
                model.iter_mut().step_by(step).for_each(|to| *to = value());
            }
            Call::IterMutFromBothEnds => {
                let (mut x, mut y) = (cow.iter_mut(), model.iter_mut());
                for i in 0..=len {
                    let (x, y) = if i % 3 == usize::from(n) % 3 {
                        (x.next_back(), y.next_back())
                    } else {
                        (x.next(), y.next())
                    };
                    assert_eq!(x, y);
                    x.into_iter().chain(y).for_each(|to| *to = value());
                }
            }
            Call::ChunksMut => {
                let mut rest = model.as_mut_slice();
                for chunk in cow.chunks_mut() {
                    let (front, back) = rest.split_at_mut(chunk.len());
                    chunk.swap_with_slice(front);
                    chunk.reverse();
                    front.clone_from_slice(chunk);
                    rest = back;
                }
            }
            Call::ChunksMutFromTheBack => {
                let mut rest = model.as_mut_slice();
                for chunk in cow.chunks_mut().rev().take(usize::from(n)) {
                    let (front, back) = rest.split_at_mut(rest.len() - chunk.len());
                    chunk.fill(value());
                    back.fill(value());
                    rest = front;
                }
            }
            Call::Prefault => {
                cow.prefault(range.clone());
                let copies = self.arena.stats().copies;
                // Written below a path that was made ours: nothing more to copy.
                for i in range.step_by(1 + usize::from(n)) {
                    cow[i] = value();
                    model[i] = value();
                }
                assert_eq!(self.arena.stats().copies, copies);
            }

            Call::IntoIter => {
                let mut x = std::mem::replace(cow, CowVec::new_in(&self.arena)).into_iter();
                let mut y = std::mem::take(model).into_iter();
                for _ in 0..n / 2 {
                    assert_eq!(x.next(), y.next());
                    assert_eq!(x.next_back(), y.next_back());
                }
                assert_eq!(x.len(), y.len());
                cow.extend(x);
                model.extend(y);
            }
            Call::IntoChunks => {
                let taken = std::mem::replace(cow, CowVec::new_in(&self.arena));
                let mut chunks = taken.into_chunks();
                let back = chunks.next_back();
                for chunk in chunks {
                    cow.extend_from_slice(&chunk);
                }
                back.iter().for_each(|chunk| cow.extend_from_slice(chunk));
            }
            Call::Write => {
                let written: Vec<T> = values(b, range.len()).collect();
                cow.write(range.start, &written);
                model[range].clone_from_slice(&written);
            }
            Call::Collapse => {
                cow.collapse();
                assert_eq!(cow.split_pages(), 0);
            }
            Call::ToVec => assert_eq!(cow.to_vec(), *model),
            Call::Apply => {
                let diff = elsewhere.cow.diff(cow);
                cow.apply(&diff).unwrap();
                model.clone_from(&elsewhere.model);
                assert!(*cow == elsewhere.cow);
            }
            Call::Search => {
                assert_eq!(cow.contains(&value()), model.contains(&value()));
                assert_eq!(cow.range(..border).len(), border);
                assert!(cow.starts_with(&model[..border]) && cow.ends_with(&model[border..]));
                if model.is_sorted() {
                    let point = model.partition_point(|v| *v < value());
                    assert_eq!(cow.partition_point(|v| *v < value()), point);
                    assert_eq!(
                        cow.binary_search(&value()).is_ok(),
                        model.contains(&value())
                    );
                }
                assert_eq!(*cow == elsewhere.cow, *model == elsewhere.model);
                assert_eq!(
                    Ord::cmp(&*cow, &elsewhere.cow),
                    Ord::cmp(&*model, &elsewhere.model)
                );
            }
        }
    }
}

/// Makes the same call on both and compares what they return.
fn both<T, R: PartialEq + std::fmt::Debug>(
    cow: &mut CowVec<T>,
    model: &mut Vec<T>,
    on_cow: impl FnOnce(&mut CowVec<T>) -> R,
    on_model: impl FnOnce(&mut Vec<T>) -> R,
) {
    assert_eq!(on_cow(cow), on_model(model));
}

/// Values with runs of equal ones among them.
fn values<T: Element>(first: u16, count: usize) -> impl Iterator<Item = T> {
    let numbers = (first..=u16::MAX).chain(0..=u16::MAX).cycle();
    numbers
        .flat_map(|number| [number; 3])
        .take(count)
        .map(T::new)
}

/// A pattern of yes and no: mostly yes, all yes for some stretches, or mostly no.
fn places(seed: u16, n: u8) -> impl FnMut() -> bool {
    let mut i = usize::from(seed);
    move || {
        i += 1;
        match n % 4 {
            0 => !i.is_multiple_of(7),
            1 => (i / 700).is_multiple_of(2) || i.is_multiple_of(5),
            2 => i.is_multiple_of(50),
            _ => i % 4_000 != 0,
        }
    }
}

/// Maps a fraction of 2^16 to a number below `end`.
fn scale(fraction: u16, end: usize) -> usize {
    (usize::from(fraction) * end) >> 16
}

fn range(a: usize, b: usize) -> Range<usize> {
    a.min(b)..a.max(b)
}
