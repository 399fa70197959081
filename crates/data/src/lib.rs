//! Image data sets for training: where pixels come from and in which order they are visited.
//!
//! | module or item | what it does |
//! |---|---|
//! | [`ImageSet`] | images of one size as bytes, NHWC, with optional labels |
//! | [`load`], [`load_with`] | a split of a data set by name, or from a path; [`Options`] for folders of images |
//! | [`Reading`], [`PassedOver`] | what reading a folder of images left out or changed |
//! | [`alpha`] | straight and multiplied alpha |
//! | [`pack`] | a folder of images as one file, which may be larger than memory |
//! | [`open_regular`] | opening what must be a file, and not a pipe or a device |
//! | [`epoch_order`], [`Batches`] | shuffling and batching as pure functions of counters |
//! | [`classes`] | whether the classes of two sources are the same, by name |
//! | [`ContentHash`] | what a set contains, as a hash |
//! | [`repeats`] | images that occur twice |
//! | [`idx`] | the IDX file format: bounded reading, atomic writing |
//! | [`check`] | what is in each file of a folder, and what is wrong with it |
//! | [`grid`] | a sheet of images |
//! | `fetch` (feature `fetch`) | downloading of published sets, with resume and checksums |
//!
//! Features: `mnist` puts the MNIST files inside the binary (11 MB); `fetch` adds the HTTP client.
//! The rest has no network access and reads only the files that the caller names.
//!
//! Files are input from strangers: a header is checked before anything is allocated for what it
//! announces, and every refusal is a [`DataError`] that names the file, the field, what was expected
//! and what was found.

pub mod alpha;
mod atomic;
mod background;
mod balanced;
mod batches;
pub mod check;
pub mod classes;
mod contained;
mod content;
mod derived;
mod dir;
#[cfg(feature = "mnist")]
mod embedded;
mod emnist;
mod epoch;
mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
mod folder;
pub mod grid;
pub mod idx;
mod idx_set;
mod image_set;
mod in_place;
mod leftovers;
mod load;
mod names;
mod npy;
mod options;
mod own;
pub mod pack;
mod passed_over;
mod paths;
mod reading;
mod regular;
pub mod repeats;
mod shown;
mod size;
mod sniff;
mod split;
mod splits;
mod stored;

pub use atomic::{Part, PartFolder, remove_unfinished, write_atomic};
pub use background::Background;
pub use batches::Batches;
pub use content::ContentHash;
pub use dir::data_dir;
pub use epoch::epoch_order;
pub use error::DataError;
pub use folder::formats::{image_formats, is_image_format};
pub use folder::survey::{Survey, survey};
pub use folder::tree::is_image_folder;
pub use image_set::ImageSet;
pub use in_place::{has_other_names, open_in_place, open_to_append, own_file, own_folder};
pub use load::{SOURCES, load, load_with};
pub use options::Options;
pub use own::{MARKER_FILE, SOFTWARE, is_marked_picture};
pub use passed_over::{Group, PassedOver, Reason};
pub use reading::Reading;
pub use regular::{open_regular, read_regular};
pub use shown::{is_control, shown, shown_lines, shown_path};
pub use size::{MAX_SIDE, Size};
pub use sniff::Kind;
pub use split::Split;
pub use splits::{files_beside, has_split};
