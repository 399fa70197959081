//! The presets' networks for images of other sizes than their own.
//!
//! A convolutional generator begins at a small side and doubles it stage by stage; the discriminator halves it as often.
//! Another image size has another number of stages, of the same kind and with channels doubling towards the small end.

use std::fmt;

/// Largest side that a generator begins at.
const MAX_BASE: usize = 8;
/// Smallest one.
const MIN_BASE: usize = 4;
/// Most channels of any layer.
const MAX_CHANNELS: usize = 512;

/// Height, width and channels of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ImageSize {
    /// Rows.
    pub height: usize,
    /// Columns.
    pub width: usize,
    /// 1 for grey, 3 for colour, 4 for colour with alpha.
    pub channels: usize,
}

impl fmt::Display for ImageSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.height, self.width, self.channels)
    }
}

impl std::str::FromStr for ImageSize {
    type Err = String;

    /// `HEIGHTxWIDTH` or `HEIGHTxWIDTHxCHANNELS`; `SIDE` alone is a grey square.
    fn from_str(text: &str) -> Result<ImageSize, String> {
        let numbers: Option<Vec<usize>> =
            text.split(['x', 'X']).map(|n| n.parse().ok().filter(|n| (1..=4096).contains(n))).collect();
        match numbers.as_deref() {
            Some(&[side]) => Ok(ImageSize { height: side, width: side, channels: 1 }),
            Some(&[height, width]) => Ok(ImageSize { height, width, channels: 1 }),
            Some(&[height, width, channels @ (1 | 3 | 4)]) => Ok(ImageSize { height, width, channels }),
            _ => Err(format!("`{text}` is not HEIGHTxWIDTHxCHANNELS with 1, 3 or 4 channels, as 64x64x3")),
        }
    }
}

/// A size that no number of stages makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnfitSize(pub ImageSize);

impl fmt::Display for UnfitSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "no generator of this preset makes {}: both sides must be the same power of two times {MIN_BASE} to {MAX_BASE}, \
             as 28, 32, 48, 64, 96 or 128",
            self.0
        )
    }
}

impl std::error::Error for UnfitSize {}

/// The layers of both networks as TOML arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Networks {
    /// `generator.layers`
    pub generator: String,
    /// `discriminator.layers`
    pub discriminator: String,
}

/// Whether a convolutional generator makes images of this height and width: both are the same power of two times 4 to 8.
pub fn fits_stages(height: usize, width: usize) -> bool {
    Stages::of(ImageSize { height, width, channels: 1 }).is_ok()
}

/// How often a side doubles, and what it begins at.
struct Stages {
    count: usize,
    height: usize,
    width: usize,
}

impl Stages {
    fn of(image: ImageSize) -> Result<Stages, UnfitSize> {
        let fits = |side: usize, count: usize| {
            side.is_multiple_of(1 << count) && (MIN_BASE..=MAX_BASE).contains(&(side >> count))
        };
        (1..8)
            .find(|&count| fits(image.height, count) && fits(image.width, count))
            .map(|count| Stages { count, height: image.height >> count, width: image.width >> count })
            .ok_or(UnfitSize(image))
    }

    /// `narrow` channels at the large end, doubling with every stage towards the small one.
    fn channels(narrow: usize, doublings: usize) -> usize {
        (narrow << doublings).min(MAX_CHANNELS)
    }

    /// A dense layer to the base, with what follows it before it becomes an image.
    fn begin(&self, channels: usize, dense: &str, after: &[&str]) -> Vec<String> {
        let Stages { height, width, .. } = self;
        let mut layers = vec![format!("{{ dense = {}{dense} }}", height * width * channels)];
        layers.extend(after.iter().map(|layer| layer.to_string()));
        layers.push(format!("{{ reshape = [{height}, {width}, {channels}] }}"));
        layers
    }
}

/// The networks of the preset called `name` for images of size `image`.
///
/// # Errors
/// [`UnfitSize`] where the preset is convolutional and no number of stages makes the size.
pub fn networks(name: &str, image: ImageSize) -> Result<Networks, UnfitSize> {
    let pixels = image.height * image.width * image.channels;
    let (generator, discriminator) = match name {
        "tutorial" => {
            let hidden = |units: &[usize]| -> Vec<String> {
                units.iter().flat_map(|n| [format!("{{ dense = {n} }}"), "\"relu\"".to_string()]).collect()
            };
            let mut generator = hidden(&[128, 256, 512, 1024]);
            generator.extend(last_dense(pixels));
            let mut discriminator = hidden(&[512, 256, 128, 64]);
            discriminator.push("{ dense = 1 }".to_string());
            (generator, discriminator)
        }
        "dense" | "cgan" => {
            let mut generator = Vec::new();
            let mut discriminator = Vec::new();
            if name == "cgan" {
                generator.push("{ class-embedding = 50 }".to_string());
                discriminator.push("{ class-embedding = 50 }".to_string());
            }
            for n in [128, 256, 512, 1024] {
                generator.extend([format!("{{ dense = {n} }}"), BATCH_NORM.into(), LEAKY.into()]);
            }
            generator.extend(last_dense(pixels));
            for n in [512, 256, 128, 64] {
                discriminator.extend([format!("{{ dense = {n} }}"), LEAKY.into()]);
            }
            discriminator.push("{ dense = 1 }".to_string());
            (generator, discriminator)
        }
        "dcgan" => dcgan(&Stages::of(image)?, image.channels),
        "r3gan" => residual(&Stages::of(image)?, image.channels),
        _ => compact(Compact::of(name), &Stages::of(image)?, image.channels),
    };
    Ok(arrays((generator, discriminator)))
}

