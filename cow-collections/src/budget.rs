//! What dropping snapshots would free, and a list of those that are kept.

use std::{
    any::Any,
    fmt, mem,
    time::{Duration, Instant},
};

use parking_lot::Mutex;

use crate::{
    Memory,
    graph::{self, Collection, Graph},
};

/// Snapshots kept under names, with what each of them holds on to.
///
/// For the program that keeps versions and has to decide which of them to give up: a snapshot costs what
/// nobody else leads to, which grows while the original is written, and which several old snapshots may
/// only free together. All calls take `&self`, so that a registry can be a static, and be used from the
/// hook of an arena ([`ArenaBuilder::on_pressure`](cow_core::ArenaBuilder::on_pressure)).
///
/// # Examples
///
/// ```
/// use std::sync::Arc;
/// use cow_collections::{Arena, CowVec, SnapshotRegistry};
///
/// let history = Arc::new(SnapshotRegistry::new());
/// let victims = Arc::clone(&history);
/// let arena = Arena::builder()
///     .byte_limit(4 << 20)
///     .soft_mark(2 << 20)
///     .on_pressure(move |_| {
///         victims.release_until(1 << 20);
///     })
///     .build();
///
/// let mut state = CowVec::new_in(&arena);
/// state.extend(0..100_000_u64);
/// for version in 0..1000 {
///     history.insert(format!("version {version}"), state.snapshot());
///     for place in 0..100 {
///         state[place * 1000] = version;
///     }
/// }
/// assert!(history.len() < 10, "the limit is two and a half versions above one");
/// assert!(arena.stats().bytes_used < 2 << 20);
/// ```
#[derive(Default)]
pub struct SnapshotRegistry {
    entries: Mutex<Vec<Entry>>,
}

struct Entry {
    name: String,
    since: Instant,
    snapshot: Box<dyn Snapshot>,
}

/// A snapshot of a type that is forgotten.
trait Snapshot: Any + Graph + Send {}

impl<C: Collection + Send + 'static> Snapshot for C {}

/// A snapshot in a [`SnapshotRegistry`], and what it costs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Pinned {
    /// The name that it was inserted under.
    pub name: String,
    /// How long ago that was.
    pub age: Duration,
    /// What it leads to. `bytes_exclusive` is what releasing it alone would free.
    pub memory: Memory,
}

impl SnapshotRegistry {
    /// Makes an empty registry.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            entries: Mutex::new(Vec::new()),
        }
    }

    /// Keeps a snapshot under a name. Returns `true` when the name was new; otherwise the snapshot that
    /// had it is dropped.
    pub fn insert<C>(&self, name: impl Into<String>, snapshot: C) -> bool
    where
        C: Collection + Send + 'static,
    {
        let entry = Entry {
            name: name.into(),
            since: Instant::now(),
            snapshot: Box::new(snapshot),
        };
        let mut entries = self.entries.lock();
        let former = match entries.iter_mut().find(|former| former.name == entry.name) {
            Some(former) => Some(mem::replace(former, entry)),
            None => {
                entries.push(entry);
                None
            }
        };
        // What is dropped may run code of the values.
        drop(entries);
        former.is_none()
    }

    /// Returns another snapshot of the one with this name, if it is of this type.
    #[must_use]
    pub fn get<C>(&self, name: &str) -> Option<C>
    where
        C: Collection + Send + 'static,
    {
        let entries = self.entries.lock();
        let entry = entries.iter().find(|entry| entry.name == name)?;
        let snapshot: &dyn Any = &*entry.snapshot;
        snapshot.downcast_ref::<C>().cloned()
    }

    /// Drops the snapshot with this name. Returns the bytes of chunks that this freed, or `None` when
    /// there is no such name.
    pub fn release(&self, name: &str) -> Option<usize> {
        let mut entries = self.entries.lock();
        let place = entries.iter().position(|entry| entry.name == name)?;
        let entry = entries.remove(place);
        drop(entries);
        Some(entry.drop_and_tell())
    }

    /// Drops snapshots until `bytes` bytes are freed, or none is left: first the one that pins most by
    /// itself, the oldest of equals. Returns the bytes freed.
    ///
    /// # Complexity
    ///
    /// O(snapshots) walks of what each of them has to itself, for each that is dropped.
    pub fn release_until(&self, bytes: usize) -> usize {
        let mut freed = 0;
        while freed < bytes {
            let mut entries = self.entries.lock();
            // The first of equals: entries are in the order of their age, but for replaced ones.
            let pins = |entry: &Entry| graph::freed_by([entry.graph()]).bytes_exclusive;
            let Some((place, _)) = entries
                .iter()
                .enumerate()
                .rev()
                .max_by_key(|(_, entry)| (pins(entry), entry.since.elapsed()))
            else {
                break;
            };
            let entry = entries.remove(place);
            drop(entries);
            freed += entry.drop_and_tell();
        }
        freed
    }

    /// Returns what releasing all snapshots of these names at once would free. Names that are not there
    /// count for nothing.
    ///
    /// It is exact while nobody makes or drops snapshots meanwhile, and can be more than the sum of the
    /// parts: what two snapshots share with nobody else goes with the second of them. Counted are the
    /// chunks of the collections; what their values keep on the heap is not known here.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{CowVec, SnapshotRegistry};
    /// let kept = SnapshotRegistry::new();
    /// let mut state: CowVec<u64> = (0..10_000).collect();
    /// kept.insert("monday", state.clone());
    /// kept.insert("tuesday", state.clone());
    /// state.clear();
    /// assert_eq!(kept.would_free(["monday"]), 0); // tuesday has all that monday has
    /// assert!(kept.would_free(["monday", "tuesday"]) >= 80_000);
    /// ```
    #[must_use]
    pub fn would_free<'a>(&self, names: impl IntoIterator<Item = &'a str>) -> usize {
        let mut names: Vec<_> = names.into_iter().collect();
        names.sort_unstable();
        let entries = self.entries.lock();
        let chosen = entries
            .iter()
            .filter(|entry| names.binary_search(&&*entry.name).is_ok());
        graph::freed_by(chosen.map(Entry::graph)).bytes_exclusive
    }

    /// The snapshots, those first that pin most by themselves.
    ///
    /// # Complexity
    ///
    /// O(chunks of all snapshots).
    #[must_use]
    pub fn list(&self) -> Vec<Pinned> {
        let entries = self.entries.lock();
        let mut list: Vec<_> = entries
            .iter()
            .map(|entry| Pinned {
                name: entry.name.clone(),
                age: entry.since.elapsed(),
                memory: graph::memory(entry.graph()),
            })
            .collect();
        list.sort_by_key(|pinned| std::cmp::Reverse(pinned.memory.bytes_exclusive));
        list
    }

    /// The number of snapshots.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.lock().len()
    }

    /// `true` when there is no snapshot.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Entry {
    fn graph(&self) -> &dyn Graph {
        &*self.snapshot
    }

    fn drop_and_tell(self) -> usize {
        graph::freed_by([self.graph()]).bytes_exclusive
    }
}

impl fmt::Debug for SnapshotRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let entries = self.entries.lock();
        f.debug_set()
            .entries(entries.iter().map(|entry| &entry.name))
            .finish()
    }
}
