//! Equality, order, hash, formatting, and conversions from and to std's strings.

use std::{
    borrow::Cow,
    cmp::Ordering,
    convert::Infallible,
    fmt,
    hash::{Hash, Hasher},
    str::FromStr,
};

use cow_core::OrAbort;

use super::{CowString, TextSlice};
use crate::Metrics;

/// Compares pieces of two texts that are cut differently.
fn compare<'a>(
    mut left: impl Iterator<Item = &'a [u8]>,
    mut right: impl Iterator<Item = &'a [u8]>,
) -> Ordering {
    let (mut a, mut b): (&[u8], &[u8]) = (&[], &[]);
    loop {
        if a.is_empty() {
            a = left.next().unwrap_or_default();
        }
        if b.is_empty() {
            b = right.next().unwrap_or_default();
        }
        if a.is_empty() || b.is_empty() {
            return a.len().cmp(&b.len());
        }
        let len = a.len().min(b.len());
        // One piece of memory is equal to itself.
        if a.as_ptr() != b.as_ptr() {
            let order = a[..len].cmp(&b[..len]);
            if order.is_ne() {
                return order;
            }
        }
        (a, b) = (&a[len..], &b[len..]);
    }
}

impl<M: Metrics, N: Metrics> PartialEq<TextSlice<'_, N>> for TextSlice<'_, M> {
    fn eq(&self, other: &TextSlice<'_, N>) -> bool {
        self.len() == other.len()
            && compare(
                self.chunks().map(str::as_bytes),
                other.chunks().map(str::as_bytes),
            )
            .is_eq()
    }
}

impl<M: Metrics> PartialEq<str> for TextSlice<'_, M> {
    fn eq(&self, other: &str) -> bool {
        self.len() == other.len()
            && compare(
                self.chunks().map(str::as_bytes),
                std::iter::once(other.as_bytes()),
            )
            .is_eq()
    }
}

impl<M: Metrics> PartialOrd<str> for TextSlice<'_, M> {
    fn partial_cmp(&self, other: &str) -> Option<Ordering> {
        Some(compare(
            self.chunks().map(str::as_bytes),
            std::iter::once(other.as_bytes()),
        ))
    }
}

impl<M: Metrics> Eq for TextSlice<'_, M> {}

impl<M: Metrics> PartialOrd for TextSlice<'_, M> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<M: Metrics> Ord for TextSlice<'_, M> {
    fn cmp(&self, other: &Self) -> Ordering {
        compare(
            self.chunks().map(str::as_bytes),
            other.chunks().map(str::as_bytes),
        )
    }
}

impl<M: Metrics> Hash for TextSlice<'_, M> {
    /// As `str`: the bytes, and one `0xff`. Text that does not lie in a row is gathered first, since a
    /// hasher may tell one long write from two short ones.
    fn hash<H: Hasher>(&self, state: &mut H) {
        Cow::from(*self).hash(state);
    }
}

impl<'a, M: Metrics> From<TextSlice<'a, M>> for Cow<'a, str> {
    /// The text: lent, if it lies in a row, else gathered.
    fn from(slice: TextSlice<'a, M>) -> Self {
        match slice.as_str() {
            Some(str) => Cow::Borrowed(str),
            None => Cow::Owned(String::from(slice)),
        }
    }
}

impl<M: Metrics> From<TextSlice<'_, M>> for String {
    fn from(slice: TextSlice<'_, M>) -> Self {
        let mut string = Self::with_capacity(slice.len());
        string.extend(slice.chunks());
        string
    }
}

impl<M: Metrics> fmt::Display for TextSlice<'_, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if f.width().is_some() || f.precision().is_some() {
            return f.pad(&Cow::from(*self));
        }
        self.chunks().try_for_each(|chunk| f.write_str(chunk))
    }
}

impl<M: Metrics> fmt::Debug for TextSlice<'_, M> {
    /// As `str`'s.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*Cow::from(*self), f)
    }
}

impl<M: Metrics> PartialEq for CowString<M> {
    /// Chunks that both share are not looked at.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.text.pairs(&other.text).all(|(a, b)| a == b)
    }
}

impl<M: Metrics> Eq for CowString<M> {}

impl<M: Metrics> PartialOrd for CowString<M> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<M: Metrics> Ord for CowString<M> {
    /// As `str`'s. Chunks that both share are not looked at.
    fn cmp(&self, other: &Self) -> Ordering {
        self.text
            .pairs(&other.text)
            .map(|(a, b)| a.cmp(b))
            .find(|order| order.is_ne())
            .unwrap_or_else(|| self.len().cmp(&other.len()))
    }
}

impl<M: Metrics> Hash for CowString<M> {
    /// As `str`, for every hasher: text that does not lie in a row is gathered first.
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl<M: Metrics> fmt::Display for CowString<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.as_slice(), f)
    }
}

impl<M: Metrics> fmt::Debug for CowString<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.as_slice(), f)
    }
}

