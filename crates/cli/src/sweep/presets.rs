//! The sweeps that come with the program.

/// A complete, commented sweep under a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sweep {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
}

/// Every sweep in the program.
pub(crate) const SWEEPS: [Sweep; 3] = [
    Sweep {
        name: "advice-learning-rate",
        text: include_str!("../../../../presets/sweeps/advice-learning-rate.toml"),
    },
    Sweep {
        name: "advice-discriminator-size",
        text: include_str!("../../../../presets/sweeps/advice-discriminator-size.toml"),
    },
    Sweep { name: "advice-epochs", text: include_str!("../../../../presets/sweeps/advice-epochs.toml") },
];

/// The sweep of a name.
pub(crate) fn find(name: &str) -> Option<Sweep> {
    SWEEPS.into_iter().find(|sweep| sweep.name == name)
}

/// All names, for the error about an unknown one.
pub(crate) fn names() -> String {
    SWEEPS.map(|sweep| sweep.name).join(", ")
}

#[cfg(test)]
mod tests {
    use kernels::Threads;

    use super::super::check::{Images, runs};
    use super::super::plan::Plan;
    use super::super::text::SweepText;
    use super::*;

    #[test]
    fn every_sweep_is_accepted_under_its_name() {
        for sweep in SWEEPS {
            let plan = Plan::new(SweepText::open(sweep.name).unwrap()).unwrap();
            assert_eq!(plan.text.written.name, sweep.name);
            assert!(!plan.text.written.description.is_empty() && plan.text.written.seeds.len() >= 3);
            let runs = runs(&plan, &mut Images::default(), Threads::new(1));
            if cfg!(feature = "mnist") {
                assert_eq!(runs.unwrap().len(), plan.runs(), "{}", sweep.name);
            }
        }
    }
}
