//! Stacked digits: how many of the 1000 modes a generator produces, and how evenly.

use data::ImageSet;
use kernels::Threads;
use metrics::Score;
use metrics::registry::{FEWEST, STACKED_KL, STACKED_MODES};

use crate::classifier::Judge;
use crate::error::JudgeError;
use crate::evaluate::{LeftOut, Report};

/// Digits in an image, one for each colour channel.
const COLORS: usize = 3;

/// The modes of some stacks.
struct Stacks {
    /// Modes seen at least once.
    modes: usize,
    /// `KL(modes seen || equal shares)` in nats.
    kl: f64,
}

/// Scores stacked digits by the protocol of PacGAN. A classifier of single digits reads each colour channel; the three classes
/// are one of `classes³` modes. The scores are the number of modes seen at least once, and
/// `KL(p || uniform) = sum_m p_m ln(p_m classes³)` over the modes' shares `p`. The floors are those of as many `real` stacks. At
/// 26,000 samples, real stacks have all 1000 modes. Their KL is about `(1000 - 1) / (2 * 26000) = 0.019` from sampling alone, and
/// a little more because digits are not equally frequent.
///
/// Source: Metz et al. 2017; Srivastava et al. 2017 (arXiv:1705.07761); Lin et al. 2018 (arXiv:1712.04086), section 4.2.
///
/// # Errors
/// [`JudgeError::Images`] for images without three channels of the judge's image size, or too few images.
pub fn stacked(
    judge: &Judge,
    threads: Threads,
    real: &ImageSet,
    generated: &ImageSet,
    samples: usize,
) -> Result<Report, JudgeError> {
    let count = samples.min(real.len()).min(generated.len());
    if count < FEWEST {
        return Err(JudgeError::images("stacks to compare", format!("at least {FEWEST}"), count.to_string()));
    }
    let (g, r) = (look(judge, threads, generated, count)?, look(judge, threads, real, count)?);
    let mut notes = Vec::new();
    if count < samples {
        let (real, generated) = (real.len(), generated.len());
        notes.push(format!("{count} stacks of each kind: there are {real} real and {generated} generated"));
    }
    Ok(Report {
        judge: judge.into(),
        data: real.name().to_owned(),
        samples: count,
        seed: 0,
        scores: vec![
            Score::new(STACKED_MODES, count, g.modes as f64, Some(r.modes as f64)),
            Score::new(STACKED_KL, count, g.kl, Some(r.kl)),
        ],
        classes: Vec::new(),
        memory: None,
        leaks: None,
        left_out: vec![LeftOut::new(
            "all other metrics",
            "a judge of single digits counts the modes of stacks only",
        )],
        notes,
    })
}

/// The first `count` stacks of a set.
fn look(judge: &Judge, threads: Threads, set: &ImageSet, count: usize) -> Result<Stacks, JudgeError> {
    if set.channels() != COLORS {
        return Err(JudgeError::images("stacks", format!("{COLORS} channels"), set.channels().to_string()));
    }
    let area = set.height() * set.width();
    let all: Vec<u32> = (0..count as u32).collect();
    let mut modes = vec![0usize; count];
    for color in 0..COLORS {
        let pixels =
            set.pixels()[..count * area * COLORS].iter().skip(color).step_by(COLORS).copied().collect();
        let digits = ImageSet::new("one colour", set.height(), set.width(), 1, pixels, None)?;
        let classes = judge.look(threads, &digits, &all)?.classes();
        modes
            .iter_mut()
            .zip(classes)
            .for_each(|(mode, class)| *mode = *mode * judge.classes() + usize::from(class));
    }
    let mut counts = vec![0u64; judge.classes().pow(COLORS as u32)];
    modes.into_iter().for_each(|mode| counts[mode] += 1);
    let share = |&n: &u64| n as f64 / count as f64;
    let kinds = counts.len() as f64;
    let seen = counts.iter().filter(|&&n| n > 0);
    Ok(Stacks { modes: seen.clone().count(), kl: seen.map(share).map(|p| p * (p * kinds).ln()).sum() })
}
