//! [`CowBytes`]: comparisons, conversions, and the traits that every byte string has.

use std::{
    borrow::{Borrow, BorrowMut, Cow},
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
    ops::{Deref, DerefMut},
    rc::Rc,
    slice,
    sync::Arc,
};

use cow_core::OrAbort;

use super::CowBytes;
use crate::CowStr;

impl Deref for CowBytes {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl DerefMut for CowBytes {
    /// As [`as_mut_slice`](CowBytes::as_mut_slice): copies bytes that are shared.
    #[inline]
    fn deref_mut(&mut self) -> &mut [u8] {
        self.as_mut_slice()
    }
}

impl AsRef<[u8]> for CowBytes {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self
    }
}

impl AsMut<[u8]> for CowBytes {
    #[inline]
    fn as_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl Borrow<[u8]> for CowBytes {
    #[inline]
    fn borrow(&self) -> &[u8] {
        self
    }
}

impl BorrowMut<[u8]> for CowBytes {
    #[inline]
    fn borrow_mut(&mut self) -> &mut [u8] {
        self
    }
}

impl fmt::Debug for CowBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

impl Hash for CowBytes {
    /// As the slice's.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl PartialEq for CowBytes {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.run == other.run
    }
}

impl Eq for CowBytes {}

impl PartialOrd for CowBytes {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CowBytes {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other)
    }
}

/// Compares with another type, both ways.
macro_rules! compare_with {
    ($([$($generics:tt)*] $other:ty),* $(,)?) => { $(
        impl<$($generics)*> PartialEq<$other> for CowBytes {
            #[inline]
            fn eq(&self, other: &$other) -> bool {
                self.as_slice() == AsRef::<[u8]>::as_ref(other)
            }
        }
        impl<$($generics)*> PartialEq<CowBytes> for $other {
            #[inline]
            fn eq(&self, other: &CowBytes) -> bool {
                AsRef::<[u8]>::as_ref(self) == other.as_slice()
            }
        }
        impl<$($generics)*> PartialOrd<$other> for CowBytes {
            #[inline]
            fn partial_cmp(&self, other: &$other) -> Option<Ordering> {
                Some(self.as_slice().cmp(AsRef::<[u8]>::as_ref(other)))
            }
        }
        impl<$($generics)*> PartialOrd<CowBytes> for $other {
            #[inline]
            fn partial_cmp(&self, other: &CowBytes) -> Option<Ordering> {
                Some(AsRef::<[u8]>::as_ref(self).cmp(other.as_slice()))
            }
        }
    )* };
}

compare_with!(
    [] [u8],
    ['a] &'a [u8],
    [const N: usize] [u8; N],
    ['a, const N: usize] &'a [u8; N],
    [] Vec<u8>,
    [] str,
    ['a] &'a str,
    [] String,
);

impl From<&[u8]> for CowBytes {
    #[inline]
    fn from(bytes: &[u8]) -> Self {
        Self::try_from_slice(bytes).or_abort()
    }
}

/// Copies what can be looked at as a slice.
macro_rules! from_slices {
    ($([$($generics:tt)*] $source:ty),* $(,)?) => { $(
        impl<$($generics)*> From<$source> for CowBytes {
            #[inline]
            fn from(bytes: $source) -> Self {
                Self::from(AsRef::<[u8]>::as_ref(&bytes))
            }
        }
    )* };
}

from_slices!(
    [] &mut [u8],
    [const N: usize] [u8; N],
    [const N: usize] &[u8; N],
    [] Vec<u8>,
    [] &Vec<u8>,
    [] Box<[u8]>,
    [] Arc<[u8]>,
    [] Cow<'_, [u8]>,
    [] &str,
    [] String,
);

impl From<CowStr> for CowBytes {
    /// The bytes of the text, which stay where they are.
    #[inline]
    fn from(text: CowStr) -> Self {
        text.into_bytes()
    }
}

impl From<&Self> for CowBytes {
    #[inline]
    fn from(bytes: &Self) -> Self {
        bytes.clone()
    }
}

/// Copies the bytes into another type.
macro_rules! into_owned {
    ($($target:ty),* $(,)?) => { $(
        impl From<CowBytes> for $target {
            #[inline]
            fn from(bytes: CowBytes) -> Self {
                Self::from(bytes.as_slice())
            }
        }
    )* };
}

into_owned!(Vec<u8>, Box<[u8]>, Arc<[u8]>, Rc<[u8]>);

impl From<&CowBytes> for Vec<u8> {
    fn from(bytes: &CowBytes) -> Self {
        bytes.to_vec()
    }
}

impl<'a> From<&'a CowBytes> for Cow<'a, [u8]> {
    fn from(bytes: &'a CowBytes) -> Self {
        Self::Borrowed(bytes)
    }
}

impl Extend<u8> for CowBytes {
    fn extend<I: IntoIterator<Item = u8>>(&mut self, bytes: I) {
        let mut bytes = bytes.into_iter();
        // Some at a time: the chunk is looked at once for all of them.
        let mut some = [0; 64];
        loop {
            let mut len = 0;
            for (place, byte) in some.iter_mut().zip(&mut bytes) {
                *place = byte;
                len += 1;
            }
            if len == 0 {
                return;
            }
            self.extend_from_slice(&some[..len]);
        }
    }
}

impl<'a> Extend<&'a u8> for CowBytes {
    fn extend<I: IntoIterator<Item = &'a u8>>(&mut self, bytes: I) {
        self.extend(bytes.into_iter().copied());
    }
}

impl<'a> Extend<&'a [u8]> for CowBytes {
    fn extend<I: IntoIterator<Item = &'a [u8]>>(&mut self, parts: I) {
        parts
            .into_iter()
            .for_each(|part| self.extend_from_slice(part));
    }
}

impl Extend<Self> for CowBytes {
    fn extend<I: IntoIterator<Item = Self>>(&mut self, parts: I) {
        parts
            .into_iter()
            .for_each(|part| self.extend_from_slice(&part));
    }
}

/// Collects what can extend.
macro_rules! collect {
    ($([$($generics:tt)*] $item:ty),* $(,)?) => { $(
        impl<$($generics)*> FromIterator<$item> for CowBytes {
            fn from_iter<I: IntoIterator<Item = $item>>(parts: I) -> Self {
                let mut bytes = Self::new();
                bytes.extend(parts);
                bytes
            }
        }
    )* };
}

collect!([] u8, ['a] &'a u8, ['a] &'a [u8], [] CowBytes);

impl<'a> IntoIterator for &'a CowBytes {
    type Item = &'a u8;
    type IntoIter = slice::Iter<'a, u8>;

    #[inline]
    fn into_iter(self) -> slice::Iter<'a, u8> {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut CowBytes {
    type Item = &'a mut u8;
    type IntoIter = slice::IterMut<'a, u8>;

    #[inline]
    fn into_iter(self) -> slice::IterMut<'a, u8> {
        self.iter_mut()
    }
}
