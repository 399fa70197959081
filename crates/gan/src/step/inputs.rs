//! What a step draws from outside.

/// Data and noise of a step.
pub trait Inputs: Send {
    /// Writes the step's real images, `[batch, pixels]` in [-1, 1].
    fn real(&mut self, out: &mut [f32]);
    /// Writes the real images' labels, `[batch]`; called only where the data has classes.
    fn labels(&mut self, out: &mut [u32]);
    /// Writes the generator's latents, `[batch, latent]`.
    fn latents(&mut self, out: &mut [f32]);
    /// Writes uniforms on (0, 1): for the gradient penalty, where each interpolate lies between its real (1) and its
    /// generated image (0), `[batch]`; for DRAGAN, the noise on the real images, `[batch, pixels]`.
    fn uniforms(&mut self, out: &mut [f32]);
}
