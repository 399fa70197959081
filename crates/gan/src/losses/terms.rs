//! The terms of a loss, before the mean over the batch.

/// The term of one pair in L_D.
pub(super) struct PairTerm {
    pub(super) value: f64,
    pub(super) d_real: f64,
    pub(super) d_fake: f64,
}

/// The term of one generated image in L_G.
pub(super) struct GeneratorTerm {
    pub(super) value: f64,
    pub(super) d_fake: f64,
}
