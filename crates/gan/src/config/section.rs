//! The macro that defines a section: each of its keys once.

/// Defines a section of the config.
///
/// ```text
/// section! {
///     /// What the section is about.
///     pub struct Train {
///         /// What the key means; this is its documentation everywhere.
///         batch_size: usize = 64, range Range::From(1), hint "64 is usual";
///     }
/// }
/// ```
///
/// A key has a doc, a name, a type (see [`Entry`](super::entry::Entry)) and a default. `range` says which numbers it takes, and
/// `hint` names a usual value. `kinds [A, B] value`, after the default of an [`Optional`](super::entry::Optional) key, says that
/// the key belongs to these values of the section's `kind`, where `value` is its default.
///
/// The macro makes the struct, its reader and writer, its defaults, and the rows of the key table, from which come the checks of
/// ranges, the reading of a single value by its type, and the documentation.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        pub struct $name:ident {
            $(
                $(#[doc = $doc:literal])+
                $key:ident: $type:ty = $default:expr
                    $(, kinds [$($kind:expr),+] $filled:expr)?
                    $(, range $range:expr, hint $hint:expr)?;
            )+
        }
    ) => {
        $(#[doc = $about])+
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[doc = $doc])+
                #[serde(
                    serialize_with = "crate::config::entry::Entry::write",
                    deserialize_with = "crate::config::entry::Entry::read",
                    skip_serializing_if = "crate::config::entry::Entry::is_left_out"
                )]
                pub $key: $type,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                $name { $($key: $default,)+ }
            }
        }

        impl crate::config::entry::Entry for $name {
            fn kind() -> crate::config::key::Kind {
                crate::config::key::Kind::Section
            }

            fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                serde::Deserialize::deserialize(deserializer)
            }

            fn write<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(self, serializer)
            }

            fn toml(&self) -> Option<String> {
                None
            }

            fn define(&self, mut key: crate::config::key::Key, table: &mut Vec<crate::config::key::Key>) {
                use crate::config::section::{default_text, hint, joined, paragraph, range};
                let path = key.path.clone();
                key.doc = paragraph(&[$($about),+]);
                table.push(key);
                $(
                    self.$key.define(
                        crate::config::key::Key {
                            path: joined(&path, stringify!($key)),
                            kind: <$type as crate::config::entry::Entry>::kind(),
                            default: default_text!(self.$key $(, $filled)?),
                            range: range!($($range)?),
                            hint: hint!($($hint)?),
                            doc: paragraph(&[$($doc),+]),
                            kinds: vec![$($($kind.name(),)+)?],
                        },
                        table,
                    );
                )+
            }
        }
    };
}

/// The range that was given, or every value.
macro_rules! range {
    () => {
        crate::config::range::Range::All
    };
    ($range:expr) => {
        $range
    };
}

/// The hint that was given, or none.
macro_rules! hint {
    () => {
        ""
    };
    ($hint:expr) => {
        $hint
    };
}

/// The text of the default: of the value that is filled in, where there is one.
macro_rules! default_text {
    ($default:expr) => {
        crate::config::entry::Entry::toml(&$default)
    };
    ($default:expr, $filled:expr) => {
        crate::config::entry::Entry::toml(&$filled)
    };
}

pub(super) use {default_text, hint, range, section};

/// The path of a key of the section at `path`.
pub(super) fn joined(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// A doc comment's lines, without the space that each begins with.
pub(super) fn paragraph(lines: &[&str]) -> String {
    lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join("\n")
}
