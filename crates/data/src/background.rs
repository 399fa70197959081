//! The background of transparent images.

use std::fmt;
use std::str::FromStr;

use crate::DataError;

/// The colour that shows through where an image is transparent. Written `white`, `black`, `#rrggbb`, or a grey level
/// from 0 to 255. The default is white, as viewers and most tools show such images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Background {
    /// Red, green and blue.
    pub rgb: [u8; 3],
}

impl Background {
    /// 0, 0, 0.
    pub const BLACK: Background = Background { rgb: [0; 3] };
    /// 255, 255, 255.
    pub const WHITE: Background = Background { rgb: [255; 3] };

    /// The grey level, if the colour is a grey.
    pub(crate) fn grey(self) -> Option<u8> {
        let [r, g, b] = self.rgb;
        (r == g && g == b).then_some(r)
    }
}

impl Default for Background {
    fn default() -> Self {
        Self::WHITE
    }
}

impl fmt::Display for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [r, g, b] = self.rgb;
        match *self {
            Self::BLACK => f.write_str("black"),
            Self::WHITE => f.write_str("white"),
            _ => write!(f, "#{r:02x}{g:02x}{b:02x}"),
        }
    }
}

impl FromStr for Background {
    type Err = DataError;

    /// # Errors
    /// [`DataError::Argument`] for any other text.
    fn from_str(text: &str) -> Result<Self, DataError> {
        let refused = || {
            let expected = "\"white\", \"black\", a colour as \"#rrggbb\", or a grey level from 0 to 255";
            DataError::argument("background", expected, format!("`{text}`"))
        };
        match text.to_ascii_lowercase().as_str() {
            "white" => return Ok(Self::WHITE),
            "black" => return Ok(Self::BLACK),
            _ => {}
        }
        if let Some(hex) = text.strip_prefix('#') {
            let digits = hex.len() == 6 && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
            let colour = u32::from_str_radix(hex, 16).ok().filter(|_| digits).ok_or_else(refused)?;
            let [_, r, g, b] = colour.to_be_bytes();
            return Ok(Self { rgb: [r, g, b] });
        }
        let digits = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
        let grey: u8 = text.parse().ok().filter(|_| digits).ok_or_else(refused)?;
        Ok(Self { rgb: [grey; 3] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backgrounds_are_parsed_and_written() {
        for (text, rgb, written) in [
            ("white", [255; 3], "white"),
            ("Black", [0; 3], "black"),
            ("#FF8000", [255, 128, 0], "#ff8000"),
            ("#ffffff", [255; 3], "white"),
            ("128", [128; 3], "#808080"),
            ("0", [0; 3], "black"),
        ] {
            let background: Background = text.parse().unwrap();
            assert_eq!((background.rgb, background.to_string().as_str()), (rgb, written), "{text}");
            assert_eq!(written.parse::<Background>().unwrap(), background);
        }
        for text in
            ["", "red", "256", "-1", "+1", "1.5", "#fff", "#ff80000", "#+12345", "ff8000", "#\u{e9}abcd"]
        {
            let error = text.parse::<Background>().unwrap_err().to_string();
            assert!(error.contains("#rrggbb") && error.contains(&format!("`{text}`")), "{error}");
        }
    }
}
