//! `Serialize` and `Deserialize`, in the form of a sequence, as `BTreeSet` has it.

use serde::{
    de::{Deserialize, Deserializer},
    ser::{Serialize, Serializer},
};

use super::CowOrdSet;

impl<T: Serialize> Serialize for CowOrdSet<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Deserialize<'de> + Ord + Clone> Deserialize<'de> for CowOrdSet<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let values = crate::CowVec::<T>::deserialize(deserializer)?;
        Ok(values.into_iter().collect())
    }
}
