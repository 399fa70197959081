//! Rejection sampling by distance to real images.

use clap::Args;

/// Largest share. Beyond it almost no image is left.
const MOST: f64 = 0.9;

#[derive(Args, Debug)]
pub(crate) struct RejectArgs {
    /// Leave out this share of each class, above 0 and at most 0.9: the images farthest from real ones in a judge's features.
    #[arg(long, value_name = "SHARE", value_parser = parse_share)]
    pub(crate) reject: Option<f64>,
    /// The judge for --reject: mnist, fashion-mnist, or a file of `ganymede judge train` [default: the included judge of the data].
    #[arg(long, value_name = "JUDGE", requires = "reject")]
    pub(crate) judge: Option<String>,
}

fn parse_share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(share) if share > 0.0 && share <= MOST => Ok(share),
        Ok(_) => Err(format!("expected a share above 0, at most {MOST}")),
        Err(_) => Err(format!("expected a number above 0, at most {MOST}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_leaves_something() {
        assert_eq!(parse_share("0.1"), Ok(0.1));
        assert_eq!(parse_share("0.9"), Ok(0.9));
        for text in ["0", "-0.1", "0.91", "1", "nan", "inf", "ten"] {
            assert!(parse_share(text).is_err(), "{text}");
        }
    }
}
