//! `ropey::Rope` of version 2, which counts bytes.

use ropey2::{LineType, Rope};

use super::{Contender, Edit, Lent, Lined, Persistent};

impl Contender for Rope {
    const NAME: &'static str = "ropey2";
    const TITLE: &'static str = "ropey 2";

    fn new(text: &str) -> Self {
        Self::from_str(text)
    }

    #[inline]
    fn edit(&mut self, edit: &Edit) {
        if !edit.bytes.is_empty() {
            self.remove(edit.bytes.clone());
        }
        if !edit.text.is_empty() {
            self.insert(edit.bytes.start, &edit.text);
        }
    }

    fn len_bytes(&self) -> usize {
        self.len()
    }

    fn to_text(&self) -> String {
        self.to_string()
    }
}

impl Lent for Rope {
    fn chunks(&self) -> impl Iterator<Item = &str> {
        self.chunks()
    }

    fn chars(&self) -> impl Iterator<Item = char> {
        self.chars()
    }
}

impl Persistent for Rope {}

impl Lined for Rope {
    #[inline]
    fn byte_to_line(&self, byte: usize) -> usize {
        self.byte_to_line_idx(byte, LineType::LF)
    }

    #[inline]
    fn line_to_byte(&self, line: usize) -> usize {
        self.line_to_byte_idx(line, LineType::LF)
    }

    #[inline]
    fn line_len(&self, line: usize) -> usize {
        self.line(line, LineType::LF).len()
    }

    fn visit_lines(&self) -> usize {
        self.lines(LineType::LF).count()
    }
}
