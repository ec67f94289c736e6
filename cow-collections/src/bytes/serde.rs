//! `Serialize` and `Deserialize`, in the form of bytes; a format without them has a sequence.

use std::fmt;

use serde::{
    de::{Deserialize, Deserializer, Error, SeqAccess, Visitor},
    ser::{Serialize, Serializer},
};

use super::CowBytes;

impl Serialize for CowBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self)
    }
}

impl<'de> Deserialize<'de> for CowBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = CowBytes;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<CowBytes, E> {
        CowBytes::try_from_slice(bytes).map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<CowBytes, E> {
        self.visit_bytes(text.as_bytes())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<CowBytes, A::Error> {
        let mut bytes = CowBytes::new();
        while let Some(byte) = values.next_element()? {
            bytes.try_push(byte).map_err(A::Error::custom)?;
        }
        Ok(bytes)
    }
}
