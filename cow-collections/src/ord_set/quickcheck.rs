//! `Arbitrary`, as for `BTreeSet`.

use quickcheck::{Arbitrary, Gen};

use super::CowOrdSet;

impl<T: Arbitrary + Ord> Arbitrary for CowOrdSet<T> {
    fn arbitrary(g: &mut Gen) -> Self {
        Vec::<T>::arbitrary(g).into()
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let values: Vec<T> = self.clone().into();
        Box::new(values.shrink().map(Self::from))
    }
}
