//! The arena of cow-core decides as the simulator does: the same processes, forks and writes on
//! counted chunks and on simulated pages copy the same pages at the same moments.
#![cfg(feature = "mmu")]

#[path = "common/random.rs"]
mod random;

use cow_core::Shared;
use cow_pages::sim::{
    Backing, Event, FolioKind, Machine, MappedAs, PAGE_SIZE, Pid, VmFlags, can_reuse,
};
use random::Random;

const AT: u64 = 0x10_0000;
const PAGES: u64 = 12;

/// A process twice: simulated, and as the chunks it holds; a page never written has none.
struct Process {
    pid: Pid,
    chunks: Vec<Option<Shared<[u8; 64]>>>,
}

#[test]
fn chunks_are_copied_when_simulated_pages_are() {
    let mut machine = Machine::new();
    let pid = machine.spawn();
    let len = usize::try_from(PAGES).expect("small") * PAGE_SIZE;
    machine
        .map(pid, AT, len, VmFlags::PRIVATE, Backing::Anonymous)
        .expect("free addresses");
    let mut processes = vec![Process {
        pid,
        chunks: (0..PAGES).map(|_| None).collect(),
    }];
    let mut random = Random(5);
    for step in 0..20_000 {
        let actor = usize::try_from(random.below(processes.len() as u64)).expect("small");
        match random.below(10) {
            0 if processes.len() < 6 => {
                let (pid, _) = machine.fork(processes[actor].pid).expect("memory suffices");
                let chunks = processes[actor].chunks.clone();
                processes.push(Process { pid, chunks });
            }
            1 if processes.len() > 1 => {
                let ended = processes.swap_remove(actor);
                machine.exit(ended.pid).expect("it runs");
            }
            _ => write(
                &mut machine,
                &mut processes[actor],
                random.below(PAGES),
                step,
            ),
        }
    }
    let counters = machine.counters();
    assert!(
        counters.wp_page_copy > 1000 && counters.pgreuse > 1000,
        "{counters}"
    );
}

fn write(machine: &mut Machine, process: &mut Process, page: u64, step: u64) {
    let byte = step.to_le_bytes()[0];
    let slot = &mut process.chunks[usize::try_from(page).expect("small")];
    let before = slot.as_ref().map(Shared::as_ptr);
    if let Some(chunk) = slot {
        let refs = u32::try_from(chunk.handle_count()).expect("few processes");
        let reuse = can_reuse(FolioKind::Anon, false, refs, MappedAs::Small);
        assert_eq!(chunk.is_exclusive(), reuse, "one rule for both");
    }
    let chunk = slot.get_or_insert_with(|| Shared::new([0; 64]));
    chunk.make_mut()[0] = byte;

    let events = machine.write(process.pid, AT + page * PAGE_SIZE as u64, &[byte]);
    let events = events.expect("the page is writable");
    let copied = events
        .iter()
        .any(|event| matches!(event, Event::Copy { .. }));
    let moved = before.is_some_and(|before| before != chunk.as_ptr());
    assert_eq!(copied, moved, "step {step}: {events:?}");
    let space = machine.space(process.pid).expect("it runs");
    let pte = space
        .translate(AT / PAGE_SIZE as u64 + page)
        .expect("it was written");
    assert_eq!(machine.mapcount(pte.frame) as usize, chunk.handle_count());
}
