//! Makes up scripts.

use super::random::Random;
use super::script::{Kind, Op, Region, Script, Span};

/// What kind of scripts to make up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavor {
    /// Base pages of every kind of region, up to eight processes.
    Base,
    /// Huge pages, by fault and by collapse, up to six processes.
    Huge,
    /// Mergeable pages with few different contents.
    Merge,
    /// Pages from the pool of huge pages, up to four processes.
    Hugetlb,
}

impl Flavor {
    fn regions(self) -> Vec<Region> {
        let region = |kind, pages| Region { kind, pages };
        match self {
            Self::Base => vec![
                region(Kind::Private, 48),
                region(Kind::Shared, 24),
                region(Kind::View, 40),
                region(Kind::DontFork, 8),
                region(Kind::WipeOnFork, 8),
            ],
            Self::Huge => vec![region(Kind::Huge, 1024), region(Kind::Private, 1024)],
            Self::Hugetlb => vec![region(Kind::Hugetlb, 1024)],
            Self::Merge => vec![region(Kind::Mergeable, 24), region(Kind::Private, 8)],
        }
    }

    fn max_processes(self) -> usize {
        match self {
            Self::Base => 8,
            Self::Huge => 6,
            Self::Merge | Self::Hugetlb => 4,
        }
    }

    fn values(self) -> u64 {
        if self == Self::Merge { 3 } else { 255 }
    }
}

/// Makes up a script of `len` operations.
pub(crate) fn generate(flavor: Flavor, seed: u64, len: usize) -> Script {
    let mut random = Random(seed);
    let mut script = Script {
        regions: flavor.regions(),
        ops: Vec::new(),
    };
    let mut alive = vec![0];
    let mut next = 1;
    while script.ops.len() < len {
        let process = alive[index(&mut random, alive.len())];
        let region = index(&mut random, script.regions.len());
        let op = match random.below(100) {
            choice @ 0..45 => {
                let value = u8::try_from(1 + random.below(flavor.values())).expect("below 256");
                let span = some_pages(&mut random, &script, region);
                if choice < 5 {
                    Op::KernelWrite {
                        process,
                        span,
                        value,
                    }
                } else {
                    Op::Write {
                        process,
                        span,
                        value,
                    }
                }
            }
            45..70 => Op::Read {
                process,
                span: some_pages(&mut random, &script, region),
            },
            70..80 if alive.len() < flavor.max_processes() => {
                let child = next;
                next += 1;
                alive.push(child);
                Op::Fork { process, child }
            }
            80..88 if alive.len() > 1 => {
                alive.retain(|&other| other != process);
                Op::Exit { process }
            }
            88..92 => Op::DontNeed {
                process,
                span: some_pages(&mut random, &script, region),
            },
            92..94 => Op::ReadOnly {
                process,
                span: whole(&script, region),
            },
            94..97 => Op::ReadWrite {
                process,
                span: whole(&script, region),
            },
            97 => {
                let first = random.below(script.regions[region].pages);
                Op::Pin {
                    process,
                    span: Span {
                        region,
                        first,
                        count: 1,
                    },
                }
            }
            98.. => match flavor {
                Flavor::Base | Flavor::Hugetlb => continue,
                Flavor::Huge => {
                    let first = 512 * random.below(script.regions[region].pages / 512);
                    Op::Collapse {
                        process,
                        span: Span {
                            region,
                            first,
                            count: 512,
                        },
                    }
                }
                Flavor::Merge => Op::Merge,
            },
            _ => continue,
        };
        script.ops.push(op);
    }
    script
}

fn whole(script: &Script, region: usize) -> Span {
    Span {
        region,
        first: 0,
        count: script.regions[region].pages,
    }
}

/// Mostly one page, sometimes a run, and whole huge pages now and then.
fn some_pages(random: &mut Random, script: &Script, region: usize) -> Span {
    let pages = script.regions[region].pages;
    let huge = pages >= 512;
    match random.below(20) {
        0 if huge => Span {
            region,
            first: 512 * random.below(pages / 512),
            count: 512,
        },
        0..3 => {
            let first = random.below(pages);
            let count = 1 + random.below((pages - first).min(16));
            Span {
                region,
                first,
                count,
            }
        }
        // A few pages that everyone likes, so that the same ones are met again.
        3..8 if huge => Span {
            region,
            first: 7 + 512 * random.below(pages / 512),
            count: 1,
        },
        _ => Span {
            region,
            first: random.below(pages),
            count: 1,
        },
    }
}

fn index(random: &mut Random, len: usize) -> usize {
    usize::try_from(random.below(len as u64)).expect("below a length")
}
