//! Random byte strings: inline ones, exclusive ones, slices of others, with room behind and without.

use quickcheck::{Arbitrary, Gen};

use super::CowBytes;

impl Arbitrary for CowBytes {
    fn arbitrary(g: &mut Gen) -> Self {
        let whole = Vec::<u8>::arbitrary(g);
        let mut bytes = Self::from(whole.as_slice());
        match u8::arbitrary(g) % 4 {
            0 => bytes.reserve(usize::from(u8::arbitrary(g))),
            1 => bytes.advance(usize::arbitrary(g) % (whole.len() + 1)),
            2 => bytes.truncate(usize::arbitrary(g) % (whole.len() + 1)),
            _ => {}
        }
        bytes
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        Box::new(self.to_vec().shrink().map(Self::from))
    }
}
