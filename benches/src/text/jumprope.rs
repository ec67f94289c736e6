//! `jumprope`, a skip list of gap buffers, which counts characters: as it is, and with the buffer that
//! gathers edits beside each other.

use jumprope::{JumpRope, JumpRopeBuf};

use super::{Contender, Edit, Lent};

impl Contender for JumpRope {
    const NAME: &'static str = "jumprope";
    const TITLE: &'static str = "jumprope";

    fn new(text: &str) -> Self {
        Self::from(text)
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

impl Lent for JumpRope {
    fn chunks(&self) -> impl Iterator<Item = &str> {
        self.substrings()
    }

    fn chars(&self) -> impl Iterator<Item = char> {
        self.chars()
    }
}

impl Contender for JumpRopeBuf {
    const NAME: &'static str = "jumprope_buffered";
    const TITLE: &'static str = "jumprope, buffered";

    fn new(text: &str) -> Self {
        Self::new_from_str(text)
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
        self.borrow().len_bytes()
    }

    fn to_text(&self) -> String {
        self.borrow().to_string()
    }
}
