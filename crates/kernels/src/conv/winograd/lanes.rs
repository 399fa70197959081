//! Neighbouring channels side by side in a register: what a transform computes with.

/// As many values as a register holds. No operation is fused with another: all give the same bits.
pub(super) trait Lanes: Copy {
    /// How many.
    const COUNT: usize;

    /// The values at `from`.
    ///
    /// # Safety
    /// There are [`Lanes::COUNT`]; the processor has the instructions, here and below.
    unsafe fn load(from: *const f32) -> Self;
    /// Writes them to `to`.
    ///
    /// # Safety
    /// As [`Lanes::load`].
    unsafe fn store(self, to: *mut f32);
    /// `self + other`.
    ///
    /// # Safety
    /// The processor has the instructions.
    unsafe fn add(self, other: Self) -> Self;
    /// `self - other`.
    ///
    /// # Safety
    /// As [`Lanes::add`].
    unsafe fn sub(self, other: Self) -> Self;
    /// `self * factor`.
    ///
    /// # Safety
    /// As [`Lanes::add`].
    unsafe fn scale(self, factor: f32) -> Self;
}

impl Lanes for [f32; 8] {
    const COUNT: usize = 8;

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller's promise.
        unsafe { from.cast::<Self>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller's promise.
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] + other[i])
    }
    #[inline(always)]
    unsafe fn sub(self, other: Self) -> Self {
        std::array::from_fn(|i| self[i] - other[i])
    }
    #[inline(always)]
    unsafe fn scale(self, factor: f32) -> Self {
        self.map(|v| v * factor)
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::Lanes;

    macro_rules! lanes {
        ($register:ty, $count:literal, $load:ident, $store:ident, $add:ident, $sub:ident, $mul:ident, $set:ident) => {
            impl Lanes for $register {
                const COUNT: usize = $count;

                #[inline(always)]
                unsafe fn load(from: *const f32) -> Self {
                    // SAFETY: the caller's promise, here and below.
                    unsafe { $load(from) }
                }
                #[inline(always)]
                unsafe fn store(self, to: *mut f32) {
                    // SAFETY: as above.
                    unsafe { $store(to, self) }
                }
                #[inline(always)]
                unsafe fn add(self, other: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $add(self, other) }
                }
                #[inline(always)]
                unsafe fn sub(self, other: Self) -> Self {
                    // SAFETY: as above.
                    unsafe { $sub(self, other) }
                }
                #[inline(always)]
                unsafe fn scale(self, factor: f32) -> Self {
                    // SAFETY: as above.
                    unsafe { $mul(self, $set(factor)) }
                }
            }
        };
    }
    lanes!(
        __m512,
        16,
        _mm512_loadu_ps,
        _mm512_storeu_ps,
        _mm512_add_ps,
        _mm512_sub_ps,
        _mm512_mul_ps,
        _mm512_set1_ps
    );
    lanes!(
        __m256,
        8,
        _mm256_loadu_ps,
        _mm256_storeu_ps,
        _mm256_add_ps,
        _mm256_sub_ps,
        _mm256_mul_ps,
        _mm256_set1_ps
    );
}
