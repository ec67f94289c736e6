//! [`CowStr`]: comparisons, conversions, and the traits that every string has.

use std::{
    borrow::{Borrow, BorrowMut, Cow},
    cmp::Ordering,
    convert::Infallible,
    error::Error,
    ffi::{OsStr, OsString},
    fmt,
    hash::{Hash, Hasher},
    net::ToSocketAddrs,
    ops::{Add, AddAssign, Deref, DerefMut},
    path::{Path, PathBuf},
    rc::Rc,
    str::FromStr,
    sync::Arc,
};

use cow_core::OrAbort;

use super::{CowStr, FromUtf8Error};
use crate::CowBytes;

impl Deref for CowStr {
    type Target = str;

    #[inline]
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl DerefMut for CowStr {
    /// As [`as_mut_str`](CowStr::as_mut_str): copies a text that is shared.
    #[inline]
    fn deref_mut(&mut self) -> &mut str {
        self.as_mut_str()
    }
}

/// Lends the text as what it can be looked at as.
macro_rules! as_refs {
    ($($target:ty),* $(,)?) => { $(
        impl AsRef<$target> for CowStr {
            #[inline]
            fn as_ref(&self) -> &$target {
                self.as_str().as_ref()
            }
        }
    )* };
}

as_refs!(str, [u8], OsStr, Path);

impl AsMut<str> for CowStr {
    #[inline]
    fn as_mut(&mut self) -> &mut str {
        self
    }
}

impl Borrow<str> for CowStr {
    #[inline]
    fn borrow(&self) -> &str {
        self
    }
}

impl BorrowMut<str> for CowStr {
    #[inline]
    fn borrow_mut(&mut self) -> &mut str {
        self
    }
}

impl fmt::Debug for CowStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for CowStr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl Hash for CowStr {
    /// As `str`'s, so that a map with these keys is asked with a `&str`.
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl PartialEq for CowStr {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.utf8 == other.utf8
    }
}

impl Eq for CowStr {}

impl PartialOrd for CowStr {
    #[inline]
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for CowStr {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other)
    }
}

/// Compares with another type, both ways.
macro_rules! compare_with {
    ($([$($generics:tt)*] $other:ty),* $(,)?) => { $(
        impl<$($generics)*> PartialEq<$other> for CowStr {
            #[inline]
            fn eq(&self, other: &$other) -> bool {
                self.as_str() == AsRef::<str>::as_ref(other)
            }
        }
        impl<$($generics)*> PartialEq<CowStr> for $other {
            #[inline]
            fn eq(&self, other: &CowStr) -> bool {
                AsRef::<str>::as_ref(self) == other.as_str()
            }
        }
        impl<$($generics)*> PartialOrd<$other> for CowStr {
            #[inline]
            fn partial_cmp(&self, other: &$other) -> Option<Ordering> {
                Some(self.as_str().cmp(AsRef::<str>::as_ref(other)))
            }
        }
        impl<$($generics)*> PartialOrd<CowStr> for $other {
            #[inline]
            fn partial_cmp(&self, other: &CowStr) -> Option<Ordering> {
                Some(AsRef::<str>::as_ref(self).cmp(other.as_str()))
            }
        }
    )* };
}

