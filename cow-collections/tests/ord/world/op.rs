//! One call to a map, as data.

/// A call with its arguments.
///
/// What the numbers mean depends on the call: a key, a value, how many, or which of the other versions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op {
    pub(crate) call: Call,
    pub(crate) a: u16,
    pub(crate) b: u16,
    pub(crate) n: u8,
}

impl Op {
    /// Bytes that [`from_bytes`](Self::from_bytes) takes.
    pub(crate) const BYTES: usize = 6;

    /// Every six bytes are some call.
    pub(crate) fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        let [call, a0, a1, b0, b1, n] = bytes;
        Self {
            call: Call::ALL[usize::from(call) % Call::ALL.len()],
            a: u16::from_le_bytes([a0, a1]),
            b: u16::from_le_bytes([b0, b1]),
            n,
        }
    }

    /// The calls that a file or a random string of bytes amounts to.
    pub(crate) fn all_from(bytes: &[u8]) -> impl Iterator<Item = Self> {
        let (ops, _) = bytes.as_chunks();
        ops.iter().map(|&bytes| Self::from_bytes(bytes))
    }
}

/// Makes the enum and the list of its variants, so that none can be forgotten.
macro_rules! calls {
    ($($call:ident)*) => {
        /// The calls that change a map, or choose the version to be changed next.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Call { $($call),* }

        impl Call {
            pub(crate) const ALL: &[Self] = &[$(Self::$call),*];
        }
    };
}

calls! {
    Snapshot Switch
    Insert TryInsert InsertRun InsertScattered Extend TryExtend Collect
    Remove RemoveEntry TryRemove RemoveRun RemoveScattered PopFirst PopLast PopMany Clear
    GetMut TryGetMut RangeMut IterMut ValuesMut IterMutFromBothEnds
    EntryOrInsert EntryModify EntryInsert EntryRemove FirstEntry LastEntry
    Append TryAppend AppendBehind AppendInFront SplitOff TrySplitOff KeepBack
    RemoveRange TryRemoveRange Retain ExtractIf ExtractInPart
    Union UnionWith MergeWith Intersection IntersectionWith Difference SymmetricDifference
    Apply Search Range Cursor Rank IntoIter IntoChunks
}
