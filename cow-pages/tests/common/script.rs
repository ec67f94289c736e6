//! Scripts of memory operations: what they say, and how they are written down.
//!
//! A script runs on the simulator and on real memory. Its text form is one line per item, so a
//! failing one can be kept in a file, read, shortened by hand and replayed.

use std::fmt;
use std::str::FromStr;

/// What a region is; every process sees it at the same address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Private memory.
    Private,
    /// Memory shared with children.
    Shared,
    /// A private view of a file whose every page was written.
    View,
    /// Private memory that children do not have.
    DontFork,
    /// Private memory that children find empty.
    WipeOnFork,
    /// Private memory in which equal pages may be merged.
    Mergeable,
    /// Private memory in which faults map huge pages.
    Huge,
    /// Private memory from the pool of huge pages.
    Hugetlb,
}

const KINDS: [(Kind, &str); 8] = [
    (Kind::Private, "private"),
    (Kind::Shared, "shared"),
    (Kind::View, "view"),
    (Kind::DontFork, "dontfork"),
    (Kind::WipeOnFork, "wipeonfork"),
    (Kind::Mergeable, "mergeable"),
    (Kind::Huge, "huge"),
    (Kind::Hugetlb, "hugetlb"),
];

/// A mapped area that exists from the start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Region {
    pub(crate) kind: Kind,
    pub(crate) pages: u64,
}

/// Pages of one region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) region: usize,
    pub(crate) first: u64,
    pub(crate) count: u64,
}

/// One operation; processes are named by small numbers, the first is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Op {
    /// Writes `value` to the first byte of each page.
    Write {
        process: usize,
        span: Span,
        value: u8,
    },
    /// The same, but the kernel writes for the process, as `read(2)` does.
    KernelWrite {
        process: usize,
        span: Span,
        value: u8,
    },
    /// Reads the first byte of each page.
    Read { process: usize, span: Span },
    /// Starts `child` as a fork of `process`.
    Fork { process: usize, child: usize },
    /// Ends a process.
    Exit { process: usize },
    /// Throws pages away.
    DontNeed { process: usize, span: Span },
    /// Takes write permission from a whole region.
    ReadOnly { process: usize, span: Span },
    /// Gives it back.
    ReadWrite { process: usize, span: Span },
    /// Pins one page for a device, until the process ends.
    Pin { process: usize, span: Span },
    /// Makes huge pages of base pages.
    Collapse { process: usize, span: Span },
    /// Merges equal pages of all processes.
    Merge,
}

impl Op {
    /// Returns the process that acts.
    pub(crate) fn process(&self) -> Option<usize> {
        match *self {
            Self::Write { process, .. }
            | Self::KernelWrite { process, .. }
            | Self::Read { process, .. }
            | Self::Fork { process, .. }
            | Self::Exit { process }
            | Self::DontNeed { process, .. }
            | Self::ReadOnly { process, .. }
            | Self::ReadWrite { process, .. }
            | Self::Pin { process, .. }
            | Self::Collapse { process, .. } => Some(process),
            Self::Merge => None,
        }
    }
}

/// Regions, and what happens to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Script {
    pub(crate) regions: Vec<Region>,
    pub(crate) ops: Vec<Op>,
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.region, self.first, self.count)
    }
}

impl fmt::Display for Op {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Write {
                process,
                span,
                value,
            } => write!(f, "write {process} {span} {value}"),
            Self::KernelWrite {
                process,
                span,
                value,
            } => {
                write!(f, "kernelwrite {process} {span} {value}")
            }
            Self::Read { process, span } => write!(f, "read {process} {span}"),
            Self::Fork { process, child } => write!(f, "fork {process} {child}"),
            Self::Exit { process } => write!(f, "exit {process}"),
            Self::DontNeed { process, span } => write!(f, "dontneed {process} {span}"),
            Self::ReadOnly { process, span } => write!(f, "readonly {process} {span}"),
            Self::ReadWrite { process, span } => write!(f, "readwrite {process} {span}"),
            Self::Pin { process, span } => write!(f, "pin {process} {span}"),
            Self::Collapse { process, span } => write!(f, "collapse {process} {span}"),
            Self::Merge => f.write_str("merge"),
        }
    }
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "# region <kind> <pages>; <op> <process> [<region> <first page> <pages> ...]"
        )?;
        for Region { kind, pages } in &self.regions {
            let (_, name) = KINDS
                .iter()
                .find(|(known, _)| known == kind)
                .ok_or(fmt::Error)?;
            writeln!(f, "region {name} {pages}")?;
        }
        self.ops.iter().try_for_each(|op| writeln!(f, "{op}"))
    }
}

/// The words of one line, each a number unless asked for otherwise.
struct Words<'a>(std::str::SplitWhitespace<'a>);

impl Words<'_> {
    fn number<T: FromStr>(&mut self) -> Result<T, String> {
        let word = self.0.next().ok_or("a number is missing")?;
        word.parse()
            .map_err(|_| format!("not a number here: {word}"))
    }

    fn span(&mut self) -> Result<Span, String> {
        Ok(Span {
            region: self.number()?,
            first: self.number()?,
            count: self.number()?,
        })
    }
}

impl FromStr for Op {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let name = words.next().ok_or("an empty line is no operation")?;
        let mut words = Words(words);
        if name == "merge" {
            return Ok(Self::Merge);
        }
        let process = words.number()?;
        Ok(match name {
            "write" => Self::Write {
                process,
                span: words.span()?,
                value: words.number()?,
            },
            "kernelwrite" => Self::KernelWrite {
                process,
                span: words.span()?,
                value: words.number()?,
            },
            "read" => Self::Read {
                process,
                span: words.span()?,
            },
            "fork" => Self::Fork {
                process,
                child: words.number()?,
            },
            "exit" => Self::Exit { process },
            "dontneed" => Self::DontNeed {
                process,
                span: words.span()?,
            },
            "readonly" => Self::ReadOnly {
                process,
                span: words.span()?,
            },
            "readwrite" => Self::ReadWrite {
                process,
                span: words.span()?,
            },
            "pin" => Self::Pin {
                process,
                span: words.span()?,
            },
            "collapse" => Self::Collapse {
                process,
                span: words.span()?,
            },
            _ => return Err(format!("unknown operation: {name}")),
        })
    }
}

impl FromStr for Region {
    type Err = String;

    fn from_str(line: &str) -> Result<Self, String> {
        let mut words = line.split_whitespace();
        let name = words.next().ok_or("a kind is missing")?;
        let found = KINDS.iter().find(|(_, known)| *known == name);
        let &(kind, _) = found.ok_or_else(|| format!("unknown kind: {name}"))?;
        Ok(Self {
            kind,
            pages: Words(words).number()?,
        })
    }
}

impl FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut script = Self::default();
        for line in text.lines().map(str::trim) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            match line.strip_prefix("region ") {
                Some(rest) => script.regions.push(rest.parse()?),
                None => script.ops.push(line.parse()?),
            }
        }
        Ok(script)
    }
}
