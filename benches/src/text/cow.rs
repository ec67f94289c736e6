//! `CowString`.

use cow_collections::CowString;

use super::{Contender, Edit, Lent, Lined, Persistent};

impl Contender for CowString {
    const NAME: &'static str = "cow";
    const TITLE: &'static str = "CowString";

    fn new(text: &str) -> Self {
        Self::from(text)
    }

    #[inline]
    fn edit(&mut self, edit: &Edit) {
        if edit.bytes.is_empty() {
            self.insert_str(edit.bytes.start, &edit.text);
        } else if edit.text.is_empty() {
            self.remove_range(edit.bytes.clone());
        } else {
            self.replace_range(edit.bytes.clone(), &edit.text);
        }
    }

    fn len_bytes(&self) -> usize {
        self.len()
    }

    fn to_text(&self) -> String {
        self.into()
    }
}

impl Lent for CowString {
    fn chunks(&self) -> impl Iterator<Item = &str> {
        self.chunks()
    }

    fn chars(&self) -> impl Iterator<Item = char> {
        self.chars()
    }
}

impl Persistent for CowString {}

impl Lined for CowString {
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
        self.line(line).len()
    }

    fn visit_lines(&self) -> usize {
        self.lines().count()
    }
}
