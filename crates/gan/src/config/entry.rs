//! The types that a key can have, and how TOML holds them.

use nn::{Init, LayerSpec};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use toml::ser::ValueSerializer;

use super::key::{Key, Kind};
use crate::losses::Loss;

/// The type of a key, or a section with keys of its own.
pub(crate) trait Entry: Sized {
    /// What a key of this type takes.
    fn kind() -> Kind;

    /// Reads it from TOML.
    ///
    /// # Errors
    /// Those of the reader, for a value of another type.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Writes it as TOML.
    ///
    /// # Errors
    /// Those of the writer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Whether a config leaves the key out.
    fn is_left_out(&self) -> bool {
        false
    }

    /// Adds the rows of the key table: `key`, and after it those of a section. `self` is the default.
    fn define(&self, key: Key, table: &mut Vec<Key>) {
        table.push(key);
    }

    /// Its text in TOML, or `None` where a config leaves it out.
    fn toml(&self) -> Option<String> {
        let mut text = String::new();
        let written = !self.is_left_out() && self.write(ValueSerializer::new(&mut text)).is_ok();
        written.then_some(text)
    }
}

/// Types that serde reads and writes as TOML has them.
macro_rules! plain {
    ($($type:ty: $kind:expr,)+) => {
        $(impl Entry for $type {
            fn kind() -> Kind {
                $kind
            }

            fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }

            fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }
        })+
    };
}

pub(super) use plain;

plain! {
    String: Kind::Text,
    usize: Kind::Whole,
    u64: Kind::Whole,
    u32: Kind::Whole,
    f64: Kind::Number,
    bool: Kind::Switch,
    Vec<LayerSpec>: Kind::Layers,
    Loss: Kind::Words(Loss::ALL.iter().map(|loss| loss.name()).collect()),
    Init: Kind::Words(Init::ALL.iter().map(|init| init.name()).collect()),
}

/// `None` is written as 0, or as an empty text.
impl<T: Entry + Default + PartialEq> Entry for Option<T> {
    fn kind() -> Kind {
        T::kind()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = T::read(deserializer)?;
        Ok((value != T::default()).then_some(value))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Some(value) => value.write(serializer),
            None => T::default().write(serializer),
        }
    }
}

/// The value of a key that a config may leave out; 0 is a value like any other.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Optional<T>(pub Option<T>);

impl<T: Entry> Entry for Optional<T> {
    fn kind() -> Kind {
        T::kind()
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::read(deserializer).map(|value| Optional(Some(value)))
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(value) => value.write(serializer),
            None => serializer.serialize_none(),
        }
    }

    fn is_left_out(&self) -> bool {
        self.0.is_none()
    }
}
