//! `String`, whose snapshots are copies.

use super::{Contender, Edit, Lent};

impl Contender for String {
    const NAME: &'static str = "std_clone";
    const TITLE: &'static str = "String";

    fn new(text: &str) -> Self {
        text.to_owned()
    }

    #[inline]
    fn edit(&mut self, edit: &Edit) {
        self.replace_range(edit.bytes.clone(), &edit.text);
    }

    fn len_bytes(&self) -> usize {
        self.len()
    }

    fn to_text(&self) -> String {
        self.clone()
    }
}

impl Lent for String {
    fn chunks(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.as_str())
    }

    fn chars(&self) -> impl Iterator<Item = char> {
        self.as_str().chars()
    }
}
