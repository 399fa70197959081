//! Elementary functions as short polynomials that vectorise: used on whole rows, where the C library's would be
//! called value by value. Coefficients are those of the Cephes library (S. Moshier) and, for tanh, the rational
//! minimax approximation that Eigen and XLA use.

/// `a b + c`. Fused where the target always fuses; elsewhere a fused one would be a call to a C function.
#[inline(always)]
pub(crate) fn multiply_add(a: f32, b: f32, c: f32) -> f32 {
    if cfg!(any(target_arch = "aarch64", target_feature = "fma")) { a.mul_add(b, c) } else { a * b + c }
}

/// Adding and subtracting it rounds a float of magnitude below 2^22 to the nearest integer, on every target.
const ROUND: f32 = 12_582_912.0;

/// `tanh(x)`, absolute error below 1e-6; NaN stays NaN.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    // Beyond this the rational function leaves [-1, 1].
    let x = x.clamp(-7.905_311, 7.905_311);
    let x2 = x * x;
    let mut p = -2.760_768_5e-16;
    for a in [2.000_188e-13, -8.604_672e-11, 5.122_297_1e-8, 1.485_722_4e-5, 6.372_619_3e-4, 4.893_524_6e-3] {
        p = p * x2 + a;
    }
    let mut q = 1.198_258_4e-6;
    for b in [1.185_347_1e-4, 2.268_434_6e-3, 4.893_525e-3] {
        q = q * x2 + b;
    }
    x * p / q
}

/// Logistic sigmoid `1 / (1 + e^-x)` by `(1 + tanh(x/2)) / 2`.
#[inline(always)]
pub(crate) fn sigmoid(x: f32) -> f32 {
    0.5 + 0.5 * tanh(0.5 * x)
}

/// `ln(x)` for normal positive `x`, relative error below 1e-6.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    const SQRT_HALF_BITS: u32 = 0x3f35_04f3;
    // x = m 2^e with m in [sqrt(1/2), sqrt(2)).
    let shifted = x.to_bits().wrapping_sub(SQRT_HALF_BITS) as i32;
    let exponent = shifted >> 23;
    let m = f32::from_bits(x.to_bits().wrapping_sub((exponent << 23) as u32)) - 1.0;
    let mut p = 7.037_683_6e-2;
    for c in [
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ] {
        p = p * m + c;
    }
    let e = exponent as f32;
    let m2 = m * m;
    m + (m * m2 * p - 0.5 * m2 - 2.121_944_4e-4 * e) + 0.693_359_4 * e
}

/// `(sin(2 pi u), cos(2 pi u))` for `u` in `[0, 1]`.
#[inline(always)]
pub(crate) fn sin_cos_turns(u: f32) -> (f32, f32) {
    let quarter = (4.0 * u + ROUND) - ROUND;
    let t = (u - 0.25 * quarter) * std::f32::consts::TAU;
    let t2 = t * t;
    let s = t + t * t2 * (-1.666_665_5e-1 + t2 * (8.332_161e-3 - 1.951_529_6e-4 * t2));
    let c = 1.0 - 0.5 * t2 + t2 * t2 * (4.166_664_6e-2 + t2 * (-1.388_731_6e-3 + 2.443_315_7e-5 * t2));
    let q = quarter as i32;
    let (sin, cos) = if q & 1 == 0 { (s, c) } else { (c, s) };
    let sin = if q & 2 == 0 { sin } else { -sin };
    let cos = if (q + 1) & 2 == 0 { cos } else { -cos };
    (sin, cos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_agree_with_the_standard_library() {
        for i in -20_000..=20_000 {
            let x = i as f32 * 1e-3;
            assert!((tanh(x) as f64 - (x as f64).tanh()).abs() < 1e-6, "tanh {x}");
            assert!((sigmoid(x) as f64 - 1.0 / (1.0 + (-x as f64).exp())).abs() < 1e-6, "sigmoid {x}");
        }
        for i in 1..=100_000 {
            let x = i as f32 * 1e-5;
            let expected = (x as f64).ln();
            assert!((ln(x) as f64 - expected).abs() <= 1e-6 * expected.abs().max(0.1), "ln {x}");
            let (s, c) = sin_cos_turns(x);
            let angle = std::f64::consts::TAU * x as f64;
            assert!(
                (s as f64 - angle.sin()).abs() < 1e-6 && (c as f64 - angle.cos()).abs() < 1e-6,
                "turns {x}"
            );
        }
        assert!((ln(2.0f32.powi(-25)) as f64 + 25.0 * std::f64::consts::LN_2).abs() < 1e-5);
        assert!(tanh(f32::NAN).is_nan() && sigmoid(f32::NAN).is_nan());
        assert!((tanh(1e30) - 1.0).abs() < 1e-6 && (tanh(-1e30) + 1.0).abs() < 1e-6);
    }
}
