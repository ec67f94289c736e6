//! Measures of text: how many lines, characters, UTF-16 units; and where one of them is.
//!
//! A measure is a sum over the text's parts, with one exception: a CR and the LF behind it are one line
//! break, not two. Such a pair counts at its LF. So how often a part breaks the line depends on the byte
//! behind it, `after`, which is zero at the end of a leaf: leaves are never cut between the two where
//! such breaks are summed up.

/// Bytes that are counted at once on the way to one of many.
const STEP: usize = 128;

/// What can be counted in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Measure {
    Bytes,
    /// Line feeds.
    Lf,
    /// LF, CR and CRLF.
    Breaks,
    /// Those, and the other characters that end a line by Unicode's rules: VT, FF, NEL, LS, PS.
    Unicode,
    Chars,
    Utf16,
}

impl Measure {
    /// `true` when CR and LF are one of these together.
    pub(crate) const fn joins_crlf(self) -> bool {
        matches!(self, Self::Breaks | Self::Unicode)
    }

    /// How many there are in `text`, behind which comes `after`.
    #[inline]
    pub(crate) fn count(self, text: &[u8], after: u8) -> usize {
        match self {
            Self::Bytes => text.len(),
            Self::Lf if text.len() == 1 => usize::from(text[0] == b'\n'),
            Self::Lf if text.len() <= STEP => count(text, |byte| byte == b'\n'),
            Self::Lf => memchr::memchr_iter(b'\n', text).count(),
            Self::Chars => count(text, starts_char),
            Self::Utf16 => count(text, starts_char) + count(text, |byte| byte >= 0xf0),
            Self::Breaks | Self::Unicode => {
                let lf = count(text, |byte| byte == b'\n');
                let cr = count(text, |byte| byte == b'\r');
                let mut breaks = lf;
                if cr > 0 {
                    let next = text[1..].iter().copied().chain([after]);
                    let pairs = text
                        .iter()
                        .zip(next)
                        .filter(|&pair| pair == (&b'\r', b'\n'));
                    breaks += cr - pairs.count();
                }
                if self == Self::Unicode {
                    breaks += count(text, |byte| matches!(byte, 0x0b | 0x0c));
                    // Their last bytes, of characters of two and three bytes.
                    breaks += ends_of_long_breaks(text);
                }
                breaks
            }
        }
    }

    /// Where number `nth` of them ends in `text`, behind which comes `after`; or, if there are not so
    /// many, how many there are.
    pub(crate) fn end_of(self, text: &[u8], after: u8, nth: usize) -> Result<usize, usize> {
        if self == Self::Bytes {
            return if nth < text.len() {
                Ok(nth + 1)
            } else {
                Err(text.len())
            };
        }
        let (mut passed, mut start) = (0, 0);
        while start < text.len() {
            let mut end = (start + STEP).min(text.len());
            // Never inside a character: of the long ones, the first byte is what counts.
            while end < text.len() && !starts_char(text[end]) {
                end += 1;
            }
            let after = text.get(end).copied().unwrap_or(after);
            let here = self.count(&text[start..end], after);
            if passed + here > nth {
                return Ok(start + self.end_in(&text[start..end], after, nth - passed));
            }
            passed += here;
            start = end;
        }
        Err(passed)
    }

    /// Where the one ends behind which there are `behind` more in `text`, behind which comes `after`; or,
    /// if there are not so many, how many there are. For who is nearer to the end.
    pub(crate) fn end_with(self, text: &[u8], after: u8, behind: usize) -> Result<usize, usize> {
        let (mut passed, mut end) = (0, text.len());
        while end > 0 {
            let mut start = end.saturating_sub(STEP);
            while !starts_char(text[start]) {
                start -= 1;
            }
            let after = text.get(end).copied().unwrap_or(after);
            let here = self.count(&text[start..end], after);
            if passed + here > behind {
                let nth = here - 1 - (behind - passed);
                return Ok(start + self.end_in(&text[start..end], after, nth));
            }
            passed += here;
            end = start;
        }
        Err(passed)
    }

    /// Where number `nth`, which there is, ends in a short text.
    fn end_in(self, text: &[u8], after: u8, nth: usize) -> usize {
        if self == Self::Lf {
            let mut all = text.iter().enumerate().filter(|&(_, &byte)| byte == b'\n');
            return all.nth(nth).map_or(text.len(), |(at, _)| at + 1);
        }
        let mut passed = 0;
        let mut start = 0;
        while start < text.len() {
            let mut end = start + 1;
            while end < text.len() && !starts_char(text[end]) {
                end += 1;
            }
            passed += self.count(&text[start..end], text.get(end).copied().unwrap_or(after));
            if passed > nth {
                return end;
            }
            start = end;
        }
        text.len()
    }
}

/// `true` for the first byte of a character.
#[inline]
pub(crate) const fn starts_char(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// How many bytes are as asked. In runs that fit a byte's counter, which the compiler makes vectors of.
#[inline]
fn count(text: &[u8], is: impl Fn(u8) -> bool) -> usize {
    let mut runs = text.chunks_exact(128);
    let mut sum = 0;
    for run in &mut runs {
        sum += usize::from(run.iter().fold(0_u8, |sum, &byte| sum + u8::from(is(byte))));
    }
    let rest = runs.remainder().iter();
    sum + rest.filter(|&&byte| is(byte)).count()
}

/// How many of NEL, LS and PS there are.
fn ends_of_long_breaks(text: &[u8]) -> usize {
    if text.is_ascii() {
        return 0;
    }
    let nel = text.windows(2).filter(|two| two == b"\xc2\x85").count();
    let ends = |three: &&[u8]| matches!(three, [0xe2, 0x80, 0xa8 | 0xa9]);
    nel + text.windows(3).filter(ends).count()
}
