//! `Arbitrary`: texts for property tests, some of them edited, so that gaps lie anywhere.

use quickcheck::{Arbitrary, Gen};

use super::CowString;
use crate::Metrics;

impl<M: Metrics> Arbitrary for CowString<M> {
    fn arbitrary(g: &mut Gen) -> Self {
        let mut text = Self::from_text(&String::arbitrary(g));
        for _ in 0..u8::arbitrary(g) % 4 {
            let at = text.floor_char_boundary(usize::arbitrary(g) % (text.len() + 1));
            text.insert_str(at, &String::arbitrary(g));
        }
        text
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let shrunk = String::from(self).shrink();
        Box::new(shrunk.map(|text| Self::from_text(&text)))
    }
}
