//! Start here: one training step in float64, written as the paper states it, without a thought for speed.
//!
//! The paper is R3GAN (Huang et al. 2024, "The GAN is dead; long live the GAN! A modern GAN baseline"). A *generator* `G` with
//! weights θ makes images `G(z)` of noise `z`. A *discriminator* `D` with weights ψ gives every image a number, its *logit*:
//! the higher, the more real the image looks to it. For a batch of real images `x_1..x_B` and of noise `z_1..z_B`, with
//! `f(t) = ln(1 + e^t)`:
//!
//! ```text
//! L_D(ψ) = 1/B Σ f(D(G(z_i)) - D(x_i))      D wants each real logit above the generated one beside it
//! L_G(θ) = 1/B Σ f(D(x_i) - D(G(z_i)))      G wants the opposite
//! R1(ψ)  = γ/2 1/B Σ |∇D(x_i)|²             D must be flat around real images
//! R2(ψ)  = γ/2 1/B Σ |∇D(G(z_i))|²          and around generated ones
//! ```
//!
//! D's weights descend along `∇ψ (L_D + R1 + R2)` and G's along `∇θ L_G`, each by Adam (Kingma and Ba 2015). Every `∇` here is
//! a central difference: `∂L/∂w = (L(w + h) - L(w - h)) / 2h`. So nothing has to be derived by hand, and nothing can be derived
//! wrongly; the price is two evaluations of `L` for each weight.
//!
//! The step that trains ([`crate::step`]) makes the same weights, and `tests/reference.rs` compares the two. It derives every
//! gradient by the chain rule, and takes those of both players and of the penalties from one pass back through D.

use nn::twin::Twin;

use crate::config::Update;

/// The `h` of all differences. A penalty is a difference within a difference: a smaller one would leave it rounding errors.
const H: f64 = 1e-4;

/// A network: its function, its weights, and what Adam remembers of their gradients.
pub struct Player {
    /// `x, weights -> output`.
    pub network: Twin,
    /// θ or ψ.
    pub weights: Vec<f64>,
    /// Running mean of each weight's gradient.
    pub mean: Vec<f64>,
    /// Running mean of its square.
    pub mean_square: Vec<f64>,
}

/// Two players and the constants of their training.
pub struct Reference {
    /// G.
    pub generator: Player,
    /// D.
    pub discriminator: Player,
    /// γ.
    pub gamma: f64,
    /// Learning rate, β1, β2 and ε of Adam.
    pub adam: [f64; 4],
    /// Whether G answers D's old weights (simultaneous) or its new ones (alternating).
    pub update: Update,
    /// Steps taken.
    pub steps: i32,
}

/// `f(t) = ln(1 + e^t)`.
fn f(t: f64) -> f64 {
    t.max(0.0) + (-t.abs()).exp().ln_1p()
}

/// `1/B Σ f(a_i - b_i)`: small where every `b_i` is well above its `a_i`.
fn relativistic(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| f(a - b)).sum::<f64>() / a.len() as f64
}

/// `1/B Σ |∇D(x_i)|²`. Image `x_i` has a part in logit `i` alone, so the gradient of the sum of all logits holds all of them.
fn mean_squared_slope(d: &Twin, psi: &[f64], x: &[f64]) -> f64 {
    let slopes = Twin::gradient(x, H, |x| d.forward(psi, x).iter().sum());
    slopes.iter().map(|slope| slope * slope).sum::<f64>() / d.forward(psi, x).len() as f64
}

impl Player {
    /// Adam's update number `t`: each weight goes against its gradient's mean, by steps of about the learning rate.
    fn descend(&mut self, t: i32, [lr, beta1, beta2, eps]: [f64; 4], gradient: &[f64]) {
        for (i, g) in gradient.iter().enumerate() {
            self.mean[i] = beta1 * self.mean[i] + (1.0 - beta1) * g;
            self.mean_square[i] = beta2 * self.mean_square[i] + (1.0 - beta2) * g * g;
            // Both means start at zero: without these divisors the first ones would be too small.
            let mean = self.mean[i] / (1.0 - beta1.powi(t));
            let mean_square = self.mean_square[i] / (1.0 - beta2.powi(t));
            self.weights[i] -= lr * mean / (mean_square.sqrt() + eps);
        }
    }
}

impl Reference {
    /// One step on the images `real`, `[B, pixels]`, and the noise `z`, `[B, latent]`. Returns `L_D` and `L_G`, each as its
    /// player saw it.
    pub fn step(&mut self, real: &[f64], z: &[f64]) -> [f64; 2] {
        let Reference { generator: g, discriminator: d, gamma, adam, .. } = self;
        self.steps += 1;
        // G makes as many images as there are real ones.
        let fake = g.network.forward(&g.weights, z);

        // D's turn: its weights vary, the images stay.
        let loss_d =
            |psi: &[f64]| relativistic(&d.network.forward(psi, &fake), &d.network.forward(psi, real));
        let penalty = |psi: &[f64], x: &[f64]| *gamma / 2.0 * mean_squared_slope(&d.network, psi, x);
        let objective = |psi: &[f64]| loss_d(psi) + penalty(psi, real) + penalty(psi, &fake);
        let (value_d, gradient_d) = (loss_d(&d.weights), Twin::gradient(&d.weights, H, objective));
        if self.update == Update::Alternating {
            d.descend(self.steps, *adam, &gradient_d);
        }

        // G's turn: its weights vary, and with them the generated images; D stays.
        let logits = |x: &[f64]| d.network.forward(&d.weights, x);
        let loss_g = |theta: &[f64]| relativistic(&logits(real), &logits(&g.network.forward(theta, z)));
        let (value_g, gradient_g) = (loss_g(&g.weights), Twin::gradient(&g.weights, H, loss_g));
        g.descend(self.steps, *adam, &gradient_g);
        if self.update == Update::Simultaneous {
            d.descend(self.steps, *adam, &gradient_d);
        }
        [value_d, value_g]
    }
}
