//! Which measures a text sums up: a choice of its type.

use std::fmt::Debug;

use super::{FANOUT, measure::Measure};
use crate::node::seq::sums::{Ends, Sums, Weigh};

/// Which measures a text sums up, so that conversions between them take O(log n).
///
/// | type | bytes | LF | CR, CRLF, Unicode's breaks | characters | UTF-16 |
/// |---|---|---|---|---|---|
/// | [`Bytes`] | yes | | | | |
/// | [`Lines`], the default | yes | yes | | | |
/// | [`Utf16Lines`] | yes | yes | | yes | yes |
/// | [`AllMetrics`] | yes | yes | yes | yes | yes |
///
/// Each measure is counted in what is inserted and removed, and takes four bytes of a node for each of its
/// children. What is not chosen costs nothing.
///
/// This trait is implemented for these types and no others.
#[expect(private_bounds, reason = "sealed: nobody else implements or calls it")]
pub trait Metrics: Measured + Debug + Copy + 'static {}

/// What the engine asks of the metrics.
pub(crate) trait Measured {
    /// The sums of a node.
    type Sums: Sums<Weight: Send + Sync> + Send + Sync;

    /// What is summed up in lane 1, 2 and so on. Lane 0 is bytes.
    const MEASURES: &'static [Measure];

    /// `true` when a CR and the LF behind it have to stay together.
    const JOINS_CRLF: bool = {
        let (mut joins, mut i) = (false, 0);
        while i < Self::MEASURES.len() {
            joins |= Self::MEASURES[i].joins_crlf();
            i += 1;
        }
        joins
    };

    /// The lane of a measure.
    fn lane(measure: Measure) -> Option<usize> {
        if measure == Measure::Bytes {
            return Some(0);
        }
        let i = Self::MEASURES.iter().position(|&other| other == measure)?;
        Some(i + 1)
    }
}

/// Weight of a text.
pub(crate) type WeightOf<M> = <<M as Measured>::Sums as Sums>::Weight;

/// What `text` weighs, behind which comes `after`.
#[inline]
pub(crate) fn weigh<M: Metrics>(text: &[u8], after: u8) -> WeightOf<M> {
    let mut weight = WeightOf::<M>::of_len(text.len());
    for (i, measure) in M::MEASURES.iter().enumerate() {
        weight += WeightOf::<M>::of_lane(i + 1, measure.count(text, after));
    }
    weight
}

/// By how much a text becomes heavier when `text` is put between the bytes `before` and `after`, or
/// lighter when it is taken out.
#[inline]
pub(crate) fn weigh_between<M: Metrics>(before: u8, text: &[u8], after: u8) -> WeightOf<M> {
    let mut weight = weigh::<M>(text, after);
    if M::JOINS_CRLF && before == b'\r' {
        // The CR in front counts unless an LF follows: then, and now.
        let first = text.first().copied().unwrap_or(after);
        for (i, measure) in M::MEASURES.iter().enumerate() {
            if measure.joins_crlf() {
                let one = WeightOf::<M>::of_lane(i + 1, 1);
                if first == b'\n' {
                    weight -= one;
                }
                if after == b'\n' {
                    weight += one;
                }
            }
        }
    }
    weight
}

/// A text sums up bytes alone.
#[derive(Clone, Copy, Debug)]
pub struct Bytes;

/// A text sums up bytes and line feeds. What [`CowString`](crate::CowString) does unless told otherwise.
#[derive(Clone, Copy, Debug)]
pub struct Lines;

/// A text sums up bytes, line feeds, characters and UTF-16 units: what a language server asks for.
#[derive(Clone, Copy, Debug)]
pub struct Utf16Lines;

/// A text sums up bytes, characters, UTF-16 units, and line breaks of every kind.
#[derive(Clone, Copy, Debug)]
pub struct AllMetrics;

impl Measured for Bytes {
    type Sums = Ends<u32, 1, FANOUT>;
    const MEASURES: &'static [Measure] = &[];
}

impl Measured for Lines {
    type Sums = Ends<u32, 2, FANOUT>;
    const MEASURES: &'static [Measure] = &[Measure::Lf];
}

impl Measured for Utf16Lines {
    type Sums = Ends<u32, 4, FANOUT>;
    const MEASURES: &'static [Measure] = &[Measure::Lf, Measure::Chars, Measure::Utf16];
}

impl Measured for AllMetrics {
    type Sums = Ends<u32, 6, FANOUT>;
    const MEASURES: &'static [Measure] = &[
        Measure::Lf,
        Measure::Chars,
        Measure::Utf16,
        Measure::Breaks,
        Measure::Unicode,
    ];
}

impl Metrics for Bytes {}
impl Metrics for Lines {}
impl Metrics for Utf16Lines {}
impl Metrics for AllMetrics {}

/// Metrics with line feeds: byte <-> line in O(log n).
pub trait CountsLines: Metrics {}
/// Metrics with characters: byte <-> character in O(log n).
pub trait CountsChars: Metrics {}
/// Metrics with UTF-16 units: byte <-> UTF-16 unit in O(log n).
pub trait CountsUtf16: Metrics {}
/// Metrics with line breaks of every kind.
pub trait CountsBreaks: CountsLines {}

impl CountsLines for Lines {}
impl CountsLines for Utf16Lines {}
impl CountsLines for AllMetrics {}
impl CountsChars for Utf16Lines {}
impl CountsChars for AllMetrics {}
impl CountsUtf16 for Utf16Lines {}
impl CountsUtf16 for AllMetrics {}
impl CountsBreaks for AllMetrics {}
