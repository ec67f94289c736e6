//! One call to a collection, as data.

/// A call with its arguments.
///
/// What the numbers mean depends on the call: a place, as a fraction of the length, the number of a key or
/// a value, how many, or which of the other versions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Op<C> {
    pub(crate) call: C,
    pub(crate) a: u16,
    pub(crate) b: u16,
    pub(crate) n: u8,
}

/// The calls that change a collection, or choose the version to be changed next.
pub(crate) trait Calls: Copy + 'static {
    const ALL: &[Self];
}

/// Bytes that [`Op::from_bytes`] takes.
const BYTES: usize = 6;

impl<C: Calls> Op<C> {
    /// Every six bytes are some call.
    pub(crate) fn from_bytes(bytes: [u8; BYTES]) -> Self {
        let [call, a0, a1, b0, b1, n] = bytes;
        Self {
            call: C::ALL[usize::from(call) % C::ALL.len()],
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
        /// The calls.
        #[derive(Clone, Copy, Debug)]
        pub(crate) enum Call { $($call),* }

        impl $crate::world::op::support::Calls for Call {
            const ALL: &[Self] = &[$(Self::$call),*];
        }
    };
}
