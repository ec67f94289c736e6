//! Telling the processor what comes next.

/// Tells the processor that the first cache lines of a chunk are looked at next.
#[inline]
pub fn prefetch(chunk: *const u8, lines: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    for line in 0..lines {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let place = chunk.wrapping_add(line * 64);
        // SAFETY: a prefetch reads nothing and faults at no address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = (chunk, lines);
}
