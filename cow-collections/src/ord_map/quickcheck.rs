//! `Arbitrary`, as for `BTreeMap`.

use quickcheck::{Arbitrary, Gen};

use super::CowOrdMap;

impl<K: Arbitrary + Ord, V: Arbitrary> Arbitrary for CowOrdMap<K, V> {
    fn arbitrary(g: &mut Gen) -> Self {
        Vec::<(K, V)>::arbitrary(g).into()
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let pairs: Vec<(K, V)> = self.clone().into();
        Box::new(pairs.shrink().map(Self::from))
    }
}
