//! `CowBytes` beside `Vec<u8>`.

use cow_collections::{CowBytes, CowStr};

use super::{
    CLASS, Kind, Version, new_text,
    op::{Call, Op},
    places,
};

/// Versions that are `CowBytes`.
pub(crate) struct Runs;

impl Kind for Runs {
    type Cow = CowBytes;
    type Model = Vec<u8>;

    fn step(
        version: &mut Version<Self>,
        op: Op,
        others: &[Version<Self>],
    ) -> Option<Version<Self>> {
        let Version { cow, model } = version;
        let (a, b) = places(op, model.len());
        let new = new_text(op, model.len());
        let new = new.as_bytes();
        let byte = op.a.to_le_bytes()[0];
        let n = usize::from(op.n);
        let other = others.get(n % others.len().max(1));
        match op.call {
            Call::Snapshot | Call::Switch | Call::Drop => {}
            Call::Push => {
                cow.push(byte);
                model.push(byte);
            }
            Call::Pop => assert_eq!(cow.pop(), model.pop()),
            Call::Append => {
                cow.extend_from_slice(new);
                model.extend_from_slice(new);
            }
            Call::TryAppend => {
                cow.try_extend_from_slice(new).unwrap();
                model.extend_from_slice(new);
            }
            Call::Extend => {
                cow.extend(new.iter().copied());
                model.extend_from_slice(new);
            }
            Call::AppendOther => {
                if let Some(other) = other.filter(|_| model.len() < 2 * CLASS) {
                    cow.extend_from_slice(&other.cow);
                    model.extend_from_slice(&other.model);
                }
            }
            Call::Insert => {
                cow.insert(a, byte);
                model.insert(a, byte);
            }
            Call::InsertMany => {
                cow.replace_range(a..a, new);
                model.splice(a..a, new.iter().copied());
            }
            Call::Remove if a < model.len() => assert_eq!(cow.remove(a), model.remove(a)),
            Call::Remove => {}
            Call::Replace => {
                cow.replace_range(a..b, new);
                model.splice(a..b, new.iter().copied());
            }
            Call::TryReplace => {
                cow.try_replace_range(a..b, new).unwrap();
                model.splice(a..b, new.iter().copied());
            }
            Call::Truncate => {
                cow.truncate(b);
                model.truncate(b);
            }
            Call::Clear => {
                cow.clear();
                model.clear();
            }
            Call::SplitOff => {
                return Some(Version {
                    cow: cow.split_off(a),
                    model: model.split_off(a),
                });
            }
            Call::SplitTo => {
                return Some(Version {
                    cow: cow.split_to(a),
                    model: model.drain(..a).collect(),
                });
            }
            Call::KeepBack => {
                cow.advance(a);
                model.drain(..a);
            }
            Call::Slice => {
                return Some(Version {
                    cow: cow.slice(a..b),
                    model: model[a..b].to_vec(),
                });
            }
            Call::SliceRef => {
                return Some(Version {
                    cow: cow.slice_ref(&cow[a..b]),
                    model: model[a..b].to_vec(),
                });
            }
            Call::Parts => {
                let splits = |other: &u8| *other == byte;
                assert!(cow.split(splits).eq(model.split(splits)));
                let nth = n % 8;
                return Some(Version {
                    cow: cow.split(splits).nth(nth)?,
                    model: model.split(splits).nth(nth)?.to_vec(),
                });
            }
            Call::Trim => {
                if let Some(rest) = cow.strip_suffix(&model[b..]) {
                    *cow = rest;
                    model.truncate(b);
                } else {
                    panic!("it ends with its end");
                }
            }
            Call::Retain => {
                cow.retain(|other| other % 4 != byte % 4);
                model.retain(|other| other % 4 != byte % 4);
            }
            Call::Overwrite => {
                cow[a..b].fill(byte);
                model[a..b].fill(byte);
            }
            Call::Reserve => {
                cow.reserve(n * 8);
                assert!(cow.capacity() >= cow.len() + n * 8 && cow.is_exclusive());
            }
            Call::TryReserve => {
                cow.try_reserve(n * 8).unwrap();
                assert!(cow.capacity() >= cow.len() + n * 8 && cow.is_exclusive());
            }
            Call::Compact => cow.compact(),
            Call::Repeat => {
                let len = (model.len() * (n % 4)).min(3 * CLASS);
                cow.resize(len, byte);
                model.resize(len, byte);
            }
            Call::Convert => match CowStr::from_utf8(std::mem::take(cow)) {
                Ok(text) => {
                    assert_eq!(Ok(text.as_str()), str::from_utf8(model));
                    *cow = text.into_bytes();
                }
                Err(error) => {
                    assert_eq!(Err(error.utf8_error()), str::from_utf8(model));
                    *cow = error.into_bytes();
                }
            },
            Call::Compare => {
                if let Some(other) = other {
                    assert_eq!(*cow == other.cow, *model == other.model);
                    assert_eq!((*cow).cmp(&other.cow), (*model).cmp(&other.model));
                }
            }
        }
        None
    }

    fn check(cow: &CowBytes, model: &Vec<u8>) {
        assert_eq!(cow, model);
        assert_eq!((cow.len(), cow.is_empty()), (model.len(), model.is_empty()));
        assert!(cow.capacity() >= cow.len());
    }
}
