//! Formatting into a [`CowStr`].

use std::fmt::{self, Display, Write};

use super::CowStr;

impl Write for CowStr {
    /// Adds the text. An error says that memory is out, or the text would be too long.
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.try_push_str(text).map_err(|_| fmt::Error)
    }

    #[inline]
    fn write_char(&mut self, char: char) -> fmt::Result {
        self.try_push(char).map_err(|_| fmt::Error)
    }
}

/// Turns what can be displayed into a [`CowStr`], as `ToString` does into a `String`.
///
/// # Examples
///
/// ```
/// use cow_collections::ToCowStr;
///
/// assert_eq!(1.5.to_cow_str(), "1.5");
/// ```
pub trait ToCowStr {
    /// The value as text. A short one takes no chunk.
    ///
    /// # Panics
    ///
    /// If the value's `Display` returns an error.
    fn to_cow_str(&self) -> CowStr;
}

impl<T: Display + ?Sized> ToCowStr for T {
    fn to_cow_str(&self) -> CowStr {
        CowStr::from_fmt(format_args!("{self}"))
    }
}

impl CowStr {
    /// What [`format_cow!`](crate::format_cow) expands to.
    #[doc(hidden)]
    #[must_use]
    pub fn from_fmt(args: fmt::Arguments<'_>) -> Self {
        if let Some(text) = args.as_str() {
            return Self::from_static(text);
        }
        let mut text = Self::new();
        text.write_fmt(args)
            .expect("a Display implementation returned an error unexpectedly");
        text
    }
}

/// As `format!`, into a [`CowStr`].
///
/// # Examples
///
/// ```
/// use cow_collections::{CowStr, format_cow};
///
/// let name = "world";
/// let text: CowStr = format_cow!("hello, {name}");
/// assert_eq!(text, "hello, world");
/// assert!(text.is_inline());
/// ```
#[macro_export]
macro_rules! format_cow {
    ($($args:tt)*) => {
        $crate::CowStr::from_fmt(::std::format_args!($($args)*))
    };
}
