//! `Arbitrary`, so that property tests can ask for maps.

use std::hash::{BuildHasher, Hash};

use quickcheck::{Arbitrary, Gen};

use super::CowHashMap;

impl<K, V, S> Arbitrary for CowHashMap<K, V, S>
where
    K: Arbitrary + Eq + Hash,
    V: Arbitrary,
    S: BuildHasher + Default + Clone + 'static,
{
    fn arbitrary(g: &mut Gen) -> Self {
        Vec::<(K, V)>::arbitrary(g).into_iter().collect()
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let entries: Vec<(K, V)> = self.clone().into_iter().collect();
        Box::new(entries.shrink().map(|fewer| fewer.into_iter().collect()))
    }
}
