//! From `[optimizer.generator]` and `[optimizer.discriminator]` to update rules.

use nn::Rule;

use super::super::choices::OptimizerKind;
use super::super::entry::Optional;
use super::super::error::ConfigError;
use super::super::sections::OptimizerSection;
use super::rules::Rules;

pub(super) fn check(
    rules: &Rules<'_>,
    player: &str,
    section: &OptimizerSection,
) -> Result<Rule, ConfigError> {
    let fields = Fields { rules, player };
    let lr = section.lr;
    Ok(match section.kind {
        OptimizerKind::Adam => Rule::Adam {
            lr,
            beta1: fields.own("beta1", section.beta1)?,
            beta2: fields.own("beta2", section.beta2)?,
            eps: fields.own("eps", section.eps)?,
        },
        OptimizerKind::AdamW => Rule::AdamW {
            lr,
            beta1: fields.own("beta1", section.beta1)?,
            beta2: fields.own("beta2", section.beta2)?,
            eps: fields.own("eps", section.eps)?,
            weight_decay: fields.own("weight_decay", section.weight_decay)?,
        },
        OptimizerKind::RmsProp => Rule::RmsProp {
            lr,
            alpha: fields.own("alpha", section.alpha)?,
            eps: fields.own("eps", section.eps)?,
            momentum: fields.own("momentum", section.momentum)?,
            centered: fields.own("centered", section.centered)?,
        },
        OptimizerKind::Sgd => {
            let momentum = fields.own("momentum", section.momentum)?;
            let nesterov = fields.own("nesterov", section.nesterov)?;
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

/// One player's keys.
struct Fields<'a> {
    rules: &'a Rules<'a>,
    player: &'a str,
}

impl Fields<'_> {
    /// The value of a key of the kind, which reading a config fills in.
    fn own<T>(&self, key: &str, value: Optional<T>) -> Result<T, ConfigError> {
        let key = format!("optimizer.{}.{key}", self.player);
        value.0.ok_or_else(|| self.rules.source.refuse(&key, "is missing".to_owned(), "a value".to_owned()))
    }
}
