//! Feature matching (Salimans et al. 2016, "Improved Techniques for Training GANs", section 3.1): the generator's images
//! should have the real ones' mean features, those that D's last layer reads. For a conditional generator class by class, so
//! that each class keeps its content.

/// `w / C sum_y |mean_{i: y_i = y} f(generated_i) - mean_{i: y_i = y} f(real_i)|²` over the batch's `C` classes that occur, the
/// squares summed over the features. Real and generated images come in pairs of one label, so both means have as many
/// images.
#[derive(Debug)]
pub(super) struct FeatureMatching {
    weight: f64,
    /// 1 where classes play no part.
    classes: usize,
    /// Sum over a class's pairs of generated less real features, then the difference of the means, `[classes, features]`.
    differences: Vec<f64>,
    /// Pairs of each class.
    counts: Vec<usize>,
}

impl FeatureMatching {
    pub(super) fn new(weight: f64, classes: usize, features: usize) -> FeatureMatching {
        let differences = vec![0.0; classes * features];
        FeatureMatching { weight, classes, differences, counts: vec![0; classes] }
    }

    fn class(&self, label: u32) -> usize {
        if self.classes == 1 { 0 } else { label as usize }
    }

    /// Takes the real images' features, `[batch, features]`.
    pub(super) fn real(&mut self, features: &[f32], labels: &[u32]) {
        self.differences.fill(0.0);
        self.counts.fill(0);
        for &label in labels {
            let class = self.class(label);
            self.counts[class] += 1;
        }
        self.add(-1.0, features, labels);
    }

    /// Takes the generated images' features, `[batch, features]`. Returns the loss.
    pub(super) fn generated(&mut self, features: &[f32], labels: &[u32]) -> f64 {
        self.add(1.0, features, labels);
        let (width, weight) = (self.width(), self.class_weight());
        let mut loss = 0.0;
        for (difference, &count) in self.differences.chunks_exact_mut(width).zip(&self.counts) {
            difference.iter_mut().for_each(|d| *d /= count.max(1) as f64);
            loss += weight * difference.iter().map(|d| d * d).sum::<f64>();
        }
        loss
    }

    /// The loss's derivative by the generated images' features, `[batch, features]`.
    pub(super) fn cotangent(&self, labels: &[u32], out: &mut [f32]) {
        let (width, weight) = (self.width(), self.class_weight());
        for (out, &label) in out.chunks_exact_mut(width).zip(labels) {
            let class = self.class(label);
            let scale = 2.0 * weight / self.counts[class] as f64;
            let difference = &self.differences[class * width..(class + 1) * width];
            out.iter_mut().zip(difference).for_each(|(c, d)| *c = (scale * d) as f32);
        }
    }

    fn width(&self) -> usize {
        self.differences.len() / self.classes
    }

    /// `w / C`.
    fn class_weight(&self) -> f64 {
        self.weight / self.counts.iter().filter(|&&count| count > 0).count().max(1) as f64
    }

    fn add(&mut self, sign: f64, features: &[f32], labels: &[u32]) {
        let width = self.width();
        for (features, &label) in features.chunks_exact(width).zip(labels) {
            let class = self.class(label);
            let sums = &mut self.differences[class * width..(class + 1) * width];
            sums.iter_mut().zip(features).for_each(|(s, &f)| *s += sign * f64::from(f));
        }
    }
}
