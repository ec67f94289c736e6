//! Five drills on copy-on-write, at full size: what the simulator says beside what Linux does.
//!
//! `cargo run --release -p cow-pages --example drills [GiB]` takes up to 8 GiB of memory for
//! parent and child, and some for the simulator; a smaller number takes less. The last drill is
//! always about 100 MiB: a script of 100,000 single writes, each told to the child over a socket.

#[path = "../tests/common"]
mod common {
    pub(crate) mod on_sim;
    pub(crate) mod random;
    pub(crate) mod script;
}
#[path = "../tests/differential/drills.rs"]
mod drills;
#[path = "../tests/differential/real.rs"]
mod real;
#[path = "../tests/differential/worker.rs"]
mod worker;

use std::error::Error;
use std::io;
use std::time::Instant;

use common::on_sim::{OnSim, addresses};
use common::script::Span;
use cow_pages::account::Usage;
use drills::{Drill, Picture};
use real::OnReal;

const PAGES_PER_GIB: u64 = 1 << 18;

fn main() -> Result<(), Box<dyn Error>> {
    if let Ok(socket) = std::env::var(worker::SOCKET) {
        return Ok(worker::run(socket)?);
    }
    let gib: u64 = std::env::args().nth(1).map_or(Ok(4), |word| word.parse())?;
    let [read, all, half, huge, _] = drills::drills(gib * PAGES_PER_GIB);
    let [.., worst] = drills::drills(50 * 512);
    for drill in [read, all, half, huge, worst] {
        show(&drill)?;
    }
    Ok(())
}

/// What a drill did: the child's faults, and the accounts of parent and child.
#[derive(PartialEq, Eq)]
struct Found {
    faults: u64,
    parent: Picture,
    child: Picture,
}

fn show(drill: &Drill) -> Result<(), Box<dyn Error>> {
    let pages = drill.script.regions[0].pages;
    println!("== {} ({} MiB)", drill.question, pages / 256);
    println!(
        "{:<14}{:>12}{:>12}{:>12}{:>12}{:>12}{:>12}",
        "", "minor faults", "Rss kB", "Pss kB", "Shared kB", "Private kB", "Huge kB"
    );
    let expected = Found {
        faults: drill.answer.faults,
        parent: drill.answer.parent,
        child: drill.answer.child,
    };
    let simulated = on_sim(drill)?;
    simulated.show("sim");
    let start = Instant::now();
    let real = on_linux(drill)?;
    real.show("Linux");
    let elapsed = start.elapsed();
    if simulated != expected || real != expected {
        return Err("that is not what was expected".into());
    }
    println!("as expected; Linux took {elapsed:.1?}, memory filled and forked included\n");
    Ok(())
}

fn on_sim(drill: &Drill) -> Result<Found, Box<dyn Error>> {
    let (preparation, rest) = drill.script.ops.split_at(drill.preparation);
    let mut sim = OnSim::new(&drill.script.regions);
    preparation.iter().for_each(|op| drop(sim.apply(op)));
    let faults = rest.iter().map(|op| sim.apply(op).minor_faults).sum();
    let picture = |number| {
        let pid = sim.process(number).ok_or("nobody ends in a drill")?;
        Ok::<_, Box<dyn Error>>(sim.machine.usage(pid).into())
    };
    Ok(Found {
        faults,
        parent: picture(0)?,
        child: picture(1)?,
    })
}

fn on_linux(drill: &Drill) -> Result<Found, Box<dyn Error>> {
    let (preparation, rest) = drill.script.ops.split_at(drill.preparation);
    let mut real = OnReal::new(&drill.script.regions)?;
    for op in preparation {
        real.apply(op)?.result?;
    }
    let mut faults = 0;
    for op in rest {
        let outcome = real.apply(op)?;
        outcome.result?;
        faults += u64::try_from(outcome.minor_faults)?;
    }
    let pages = drill.script.regions[0].pages;
    Ok(Found {
        faults,
        parent: usage(&real, 0, pages)?.into(),
        child: usage(&real, 1, pages)?.into(),
    })
}

impl Found {
    fn show(&self, world: &str) {
        let faults = self.faults.to_string();
        for (process, faults, picture) in [
            ("parent", "-", self.parent),
            ("child", faults.as_str(), self.child),
        ] {
            let Picture {
                rss,
                pss,
                shared,
                private,
                huge,
            } = picture;
            let name = format!("{world:<6}{process}");
            println!("{name:<14}{faults:>12}{rss:>12}{pss:>12}{shared:>12}{private:>12}{huge:>12}");
        }
    }
}

fn usage(real: &OnReal, number: usize, pages: u64) -> io::Result<Usage> {
    let range = addresses(&Span {
        region: 0,
        first: 0,
        count: pages,
    });
    let process = real.processes[number]
        .as_ref()
        .ok_or_else(|| io::Error::other("it ended"))?;
    let areas = process.observer.areas().map_err(io::Error::other)?;
    Ok(areas
        .into_iter()
        .filter(|(at, _)| range.contains(&at.start))
        .map(|(_, usage)| usage)
        .sum())
}
