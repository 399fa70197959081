//! The transpose of a matrix, in blocks of 8 x 8 where the processor has AVX.

/// `out[p * out_stride + j] = from[j * stride + p * step]` for `j` below `lines`, `p` below `length`.
///
/// # Safety
/// All of these lie within the two buffers.
pub(crate) unsafe fn transpose(
    from: *const f32,
    stride: usize,
    step: usize,
    lines: usize,
    length: usize,
    out: *mut f32,
    out_stride: usize,
) {
    let mut done = (0, 0);
    #[cfg(target_arch = "x86_64")]
    if step == 1 && std::arch::is_x86_feature_detected!("avx") {
        // SAFETY: whole 8 x 8 blocks of what the caller promises; the processor has AVX.
        unsafe { x86::transpose_blocks(from, stride, lines, length, out, out_stride) };
        done = (lines / 8 * 8, length / 8 * 8);
    }
    for j in 0..lines {
        let start = if j < done.0 { done.1 } else { 0 };
        for p in start..length {
            // SAFETY: the caller's promise.
            unsafe { *out.add(p * out_stride + j) = *from.add(j * stride + p * step) };
        }
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    /// The whole 8 x 8 blocks of [`super::transpose`] with `step` 1.
    ///
    /// # Safety
    /// As there, on a processor with AVX.
    #[target_feature(enable = "avx")]
    pub(super) unsafe fn transpose_blocks(
        from: *const f32,
        stride: usize,
        lines: usize,
        length: usize,
        out: *mut f32,
        out_stride: usize,
    ) {
        for j in (0..lines / 8 * 8).step_by(8) {
            for p in (0..length / 8 * 8).step_by(8) {
                // SAFETY: rows j..j+8, values p..p+8 of the source; rows p..p+8, values j..j+8 of the output.
                unsafe {
                    let from = from.add(j * stride + p);
                    let out = out.add(p * out_stride + j);
                    let row = |i: usize| _mm256_loadu_ps(from.add(i * stride));
                    let rows = [row(0), row(1), row(2), row(3), row(4), row(5), row(6), row(7)];
                    let columns = transpose_8x8(rows);
                    for (i, column) in columns.into_iter().enumerate() {
                        _mm256_storeu_ps(out.add(i * out_stride), column);
                    }
                }
            }
        }
    }

    /// The transpose of eight rows of eight: pairs, then quarters, then halves change places.
    #[target_feature(enable = "avx")]
    fn transpose_8x8(r: [__m256; 8]) -> [__m256; 8] {
        let pairs = |i: usize, k: usize| (_mm256_unpacklo_ps(r[i], r[k]), _mm256_unpackhi_ps(r[i], r[k]));
        let ((a0, a1), (a2, a3)) = (pairs(0, 1), pairs(2, 3));
        let ((a4, a5), (a6, a7)) = (pairs(4, 5), pairs(6, 7));
        const LOW: i32 = 0b01_00_01_00;
        const HIGH: i32 = 0b11_10_11_10;
        let top = [
            _mm256_shuffle_ps::<LOW>(a0, a2),
            _mm256_shuffle_ps::<HIGH>(a0, a2),
            _mm256_shuffle_ps::<LOW>(a1, a3),
            _mm256_shuffle_ps::<HIGH>(a1, a3),
        ];
        let bottom = [
            _mm256_shuffle_ps::<LOW>(a4, a6),
            _mm256_shuffle_ps::<HIGH>(a4, a6),
            _mm256_shuffle_ps::<LOW>(a5, a7),
            _mm256_shuffle_ps::<HIGH>(a5, a7),
        ];
        let first = |i: usize| _mm256_permute2f128_ps::<0x20>(top[i], bottom[i]);
        let second = |i: usize| _mm256_permute2f128_ps::<0x31>(top[i], bottom[i]);
        [first(0), first(1), first(2), first(3), second(0), second(1), second(2), second(3)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_moves_every_value_to_its_place() {
        for (lines, length, step) in [(1, 1, 1), (8, 8, 1), (14, 37, 1), (32, 512, 1), (5, 9, 3)] {
            let stride = length * step + 3;
            let from: Vec<f32> = (0..lines * stride).map(|v| v as f32).collect();
            let mut out = vec![-1.0; length * (lines + 2)];
            // SAFETY: both buffers are as long as the sizes say.
            unsafe { transpose(from.as_ptr(), stride, step, lines, length, out.as_mut_ptr(), lines + 2) };
            for j in 0..lines {
                for p in 0..length {
                    assert_eq!(out[p * (lines + 2) + j], from[j * stride + p * step]);
                }
            }
        }
    }
}
