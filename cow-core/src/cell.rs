//! Publishing snapshots to other threads.

use std::{
    fmt,
    ops::{Deref, DerefMut},
};

use arc_swap::ArcSwapAny;
use parking_lot::{Mutex, MutexGuard};
use triomphe::Arc;

/// A place where one thread publishes snapshots and others load the current one.
///
/// Loading never waits: neither for a writer nor for other readers (`arc-swap`'s hazard-pointer
/// scheme). Writers take turns. What is loaded stays what it is, however much is published after; a
/// slow reader keeps alive only the chunks that changed since.
///
/// # Examples
///
/// ```
/// use cow_core::{Shared, SnapshotCell};
///
/// let cell = SnapshotCell::new(Shared::new([0_u64; 512]));
/// let before = cell.load();
///
/// let mut writer = cell.write();
/// writer.make_mut()[3] = 7;   // edits a private fork
/// assert_eq!(cell.load()[3], 0);
/// writer.commit();            // publishes it
///
/// assert_eq!(cell.load()[3], 7);
/// assert_eq!(before[3], 0);
/// ```
pub struct SnapshotCell<T> {
    current: ArcSwapAny<Arc<T>>,
    writers: Mutex<()>,
}

impl<T> SnapshotCell<T> {
    /// A cell that starts with `snapshot`.
    pub fn new(snapshot: T) -> Self {
        Self {
            current: ArcSwapAny::new(Arc::new(snapshot)),
            writers: Mutex::new(()),
        }
    }

    /// Lends the current snapshot.
    ///
    /// # Complexity
    ///
    /// O(1), wait-free. Cheap, but each guard occupies one of a few slots of its thread; to keep a
    /// snapshot for long, [`load_owned`](Self::load_owned) it.
    #[inline]
    pub fn load(&self) -> Loaded<T> {
        Loaded(self.current.load())
    }

    /// Takes a clone of the current snapshot, to be kept or forked.
    ///
    /// # Complexity
    ///
    /// O(1) for the copy-on-write types, wait-free.
    #[inline]
    pub fn load_owned(&self) -> T
    where
        T: Clone,
    {
        T::clone(&self.load())
    }

    /// Publishes `snapshot` and drops the cell's hold on the one before.
    ///
    /// Waits for the writers before it, not for readers.
    pub fn store(&self, snapshot: T) {
        drop(self.replace(snapshot));
    }

    /// Publishes `snapshot` and returns a guard of the one before, so that the caller can drop it
    /// where a slow drop does no harm.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = cow_core::SnapshotCell::new("old");
    /// let before = cell.replace("new");
    /// assert_eq!((*before, *cell.load()), ("old", "new"));
    /// ```
    pub fn replace(&self, snapshot: T) -> Loaded<T> {
        let _turn = self.writers.lock();
        self.publish(snapshot)
    }

    fn publish(&self, snapshot: T) -> Loaded<T> {
        let before = self.current.swap(Arc::new(snapshot));
        Loaded(arc_swap::Guard::from_inner(before))
    }

    /// Reads, copies, updates: publishes what `update` makes of the current snapshot.
    ///
    /// Writers take turns, so `update` runs once. When it panics, nothing is published.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = cow_core::SnapshotCell::new(41);
    /// cell.rcu(|&n| n + 1);
    /// assert_eq!(*cell.load(), 42);
    /// ```
    pub fn rcu(&self, update: impl FnOnce(&T) -> T) {
        let turn = self.writers.lock();
        let next = update(&self.load());
        let before = self.publish(next);
        drop(turn);
        drop(before);
    }

    /// Starts an edit of a private fork, to be published by [`commit`](WriteGuard::commit).
    ///
    /// Waits for the writers before it.
    ///
    /// # Examples
    ///
    /// ```
    /// let cell = cow_core::SnapshotCell::new(1);
    /// let mut writer = cell.write();
    /// *writer = 2;
    /// assert!(cell.try_write().is_none(), "writers take turns");
    /// writer.commit();
    /// assert_eq!(*cell.load(), 2);
    /// ```
    pub fn write(&self) -> WriteGuard<'_, T>
    where
        T: Clone,
    {
        let turn = self.writers.lock();
        let fork = self.load_owned();
        WriteGuard {
            cell: self,
            fork,
            turn,
        }
    }

    /// As [`write`](Self::write), or `None` while another writer has the turn.
    pub fn try_write(&self) -> Option<WriteGuard<'_, T>>
    where
        T: Clone,
    {
        let turn = self.writers.try_lock()?;
        let fork = self.load_owned();
        Some(WriteGuard {
            cell: self,
            fork,
            turn,
        })
    }
}

impl<T: Default> Default for SnapshotCell<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> From<T> for SnapshotCell<T> {
    fn from(snapshot: T) -> Self {
        Self::new(snapshot)
    }
}

impl<T: fmt::Debug> fmt::Debug for SnapshotCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("SnapshotCell").field(&*self.load()).finish()
    }
}

/// A snapshot on loan from a [`SnapshotCell`].
pub struct Loaded<T>(arc_swap::Guard<Arc<T>>);

impl<T> Deref for Loaded<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: fmt::Debug> fmt::Debug for Loaded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        T::fmt(self, f)
    }
}

/// A private fork of the current snapshot, and the turn to publish it.
///
/// Readers see nothing of the edit before [`commit`](Self::commit). A guard that is dropped, by a
/// panic too, publishes nothing.
#[must_use = "a fork that is not committed is lost"]
pub struct WriteGuard<'a, T> {
    cell: &'a SnapshotCell<T>,
    fork: T,
    turn: MutexGuard<'a, ()>,
}

impl<T> WriteGuard<'_, T> {
    /// Publishes the fork.
    pub fn commit(self) {
        let Self { cell, fork, turn } = self;
        let before = cell.publish(fork);
        // The next writer need not wait for the old snapshot's drop.
        drop(turn);
        drop(before);
    }

    /// Drops the fork and publishes nothing. The same as dropping the guard, said aloud.
    pub fn abort(self) {
        drop(self);
    }
}

impl<T> Deref for WriteGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.fork
    }
}

impl<T> DerefMut for WriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.fork
    }
}

impl<T: fmt::Debug> fmt::Debug for WriteGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("WriteGuard").field(&self.fork).finish()
    }
}
