//! Rules of `[optimizer.generator]` and `[optimizer.discriminator]`.

use nn::Rule;

use super::super::choices::OptimizerKind;
use super::super::defaults;
use super::super::error::ConfigError;
use super::super::written::OptimizerSection;
use super::Rules;

pub(super) fn check(
    rules: &Rules<'_>,
    player: &str,
    section: &OptimizerSection,
) -> Result<Rule, ConfigError> {
    let kind = section.kind;
    for key in section.written_keys() {
        rules.ensure(
            kind.keys().contains(&key),
            &format!("optimizer.{player}.{key}"),
            format!("kind = \"{kind}\" has no `{key}`"),
            format!("leave it out; {kind} has lr, {}", kind.keys().join(", ")),
        )?;
    }
    let fields = Fields { rules, player };
    let lr = fields.positive("lr", section.lr)?;
    let beta1 = fields.share("beta1", section.beta1.unwrap_or(defaults::BETA1))?;
    let beta2 = fields.share("beta2", section.beta2.unwrap_or(defaults::BETA2))?;
    let alpha = fields.share("alpha", section.alpha.unwrap_or(defaults::ALPHA))?;
    let eps = fields.positive("eps", section.eps.unwrap_or(defaults::EPS))?;
    let momentum = fields.share("momentum", section.momentum.unwrap_or(defaults::MOMENTUM))?;
    Ok(match kind {
        OptimizerKind::Adam => Rule::Adam { lr, beta1, beta2, eps },
        OptimizerKind::AdamW => {
            let weight_decay = section.weight_decay.unwrap_or(defaults::WEIGHT_DECAY);
            let key = format!("optimizer.{player}.weight_decay");
            rules.not_negative(&key, weight_decay, "0.01 is usual; 0: none")?;
            Rule::AdamW { lr, beta1, beta2, eps, weight_decay }
        }
        OptimizerKind::RmsProp => {
            let centered = section.centered.unwrap_or(defaults::CENTERED);
            Rule::RmsProp { lr, alpha, eps, momentum, centered }
        }
        OptimizerKind::Sgd => {
            let nesterov = section.nesterov.unwrap_or(defaults::NESTEROV);
            rules.ensure(
                !nesterov || momentum > 0.0,
                &format!("optimizer.{player}.nesterov"),
                format!("`optimizer.{player}.momentum` is 0, and nesterov is a kind of momentum"),
                "momentum = 0.9, or nesterov = false",
            )?;
            Rule::Sgd { lr, momentum, nesterov }
        }
    })
}

/// One player's numbers, checked as the f32 that trains: 1e-50 and 0.99999999999 round to 0 and 1.
struct Fields<'a> {
    rules: &'a Rules<'a>,
    player: &'a str,
}

impl Fields<'_> {
    fn positive(&self, key: &str, value: f64) -> Result<f64, ConfigError> {
        let single = value as f32;
        // Of fewer digits than a normal number has, `eps` is lost in its first product.
        self.rules.ensure(
            single.is_normal() && single > 0.0,
            &format!("optimizer.{}.{key}", self.player),
            format!("{value:?} is not a number from 1.2e-38 to 3.4e38"),
            if key == "lr" { "1e-4 to 1e-3 is usual" } else { "1e-8 is usual" },
        )?;
        Ok(value)
    }

    fn share(&self, key: &str, value: f64) -> Result<f64, ConfigError> {
        let single = value as f32;
        self.rules.ensure(
            (0.0..1.0).contains(&single),
            &format!("optimizer.{}.{key}", self.player),
            format!("{value} is not in [0, 1)"),
            "a share that is kept from step to step, as 0.9",
        )?;
        Ok(value)
    }
}
