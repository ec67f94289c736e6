//! `ropey::Rope` of version 1, which counts characters.

use ropey::Rope;

use super::{Contender, Edit, Lent, Lined, Persistent};

impl Contender for Rope {
    const NAME: &'static str = "ropey1";
    const TITLE: &'static str = "ropey 1";

    fn new(text: &str) -> Self {
        Self::from_str(text)
    }

    #[inline]
    fn edit(&mut self, edit: &Edit) {
        if !edit.chars.is_empty() {
            self.remove(edit.chars.clone());
        }
        if !edit.text.is_empty() {
            self.insert(edit.chars.start, &edit.text);
        }
    }

    fn len_bytes(&self) -> usize {
        self.len_bytes()
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
        self.byte_to_line(byte)
    }

    #[inline]
    fn line_to_byte(&self, line: usize) -> usize {
        self.line_to_byte(line)
    }

    #[inline]
    fn line_len(&self, line: usize) -> usize {
        self.line(line).len_bytes()
    }

    fn visit_lines(&self) -> usize {
        self.lines().count()
    }
}
