//! [`CowStr`]: short strings in two words.

mod edit;
mod error;
mod format;
mod pattern;
#[cfg(feature = "quickcheck")]
mod quickcheck;
#[cfg(feature = "serde")]
mod serde;
mod slice;
mod traits;
#[expect(unsafe_code, reason = "bytes that are known to be UTF-8")]
mod utf8;

use std::borrow::Cow;

use cow_core::{AllocError, Bytes, OrAbort};

use crate::{CowBytes, Memory, bytes};
pub use error::FromUtf8Error;
pub use format::ToCowStr;
pub use pattern::StrPattern;
use utf8::Utf8;

/// A string whose clones and slices cost nanoseconds: `String`'s calls in 16 bytes.
///
/// For names, keys, tokens, lines: texts of a few bytes to a few pages, of which there are many. It is
/// one of
///
/// - *inline*: up to 15 bytes, in the handle itself;
/// - *static*: a `&'static str`, made in a constant if need be, of which nothing is copied or counted;
/// - *shared*: a range of a counted chunk of the global arena. A clone is one atomic increment, and so
///   is a slice. Who appends to a text that ends where its chunk's contents end does so in place, even
///   while others share the chunk.
///
/// `Option<CowStr>` is 16 bytes, too.
///
/// # Owned slices
///
/// `CowStr` reads as a `str`: `&text[2..5]` and [`text.as_str().trim()`](Self::as_str) borrow. Calls of
/// `str` that cut parts out, such as [`trim`](Self::trim), [`lines`](Self::lines) and
/// [`split`](Self::split), return `CowStr`s here, which share the chunk and may outlive the whole. Parts
/// of up to 15 bytes are copied into their handles. A longer part keeps the whole chunk:
/// [`compact`](Self::compact) lets go of it. For other ways to cut see [`slices`](Self::slices) and
/// [`slice_ref`](Self::slice_ref).
///
/// # Complexity
///
/// | call | up to 15 bytes | exclusive | shared |
/// |---|---|---|---|
/// | `clone`, `slice`, `trim`, each of `lines` | copies 16 bytes | O(1): one atomic increment | |
/// | `split_off`, `truncate`, `pop` | copies 16 bytes | O(1) | O(1) |
/// | `push`, `push_str` | in place | in place, O(1) amortised | in place for the first to append; else copies all |
/// | `as_mut_str`, `insert`, `remove`, `replace_range` | in place | in place | copies all |
///
/// Above 64 KiB a text has a buffer of its own instead of a part of an extent, and a node of 64 B that
/// names it; a slice takes another such node. The most is [`MAX_LEN`](Self::MAX_LEN), 4 GiB - 1. Texts
/// of that size that are edited in the middle want another structure than one run of bytes.
///
/// # Running out of memory
///
/// The `try_` calls return an [`AllocError`] and leave the text as it was. The other calls end the
/// process in that case, as `String`'s do, and panic when a text would be longer than the most.
///
/// # Examples
///
/// ```
/// use cow_collections::CowStr;
///
/// let config = CowStr::from("name = a longer name\nsize = 4\n");
/// let pairs: Vec<(CowStr, CowStr)> = config
///     .lines()
///     .filter_map(|line| line.split_once(" = "))
///     .collect();
/// drop(config);
/// assert_eq!(pairs[0].1, "a longer name");
/// ```
#[derive(Clone, Default)]
pub struct CowStr {
    utf8: Utf8,
}

const _: () = assert!(size_of::<CowStr>() == 16);
const _: () = assert!(size_of::<Option<CowStr>>() == 16);

impl CowStr {
    /// How many bytes of text fit into the handle itself.
    pub const INLINE: usize = Bytes::INLINE;

    /// How many bytes a text can have.
    pub const MAX_LEN: usize = Bytes::MAX_LEN;

    /// Makes an empty text. It allocates nothing.
    #[inline]
    #[must_use]
    pub const fn new() -> Self {
        Self { utf8: Utf8::new() }
    }

    /// Makes a text of a static one, of which nothing is copied or counted.
    ///
    /// # Complexity
    ///
    /// O(1).
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// const KEYWORDS: [CowStr; 2] = [CowStr::from_static("const"), CowStr::from_static("static")];
    /// assert_eq!(KEYWORDS[1], "static");
    /// ```
    #[inline]
    #[must_use]
    pub const fn from_static(text: &'static str) -> Self {
        Self {
            utf8: Utf8::from_static(text),
        }
    }

    /// Copies a text.
    ///
    /// # Errors
    ///
    /// When memory is out, or the text longer than [`MAX_LEN`](Self::MAX_LEN).
    #[inline]
    pub fn try_from_str(text: &str) -> Result<Self, AllocError> {
        Utf8::try_from_str(text).map(Self::from_checked)
    }

