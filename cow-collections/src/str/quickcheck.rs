//! Random texts: inline ones, exclusive ones, slices of others, with room behind and without.

use quickcheck::{Arbitrary, Gen};

use super::CowStr;

impl Arbitrary for CowStr {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut text = Self::from(String::arbitrary(g));
        let at = text.floor_char_boundary(usize::arbitrary(g) % (text.len() + 1));
        match u8::arbitrary(g) % 4 {
            0 => text.reserve(usize::from(u8::arbitrary(g))),
            1 => text = text.slice(at..),
            2 => text.truncate(at),
            _ => {}
        }
        text
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(String::from(self).shrink().map(Self::from))
    }
}
