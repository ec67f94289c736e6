//! Makes a failing script short.

use crate::common::script::Script;

/// Returns the shortest script found that still fails, by leaving operations out: first halves,
/// then ever smaller pieces, each piece tried once per round.
pub(crate) fn shrink<F>(script: &Script, mut fails: F) -> Script
where
    F: FnMut(&Script) -> bool,
{
    let mut best = script.clone();
    let mut piece = best.ops.len().div_ceil(2);
    while piece > 0 {
        let before = best.ops.len();
        let mut at = 0;
        while at < best.ops.len() {
            let mut shorter = best.clone();
            shorter.ops.drain(at..(at + piece).min(best.ops.len()));
            if fails(&shorter) {
                best = shorter;
            } else {
                at += piece;
            }
        }
        // Leaving one operation out may make others superfluous that were not before.
        if piece > 1 || best.ops.len() == before {
            piece /= 2;
        }
    }
    best
}
