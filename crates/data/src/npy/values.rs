//! Values as pixels and labels.

use super::Array;
use super::header::{Element, Number};
use crate::DataError;

/// Rounding may leave a float just outside of its range.
const LIMIT: f32 = 1.001;

impl Element {
    /// A value as float64: exact but for whole numbers beyond 2^53, which are neither pixels nor labels.
    fn value(self, bytes: &[u8]) -> f64 {
        let mut eight = [0; 8];
        for (to, from) in eight.iter_mut().zip(bytes) {
            *to = *from;
        }
        if self.big_endian {
            eight[..self.bytes].reverse();
        }
        let bits = u64::from_le_bytes(eight);
        match (self.kind, self.bytes) {
            (Number::Bool, _) => f64::from(u8::from(bits != 0)),
            (Number::Unsigned, _) => bits as f64,
            (Number::Signed, bytes) => {
                let unused = 64 - 8 * bytes as u32;
                ((bits << unused).cast_signed() >> unused) as f64
            }
            (Number::Float, 2) => half(bits as u16),
            (Number::Float, 4) => f64::from(f32::from_bits(bits as u32)),
            (Number::Float, _) => f64::from_bits(bits),
        }
    }
}

/// A float of 16 bits (IEEE 754 binary16).
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2_f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// The expression that scales values of any range to bytes.
const SCALED: &str = "np.interp(x, (x.min(), x.max()), (0, 255)).astype(np.uint8)";

impl Array {
    fn values(&self) -> impl Iterator<Item = f64> + Clone {
        let element = self.element;
        self.data.chunks_exact(element.bytes).map(move |bytes| element.value(bytes))
    }

    /// The values as bytes, in the order in which they are stored. Bytes and whole numbers from 0 to 255 stay as
    /// they are; floats are of [-1, 1], or of [0, 1] where none is negative, or whole and from 0 to 255;
    /// booleans are black and white.
    ///
    /// # Errors
    /// [`DataError::Array`] for values of another range.
    pub(super) fn bytes(self) -> Result<Vec<u8>, DataError> {
        let byte = |value: f64| (0.0..=255.0).contains(&value) && value.fract() == 0.0;
        match self.element.kind {
            Number::Unsigned if self.element.bytes == 1 => Ok(self.data),
            Number::Bool => Ok(self.data.iter().map(|&bit| if bit == 0 { 0 } else { 255 }).collect()),
            Number::Float => {
                let mut negative = false;
                let mut outside = None;
                for (i, value) in self.values().enumerate() {
                    // A NaN is in no range.
                    if !(-LIMIT..=LIMIT).contains(&(value as f32)) {
                        outside = Some((i, value));
                        break;
                    }
                    negative |= value < 0.0;
                }
                let Some((i, value)) = outside else {
                    let (scale, shift) = if negative { (127.5, 127.5) } else { (255.0, 0.0) };
                    let scaled = |value: f64| (value as f32 * scale + shift).round().clamp(0.0, 255.0) as u8;
                    return Ok(self.values().map(scaled).collect());
                };
                if self.values().all(byte) {
                    return Ok(self.values().map(|value| value as u8).collect());
                }
                let remedy = if self.values().any(f64::is_nan) {
                    "np.nan_to_num(x)"
                } else if self.values().all(|value| (0.0..=255.0).contains(&value)) {
                    "x.round().astype(np.uint8)"
                } else {
                    SCALED
                };
                let expected = "values in [-1, 1], or in [0, 1]; or bytes, for 0 to 255";
                Err(self.refused(format!("value {i}"), expected, value, remedy))
            }
            Number::Signed | Number::Unsigned => {
                match self.values().enumerate().find(|&(_, value)| !byte(value)) {
                    None => Ok(self.values().map(|value| value as u8).collect()),
                    Some((i, value)) => {
                        let sixteen = self.element.kind == Number::Unsigned && self.element.bytes == 2;
                        let remedy = if sixteen { "(x // 257).astype(np.uint8)" } else { SCALED };
                        Err(self.refused(format!("value {i}"), "0 to 255", value, remedy))
                    }
                }
            }
        }
    }

    /// The values as labels: a label an image, in a row or in a column, of any type as long as they are whole.
    ///
    /// # Errors
    /// [`DataError::Array`] for other shapes and values; [`DataError::Format`] for another number than `images`.
    pub(super) fn labels(self, images: Option<usize>) -> Result<Vec<u16>, DataError> {
        let shown = format!("{:?}", self.dims);
        let (count, others) = match self.dims.split_first() {
            Some((&count, others)) => (count, others),
            None => (0, &[][..]),
        };
        if self.dims.is_empty() || others.iter().any(|&size| size != 1) {
            let one_hot = self.dims.len() == 2 && images.is_none_or(|images| images == count);
            let remedy = if one_hot && count != 1 { "x.argmax(1)" } else { "x.reshape(-1)" };
            return Err(self.refused("shape".into(), "(n,), a label an image", shown, remedy));
        }
        if let Some(images) = images
            && images != count
        {
            return Err(DataError::format(
                &self.file,
                "shape",
                format!("({images},), a label an image"),
                shown,
            ));
        }
        let label = |(i, value): (usize, f64)| {
            if (0.0..=65535.0).contains(&value) && value.fract() == 0.0 {
                return Ok(value as u16);
            }
            let remedy = "np.unique(x, return_inverse=True)[1]";
            Err(self.refused(format!("label {i}"), "a whole number from 0 to 65535", value, remedy))
        };
        self.values().enumerate().map(label).collect()
    }

    /// An error about this array.
    pub(super) fn refused(
        &self,
        field: String,
        expected: &str,
        got: impl ToString,
        remedy: &str,
    ) -> DataError {
        DataError::Array {
            file: self.file.clone(),
            field,
            expected: expected.to_owned(),
            got: got.to_string(),
            remedy: remedy.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_kind() {
        let number =
            |kind, big_endian, bytes: &[u8]| Element { kind, bytes: bytes.len(), big_endian }.value(bytes);
        assert_eq!(number(Number::Unsigned, false, &[1, 2]), 513.0);
        assert_eq!(number(Number::Unsigned, true, &[1, 2]), 258.0);
        assert_eq!(number(Number::Signed, false, &[0xff]), -1.0);
        assert_eq!(number(Number::Signed, true, &[0xff, 0xfe]), -2.0);
        assert_eq!(number(Number::Signed, false, &(-7_i64).to_le_bytes()), -7.0);
        assert_eq!(number(Number::Float, true, &1.5_f32.to_be_bytes()), 1.5);
        assert_eq!(number(Number::Float, false, &(-0.25_f64).to_le_bytes()), -0.25);
        assert_eq!(number(Number::Bool, false, &[7]), 1.0);
    }

    #[test]
    fn halves() {
        for (bits, value) in [
            (0x3c00, 1.0),
            (0xc000, -2.0),
            (0x7bff, 65504.0),
            (0x0001, 5.960_464_477_539_063e-8),
            (0x3555, 0.333_251_953_125),
            (0, 0.0),
            (0x7c00, f64::INFINITY),
        ] {
            assert_eq!(half(bits), value, "{bits:x}");
        }
        assert!(half(0x7c01).is_nan());
    }
}