compare_with!([] str, ['a] &'a str, [] String, ['a] &'a String, ['a] Cow<'a, str>);

impl From<&str> for CowStr {
    #[inline]
    fn from(text: &str) -> Self {
        Self::try_from_str(text).or_abort()
    }
}

impl From<char> for CowStr {
    #[inline]
    fn from(char: char) -> Self {
        Self::from(&*char.encode_utf8(&mut [0; 4]))
    }
}

/// Copies what can be looked at as a `str`.
macro_rules! from_texts {
    ($($source:ty),* $(,)?) => { $(
        impl From<$source> for CowStr {
            #[inline]
            fn from(text: $source) -> Self {
                Self::from(AsRef::<str>::as_ref(&text))
            }
        }
    )* };
}

from_texts!(
    &mut str,
    String,
    &String,
    Box<str>,
    Rc<str>,
    Arc<str>,
    Cow<'_, str>
);

impl From<&Self> for CowStr {
    #[inline]
    fn from(text: &Self) -> Self {
        text.clone()
    }
}

impl FromStr for CowStr {
    type Err = Infallible;

    #[inline]
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(text.into())
    }
}

impl TryFrom<CowBytes> for CowStr {
    type Error = FromUtf8Error;

    /// As [`from_utf8`](CowStr::from_utf8).
    fn try_from(bytes: CowBytes) -> Result<Self, FromUtf8Error> {
        Self::from_utf8(bytes)
    }
}

/// Copies the text into another type.
macro_rules! into_owned {
    ($($target:ty),* $(,)?) => { $(
        impl From<CowStr> for $target {
            #[inline]
            fn from(text: CowStr) -> Self {
                Self::from(text.as_str())
            }
        }
    )* };
}

into_owned!(
    String,
    Vec<u8>,
    Box<str>,
    Rc<str>,
    Arc<str>,
    OsString,
    PathBuf,
    Box<dyn Error>,
    Box<dyn Error + Send + Sync>,
);

impl From<CowStr> for Cow<'_, str> {
    fn from(text: CowStr) -> Self {
        Self::Owned(text.into())
    }
}

impl From<&CowStr> for String {
    fn from(text: &CowStr) -> Self {
        Self::from(text.as_str())
    }
}

impl<'a> From<&'a CowStr> for Cow<'a, str> {
    fn from(text: &'a CowStr) -> Self {
        Self::Borrowed(text)
    }
}

impl ToSocketAddrs for CowStr {
    type Iter = <str as ToSocketAddrs>::Iter;

    fn to_socket_addrs(&self) -> std::io::Result<Self::Iter> {
        self.as_str().to_socket_addrs()
    }
}

impl Add<&str> for CowStr {
    type Output = Self;

    #[inline]
    fn add(mut self, text: &str) -> Self {
        self.push_str(text);
        self
    }
}

impl AddAssign<&str> for CowStr {
    #[inline]
    fn add_assign(&mut self, text: &str) {
        self.push_str(text);
    }
}

impl Extend<char> for CowStr {
    fn extend<I: IntoIterator<Item = char>>(&mut self, chars: I) {
        // Some at a time: the chunk is looked at once for all of them.
        let mut some = [0; 64];
        let mut len = 0;
        for char in chars {
            if len + char.len_utf8() > some.len() {
                self.push_checked(&some[..len]);
                len = 0;
            }
            len += char.encode_utf8(&mut some[len..]).len();
        }
        self.push_checked(&some[..len]);
    }
}

impl CowStr {
    /// Adds what was encoded as UTF-8.
    fn push_checked(&mut self, bytes: &[u8]) {
        self.push_str(str::from_utf8(bytes).expect("encoded characters"));
    }
}

impl<'a> Extend<&'a char> for CowStr {
    fn extend<I: IntoIterator<Item = &'a char>>(&mut self, chars: I) {
        self.extend(chars.into_iter().copied());
    }
}

/// Extends by texts.
macro_rules! extend_by {
    ($([$($generics:tt)*] $text:ty),* $(,)?) => { $(
        impl<$($generics)*> Extend<$text> for CowStr {
            fn extend<I: IntoIterator<Item = $text>>(&mut self, texts: I) {
                texts.into_iter().for_each(|text| self.push_str(&text));
            }
        }
    )* };
}

extend_by!(['a] &'a str, [] String, ['a] &'a String, [] Box<str>, ['a] Cow<'a, str>, [] CowStr, ['a] &'a CowStr);

/// Collects what can extend.
macro_rules! collect {
    ($([$($generics:tt)*] $item:ty),* $(,)?) => { $(
        impl<$($generics)*> FromIterator<$item> for CowStr {
            fn from_iter<I: IntoIterator<Item = $item>>(parts: I) -> Self {
                let mut text = Self::new();
                text.extend(parts);
                text
            }
        }
    )* };
}

collect!(
    [] char, ['a] &'a char, ['a] &'a str, [] String, ['a] &'a String, [] Box<str>,
    ['a] Cow<'a, str>, [] CowStr, ['a] &'a CowStr,
);

impl Extend<CowStr> for String {
    fn extend<I: IntoIterator<Item = CowStr>>(&mut self, texts: I) {
        texts.into_iter().for_each(|text| self.push_str(&text));
    }
}

impl FromIterator<CowStr> for String {
    fn from_iter<I: IntoIterator<Item = CowStr>>(texts: I) -> Self {
        let mut all = Self::new();
        all.extend(texts);
        all
    }
}