fn arrays((generator, discriminator): (Vec<String>, Vec<String>)) -> Networks {
    let array = |layers: Vec<String>| format!("[{}]", layers.join(", "));
    Networks { generator: array(generator), discriminator: array(discriminator) }
}

const BATCH_NORM: &str = "\"batch-norm\"";
const INSTANCE_NORM: &str = "\"instance-norm\"";
const LEAKY: &str = "{ leaky-relu = 0.2 }";
const CLASSES: &str = "{ class-embedding = 64 }";
const PROJECTION: &str = "\"projection-head\"";
const AUGMENTED_COLOUR: &str =
    "{ diff-augment = [\"brightness\", \"saturation\", \"contrast\", \"translation\", \"cutout\"] }";
const AUGMENTED_GREY: &str = "{ diff-augment = [\"translation\", \"cutout\"] }";
/// What D sees of the long tail's rare classes.
const RARE_SHIFTED: &str =
    "{ diff-augment = [\"translation\"], class-probabilities = [0, 0, 0, 0, 0, 0.1, 0.25, 0.5, 0.75, 1] }";

fn last_dense(pixels: usize) -> [String; 2] {
    [format!("{{ dense = {pixels} }}"), "\"tanh\"".to_string()]
}

/// The networks of TensorFlow's DCGAN tutorial.
fn dcgan(stages: &Stages, image_channels: usize) -> (Vec<String>, Vec<String>) {
    let norm = "{ batch-norm = { eps = 1e-3, momentum = 0.01 } }";
    let leaky = "{ leaky-relu = 0.3 }";
    let count = stages.count;
    let mut generator = stages.begin(Stages::channels(64, count), ", bias = false", &[norm, leaky]);
    let mut up = |channels: usize, stride: usize| {
        generator.extend([
            format!("{{ conv-transpose = {channels}, kernel = 5, stride = {stride}, bias = false }}"),
            norm.to_string(),
            leaky.to_string(),
        ]);
    };
    up(Stages::channels(64, count - 1), 1);
    (1..count).for_each(|stage| up(Stages::channels(64, count - 1 - stage), 2));
    generator.extend([
        format!("{{ conv-transpose = {image_channels}, kernel = 5, stride = 2, bias = false }}"),
        "\"tanh\"".to_string(),
    ]);
    let mut discriminator = Vec::new();
    for stage in 0..count {
        discriminator.extend([
            format!("{{ conv = {}, kernel = 5, stride = 2 }}", Stages::channels(64, stage)),
            leaky.to_string(),
            "{ dropout = 0.3 }".to_string(),
        ]);
    }
    discriminator.extend(["\"flatten\"".to_string(), "{ dense = 1 }".to_string()]);
    (generator, discriminator)
}

/// What the presets with 4x4 convolutions differ in.
struct Compact {
    /// Channels of G and of D at the large end.
    widths: [usize; 2],
    /// The normalisation of G.
    norm: &'static str,
    /// Layers that begin G and D.
    first: [Option<String>; 2],
    /// What D's layers have after their sizes.
    options: &'static str,
    /// What D ends with.
    last: String,
}

impl Compact {
    fn of(name: &str) -> Compact {
        let narrow = match name {
            "mnist" | "mnist-long-tail" => 16,
            "fashion" | "stacked-mnist" => 24,
            _ => 32,
        };
        // D has three digits to look at.
        let judging = if name == "stacked-mnist" { 2 * narrow } else { narrow };
        let conditional = ["mnist", "mnist-long-tail", "fashion"].contains(&name);
        let options =
            if ["hinge-sn", "acgan", "projection"].contains(&name) { ", spectral-norm = true" } else { "" };
        Compact {
            widths: [narrow, judging],
            norm: BATCH_NORM,
            first: [
                (conditional || ["acgan", "projection"].contains(&name)).then(|| CLASSES.to_string()),
                (name == "mnist-long-tail").then(|| RARE_SHIFTED.to_string()),
            ],
            options,
            last: match name {
                "acgan" => "\"classifier-head\"".to_string(),
                _ if conditional => PROJECTION.to_string(),
                "projection" => "{ projection-head = { spectral-norm = true } }".to_string(),
                _ => format!("{{ dense = 1{options} }}"),
            },
        }
    }
}

