//! Chunks of 2 MiB: writing over whole ones, and putting split ones together.

use cow_core::{AllocError, OrAbort};

use super::CowVec;

impl<T> CowVec<T> {
    /// The number of values that lie in chunks of 2 MiB, which are the first ones.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[must_use]
    pub fn huge_len(&self) -> usize {
        self.seq.prefix_len()
    }

    /// The number of pages of 4 KiB that writes have split off chunks of 2 MiB.
    ///
    /// # Complexity
    ///
    /// O(huge chunks).
    #[must_use]
    pub fn split_pages(&self) -> usize {
        self.seq.split_pages()
    }
}

impl<T: Clone> CowVec<T> {
    /// Puts values into chunks of 2 MiB: each such chunk that was split is made whole again, and leaves
    /// behind them are joined to more of them, as far as they are full and nobody shares them. Returns the
    /// number of chunks that were made whole.
    ///
    /// This is what the kernel's `khugepaged` does, and `MADV_COLLAPSE` on demand; so here it is done in
    /// every arena, whatever its [`PagePolicy`](crate::PagePolicy). Values with drop glue, and those whose
    /// size does not divide 4 KiB, stay in leaves.
    ///
    /// A snapshot that shares a split chunk keeps the old memory: collapse when the snapshots are gone, or
    /// where reading matters more than memory.
    ///
    /// # Complexity
    ///
    /// O(pages that were split off, and values that are joined), which are copied or moved; where others
    /// read from a chunk that was split, all of it. Joining takes as much memory again meanwhile.
    ///
    /// # Examples
    ///
    /// ```
    /// use cow_collections::CowVec;
    ///
    /// let mut table: CowVec<u64> = (0..1_000_000).collect();
    /// assert_eq!(table.collapse(), 3);               // 3 x 2 MiB, and what is left over
    /// let snapshot = table.clone();
    /// table[123_456] = 0;                            // splits a chunk: copies 4 KiB of it
    /// assert_eq!((table.split_pages(), snapshot.split_pages()), (1, 0));
    /// drop(snapshot);
    /// assert_eq!(table.collapse(), 1);
    /// assert_eq!(table.split_pages(), 0);
    /// ```
    pub fn collapse(&mut self) -> usize {
        self.try_collapse().or_abort()
    }

    /// As [`collapse`](Self::collapse), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no memory left; the values are as they were, and chunks before may be whole.
    pub fn try_collapse(&mut self) -> Result<usize, AllocError> {
        self.seq.collapse()
    }

    /// Writes clones of `values` over those from `start` on. A chunk of 2 MiB that is shared and covered as
    /// a whole is replaced: nothing of it is copied.
    ///
    /// # Complexity
    ///
    /// O(values). Shared: copies each leaf that is reached, and the nodes on the way.
    ///
    /// # Panics
    ///
    /// If the values reach behind the end.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowVec;
    /// let mut v = CowVec::from([1, 2, 3, 4]);
    /// v.write(1, &[7, 8]);
    /// assert_eq!(v, [1, 7, 8, 4]);
    /// ```
    #[track_caller]
    pub fn write(&mut self, start: usize, values: &[T]) {
        self.try_write(start, values).or_abort();
    }

    /// As [`write`](Self::write), for arenas that may be full.
    ///
    /// # Errors
    ///
    /// When the arena has no chunk for a copy; the values in front of that place were written.
    ///
    /// # Panics
    ///
    /// If the values reach behind the end.
    #[track_caller]
    pub fn try_write(&mut self, start: usize, values: &[T]) -> Result<(), AllocError> {
        let (len, end) = (self.len(), start.saturating_add(values.len()));
        assert!(
            end <= len,
            "range end index {end} out of range for slice of length {len}"
        );
        let (mut at, mut rest) = (start, values);
        while !rest.is_empty() {
            let count = self.seq.write_some(at, rest)?;
            (at, rest) = (at + count, &rest[count..]);
        }
        Ok(())
    }
}
