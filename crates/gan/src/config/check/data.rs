//! Rules of `[data]`, beside those about classes. Whether its images are there and fit is for reading them to say.

use super::super::error::ConfigError;
use super::super::written::Written;
use super::Rules;

pub(super) fn check(rules: &Rules<'_>, written: &Written) -> Result<(), ConfigError> {
    rules.ensure(
        !written.data.source.is_empty(),
        "data.source",
        "names no data",
        "a data set's name, as \"mnist\", or a path",
    )
}
