//! A write that changes nothing: [`poke`].

use std::arch::asm;

/// Writes to the byte at `address` without changing it, so that the kernel makes the page private.
///
/// Inline assembly, because `AtomicU8::fetch_or(0)` compiles to no memory access at all: the
/// compiler may drop a write of the value that is already there. Async-signal-safe.
///
/// # Safety
///
/// `address` lies in a mapping that is writable.
#[inline(never)]
pub(super) unsafe extern "C" fn poke(address: *mut u8) {
    // SAFETY: the caller says the byte can be written; locked and with 0 it keeps its value
    // whatever other threads read or do to it.
    unsafe { asm!("lock or byte ptr [{}], 0", in(reg) address, options(nostack)) };
}

#[cfg(test)]
mod tests {
    use super::poke;
    use crate::page_set::PageSet;
    use crate::sys::PAGE_SIZE;
    use crate::sys::memory::Draft;
    use crate::sys::pagemap::{Pages, scan};

    /// Reads the machine code of the function as it is in this very program.
    #[test]
    fn the_instruction_is_there() {
        let function: unsafe extern "C" fn(*mut u8) = poke;
        let code = function as *const u8;
        // SAFETY: the code of this crate's functions is readable, and is followed by more than
        // this many bytes of code or of padding in the text segment.
        let code = unsafe { std::slice::from_raw_parts(code, 64) };
        // f0 = lock, 80 = or r/m8, imm8 with /1 in the middle of the third byte, through a register.
        let is_poke = |w: &[u8]| matches!(w, [0xf0, 0x80, modrm, 0] if modrm & 0xf8 == 0x08);
        assert!(code.windows(4).any(is_poke), "{code:02x?}");
    }

    #[test]
    fn makes_exactly_its_page_private_and_keeps_the_bytes() {
        let mut draft = Draft::in_memory(8 * PAGE_SIZE).expect("a memory file");
        draft.mapping().as_mut_slice::<u8>(8 * PAGE_SIZE).fill(0xa5);
        let view = draft
            .freeze()
            .and_then(|f| f.map_private())
            .expect("a view");
        // SAFETY: this byte lies in page 5 of 8.
        let byte = unsafe { view.as_ptr().add(5 * PAGE_SIZE + 17) };
        // SAFETY: a view is writable.
        unsafe { poke(byte) };
        let private = scan(&view, Pages::Private).expect("pagemap");
        assert_eq!(private, PageSet::from(5..6));
        assert!(
            view.as_slice::<u8>(8 * PAGE_SIZE)
                .iter()
                .all(|&b| b == 0xa5)
        );
    }
}