/// Transposed 4x4 convolutions up, 4x4 and one 3x3 down: the networks that most presets share.
fn compact(of: Compact, stages: &Stages, image_channels: usize) -> (Vec<String>, Vec<String>) {
    let count = stages.count;
    let Compact { widths: [narrow, judging], norm, first: [first_g, first_d], options, last } = of;
    let mut generator = Vec::from_iter(first_g);
    let wide = Stages::channels(narrow, count);
    generator.extend(stages.begin(wide, "", &[]));
    generator.extend([norm.to_string(), LEAKY.to_string()]);
    for stage in 1..=count {
        generator.extend([
            format!(
                "{{ conv-transpose = {}, kernel = 4, stride = 2 }}",
                Stages::channels(narrow, count - stage)
            ),
            norm.to_string(),
            LEAKY.to_string(),
        ]);
    }
    generator.extend([format!("{{ conv = {image_channels}, kernel = 3 }}"), "\"tanh\"".to_string()]);

    let mut discriminator = Vec::from_iter(first_d);
    for stage in 0..=count {
        // The last one halves 7 to 4 or 8 to 4.
        let kernel = if stage < count { 4 } else { 3 };
        let channels = Stages::channels(judging, stage);
        discriminator.extend([
            format!("{{ conv = {channels}, kernel = {kernel}, stride = 2{options} }}"),
            LEAKY.to_string(),
        ]);
    }
    discriminator.extend([
        "\"flatten\"".to_string(),
        format!("{{ dense = 128{options} }}"),
        LEAKY.to_string(),
        last,
    ]);
    (generator, discriminator)
}

/// The networks of `mnist` for images of size `image`, with `width` channels at the large end. `conditional`: for images with
/// classes. `augmented`: D sees images changed by DiffAugment (Zhao et al. 2020), with changes of colour if they have colours.
/// `single`: batches have one image, so G normalises each image alone instead of the batch.
///
/// # Errors
/// [`UnfitSize`] where no number of stages makes the size.
pub fn compact_networks(
    image: ImageSize,
    width: usize,
    conditional: bool,
    augmented: bool,
    single: bool,
) -> Result<Networks, UnfitSize> {
    let augmentation = if image.channels >= 3 { AUGMENTED_COLOUR } else { AUGMENTED_GREY };
    let of = Compact {
        widths: [width, width],
        norm: if single { INSTANCE_NORM } else { BATCH_NORM },
        first: [conditional.then(|| CLASSES.to_string()), augmented.then(|| augmentation.to_string())],
        options: "",
        last: if conditional { PROJECTION } else { "{ dense = 1 }" }.to_string(),
    };
    Ok(arrays(compact(of, &Stages::of(image)?, image.channels)))
}

/// Residual networks without normalisation, after R3GAN: blocks of 1x1, 3x3 and 1x1 convolutions whose last starts at
/// zero, resampling between stages by bilinear upsampling and average pooling.
fn residual(stages: &Stages, image_channels: usize) -> (Vec<String>, Vec<String>) {
    let count = stages.count;
    let block = |channels: usize| {
        format!(
            "{{ residual = [{{ conv = {channels}, kernel = 1 }}, {LEAKY}, {{ conv = {channels}, kernel = 3 }}, {LEAKY}, \
             {{ conv = {channels}, kernel = 1, bias = false, init = \"zeros\" }}] }}"
        )
    };
    let pointwise = |channels: usize| format!("{{ conv = {channels}, kernel = 1, bias = false }}");
    let mut generator = stages.begin(Stages::channels(32, count), "", &[]);
    generator.push(block(Stages::channels(32, count)));
    for stage in 1..=count {
        let channels = Stages::channels(32, count - stage);
        // The convolution before the upsampling: the same function with a quarter of the arithmetic.
        generator.extend([
            pointwise(channels),
            "{ upsample = 2, method = \"bilinear\" }".to_string(),
            block(channels),
        ]);
    }
    generator.extend([format!("{{ conv = {image_channels}, kernel = 1 }}"), "\"tanh\"".to_string()]);

    let mut discriminator = vec![format!("{{ conv = {}, kernel = 1 }}", Stages::channels(32, 0))];
    for stage in 1..=count {
        discriminator.extend([
            block(Stages::channels(32, stage - 1)),
            "{ avg-pool = 2 }".to_string(),
            pointwise(Stages::channels(32, stage)),
        ]);
    }
    discriminator.extend([
        block(Stages::channels(32, count)),
        "\"flatten\"".to_string(),
        "{ dense = 128 }".to_string(),
        LEAKY.to_string(),
        "{ dense = 1 }".to_string(),
    ]);
    (generator, discriminator)
}
