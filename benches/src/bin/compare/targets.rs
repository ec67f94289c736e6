//! What the first contender of a section sets out to reach, and whether it did.

use cow_benches::suite::Work;

use crate::format;
use crate::results::{Group, Part};

/// A figure of the first contender, and the bound it should keep.
pub(crate) struct Target {
    /// The name of the kind of content.
    pub(crate) kind: &'static str,
    pub(crate) work: Work,
    pub(crate) lens: &'static [usize],
    bound: Bound,
}

/// The most that a figure may be.
#[derive(Clone, Copy)]
pub(crate) enum Bound {
    /// This many times the figure of the contender of that name.
    Times(f64, &'static str),
    /// This many times the least figure of the contenders of these names.
    TimesBest(f64, &'static [&'static str]),
    /// So many nanoseconds or bytes, whichever the figure is.
    AtMost(f64),
}

/// A target at one size, and what was measured.
pub(crate) struct Verdict {
    pub(crate) target: &'static Target,
    pub(crate) len: usize,
    pub(crate) measured: String,
    pub(crate) limit: String,
    pub(crate) met: bool,
}

/// Compares what was measured with the targets, and leaves out those at other sizes.
pub(crate) fn judge(part: &Part) -> Vec<Verdict> {
    let targets = part.section.targets.iter();
    let at_each_len = targets.flat_map(|target| target.lens.iter().map(move |&len| (target, len)));
    at_each_len
        .filter_map(|(target, len)| {
            let group = part.groups.iter().find(|group| {
                group.kind == target.kind && group.len == len && group.has(target.work)
            })?;
            target.judge(group)
        })
        .collect()
}

impl Target {
    pub(crate) const fn new(
        kind: &'static str,
        work: Work,
        lens: &'static [usize],
        bound: Bound,
    ) -> Self {
        Self {
            kind,
            work,
            lens,
            bound,
        }
    }

    fn judge(&'static self, group: &Group) -> Option<Verdict> {
        let (measured, limit, met) = match self.bound {
            Bound::Times(limit, peer) => {
                let ratio = group.ratio(self.work, peer)?;
                let title = group.contender(peer)?.title;
                (
                    format!("{} {title}", format::ratio(ratio)),
                    format!("{limit}x {title}"),
                    ratio <= limit,
                )
            }
            Bound::TimesBest(limit, peers) => {
                let best = group.best_of(peers, self.work)?;
                let ratio = group.ratio(self.work, best.name)?;
                (
                    format!("{} {}", format::ratio(ratio), best.title),
                    format!("{limit}x the best"),
                    ratio <= limit,
                )
            }
            Bound::AtMost(limit) => {
                let figure = group.contenders.first()?.median(self.work)?;
                (
                    format::figure(self.work.unit, figure),
                    format::figure(self.work.unit, limit),
                    figure <= limit,
                )
            }
        };
        Some(Verdict {
            target: self,
            len: group.len,
            measured,
            limit,
            met,
        })
    }
}

impl Verdict {
    /// Returns the verdict in a word.
    pub(crate) fn word(&self) -> &'static str {
        if self.met { "met" } else { "missed" }
    }
}

/// Returns how many targets were met.
pub(crate) fn score(verdicts: &[Verdict]) -> usize {
    verdicts.iter().filter(|verdict| verdict.met).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{Cell, Contender};
    use crate::sections;

    const WORK: Work = Work::operation("work", "work");

    fn group(figures: &[(&'static str, f64)]) -> Group {
        let contenders = figures.iter().map(|&(name, figure)| Contender {
            name,
            title: name,
            cells: vec![Cell::new(WORK, vec![figure])],
        });
        Group {
            kind: "u64",
            len: 10,
            contenders: contenders.collect(),
        }
    }

    fn verdicts(targets: &'static [Target], group: Group) -> Vec<Verdict> {
        let section = sections::Section {
            targets,
            ..sections::ALL[0].without_targets()
        };
        judge(&Part {
            section: Box::leak(Box::new(section)),
            groups: vec![group],
        })
    }

    #[test]
    fn a_target_is_met_up_to_its_bound() {
        static TARGETS: &[Target] = &[
            Target::new("u64", WORK, &[10, 20], Bound::Times(0.5, "peer")),
            Target::new("u64", WORK, &[10], Bound::AtMost(4.0)),
            Target::new("String", WORK, &[10], Bound::AtMost(4.0)),
            Target::new(
                "u64",
                WORK,
                &[10],
                Bound::TimesBest(0.5, &["peer", "absent"]),
            ),
        ];
        let met = |ours, peer| -> Vec<bool> {
            let group = group(&[("ours", ours), ("peer", peer)]);
            let verdicts = verdicts(TARGETS, group);
            verdicts.iter().map(|verdict| verdict.met).collect()
        };
        assert_eq!(met(4.0, 8.0), [true, true, true]);
        assert_eq!(met(4.1, 8.0), [false, false, false]);
        assert_eq!(met(4.1, 9.0), [true, false, true]);
    }
}
