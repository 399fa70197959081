//! The frame of a JPEG: its size, its colour channels, and what is missing of them.

/// Why a file is not a complete JPEG, in a few words.
pub(in crate::folder) type Reason = String;

/// Blocks are 8x8 pixels.
const BLOCK: usize = 8;

/// Of one colour channel.
pub(super) struct Component {
    pub(super) id: u8,
    /// Sampling factors.
    pub(super) h: usize,
    pub(super) v: usize,
    /// Blocks in a row and rows of blocks where the component has a scan of its own.
    pub(super) columns: usize,
    pub(super) rows: usize,
    /// For each coefficient, how many low bits are missing; [`UNKNOWN`] before its first scan.
    pub(super) missing_bits: [u8; 64],
    /// For each block of a progressive image, the coefficients that are not zero so far. A scan that refines them has one
    /// bit for each of these.
    pub(super) nonzero: Vec<u64>,
    /// Blocks in a row of `nonzero`, those that only fill a unit included.
    pub(super) stride: usize,
}

pub(super) const UNKNOWN: u8 = u8::MAX;

/// What the frame header says.
pub(super) struct Frame {
    pub(super) progressive: bool,
    pub(super) components: Vec<Component>,
    /// Units of the interleaved scans: each has `h` x `v` blocks of a component.
    pub(super) units: (usize, usize),
}

impl Frame {
    pub(super) fn read(segment: &[u8], progressive: bool) -> Result<Frame, Reason> {
        let short = "the frame's header is cut short";
        let [precision, height_0, height_1, width_0, width_1, count] =
            *segment.first_chunk::<6>().ok_or(short)?;
        if precision != 8 {
            return Err(precise(precision));
        }
        let height = usize::from(u16::from_be_bytes([height_0, height_1]));
        let width = usize::from(u16::from_be_bytes([width_0, width_1]));
        if height == 0 || width == 0 || !(1..=4).contains(&count) {
            return Err("the frame's header has an impossible size".into());
        }
        let described = segment.get(6..6 + 3 * usize::from(count)).ok_or(short)?;
        let factors: Vec<(u8, usize, usize)> = described
            .chunks_exact(3)
            .map(|c| (c[0], usize::from(c[1] >> 4), usize::from(c[1] & 15)))
            .collect();
        if factors.iter().any(|&(_, h, v)| !(1..=4).contains(&h) || !(1..=4).contains(&v)) {
            return Err("the frame's header has an impossible sampling factor".into());
        }
        let h_max = factors.iter().map(|&(_, h, _)| h).max().unwrap_or(1);
        let v_max = factors.iter().map(|&(_, _, v)| v).max().unwrap_or(1);
        let units = (width.div_ceil(BLOCK * h_max), height.div_ceil(BLOCK * v_max));
        let component = |(id, h, v): (u8, usize, usize)| {
            let stride = units.0 * h;
            let blocks = if progressive { stride * units.1 * v } else { 0 };
            Component {
                id,
                h,
                v,
                columns: (width * h).div_ceil(BLOCK * h_max),
                rows: (height * v).div_ceil(BLOCK * v_max),
                missing_bits: [UNKNOWN; 64],
                nonzero: vec![0; blocks],
                stride,
            }
        };
        Ok(Frame { progressive, components: factors.into_iter().map(component).collect(), units })
    }
}

pub(super) fn precise(bits: u8) -> Reason {
    format!("a JPEG of {bits} bits a value, which is not read here")
}

pub(super) fn ends() -> Reason {
    "the file ends before the image does".into()
}
