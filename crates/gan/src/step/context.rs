//! What changes from step to step beside the weights.

/// The numbers of one step, from the run's counters and schedules.
#[derive(Clone, Copy, Debug)]
pub struct StepContext {
    /// Discriminator updates before this one (generator updates when only it is trained): the step of all noise.
    pub step: u64,
    /// Factor on both learning rates.
    pub lr_factor: f64,
    /// gamma of R1.
    pub r1: f64,
    /// gamma of R2.
    pub r2: f64,
    /// Standard deviation of the noise on D's inputs.
    pub instance_noise: f64,
    /// Whether the generator's weights are updated in this step.
    pub update_generator: bool,
}
