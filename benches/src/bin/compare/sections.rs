//! The sections of a run: which collections are compared, at which sizes, against which targets.
//!
//! A new section is a file here and a line in [`ALL`]; the contenders and their work are a
//! [`Suite`] of the library.

mod hash_map;
mod hash_set;
mod ord_map;
mod ord_set;
mod replay;
mod str;
mod text;
mod vec;

use std::time::Duration;

use cow_benches::suite::{Kind, Suite};

use crate::targets::Target;

/// All sections, in the order of the report.
pub(crate) static ALL: &[&Section] = &[
    &vec::SECTION,
    &hash_map::SECTION,
    &hash_set::SECTION,
    &ord_map::SECTION,
    &ord_set::SECTION,
    &text::SECTION,
    &replay::SECTION,
    &str::SECTION,
];

/// One kind of collection.
pub(crate) struct Section {
    pub(crate) suite: &'static Suite,
    pub(crate) sizes: &'static [Size],
    pub(crate) targets: &'static [Target],
}

/// One kind of content at one length, and the time to spend on its samples.
///
/// Preparations, and a first sample of slow work, come on top.
pub(crate) struct Size {
    pub(crate) kind: &'static Kind,
    pub(crate) len: usize,
    full_ms: u64,
    quick_ms: Option<u64>,
}

#[cfg(test)]
impl Section {
    /// Returns the same section without targets.
    pub(crate) const fn without_targets(&self) -> Self {
        Self {
            suite: self.suite,
            sizes: self.sizes,
            targets: &[],
        }
    }
}

impl Size {
    /// Returns a size that a full run measures.
    const fn new(kind: &'static Kind, len: usize, full_ms: u64) -> Self {
        Self {
            kind,
            len,
            full_ms,
            quick_ms: None,
        }
    }

    /// Returns a size that a quick run measures as well.
    const fn quick(mut self, quick_ms: u64) -> Self {
        self.quick_ms = Some(quick_ms);
        self
    }

    /// Returns the time for the samples of a full or a quick run, or `None` where it has none.
    pub(crate) fn budget(&self, quick: bool) -> Option<Duration> {
        let millis = if quick { self.quick_ms? } else { self.full_ms };
        Some(Duration::from_millis(millis))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_run_measures_every_target() {
        for section in ALL {
            for target in section.targets {
                for &len in target.lens {
                    let mut sizes = section.sizes.iter();
                    let named = |size: &Size| size.kind.name == target.kind && size.len == len;
                    let title = target.work.title;
                    assert!(sizes.any(named), "{title}, {}, at {len}", target.kind);
                    assert!(target.work.is_done_at(len), "{title} at {len}");
                    assert!(section.suite.works.contains(&target.work), "{title}");
                }
            }
        }
    }

    #[test]
    fn names_of_sections_are_told_apart() {
        let mut names: Vec<_> = ALL.iter().map(|section| section.suite.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), ALL.len());
    }
}
