//! `Serialize` and `Deserialize`, in the form of a sequence, as `Vec` has it.

use std::{fmt, marker::PhantomData};

use serde::{
    de::{Deserialize, Deserializer, SeqAccess, Visitor},
    ser::{Serialize, Serializer},
};

use super::CowVec;

impl<T: Serialize> Serialize for CowVec<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for CowVec<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(Values(PhantomData))
    }
}

struct Values<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Values<T> {
    type Value = CowVec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sequence")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<CowVec<T>, A::Error> {
        let mut failure = None;
        let next = || match values.next_element() {
            Ok(value) => value,
            Err(error) => {
                failure = Some(error);
                None
            }
        };
        let vec = std::iter::from_fn(next).collect();
        failure.map_or(Ok(vec), Err)
    }
}
