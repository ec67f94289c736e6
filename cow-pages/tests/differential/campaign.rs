//! Many scripts, one after the other: what to do about one that differs.

use std::fs;
use std::time::{Duration, Instant};

use crate::common::generate::{Flavor, generate};
use crate::common::script::Script;
use crate::compare::{Mismatch, Rigor, Tally, run};
use crate::probe;
use crate::shrink::shrink;

/// A test passes, is skipped for a reason, or fails.
pub(crate) type Verdict = Result<Option<String>, String>;

/// Set to a file to replay the script in it.
pub(crate) const REPLAY: &str = "COW_PAGES_REPLAY";
/// Set to a number to make up other scripts than usual.
const SEED: &str = "COW_PAGES_SEED";

/// How often a script may differ, each time differently.
const ATTEMPTS: usize = 5;
/// How long to look for a shorter script that fails.
const SHRINKING: Duration = Duration::from_secs(60);

/// Runs `scripts` scripts of `len` operations each.
pub(crate) fn run_scripts(name: &str, flavor: Flavor, scripts: u64, len: usize) -> Verdict {
    let seed = std::env::var(SEED)
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(1);
    let rigor = rigor(50);
    if !rigor.frames {
        println!("{name}: frame numbers need root; comparing everything else");
    }
    if let Some(reason) = probe::why_no_pins() {
        println!("{name}: no page is pinned: {reason}");
    }
    let start = Instant::now();
    let mut tally = Tally::default();
    for number in 0..scripts {
        // Far apart, so that neighbouring seeds share no scripts.
        let script = generate(flavor, (seed << 32) + number, len);
        if let Err(mismatch) = run_until_sure(&script, rigor, &mut tally) {
            return Err(report(name, (seed, number), &script, &mismatch, rigor));
        }
    }
    let seconds = start.elapsed().as_secs_f64();
    println!("{name}: seed {seed}, {seconds:.1} s, no mismatch: {tally:?}");
    Ok(None)
}

/// Runs a script, again and again if something differs, until that differs in the same way once
/// more.
///
/// A rule that the simulator gets wrong fails every time at the same place. A page that khugepaged
/// or compaction moves just then, or a process that somebody looks at through `/proc` while it
/// ends, does not; such a difference is printed and counted.
pub(crate) fn run_until_sure(
    script: &Script,
    rigor: Rigor,
    tally: &mut Tally,
) -> Result<(), Mismatch> {
    let mut seen = Vec::new();
    loop {
        let mut attempt = *tally;
        let before = probe::moved_by_itself();
        let Err(mismatch) = run(script, rigor, &mut attempt) else {
            attempt.disturbed += u64::from(!seen.is_empty());
            *tally = attempt;
            return Ok(());
        };
        if seen.contains(&mismatch) || seen.len() == ATTEMPTS {
            return Err(mismatch);
        }
        let after = probe::moved_by_itself();
        println!(
            "differed once: operation {}: {}; meanwhile khugepaged made {} huge pages and {} pages \
             were migrated",
            mismatch.at,
            mismatch.what,
            after[0] - before[0],
            after[1] - before[1],
        );
        seen.push(mismatch);
    }
}

fn report(
    name: &str,
    (seed, number): (u64, u64),
    script: &Script,
    mismatch: &Mismatch,
    rigor: Rigor,
) -> String {
    let strict = Rigor {
        check_every: 1,
        ..rigor
    };
    let mut short = script.clone();
    short.ops.truncate(mismatch.at);
    let deadline = Instant::now() + SHRINKING;
    let differs = |script: &Script| run(script, strict, &mut Tally::default()).is_err();
    let fails = |script: &Script| Instant::now() < deadline && differs(script) && differs(script);
    let short = shrink(&short, fails);
    let what = match run(&short, strict, &mut Tally::default()) {
        Err(again) => again.what,
        Ok(()) => format!("{} (and not again)", mismatch.what),
    };
    let path = std::env::temp_dir().join(format!("cow-pages-{name}-{seed}-{number}.script"));
    let saved = match fs::write(&path, short.to_string()) {
        Ok(()) => format!("replay it with {REPLAY}={}", path.display()),
        Err(error) => format!("it could not be saved: {error}"),
    };
    format!(
        "seed {seed}, script {number}, operation {}: {what}\n{short}{saved}",
        mismatch.at
    )
}

/// Compares as much as this machine and this user allow.
pub(crate) fn rigor(check_every: usize) -> Rigor {
    Rigor {
        check_every,
        frames: probe::can_read_frames(),
        pins: probe::why_no_pins().is_none(),
        tell: |op| op,
    }
}
