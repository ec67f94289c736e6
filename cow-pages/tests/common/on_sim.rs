//! Runs scripts on the simulator.

use cow_pages::sim::{Advice, Backing, Errno, Event, Machine, PAGE_SIZE, Pid, Pin, Prot, VmFlags};

use super::script::{Kind, Op, Region, Span};

/// Returns where a region lies in every process.
pub(crate) fn address(region: usize) -> u64 {
    0x1000_0000_0000 + ((region as u64) << 30)
}

/// Returns the address range of some pages.
pub(crate) fn addresses(span: &Span) -> std::ops::Range<u64> {
    let page = PAGE_SIZE as u64;
    let start = address(span.region) + span.first * page;
    start..start + span.count * page
}

/// Returns what every page of a view's file starts with.
pub(crate) fn file_byte(page: u64) -> u8 {
    u8::try_from(page % 251).expect("below 251") + 1
}

/// Sums up the bytes that a read found.
pub(crate) fn digest(digest: u64, byte: u8) -> u64 {
    digest.wrapping_mul(31).wrapping_add(u64::from(byte))
}

/// What an operation did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) result: Result<(), Errno>,
    pub(crate) events: Vec<Event>,
    pub(crate) minor_faults: u64,
    /// The digest of what was read.
    pub(crate) value: u64,
}

/// A machine on which a script runs.
#[derive(Debug)]
pub(crate) struct OnSim {
    pub(crate) machine: Machine,
    /// By the numbers that the script uses.
    pub(crate) processes: Vec<Option<Pid>>,
    /// By the process that holds them.
    pins: Vec<(Pid, Pin)>,
}

impl OnSim {
    /// Starts process 0 and maps the regions.
    pub(crate) fn new(regions: &[Region]) -> Self {
        let mut machine = Machine::new();
        let pid = machine.spawn();
        for (index, region) in regions.iter().enumerate() {
            map(&mut machine, pid, index, region).expect("regions do not overlap");
        }
        Self {
            machine,
            processes: vec![Some(pid)],
            pins: Vec::new(),
        }
    }

    /// Returns the process with a script's number, if it runs.
    pub(crate) fn process(&self, number: usize) -> Option<Pid> {
        self.processes.get(number).copied().flatten()
    }

    /// Carries out an operation of a process that runs.
    pub(crate) fn apply(&mut self, op: &Op) -> Outcome {
        let acting = op.process().and_then(|number| self.process(number));
        let faults = |machine: &Machine| {
            let space = acting.and_then(|pid| machine.space(pid));
            space.map_or(0, |space| space.counters().minflt)
        };
        let before = faults(&self.machine);
        let mut value = 0;
        let done = match acting {
            Some(pid) => self.act(op, pid, &mut value),
            None => Ok(self.machine.merge()),
        };
        let minor_faults = faults(&self.machine).saturating_sub(before);
        let result = done.as_ref().map(|_| ()).map_err(|&errno| errno);
        Outcome {
            result,
            events: done.unwrap_or_default(),
            minor_faults,
            value,
        }
    }

    fn act(&mut self, op: &Op, pid: Pid, value: &mut u64) -> Result<Vec<Event>, Errno> {
        let machine = &mut self.machine;
        match op {
            Op::Write { span, value, .. } | Op::KernelWrite { span, value, .. } => {
                for_each_page(span, |at| machine.write(pid, at, &[*value]))
            }
            Op::Read { span, .. } => for_each_page(span, |at| {
                let mut byte = [0];
                let events = machine.read(pid, at, &mut byte)?;
                *value = digest(*value, byte[0]);
                Ok(events)
            }),
            Op::Fork { child, .. } => {
                let (child_pid, events) = machine.fork(pid)?;
                if self.processes.len() <= *child {
                    self.processes.resize(child + 1, None);
                }
                self.processes[*child] = Some(child_pid);
                Ok(events)
            }
            Op::Exit { process } => {
                self.processes[*process] = None;
                machine.exit(pid)?;
                let ended = self.pins.extract_if(.., |(owner, _)| *owner == pid);
                ended.for_each(|(_, pin)| machine.unpin(pin));
                Ok(Vec::new())
            }
            Op::DontNeed { span, .. } => machine.dontneed(pid, start(span), len(span)),
            Op::ReadOnly { span, .. } => machine.protect(pid, start(span), len(span), Prot::Read),
            Op::ReadWrite { span, .. } => {
                machine.protect(pid, start(span), len(span), Prot::ReadWrite)
            }
            Op::Pin { span, .. } => {
                let (pin, events) = machine.pin(pid, start(span))?;
                self.pins.push((pid, pin));
                Ok(events)
            }
            Op::Collapse { span, .. } => machine.collapse(pid, start(span), len(span)),
            Op::Merge => Ok(machine.merge()),
        }
    }
}

fn start(span: &Span) -> u64 {
    addresses(span).start
}

fn len(span: &Span) -> usize {
    usize::try_from(span.count).expect("a small region") * PAGE_SIZE
}

fn for_each_page<F>(span: &Span, mut access: F) -> Result<Vec<Event>, Errno>
where
    F: FnMut(u64) -> Result<Vec<Event>, Errno>,
{
    let mut events = Vec::new();
    for at in addresses(span).step_by(PAGE_SIZE) {
        events.extend(access(at)?);
    }
    Ok(events)
}

fn map(machine: &mut Machine, pid: Pid, index: usize, region: &Region) -> Result<(), Errno> {
    let at = address(index);
    let len = len(&Span {
        region: index,
        first: 0,
        count: region.pages,
    });
    let anonymous = Backing::Anonymous;
    match region.kind {
        Kind::Shared => machine.map(pid, at, len, VmFlags::SHARED_WRITABLE, anonymous),
        Kind::View => {
            let file = machine.create_file(region.pages);
            for page in 0..region.pages {
                machine.write_file(file, page * PAGE_SIZE as u64, &[file_byte(page)])?;
            }
            machine.map(
                pid,
                at,
                len,
                VmFlags::PRIVATE,
                Backing::File {
                    file,
                    first_page: 0,
                },
            )
        }
        Kind::Hugetlb => machine.map(pid, at, len, VmFlags::PRIVATE | VmFlags::HUGETLB, anonymous),
        kind => {
            machine.map(pid, at, len, VmFlags::PRIVATE, anonymous)?;
            let advice = match kind {
                Kind::DontFork => Some(Advice::DontFork),
                Kind::WipeOnFork => Some(Advice::WipeOnFork),
                Kind::Mergeable => Some(Advice::Mergeable),
                Kind::Huge => Some(Advice::HugePage),
                _ => None,
            };
            advice.map_or(Ok(()), |advice| {
                machine.advise(pid, at, len, advice).map(|_| ())
            })
        }
    }
}
