//! Hints for files that hold images but are not a data set.

use std::path::Path;

use data::{DataError, Kind};

use crate::hints::quoted;

/// The hint for an error about such a file.
pub(crate) fn hint(error: &DataError) -> Option<String> {
    match error {
        DataError::Foreign { file, kind } => Some(of_kind(file, kind)),
        DataError::Array { file, remedy, .. } => Some(of_array(file, remedy)),
        _ => None,
    }
}

/// How to make a source of a file of another kind.
pub(crate) fn of_kind(file: &str, kind: &Kind) -> String {
    let (file, stem) = typed(file);
    let (file_word, stem_word) = (quoted(&file), quoted(&stem));
    let python = |text: String| format!("python3 -c \"{text}\"");
    match kind {
        Kind::Image(format) if data::is_image_format(format) => {
            "a folder of such images is a source: give the folder that it is in, or one to put it into".into()
        }
        Kind::Image(_) => {
            format!("a folder of images in {} is a source: make one of those of it", data::image_formats())
        }
        Kind::Video(_) => {
            format!(
                "mkdir {stem_word} && ffmpeg -i {file_word} {stem_word}/%05d.png writes its frames; then give {stem_word}"
            )
        }
        Kind::Zip => format!("unzip {file_word} -d {stem_word} unpacks it; then give {stem_word}"),
        Kind::Npz(array) => format!(
            "{} lists its arrays and writes one as {stem}.npy; then give that",
            python(format!(
                "import numpy as np; a = np.load('{file}'); print(a.files); np.save('{stem}.npy', a['{array}'])"
            ))
        ),
        Kind::Tar => format!(
            "mkdir {stem_word} && tar -xf {file_word} -C {stem_word} unpacks it; then give {stem_word}"
        ),
        Kind::Compressed(_, Some(inner)) if **inner == Kind::Tar => {
            format!(
                "mkdir {stem_word} && tar -xf {file_word} -C {stem_word} unpacks it; then give {stem_word}"
            )
        }
        Kind::Compressed("gzip", _) => format!("gunzip -k {file_word} unpacks it"),
        Kind::Compressed(..) => "unpack it first, and give what is in it".into(),
        Kind::Table("Parquet") => format!(
            "{} writes its column `image`; then give {stem}",
            python(format!(
                "import os, pandas; os.makedirs('{stem}'); [open(f'{stem}/{{i:06}}.png', 'wb').write(x['bytes']) \
                 for i, x in enumerate(pandas.read_parquet('{file}')['image'])]"
            ))
        ),
        Kind::Hdf5 => format!(
            "{} lists what is in it, and writes `images`; then give {stem}.npy",
            python(format!(
                "import h5py, numpy as np; f = h5py.File('{file}'); print(list(f)); \
                 np.save('{stem}.npy', f['images'][:])"
            ))
        ),
        Kind::Mat => format!(
            "{} lists what is in it, and writes `X` of [height, width, channels, n]; then give {stem}.npy",
            python(format!(
                "import scipy.io, numpy as np; f = scipy.io.loadmat('{file}'); print(list(f)); \
                 np.save('{stem}.npy', f['X'].transpose(3, 0, 1, 2))"
            ))
        ),
        Kind::Pickle => format!(
            "of a batch of CIFAR (a pickle from elsewhere can run code) {} writes images and labels; then give {stem}.npy",
            python(format!(
                "import pickle, numpy as np; d = pickle.load(open('{file}', 'rb'), encoding='bytes'); \
                 np.save('{stem}.npy', d[b'data'].reshape(-1, 3, 32, 32)); \
                 np.save('{stem}-labels.npy', d.get(b'labels', d.get(b'fine_labels')))"
            ))
        ),
        Kind::Text if file.ends_with(".csv") => format!(
            "of rows of a label and pixels, {} writes both; then give {stem}.npy",
            python(format!(
                "import numpy as np; x = np.loadtxt('{file}', delimiter=',', skiprows=1, dtype=np.uint8); \
                 n = int((x.shape[1] - 1) ** 0.5); np.save('{stem}.npy', x[:, 1:].reshape(-1, n, n)); \
                 np.save('{stem}-labels.npy', x[:, 0])"
            ))
        ),
        _ => format!(
            "a source is a folder of images ({}), an IDX or a NumPy file, or one of `ganymede data pack`",
            data::image_formats()
        ),
    }
}

/// The command that converts an array to one that can be read. The original is kept.
pub(crate) fn of_array(file: &str, remedy: &str) -> String {
    let (file, stem) = typed(file);
    format!(
        "python3 -c \"import numpy as np; x = np.load('{file}'); np.save('{stem}-before.npy', x); \
         np.save('{file}', {remedy})\" puts it right, and keeps what was there as {stem}-before.npy"
    )
}

/// A path as it is typed, and its name without the extension. `None` if it has characters that end a text in a shell or in
/// Python.
fn typed(file: &str) -> (String, String) {
    // Quotes protect a space in both; a quote, a dollar or a backslash would need other rules in each.
    let plain = |c: char| c.is_alphanumeric() || "_-./+=@, ()&;".contains(c);
    if !file.chars().all(plain) || file.starts_with('-') {
        return ("FILE".into(), "NAME".into());
    }
    let path = Path::new(file);
    let stem = match (path.extension(), path.file_name()) {
        (None, Some(name)) => path.with_file_name(format!("{}-unpacked", name.to_string_lossy())),
        _ => path.with_extension(""),
    };
    let stem = if stem.extension().is_some_and(|e| e == "tar") { stem.with_extension("") } else { stem };
    (file.to_owned(), stem.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_typed_or_left_to_the_reader() {
        for (file, stem) in [
            ("photos.zip", "photos"),
            ("a/photos.tar.gz", "a/photos"),
            ("a/x.b.npz", "a/x.b"),
            ("data_batch_1", "data_batch_1-unpacked"),
        ] {
            assert_eq!(typed(file), (file.to_owned(), stem.to_owned()));
        }
        for strange in ["x';.npy", "$(ls).npz", "-rf.zip", "a\"b.npy"] {
            assert_eq!(typed(strange).0, "FILE");
        }
        assert_eq!(
            of_kind("photos.zip", &Kind::Zip),
            "unzip photos.zip -d photos unpacks it; then give photos"
        );
        assert_eq!(
            of_kind("my photos.zip", &Kind::Zip),
            "unzip 'my photos.zip' -d 'my photos' unpacks it; then give 'my photos'"
        );
    }
}
