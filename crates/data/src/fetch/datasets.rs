//! What is published where.
//!
//! Addresses and MD5 checksums are those in torchvision's `datasets/mnist.py`
//! (<https://github.com/pytorch/vision>), which repeats the publishers'.

/// A data set that can be downloaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dataset {
    /// The name that [`crate::load`] and [`crate::fetch::fetch`] take.
    pub name: &'static str,
    /// What it is, in a few words.
    pub title: &'static str,
    /// Its licence, as far as its publisher states one.
    pub licence: &'static str,
    /// Where it is described.
    pub homepage: &'static str,
    /// The address of the folder that holds its files.
    pub base_url: &'static str,
    /// Its folder inside [`crate::data_dir`].
    pub folder: &'static str,
    /// The files to download.
    pub files: &'static [RemoteFile],
    /// The members to take out, if the file is a zip archive; empty if the files are used as they are.
    pub members: &'static [&'static str],
}

/// A file to download.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoteFile {
    /// Its name, on the server and here.
    pub name: &'static str,
    /// Its published MD5 checksum, in lower-case hexadecimal.
    pub md5: &'static str,
}

/// The four files of a set that is laid out as MNIST is.
macro_rules! four_files {
    ($train_images:literal, $train_labels:literal, $test_images:literal, $test_labels:literal) => {
        &[
            RemoteFile { name: "train-images-idx3-ubyte.gz", md5: $train_images },
            RemoteFile { name: "train-labels-idx1-ubyte.gz", md5: $train_labels },
            RemoteFile { name: "t10k-images-idx3-ubyte.gz", md5: $test_images },
            RemoteFile { name: "t10k-labels-idx1-ubyte.gz", md5: $test_labels },
        ]
    };
}

/// A split of EMNIST, all of which are in one archive.
macro_rules! emnist {
    ($split:literal, $title:literal) => {
        Dataset {
            name: concat!("emnist-", $split),
            title: $title,
            licence: "none stated; made from NIST Special Database 19",
            homepage: "https://www.nist.gov/itl/products-and-services/emnist-dataset",
            base_url: "https://biometrics.nist.gov/cs_links/EMNIST",
            folder: "emnist",
            files: &[RemoteFile { name: "gzip.zip", md5: "58c8d27c78d21e728a6bc7b3cc06412e" }],
            members: &[
                concat!("gzip/emnist-", $split, "-train-images-idx3-ubyte.gz"),
                concat!("gzip/emnist-", $split, "-train-labels-idx1-ubyte.gz"),
                concat!("gzip/emnist-", $split, "-test-images-idx3-ubyte.gz"),
                concat!("gzip/emnist-", $split, "-test-labels-idx1-ubyte.gz"),
            ],
        }
    };
}

/// Every data set that can be downloaded, under the names that [`crate::load`] takes.
pub const DATASETS: &[Dataset] = &[
    Dataset {
        name: "mnist",
        title: "handwritten digits, 60,000 + 10,000 images of 28 x 28, 10 classes",
        licence: "CC BY-SA 3.0",
        homepage: "http://yann.lecun.com/exdb/mnist/",
        base_url: "https://ossci-datasets.s3.amazonaws.com/mnist",
        folder: "mnist",
        files: four_files!(
            "f68b3c2dcbeaaa9fbdd348bbdeb94873",
            "d53e105ee54ea40749a09fcbcd1e9432",
            "9fb629c4189551a2d022fa330f9573f3",
            "ec29112dd5afa0611ce80d1b7f02629c"
        ),
        members: &[],
    },
    Dataset {
        name: "fashion-mnist",
        title: "clothes, 60,000 + 10,000 images of 28 x 28, 10 classes",
        licence: "MIT",
        homepage: "https://github.com/zalandoresearch/fashion-mnist",
        base_url: "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
        folder: "fashion-mnist",
        files: four_files!(
            "8d4fb7e6c68d591d4c3dfef9ec88bf0d",
            "25c81989df183df01b3e8a0aad5dffbe",
            "bef4ecab320f06d8554ea6380940ec79",
            "bb300cfdad3c16e7a12a480ee83cd310"
        ),
        members: &[],
    },
    Dataset {
        name: "kmnist",
        title: "cursive Japanese characters, 60,000 + 10,000 images of 28 x 28, 10 classes",
        licence: "CC BY-SA 4.0",
        homepage: "https://codh.rois.ac.jp/kmnist/",
        base_url: "http://codh.rois.ac.jp/kmnist/dataset/kmnist",
        folder: "kmnist",
        files: four_files!(
            "bdb82020997e1d708af4cf47b453dcf7",
            "e144d726b3acfaa3e44228e80efcd344",
            "5c965bf0a639b31b8f53240b1b52f4d7",
            "7320c461ea6c1c855c0b718fb2a4b134"
        ),
        members: &[],
    },
    emnist!("balanced", "handwritten characters, 112,800 + 18,800 images of 28 x 28, 47 classes, balanced"),
    emnist!("byclass", "handwritten characters, 697,932 + 116,323 images of 28 x 28, 62 classes"),
    emnist!("bymerge", "handwritten characters, 697,932 + 116,323 images of 28 x 28, 47 classes"),
    emnist!("digits", "handwritten digits, 240,000 + 40,000 images of 28 x 28, 10 classes"),
    emnist!("letters", "handwritten letters, 124,800 + 20,800 images of 28 x 28, 26 classes"),
    emnist!("mnist", "handwritten digits, 60,000 + 10,000 images of 28 x 28, 10 classes"),
];
