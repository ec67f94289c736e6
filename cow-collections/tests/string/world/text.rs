//! Texts that are hard on those that cut them.

/// Characters of one to four bytes, line breaks of all kinds, marks that combine.
const PIECES: [&str; 24] = [
    "a",
    "b",
    " ",
    "\n",
    "\r\n",
    "\r",
    "\n",
    "x\n",
    "\u{e9}",
    "\u{df}",
    "\u{301}",
    "\u{20ac}",
    "\u{4e2d}",
    "\u{2028}",
    "\u{85}",
    "\u{b}",
    "\u{1f600}",
    "\u{1f1e9}",
    "\u{200d}",
    "fn main",
    "\r\r\n",
    "\n\r",
    "{}",
    "the quick brown fox",
];

/// At least `len` bytes of text, or a few more, but none for zero. The seed says which.
pub(crate) fn sample(seed: u8, len: usize) -> String {
    let mut text = String::with_capacity(len + 20);
    let mut state = u32::from(seed) + 1;
    while text.len() < len {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        // Some texts are all of one kind.
        let pick = match seed % 8 {
            0 => 3 + state as usize / 7_919 % 4,
            1 => 0,
            2 => 16 + state as usize / 7_919 % 3,
            _ => (state >> 16) as usize % PIECES.len(),
        };
        text.push_str(PIECES[pick]);
    }
    text
}
