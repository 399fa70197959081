//! The end of every tile: its sums are written to the output, or added to it.

/// Writes one row of sums to `$out`, or adds it. As a function it would take the sums through memory.
///
/// The place where it stands is unsafe: `$out` has as many values as the row, and the processor has the instructions.
#[cfg(target_arch = "x86_64")]
macro_rules! store_row {
    (avx512, $sums:ident, $out:expr, $accumulate:ident) => {
        store_row!($sums, $out, $accumulate, 16, _mm512_loadu_ps, _mm512_add_ps, _mm512_storeu_ps)
    };
    (avx2, $sums:ident, $out:expr, $accumulate:ident) => {
        store_row!($sums, $out, $accumulate, 8, _mm256_loadu_ps, _mm256_add_ps, _mm256_storeu_ps)
    };
    ($sums:ident, $out:expr, $accumulate:ident, $lanes:literal, $load:ident, $add:ident, $store:ident) => {
        for (v, sum) in $sums.into_iter().enumerate() {
            let out = $out.add($lanes * v);
            $store(out, if $accumulate { $add($load(out), sum) } else { sum });
        }
    };
}
#[cfg(target_arch = "x86_64")]
pub(super) use store_row;

/// The same in plain loops.
///
/// # Safety
/// `out` has as many values as `sums`.
pub(super) unsafe fn store_row_portable(sums: &[f32], out: *mut f32, accumulate: bool) {
    // SAFETY: the caller's promise.
    let out = unsafe { std::slice::from_raw_parts_mut(out, sums.len()) };
    for (o, s) in out.iter_mut().zip(sums) {
        *o = if accumulate { *o + s } else { *s };
    }
}
