//! Hands: the latents of a line's digits.

use anyhow::bail;
use model::Sampler;

use crate::args::Hand;
use crate::gate::Gate;
use crate::hints::{Hint, Typed};

/// Most hands that are tried for a line. All digits of a hand must pass the gate.
const MOST_TRIED: usize = 1_000;

/// The latents of a seed's sequence in order. With a gate, latents whose digits it rejects are skipped.
pub(super) struct Hands<'a> {
    pub(super) hand: Hand,
    pub(super) seed: u64,
    pub(super) gate: Option<&'a Gate>,
    /// The next place in the sequence.
    pub(super) next: usize,
}

impl Hands<'_> {
    /// One latent for each digit: the same for all, or the next of the sequence for each.
    ///
    /// # Errors
    /// If no hand passes.
    pub(super) fn line(&mut self, sampler: &mut Sampler, digits: &[u32]) -> anyhow::Result<Vec<f32>> {
        match self.hand {
            Hand::One => Ok(self.next_for(sampler, digits)?.repeat(digits.len())),
            Hand::Each => {
                let latents = digits.iter().map(|&digit| self.next_for(sampler, &[digit]));
                Ok(latents.collect::<anyhow::Result<Vec<_>>>()?.concat())
            }
        }
    }

    fn next_for(&mut self, sampler: &mut Sampler, digits: &[u32]) -> anyhow::Result<Vec<f32>> {
        for _ in 0..MOST_TRIED {
            let latent = sampler.latents(self.seed, self.next, 1);
            self.next += 1;
            let Some(gate) = self.gate else { return Ok(latent) };
            let classes: Vec<usize> = digits.iter().map(|&digit| digit as usize).collect();
            let through = gate.lets_through(sampler, &latent.repeat(digits.len()), &classes)?;
            if through.into_iter().all(|through| through) {
                return Ok(latent);
            }
        }
        bail!(
            "none of {MOST_TRIED} hands writes all of these digits so that none is rejected{}",
            Hint::HandEach(Typed::now().with("hand", "each"))
        )
    }
}
