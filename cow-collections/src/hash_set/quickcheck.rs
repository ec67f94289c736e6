//! `Arbitrary`, so that property tests can ask for sets.

use std::hash::{BuildHasher, Hash};

use quickcheck::{Arbitrary, Gen};

use super::CowHashSet;

impl<T, S> Arbitrary for CowHashSet<T, S>
where
    T: Arbitrary + Eq + Hash,
    S: BuildHasher + Default + Clone + 'static,
{
    fn arbitrary(g: &mut Gen) -> Self {
        Vec::<T>::arbitrary(g).into_iter().collect()
    }

    fn shrink(&self) -> Box<dyn Iterator<Item = Self>> {
        let values: Vec<T> = self.clone().into_iter().collect();
        Box::new(values.shrink().map(|fewer| fewer.into_iter().collect()))
    }
}
