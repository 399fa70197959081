//! Which numbers a key takes.

use std::fmt;

use toml::Value;

/// The numbers that a key takes, beside what its type allows. Other rules may forbid some of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Range {
    /// Every value of the key's type.
    All,
    /// Whole numbers from the first to the second, both included.
    Whole(u64, u64),
    /// Whole numbers from this up.
    From(u64),
    /// From 0 to the largest f32.
    NotNegative,
    /// Normal f32 above 0. A subnormal one would be lost in its first product.
    Normal,
    /// Finite numbers above this.
    Above(f64),
    /// From the first to the second, both included.
    Closed(f64, f64),
    /// From the first, which is included, to the second, which is not.
    HalfOpen(f64, f64),
    /// From the first, which is not included, to the second, which is.
    LeftOpen(f64, f64),
    /// Between the first and the second.
    Open(f64, f64),
}

impl Range {
    /// What is wrong with `value`, if it is a number outside the range.
    pub(super) fn refuses(self, value: &Value) -> Option<String> {
        let (holds, shown) = match *value {
            Value::Integer(n) => (self.has_whole(n), n.to_string()),
            Value::Float(x) => (self.has(x), format!("{x:?}")),
            _ => return None,
        };
        (!holds).then(|| format!("{shown} is not {self}"))
    }

    fn has_whole(self, n: i64) -> bool {
        let n = u64::try_from(n).ok();
        match self {
            Range::Whole(least, most) => n.is_some_and(|n| (least..=most).contains(&n)),
            Range::From(least) => n.is_some_and(|n| n >= least),
            _ => true,
        }
    }

    fn has(self, x: f64) -> bool {
        // Most keys become an f32, and 0.99999999999 rounds to 1.
        let both = |holds: &dyn Fn(f64) -> bool| holds(x) && holds(f64::from(x as f32));
        match self {
            Range::All | Range::Whole(..) | Range::From(_) => true,
            Range::NotNegative => x >= 0.0 && (x as f32).is_finite(),
            Range::Normal => x > 0.0 && (x as f32).is_normal(),
            Range::Above(low) => x.is_finite() && x > low,
            Range::Closed(low, high) => (low..=high).contains(&x),
            Range::HalfOpen(low, high) => both(&|x| low <= x && x < high),
            Range::LeftOpen(low, high) => both(&|x| low < x && x <= high),
            Range::Open(low, high) => both(&|x| low < x && x < high),
        }
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Range::All => f.write_str("any value"),
            Range::Whole(least, most) => write!(f, "a whole number from {least} to {most}"),
            Range::From(least) => write!(f, "a whole number from {least} up"),
            Range::NotNegative => f.write_str("a number from 0 to 3.4e38"),
            Range::Normal => f.write_str("a number from 1.2e-38 to 3.4e38"),
            Range::Above(low) => write!(f, "a number above {low}"),
            Range::Closed(low, high) => write!(f, "a number in [{low}, {high}]"),
            Range::HalfOpen(low, high) => write!(f, "a number in [{low}, {high})"),
            Range::LeftOpen(low, high) => write!(f, "a number in ({low}, {high}]"),
            Range::Open(low, high) => write!(f, "a number in ({low}, {high})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_belong_to_a_range_or_do_not() {
        let has = |range: Range, x: f64| range.refuses(&Value::Float(x)).is_none();
        let ends = |range: Range| (has(range, 0.0), has(range, 0.5), has(range, 1.0), has(range, 1.1));
        assert_eq!(ends(Range::Closed(0.0, 1.0)), (true, true, true, false));
        assert_eq!(ends(Range::HalfOpen(0.0, 1.0)), (true, true, false, false));
        assert_eq!(ends(Range::LeftOpen(0.0, 1.0)), (false, true, true, false));
        assert_eq!(ends(Range::Open(0.0, 1.0)), (false, true, false, false));
        assert_eq!(ends(Range::Above(0.5)), (false, false, true, true));
        assert_eq!(ends(Range::NotNegative), (true, true, true, true));
        assert_eq!(ends(Range::Normal), (false, true, true, true));
        for range in [Range::NotNegative, Range::Normal, Range::Above(1.0), Range::Closed(0.0, 1.0)] {
            assert!([f64::NAN, f64::INFINITY, -1.0].iter().all(|&x| !has(range, x)), "{range}");
        }
        // As f32 they are 1, infinite and 0.
        assert!(!has(Range::HalfOpen(0.0, 1.0), 0.99999999999));
        assert!(!has(Range::NotNegative, 1e39) && !has(Range::Normal, 1e-50));
    }

    #[test]
    fn a_refusal_names_the_value_and_the_range() {
        let refusal = Range::Whole(1, 4096).refuses(&Value::Integer(0));
        assert_eq!(refusal.as_deref(), Some("0 is not a whole number from 1 to 4096"));
        let refusal = Range::HalfOpen(0.0, 0.5).refuses(&Value::Float(0.5));
        assert_eq!(refusal.as_deref(), Some("0.5 is not a number in [0, 0.5)"));
        assert_eq!(Range::From(1).refuses(&Value::Integer(1)), None);
        assert_eq!(Range::From(1).refuses(&Value::String("0".into())), None);
    }
}