/// `==` and order against a string type, in both directions.
macro_rules! compare_with {
    ($($other:ty),+) => {$(
        impl<M: Metrics> PartialEq<$other> for CowString<M> {
            fn eq(&self, other: &$other) -> bool {
                self.as_slice() == *AsRef::<str>::as_ref(other)
            }
        }

        impl<M: Metrics> PartialEq<CowString<M>> for $other {
            fn eq(&self, other: &CowString<M>) -> bool {
                other == self
            }
        }

        impl<M: Metrics> PartialOrd<$other> for CowString<M> {
            fn partial_cmp(&self, other: &$other) -> Option<Ordering> {
                self.as_slice().partial_cmp(AsRef::<str>::as_ref(other))
            }
        }

        impl<M: Metrics> PartialOrd<CowString<M>> for $other {
            fn partial_cmp(&self, other: &CowString<M>) -> Option<Ordering> {
                other.partial_cmp(self).map(Ordering::reverse)
            }
        }
    )+};
}

compare_with!(str, &str, String, Cow<'_, str>);

/// `==` of a slice against a string type, in both directions.
macro_rules! compare_slice_with {
    ($($other:ty),+) => {$(
        impl<M: Metrics> PartialEq<$other> for TextSlice<'_, M> {
            fn eq(&self, other: &$other) -> bool {
                self == AsRef::<str>::as_ref(other)
            }
        }

        impl<M: Metrics> PartialEq<TextSlice<'_, M>> for $other {
            fn eq(&self, other: &TextSlice<'_, M>) -> bool {
                other == self
            }
        }
    )+};
}

compare_slice_with!(&str, String);

impl<M: Metrics, N: Metrics> PartialEq<TextSlice<'_, N>> for CowString<M> {
    fn eq(&self, other: &TextSlice<'_, N>) -> bool {
        self.as_slice() == *other
    }
}

impl<M: Metrics, N: Metrics> PartialEq<CowString<N>> for TextSlice<'_, M> {
    fn eq(&self, other: &CowString<N>) -> bool {
        *self == other.as_slice()
    }
}

impl<M: Metrics> From<TextSlice<'_, M>> for CowString<M> {
    /// An owned text that shares the chunks. O(log n): as
    /// [`snapshot_range`](CowString::snapshot_range).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowString;
    /// let text: CowString = "one line\n".repeat(5_000).into();
    /// let half = CowString::from(text.slice(..22_500));
    /// assert_eq!(half.line_count(), 2_501);
    /// assert!(half.memory().bytes_shared > 0);
    /// ```
    fn from(slice: TextSlice<'_, M>) -> Self {
        let text = slice.text.part(slice.start..slice.end).or_abort();
        Self { text }
    }
}

impl From<&str> for CowString {
    fn from(text: &str) -> Self {
        Self::from_text(text)
    }
}

impl From<&String> for CowString {
    fn from(text: &String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<String> for CowString {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl From<Box<str>> for CowString {
    fn from(text: Box<str>) -> Self {
        Self::from(&*text)
    }
}

impl From<Cow<'_, str>> for CowString {
    fn from(text: Cow<'_, str>) -> Self {
        Self::from(&*text)
    }
}

impl From<char> for CowString {
    fn from(char: char) -> Self {
        Self::from(&*char.encode_utf8(&mut [0; 4]))
    }
}

impl<M: Metrics> From<CowString<M>> for String {
    fn from(text: CowString<M>) -> Self {
        Self::from(text.as_slice())
    }
}

impl<M: Metrics> From<&CowString<M>> for String {
    fn from(text: &CowString<M>) -> Self {
        Self::from(text.as_slice())
    }
}

impl<M: Metrics> FromStr for CowString<M> {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self::from_text(text))
    }
}

impl<M: Metrics> Extend<char> for CowString<M> {
    fn extend<I: IntoIterator<Item = char>>(&mut self, chars: I) {
        let mut run = String::new();
        for char in chars {
            run.push(char);
            if run.len() >= super::RUN {
                self.push_str(&run);
                run.clear();
            }
        }
        self.push_str(&run);
    }
}

impl<'a, M: Metrics> Extend<&'a char> for CowString<M> {
    fn extend<I: IntoIterator<Item = &'a char>>(&mut self, chars: I) {
        self.extend(chars.into_iter().copied());
    }
}

impl<'a, M: Metrics> Extend<&'a str> for CowString<M> {
    fn extend<I: IntoIterator<Item = &'a str>>(&mut self, texts: I) {
        texts.into_iter().for_each(|text| self.push_str(text));
    }
}

impl<M: Metrics> Extend<String> for CowString<M> {
    fn extend<I: IntoIterator<Item = String>>(&mut self, texts: I) {
        texts.into_iter().for_each(|text| self.push_str(&text));
    }
}

impl<M: Metrics> Extend<Self> for CowString<M> {
    fn extend<I: IntoIterator<Item = Self>>(&mut self, texts: I) {
        texts
            .into_iter()
            .for_each(|mut text| self.append(&mut text));
    }
}

impl<M: Metrics, S> FromIterator<S> for CowString<M>
where
    Self: Extend<S>,
{
    fn from_iter<I: IntoIterator<Item = S>>(parts: I) -> Self {
        let mut text = Self::with_metrics();
        text.extend(parts);
        text
    }
}

impl<M: Metrics> fmt::Write for CowString<M> {
    /// Adds a text at the end. An error means that the arena is full.
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.try_push_str(text).map_err(|_| fmt::Error)
    }
}

impl<M: Metrics> std::ops::AddAssign<&str> for CowString<M> {
    fn add_assign(&mut self, text: &str) {
        self.push_str(text);
    }
}
