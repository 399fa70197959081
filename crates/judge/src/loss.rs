//! The softmax and its loss.

/// `softmax(logits)` of every row of `[n, classes]`, computed in float64.
pub(crate) fn softmax(logits: &[f32], classes: usize, out: &mut [f32]) {
    for (logits, out) in logits.chunks_exact(classes).zip(out.chunks_exact_mut(classes)) {
        // Without the largest, no exponential overflows.
        let largest = logits.iter().fold(f32::MIN, |m, &c| m.max(c));
        let shifted = |c: f32| (f64::from(c) - f64::from(largest)).exp();
        let total: f64 = logits.iter().map(|&c| shifted(c)).sum();
        out.iter_mut().zip(logits).for_each(|(out, &c)| *out = (shifted(c) / total) as f32);
    }
}

/// The mean over images of `-ln softmax(logits)[label]`; `d` gets its derivatives by the logits,
/// `(softmax - [k = label]) / n`. Logits are `[n, classes]`, labels below `classes`.
pub(crate) fn cross_entropy(logits: &[f32], labels: &[u16], d: &mut [f32]) -> f64 {
    let (n, classes) = (labels.len() as f64, logits.len() / labels.len());
    let mut sum = 0.0;
    let rows = logits.chunks_exact(classes).zip(d.chunks_exact_mut(classes));
    for ((logits, d), &label) in rows.zip(labels) {
        let largest = logits.iter().fold(f32::MIN, |m, &c| m.max(c));
        let shifted = |c: f32| f64::from(c) - f64::from(largest);
        let total: f64 = logits.iter().map(|&c| shifted(c).exp()).sum();
        sum += total.ln() - shifted(logits[usize::from(label)]);
        for (k, (d, &c)) in d.iter_mut().zip(logits).enumerate() {
            let target = f64::from(u8::from(k == usize::from(label)));
            *d = ((shifted(c).exp() / total - target) / n) as f32;
        }
    }
    sum / n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_negative_log_likelihood_and_its_slope() {
        let logits = [0.5, -1.0, 2.0, 90.0, 88.0, -300.0f32];
        let (mut d, mut p) = ([0.0; 6], [0.0; 6]);
        let labels = [2, 1];
        let value = cross_entropy(&logits, &labels, &mut d);
        softmax(&logits, 3, &mut p);
        let by_softmax = -(f64::from(p[2]).ln() + f64::from(p[4]).ln()) / 2.0;
        assert!((value - by_softmax).abs() < 1e-6, "{value} {by_softmax}");
        for k in 0..6 {
            let at = |h: f32| {
                let mut moved = logits;
                moved[k] += h;
                cross_entropy(&moved, &labels, &mut [0.0; 6])
            };
            let slope = (at(0.01) - at(-0.01)) / 0.02;
            assert!((slope - f64::from(d[k])).abs() < 1e-4, "{k}: {slope} {}", d[k]);
        }
    }
}
