//! The auxiliary classifier's loss (Odena et al. 2017, "Conditional Image Synthesis with Auxiliary Classifier GANs"): a D of
//! `1 + classes` outputs, first its logit, then a logit for each class. L_D gains `lambda (CE(real) + CE(generated))` by the
//! labels that the images have or were asked for, L_G `lambda CE(generated)`.

/// `lambda` times the mean over images of their weights (1 where there are none) times `CE_i = ln sum_k e^(c_k) - c_y`, `y`
/// the image's label. `outputs` is `[n, 1 + classes]`; derivatives go to the class columns of `d`, of the same shape, whose
/// first column is left as it is.
///
/// # Panics
/// If a label is no class, or the slices are not of `labels.len()` images.
pub fn cross_entropy(
    lambda: f64,
    outputs: &[f32],
    labels: &[u32],
    weights: Option<&[f32]>,
    d: &mut [f32],
) -> f64 {
    assert!(!labels.is_empty() && outputs.len().is_multiple_of(labels.len()), "outputs of whole images");
    assert_eq!(d.len(), outputs.len(), "derivatives of the outputs");
    let (width, n) = (outputs.len() / labels.len(), labels.len() as f64);
    let mut sum = 0.0;
    let rows = outputs.chunks_exact(width).zip(d.chunks_exact_mut(width)).zip(labels);
    for (i, ((outputs, d), &label)) in rows.enumerate() {
        let (classes, d) = (&outputs[1..], &mut d[1..]);
        let label = label as usize;
        // Without the largest, no exponential overflows. The fold lets a NaN through to the sums below.
        let largest = classes.iter().fold(f32::MIN, |m, &c| m.max(c));
        let shifted = |c: f32| f64::from(c) - f64::from(largest);
        let total: f64 = classes.iter().map(|&c| shifted(c).exp()).sum();
        let weight = lambda * super::weight_of(weights, i) / n;
        sum += weight * (total.ln() - shifted(classes[label]));
        for (k, (d, &c)) in d.iter_mut().zip(classes).enumerate() {
            let target = if k == label { 1.0 } else { 0.0 };
            *d = (weight * (shifted(c).exp() / total - target)) as f32;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_negative_log_likelihood_and_its_slope() {
        let outputs = [9.0, 0.5, -1.0, 2.0, -7.0, 0.0, 3.0, 1.0f32];
        let (labels, weights) = ([2, 0], [0.5, 2.0f32]);
        let mut d = [7.0; 8];
        let value = cross_entropy(0.3, &outputs, &labels, Some(&weights), &mut d);
        let likelihood = |c: [f64; 3], y: usize| c[y].exp() / c.iter().map(|v| v.exp()).sum::<f64>();
        let expected = -0.3
            * (0.5 * likelihood([0.5, -1.0, 2.0], 2).ln() + 2.0 * likelihood([0.0, 3.0, 1.0], 0).ln())
            / 2.0;
        assert!((value - expected).abs() < 1e-12, "{value} {expected}");
        assert_eq!((d[0], d[4]), (7.0, 7.0), "the logit's column is not its own");
        for k in [1, 2, 3, 5, 6, 7] {
            let at = |h: f32| {
                let mut moved = outputs;
                moved[k] += h;
                cross_entropy(0.3, &moved, &labels, Some(&weights), &mut [0.0; 8])
            };
            let slope = (at(1e-3) - at(-1e-3)) / 2e-3;
            assert!((slope - f64::from(d[k])).abs() < 1e-4, "{k}: {slope} {}", d[k]);
        }
    }

    #[test]
    fn large_logits_do_not_overflow_and_nan_goes_through() {
        let mut d = [0.0; 4];
        let value = cross_entropy(1.0, &[0.0, 1e4, -1e4, 0.0], &[1], None, &mut d);
        assert!((value - 2e4).abs() < 1e-6 && d[1..] == [1.0, -1.0, 0.0], "{value} {d:?}");
        assert!(cross_entropy(1.0, &[0.0, f32::NAN, 1.0, 0.0], &[1], None, &mut d).is_nan());
    }
}