    /// Makes an empty text with room for `capacity` bytes.
    ///
    /// # Panics
    ///
    /// If that is above [`MAX_LEN`](Self::MAX_LEN).
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self::try_with_capacity(capacity).or_abort()
    }

    /// As [`with_capacity`](Self::with_capacity).
    ///
    /// # Errors
    ///
    /// When memory is out, or `capacity` above [`MAX_LEN`](Self::MAX_LEN).
    pub fn try_with_capacity(capacity: usize) -> Result<Self, AllocError> {
        Utf8::try_with_capacity(capacity).map(Self::from_checked)
    }

    /// Makes a text of bytes, which stay where they are if they are a [`CowBytes`].
    ///
    /// # Errors
    ///
    /// When the bytes are not UTF-8; the error gives them back, and says where.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::{CowBytes, CowStr};
    /// let packet = CowBytes::from_static("head: häuser".as_bytes());
    /// assert_eq!(CowStr::from_utf8(packet.slice(6..))?, "häuser");
    ///
    /// let error = CowStr::from_utf8(packet.slice(..8)).unwrap_err();
    /// assert_eq!(error.utf8_error().valid_up_to(), 7);
    /// assert_eq!(error.into_bytes(), b"head: h\xc3");
    /// # Ok::<(), cow_collections::FromUtf8Error>(())
    /// ```
    pub fn from_utf8(bytes: impl Into<CowBytes>) -> Result<Self, FromUtf8Error> {
        Utf8::from_run(bytes.into().into_run())
            .map(Self::from_checked)
            .map_err(|(run, error)| FromUtf8Error::new(CowBytes::from_run(run), error))
    }

    /// Makes a text of bytes, with U+FFFD in the place of what is not UTF-8.
    #[must_use]
    pub fn from_utf8_lossy(bytes: &[u8]) -> Self {
        match String::from_utf8_lossy(bytes) {
            Cow::Borrowed(text) => text.into(),
            Cow::Owned(text) => text.into(),
        }
    }

    /// Makes a text of UTF-16 units.
    ///
    /// # Errors
    ///
    /// When a surrogate is without its other half.
    pub fn from_utf16(units: &[u16]) -> Result<Self, std::char::DecodeUtf16Error> {
        char::decode_utf16(units.iter().copied()).collect()
    }

    #[inline]
    const fn from_checked(utf8: Utf8) -> Self {
        Self { utf8 }
    }

    /// The text.
    #[inline]
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.utf8.as_str()
    }

    /// The number of bytes.
    #[inline]
    #[must_use]
    pub const fn len(&self) -> usize {
        self.utf8.run().len()
    }

    /// `true` when there is none.
    #[inline]
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.utf8.run().is_empty()
    }

    /// How many bytes fit where these are.
    #[inline]
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.utf8.run().capacity()
    }

    /// `true` when the text lies in the handle itself.
    #[inline]
    #[must_use]
    pub const fn is_inline(&self) -> bool {
        self.utf8.run().is_inline()
    }

    /// `true` when a write goes in place: no other handle shares the text, and it is not static.
    #[inline]
    #[must_use]
    pub fn is_exclusive(&self) -> bool {
        self.utf8.run().is_exclusive()
    }

    /// `true` when both are the same text in the same place, or inline and equal.
    ///
    /// # Complexity
    ///
    /// O(1).
    #[inline]
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.utf8.run().ptr_eq(other.utf8.run())
    }

    /// Takes a snapshot. The same as `clone`, said aloud.
    ///
    /// # Complexity
    ///
    /// O(1): at most one atomic increment.
    #[inline]
    #[must_use]
    pub fn snapshot(&self) -> Self {
        self.clone()
    }

    /// What the chunks behind the handle cost, and what of that others share. Nothing when the text is
    /// inline or static.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let name = CowStr::from("more than fifteen bytes");
    /// assert_eq!(name.memory().bytes_exclusive, 64);
    /// let _other = name.clone();
    /// assert_eq!(name.memory().bytes_shared, 64);
    /// assert_eq!(CowStr::from("fifteen bytes.").memory().bytes(), 0);
    /// ```
    #[must_use]
    pub fn memory(&self) -> Memory {
        bytes::memory(self.utf8.run())
    }

    /// The bytes of the text, which stay where they are.
    #[inline]
    #[must_use]
    pub fn into_bytes(self) -> CowBytes {
        CowBytes::from_run(self.utf8.into_run())
    }

    /// Moves the text to the smallest chunk that holds it, or into the handle, so that a small part
    /// does not keep a large whole.
    ///
    /// # Complexity
    ///
    /// O(bytes) when they move; O(1) when they are where they should be.
    ///
    /// # Examples
    ///
    /// ```
    /// # use cow_collections::CowStr;
    /// let page = CowStr::from("a line of the page\n".repeat(500));
    /// let mut line = page.lines().next().unwrap();
    /// drop(page);
    /// assert_eq!(line.memory().bytes(), 16 << 10);
    /// line.compact();
    /// assert_eq!(line.memory().bytes(), 64);
    /// ```
    pub fn compact(&mut self) {
        self.try_compact().or_abort();
    }

    /// As [`compact`](Self::compact).
    ///
    /// # Errors
    ///
    /// When memory is out; the text stays where it is.
    pub fn try_compact(&mut self) -> Result<(), AllocError> {
        self.utf8.try_compact()
    }
}
