//! What a text is split at.

use std::str;

/// What [`CowStr`](crate::CowStr)'s owned splits look for: a `char`, a `&str` or `&String`, an array or
/// slice of `char`s, or a closure that picks `char`s, as `str`'s do.
///
/// Sealed: std's own trait of that name cannot be named yet.
#[expect(private_bounds, reason = "seals the trait")]
pub trait StrPattern: Sealed + Sized {
    /// What `str::split` returns for the pattern, and so on.
    #[doc(hidden)]
    type Split<'a>: Iterator<Item = &'a str>;
    #[doc(hidden)]
    type RSplit<'a>: Iterator<Item = &'a str>;
    #[doc(hidden)]
    type SplitN<'a>: Iterator<Item = &'a str>;
    #[doc(hidden)]
    type SplitInclusive<'a>: Iterator<Item = &'a str>;

    // Not of `self`: where the trait is imported, these would come before what a `String` derefs to.
    #[doc(hidden)]
    fn split(pattern: Self, text: &str) -> Self::Split<'_>;
    #[doc(hidden)]
    fn splitn(pattern: Self, text: &str, n: usize) -> Self::SplitN<'_>;
    #[doc(hidden)]
    fn split_inclusive(pattern: Self, text: &str) -> Self::SplitInclusive<'_>;
    #[doc(hidden)]
    fn split_once(pattern: Self, text: &str) -> Option<(&str, &str)>;
    #[doc(hidden)]
    fn strip_prefix(pattern: Self, text: &str) -> Option<&str>;
    #[doc(hidden)]
    fn trim_start_matches(pattern: Self, text: &str) -> &str;
    #[doc(hidden)]
    fn rsplit(pattern: Self, text: &str) -> Self::RSplit<'_>;
    #[doc(hidden)]
    fn rsplit_once(pattern: Self, text: &str) -> Option<(&str, &str)>;
    #[doc(hidden)]
    fn strip_suffix(pattern: Self, text: &str) -> Option<&str>;
    #[doc(hidden)]
    fn trim_end_matches(pattern: Self, text: &str) -> &str;
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
            fn split(pattern: Self, text: &str) -> Self::Split<'_> {
                text.split(pattern)
            }

            #[inline]
            fn splitn(pattern: Self, text: &str, n: usize) -> Self::SplitN<'_> {
                text.splitn(n, pattern)
            }

            #[inline]
            fn split_inclusive(pattern: Self, text: &str) -> Self::SplitInclusive<'_> {
                text.split_inclusive(pattern)
            }

            #[inline]
            fn split_once(pattern: Self, text: &str) -> Option<(&str, &str)> {
                text.split_once(pattern)
            }

            #[inline]
            fn strip_prefix(pattern: Self, text: &str) -> Option<&str> {
                text.strip_prefix(pattern)
            }

            #[inline]
            fn trim_start_matches(pattern: Self, text: &str) -> &str {
                text.trim_start_matches(pattern)
            }

            #[inline]
            fn rsplit(pattern: Self, text: &str) -> Self::RSplit<'_> {
                text.rsplit(pattern)
            }

            #[inline]
            fn rsplit_once(pattern: Self, text: &str) -> Option<(&str, &str)> {
                text.rsplit_once(pattern)
            }

            #[inline]
            fn strip_suffix(pattern: Self, text: &str) -> Option<&str> {
                text.strip_suffix(pattern)
            }

            #[inline]
            fn trim_end_matches(pattern: Self, text: &str) -> &str {
                text.trim_end_matches(pattern)
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
