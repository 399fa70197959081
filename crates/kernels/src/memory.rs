//! Memory by cache lines.

/// Values of a cache line.
pub(crate) const CACHE_LINE: usize = 16;

/// A cache line of values, aligned to one.
#[derive(Clone, Copy)]
#[repr(align(64))]
pub(crate) struct Line(pub(crate) [f32; CACHE_LINE]);

impl Line {
    /// Sixteen zeros.
    pub(crate) const ZERO: Line = Line([0.0; CACHE_LINE]);

    /// As many lines of zeros as hold `values` values.
    pub(crate) fn buffer(values: usize) -> Vec<Line> {
        vec![Line::ZERO; values.div_ceil(CACHE_LINE)]
    }
}

/// `values` from the beginning of a cache line on. At most [`CACHE_LINE`] of them are skipped.
pub(crate) fn aligned(values: &mut [f32]) -> &mut [f32] {
    let skipped = values.as_ptr().align_offset(CACHE_LINE * size_of::<f32>()).min(CACHE_LINE);
    &mut values[skipped..]
}
