//! Enlarging by a whole factor.

use super::Picture;

/// The picture, `factor` times as wide and high, by Keys's cubic convolution (a = -1/2, "Catmull-Rom"): it gives smooth
/// strokes instead of squares. The border is repeated.
pub(crate) fn enlarge(picture: &Picture, factor: usize) -> Picture {
    if factor <= 1 {
        return picture.clone();
    }
    let Picture { width, height, channels, .. } = *picture;
    let across = resample(
        &picture.pixels.iter().map(|&v| f32::from(v)).collect::<Vec<_>>(),
        height,
        width,
        channels,
        factor,
    );
    // Columns are enlarged as rows of the transposed picture.
    let down = resample(&across, 1, height, width * factor * channels, factor);
    let pixels = down.into_iter().map(|v| v.round().clamp(0.0, 255.0) as u8).collect();
    Picture { pixels, width: width * factor, height: height * factor, channels }
}

/// `[lines, length, values]` to `[lines, length * factor, values]`.
fn resample(source: &[f32], lines: usize, length: usize, values: usize, factor: usize) -> Vec<f32> {
    let mut out = Vec::with_capacity(lines * length * factor * values);
    for line in source.chunks_exact(length * values) {
        for place in 0..length * factor {
            let at = (place as f32 + 0.5) / factor as f32 - 0.5;
            let left = at.floor();
            let weights = cubic(at - left);
            let tap = |k: usize| (left as isize + k as isize - 1).clamp(0, length as isize - 1) as usize;
            let taps = [0, 1, 2, 3].map(tap);
            for value in 0..values {
                out.push(taps.iter().zip(weights).map(|(&t, w)| w * line[t * values + value]).sum());
            }
        }
    }
    out
}

/// Weights of the pixels at -1, 0, 1 and 2 for a place `t` in [0, 1) (Keys 1981).
fn cubic(t: f32) -> [f32; 4] {
    let (t2, t3) = (t * t, t * t * t);
    [-0.5 * t + t2 - 0.5 * t3, 1.0 - 2.5 * t2 + 1.5 * t3, 0.5 * t + 2.0 * t2 - 1.5 * t3, 0.5 * (t3 - t2)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ramp_stays_a_ramp_and_a_plane_a_plane() {
        let ramp = Picture { pixels: vec![0, 40, 80, 120, 160, 200], width: 6, height: 1, channels: 1 };
        let large = enlarge(&ramp, 4);
        assert_eq!((large.width, large.height), (24, 4));
        // Between the second and the last but one pixel centre, all four taps lie on the ramp.
        assert_eq!(large.pixels[6..17], [45, 55, 65, 75, 85, 95, 105, 115, 125, 135, 145]);
        assert_eq!(large.pixels[..24], large.pixels[72..]);
        let plane = Picture { pixels: vec![7, 8, 9, 7, 8, 9], width: 1, height: 2, channels: 3 };
        assert_eq!(enlarge(&plane, 3).pixels, [7, 8, 9].repeat(18));
        assert_eq!(enlarge(&plane, 1), plane);
    }
}
