//! MNIST inside the binary.
//!
//! The files' origin, licence and checksums are in `assets/mnist/README.md`. They stay compressed in
//! the binary; only the requested split is unpacked.

use crate::idx_set::assemble;
use crate::{DataError, ImageSet, Split, idx};

macro_rules! asset {
    ($name:literal) => {
        // From the manifest's folder, so that it does not matter where the source file moves.
        include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../assets/mnist/", $name))
    };
}

static TRAIN_IMAGES: &[u8] = asset!("train-images-idx3-ubyte.gz");
static TRAIN_LABELS: &[u8] = asset!("train-labels-idx1-ubyte.gz");
static TEST_IMAGES: &[u8] = asset!("t10k-images-idx3-ubyte.gz");
static TEST_LABELS: &[u8] = asset!("t10k-labels-idx1-ubyte.gz");

/// Unpacks a split of the embedded MNIST.
pub(crate) fn mnist(split: Split) -> Result<ImageSet, DataError> {
    let (images, labels) = match split {
        Split::Train => (TRAIN_IMAGES, TRAIN_LABELS),
        Split::Test => (TEST_IMAGES, TEST_LABELS),
    };
    let images_name = "embedded MNIST images";
    let labels_name = "embedded MNIST labels";
    let images = idx::read_bytes(images_name, images)?;
    let labels = idx::read_bytes(labels_name, labels)?;
    assemble("mnist", images_name, images, Some((labels_name, labels)))
}

#[cfg(test)]
mod tests {
    use md5::{Digest, Md5};

    use super::*;

    /// The checksums of the unpacked files are those given in assets/mnist/README.md; the class counts
    /// are those of the published set.
    #[test]
    fn is_the_published_set() {
        for (bytes, md5) in [
            (TRAIN_IMAGES, "6bbc9ace898e44ae57da46a324031adb"),
            (TRAIN_LABELS, "a25bea736e30d166cdddb491f175f624"),
            (TEST_IMAGES, "2646ac647ad5339dbf082846283269ea"),
            (TEST_LABELS, "27ae3e4e09519cfbb04c329615203637"),
        ] {
            let mut hasher = Md5::new();
            let array = idx::read_bytes("asset", bytes).unwrap();
            let mut header = Vec::new();
            idx::write_to("memory", &mut header, array.dims(), array.data()).unwrap();
            hasher.update(&header);
            let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
            assert_eq!(digest, md5);
        }
        let train = mnist(Split::Train).unwrap();
        assert_eq!((train.len(), train.height(), train.width(), train.channels()), (60_000, 28, 28, 1));
        let counts = train.class_counts().unwrap();
        assert_eq!(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
        let test = mnist(Split::Test).unwrap();
        let counts = test.class_counts().unwrap();
        assert_eq!(counts, [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    }
}
