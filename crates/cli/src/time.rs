//! Durations such as `90s`, `3m`, `1h30m`.

use std::time::SystemTime;

/// Seconds in `text`: whole or decimal numbers with the units h, m and s, largest first, at most once each.
pub(crate) fn parse_seconds(text: &str) -> Result<f64, String> {
    const EXPECTED: &str = "expected a time such as 90s, 3m or 1h30m";
    let mut rest = text.trim();
    let mut seconds = 0.0;
    let mut units = [('h', 3600.0), ('m', 60.0), ('s', 1.0)].into_iter();
    if rest.is_empty() {
        return Err(EXPECTED.into());
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..end].parse().map_err(|_| EXPECTED.to_owned())?;
        let Some(letter) = rest[end..].chars().next() else {
            return Err(format!("`{}` has no unit; {EXPECTED}", &rest[..end]));
        };
        let Some((_, unit)) = units.find(|(name, _)| *name == letter) else {
            return Err(format!("`{letter}` is no unit that fits here; {EXPECTED}"));
        };
        seconds += number * unit;
        rest = &rest[end + letter.len_utf8()..];
    }
    match seconds > 0.0 && seconds.is_finite() {
        true => Ok(seconds),
        false => Err(format!("the time is zero; {EXPECTED}")),
    }
}

/// Seconds as `9.8 s`, `3m 05s` or `1h 02m`.
pub(crate) fn format_seconds(seconds: f64) -> String {
    let whole = seconds.round().max(0.0) as u64;
    match whole {
        _ if seconds < 60.0 => format!("{seconds:.1} s"),
        0..3600 => format!("{}m {:02}s", whole / 60, whole % 60),
        _ => format!("{}h {:02}m", whole / 3600, whole % 3600 / 60),
    }
}

/// A time as `2026-11-24 17:09 UTC`; times before 1970 become 1970.
pub(crate) fn utc(moment: SystemTime) -> String {
    let seconds = moment.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (day, minute) = (seconds / 86_400, seconds % 86_400 / 60);
    let (year, month, day) = date(day);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minute / 60, minute % 60)
}

/// The day's date in UTC, as `2026-11-24`.
pub(crate) fn today() -> String {
    utc(SystemTime::now()).chars().take_while(|&c| c != ' ').collect()
}

/// Year, month and day of a day counted from 1 January 1970, after Howard Hinnant's `civil_from_days`: years begin in March,
/// so that the leap day is their last, and repeat every 400.
fn date(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (era * 400 + year + u64::from(month <= 2), month, of_year - (153 * shifted + 2) / 5 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        let cases = [
            ("90s", 90.0),
            ("3m", 180.0),
            ("1h30m", 5400.0),
            ("0.5s", 0.5),
            ("1h2m3s", 3723.0),
            (" 2m ", 120.0),
        ];
        for (text, seconds) in cases {
            assert_eq!(parse_seconds(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in ["", "3", "m", "3x", "3m2h", "1m1m", "-3s", "0s", "1.2.3s", "3 m", "é", "3é", "1e5s"] {
            let error = parse_seconds(text).unwrap_err();
            assert!(error.contains("1h30m"), "{text}: {error}");
        }
    }

    #[test]
    fn times_are_written() {
        let cases =
            [(9.84, "9.8 s"), (185.0, "3m 05s"), (3720.0, "1h 02m"), (0.0, "0.0 s"), (59.99, "60.0 s")];
        for (seconds, text) in cases {
            assert_eq!(format_seconds(seconds), text);
        }
    }

    #[test]
    fn moments_are_written() {
        // From `date -u -d @SECONDS`.
        let cases = [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_399, "2000-02-28 23:59 UTC"),
            (951_782_400, "2000-02-29 00:00 UTC"),
            (1_709_251_199, "2024-02-29 23:59 UTC"),
            (1_709_251_200, "2024-03-01 00:00 UTC"),
            (4_107_542_399, "2100-02-28 23:59 UTC"),
            (4_107_542_400, "2100-03-01 00:00 UTC"),
        ];
        for (seconds, text) in cases {
            assert_eq!(utc(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(seconds)), text);
        }
    }
}
