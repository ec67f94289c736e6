//! `crop::Rope`: leaves with a gap, counted nodes of 16 children.

use crop::Rope;

use super::{Contender, Edit, Lent, Lined, Persistent};

impl Contender for Rope {
    const NAME: &'static str = "crop";
    const TITLE: &'static str = "crop";

    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn edit(&mut self, edit: &Edit) {
        if edit.bytes.is_empty() {
            self.insert(edit.bytes.start, &edit.text);
        } else if edit.text.is_empty() {
            self.delete(edit.bytes.clone());
        } else {
            self.replace(edit.bytes.clone(), &edit.text);
        }
    }

    fn len_bytes(&self) -> usize {
        self.byte_len()
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
        self.line_of_byte(byte)
    }

    #[inline]
    fn line_to_byte(&self, line: usize) -> usize {
        self.byte_of_line(line)
    }

    #[inline]
    fn line_len(&self, line: usize) -> usize {
        self.line_slice(line..=line).byte_len()
    }

    fn visit_lines(&self) -> usize {
        self.raw_lines().count()
    }
}
