//! The instruction sets that tiles are written for, and the size of a tile in each.

/// Most rows of a tile.
pub(crate) const MAX_ROWS: usize = 8;
/// Most columns of a tile.
pub(crate) const MAX_COLUMNS: usize = 32;

/// 16 sums of the 32 registers: enough to hide the latency of a multiply-add. Batches are multiples of 8; with 14 rows, a tenth
/// of the last tile would be computed in vain.
#[cfg(target_arch = "x86_64")]
pub(super) const AVX512_ROWS: usize = 8;
#[cfg(target_arch = "x86_64")]
pub(super) const AVX512_COLUMNS: usize = 32;
/// 12 sums, 2 values of B and a broadcast fill the 16 registers.
#[cfg(target_arch = "x86_64")]
pub(super) const AVX2_ROWS: usize = 6;
#[cfg(target_arch = "x86_64")]
pub(super) const AVX2_COLUMNS: usize = 16;
pub(super) const PORTABLE_ROWS: usize = 4;
pub(super) const PORTABLE_COLUMNS: usize = 16;

/// An instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Instructions {
    /// AVX-512 F.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// AVX2 with FMA.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What every processor has.
    Portable,
}

impl Instructions {
    /// Those that this processor has, best first.
    pub(crate) fn available() -> impl Iterator<Item = Instructions> {
        #[cfg(target_arch = "x86_64")]
        let vectors = {
            use std::arch::is_x86_feature_detected as has;
            let avx512 = has!("avx512f").then_some(Instructions::Avx512);
            let avx2 = (has!("avx2") && has!("fma")).then_some(Instructions::Avx2);
            avx512.into_iter().chain(avx2)
        };
        #[cfg(not(target_arch = "x86_64"))]
        let vectors = std::iter::empty();
        vectors.chain([Instructions::Portable])
    }

    /// The best that this processor has.
    pub(crate) fn best() -> Instructions {
        Instructions::available().next().unwrap_or(Instructions::Portable)
    }

    /// Rows and columns of a tile.
    pub(crate) fn tile_size(self) -> (usize, usize) {
        match self {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => (AVX512_ROWS, AVX512_COLUMNS),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => (AVX2_ROWS, AVX2_COLUMNS),
            Instructions::Portable => (PORTABLE_ROWS, PORTABLE_COLUMNS),
        }
    }
}
