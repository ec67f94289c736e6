//! What a text is split at.

use std::str;

/// What [`CowStr`](crate::CowStr)'s owned splits look for: a `char`, a `&str` or `&String`, an array or
/// slice of `char`s, or a closure that picks `char`s, as `str`'s do.
///
/// Sealed: std's own trait of that name cannot be named yet.
#[expect(private_bounds, reason = "seals the trait")]
pub trait StrPattern: Sealed {
    /// What `str::split` returns for the pattern, and so on.
    #[doc(hidden)]
    type Split<'a>: Iterator<Item = &'a str>;
    #[doc(hidden)]
    type RSplit<'a>: Iterator<Item = &'a str>;
    #[doc(hidden)]
    type SplitN<'a>: Iterator<Item = &'a str>;
    #[doc(hidden)]
    type SplitInclusive<'a>: Iterator<Item = &'a str>;

    #[doc(hidden)]
    fn split(self, text: &str) -> Self::Split<'_>;
    #[doc(hidden)]
    fn splitn(self, text: &str, n: usize) -> Self::SplitN<'_>;
    #[doc(hidden)]
    fn split_inclusive(self, text: &str) -> Self::SplitInclusive<'_>;
    #[doc(hidden)]
    fn split_once(self, text: &str) -> Option<(&str, &str)>;
    #[doc(hidden)]
    fn strip_prefix(self, text: &str) -> Option<&str>;
    #[doc(hidden)]
    fn trim_start_matches(self, text: &str) -> &str;
    #[doc(hidden)]
    fn rsplit(self, text: &str) -> Self::RSplit<'_>;
    #[doc(hidden)]
    fn rsplit_once(self, text: &str) -> Option<(&str, &str)>;
    #[doc(hidden)]
    fn strip_suffix(self, text: &str) -> Option<&str>;
    #[doc(hidden)]
    fn trim_end_matches(self, text: &str) -> &str;
}

trait Sealed {}

macro_rules! patterns {
    ($([$($generics:tt)*] $pattern:ty),* $(,)?) => { $(
        impl<$($generics)*> Sealed for $pattern {}

        impl<$($generics)*> StrPattern for $pattern {
            type Split<'a> = str::Split<'a, Self>;
            type RSplit<'a> = str::RSplit<'a, Self>;
            type SplitN<'a> = str::SplitN<'a, Self>;
            type SplitInclusive<'a> = str::SplitInclusive<'a, Self>;

            #[inline]
            fn split(self, text: &str) -> Self::Split<'_> {
                text.split(self)
            }

            #[inline]
            fn splitn(self, text: &str, n: usize) -> Self::SplitN<'_> {
                text.splitn(n, self)
            }

            #[inline]
            fn split_inclusive(self, text: &str) -> Self::SplitInclusive<'_> {
                text.split_inclusive(self)
            }

            #[inline]
            fn split_once(self, text: &str) -> Option<(&str, &str)> {
                text.split_once(self)
            }

            #[inline]
            fn strip_prefix(self, text: &str) -> Option<&str> {
                text.strip_prefix(self)
            }

            #[inline]
            fn trim_start_matches(self, text: &str) -> &str {
                text.trim_start_matches(self)
            }

            #[inline]
            fn rsplit(self, text: &str) -> Self::RSplit<'_> {
                text.rsplit(self)
            }

            #[inline]
            fn rsplit_once(self, text: &str) -> Option<(&str, &str)> {
                text.rsplit_once(self)
            }

            #[inline]
            fn strip_suffix(self, text: &str) -> Option<&str> {
                text.strip_suffix(self)
            }

            #[inline]
            fn trim_end_matches(self, text: &str) -> &str {
                text.trim_end_matches(self)
            }
        }
    )* };
}

patterns!(
    [] char,
    ['p] &'p str,
    ['p] &'p String,
    ['p] &'p [char],
    [const N: usize] [char; N],
    [F: FnMut(char) -> bool] F,
);
