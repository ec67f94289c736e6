//! `Serialize` and `Deserialize`, in the form of a string.

use std::{fmt, marker::PhantomData};

use serde::{
    de::{Deserialize, Deserializer, Error, Visitor},
    ser::{Serialize, Serializer},
};

use super::CowString;
use crate::Metrics;

impl<M: Metrics> Serialize for CowString<M> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.as_str() {
            Some(text) => serializer.serialize_str(text),
            None => serializer.collect_str(self),
        }
    }
}

impl<'de, M: Metrics> Deserialize<'de> for CowString<M> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(Text(PhantomData))
    }
}

struct Text<M>(PhantomData<M>);

impl<M: Metrics> Visitor<'_> for Text<M> {
    type Value = CowString<M>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<CowString<M>, E> {
        Ok(CowString::from_text(text))
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<CowString<M>, E> {
        match std::str::from_utf8(bytes) {
            Ok(text) => self.visit_str(text),
            Err(error) => Err(E::custom(error)),
        }
    }
}
