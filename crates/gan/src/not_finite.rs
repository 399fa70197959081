//! The search for a value that is not finite.

use kernels::sums;
use nn::Parameter;

use crate::player::Player;

/// The first weight, moment or running statistic of two players, or weight of the generator's average, that is not finite, by
/// name. All weights come before everything else: a step that reads a non-finite weight spreads it to statistics.
pub(crate) fn first_not_finite(
    generator: &Player,
    discriminator: &Player,
    average: Option<&[f32]>,
) -> Option<String> {
    let players = [("generator", generator), ("discriminator", discriminator)];
    let weights = players.iter().find_map(|(name, player)| {
        view_not_finite("weight", name, player.network.parameters(), &player.parameters)
    });
    let average = || view_not_finite("weight", "generator.average", generator.network.parameters(), average?);
    let others = || {
        players.iter().find_map(|(name, player)| {
            let moments = player.optimizer.moments().find_map(|(moment, values)| {
                let what = format!("{name}.optimizer.{moment}");
                view_not_finite("moment", &what, player.network.parameters(), values)
            });
            moments.or_else(|| {
                view_not_finite("running statistics", name, player.network.state(), &player.state)
            })
        })
    };
    weights.or_else(average).or_else(others)
}

/// The first of the views of `values` that is not finite, as `what player/NAME`.
pub(crate) fn view_not_finite(
    what: &str,
    player: &str,
    views: &[Parameter],
    values: &[f32],
) -> Option<String> {
    // One pass over the whole first: nearly always every value is finite.
    if sums::all_finite(values) {
        return None;
    }
    let view = views.iter().find(|view| !sums::all_finite(&values[view.range.clone()]));
    view.map(|view| format!("{what} {player}/{}", view.name))
}
