//! The two functions of which logistic losses are made, without overflow or cancellation at any logit.

/// `ln(1 + e^x)`, the negative log-likelihood of a logit: `-ln D = softplus(-s)`, `-ln(1 - D) = softplus(s)`.
///
/// Never `sigmoid` then `ln`: at a logit of -750 the probability is zero and its logarithm infinite, while
/// `softplus(750)` is 750.
pub fn softplus(x: f64) -> f64 {
    // `e^-|x|` is at most 1. The comparison sends a NaN through instead of hiding it, as `max` would.
    let hinge = if x <= 0.0 { 0.0 } else { x };
    hinge + (-x.abs()).exp().ln_1p()
}

/// `1 / (1 + e^-x)`: the probability of a logit, and the derivative of [`softplus`].
pub fn sigmoid(x: f64) -> f64 {
    let e = (-x.abs()).exp();
    if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(softplus(0.0), std::f64::consts::LN_2);
        assert_eq!(sigmoid(0.0), 0.5);
        assert_eq!(softplus(1e4), 1e4);
        assert_eq!(softplus(-1e4), 0.0);
        assert_eq!(sigmoid(1e4), 1.0);
        assert_eq!(sigmoid(-1e4), 0.0);
        // For small e^x, ln(1 + e^x) is e^x to first order.
        assert!((softplus(-80.0) / (-80.0f64).exp() - 1.0).abs() < 1e-15);
        assert!((sigmoid(-80.0) / (-80.0f64).exp() - 1.0).abs() < 1e-15);
    }

    #[test]
    fn nan_goes_through() {
        assert!(softplus(f64::NAN).is_nan());
        assert!(sigmoid(f64::NAN).is_nan());
    }

    #[test]
    fn sigmoid_is_the_slope_of_softplus() {
        for x in [-30.0, -3.0, -0.5, 0.0, 0.1, 2.0, 30.0] {
            let h = 1e-5;
            let slope = (softplus(x + h) - softplus(x - h)) / (2.0 * h);
            assert!((slope - sigmoid(x)).abs() < 1e-9, "at {x}: {slope}");
        }
    }
}
