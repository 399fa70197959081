//! The linear transforms of Winograd's minimal filtering, in two dimensions, over many channels at a time.
//!
//! `F(m, r)` computes `m` outputs of a filter of `r` taps from `n = m + r - 1` inputs by `n` products: those of the values
//! of two polynomials at `n` points, here 0, 1, -1, 2, -2 (1/2, -1/2) and infinity (Winograd 1980; Lavin and Gray 2016).
//! `y = Aᵀ[(G g) * (Bᵀ d)]`, in two dimensions along both. Points come in pairs `a, -a`, of which the even and the odd
//! powers are summed once.

use super::lanes::Lanes;
use crate::tile::Instructions;

/// Most points a side, and so most values of any transform.
const MOST: usize = 8;

/// One dimension of a transform: `FROM` values to `TO`.
pub(super) trait Transform {
    const FROM: usize;
    const TO: usize;

    /// # Safety
    /// The processor has the lanes' instructions.
    unsafe fn apply<V: Lanes>(x: [V; MOST]) -> [V; MOST];
}

/// The finite points but zero, in pairs of both signs. With 6 points the first two pairs.
const PAIRS: [f32; 3] = [1.0, 2.0, 0.5];

/// What a filter's values at each point are multiplied by: zero, the pairs, infinity being 1.
const fn scales(points: usize) -> (f32, [f32; 3]) {
    if points == 8 {
        (1.0, [-2.0 / 9.0, 1.0 / 90.0, 32.0 / 45.0])
    } else {
        (0.25, [-1.0 / 6.0, 1.0 / 24.0, 0.0])
    }
}

/// `Bᵀ`: a tile of the input.
pub(super) struct Input<const POINTS: usize>;

impl Transform for Input<8> {
    const FROM: usize = 8;
    const TO: usize = 8;

    #[inline(always)]
    unsafe fn apply<V: Lanes>(d: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise.
        unsafe {
            let first = d[0].sub(d[6]).add(d[4].sub(d[2]).scale(5.25));
            let last = d[7].sub(d[1]).add(d[3].sub(d[5]).scale(5.25));
            let even = [
                d[2].add(d[6]).sub(d[4].scale(4.25)),
                d[6].add(d[2].scale(0.25)).sub(d[4].scale(1.25)),
                d[6].add(d[2].scale(4.0)).sub(d[4].scale(5.0)),
            ];
            let odd = [
                d[1].add(d[5]).sub(d[3].scale(4.25)),
                d[1].scale(0.5).sub(d[3].scale(2.5)).add(d[5].scale(2.0)),
                d[1].scale(2.0).sub(d[3].scale(2.5)).add(d[5].scale(0.5)),
            ];
            let (plus, minus) = (|i: usize| even[i].add(odd[i]), |i: usize| even[i].sub(odd[i]));
            [first, plus(0), minus(0), plus(1), minus(1), plus(2), minus(2), last]
        }
    }
}

impl Transform for Input<6> {
    const FROM: usize = 6;
    const TO: usize = 6;

    #[inline(always)]
    unsafe fn apply<V: Lanes>(d: [V; MOST]) -> [V; MOST] {
        // SAFETY: the caller's promise.
        unsafe {
            let first = d[0].scale(4.0).sub(d[2].scale(5.0)).add(d[4]);
            let last = d[1].scale(4.0).sub(d[3].scale(5.0)).add(d[5]);
            let even = [d[4].sub(d[2].scale(4.0)), d[4].sub(d[2])];
            let odd = [d[3].sub(d[1].scale(4.0)), d[3].sub(d[1]).scale(2.0)];
            let (plus, minus) = (|i: usize| even[i].add(odd[i]), |i: usize| even[i].sub(odd[i]));
            [first, plus(0), minus(0), plus(1), minus(1), last, last, last]
        }
    }
}

/// The values at all points of the polynomial with `COUNT` coefficients: `A` (an output's cotangent), or with the filter's
/// scales `G` (a filter).
pub(super) struct Evaluate<const POINTS: usize, const COUNT: usize, const SCALED: bool>;

impl<const POINTS: usize, const COUNT: usize, const SCALED: bool> Transform
    for Evaluate<POINTS, COUNT, SCALED>
{
    const FROM: usize = COUNT;
    const TO: usize = POINTS;

    #[inline(always)]
    unsafe fn apply<V: Lanes>(x: [V; MOST]) -> [V; MOST] {
        let (zero, scales) = const { scales(POINTS) };
        let mut out = x;
        // SAFETY: the caller's promise.
        unsafe {
            out[POINTS - 1] = x[COUNT - 1];
            out[0] = if SCALED && zero != 1.0 { x[0].scale(zero) } else { x[0] };
            for pair in 0..POINTS / 2 - 1 {
                let (a, scale) = (PAIRS[pair], if SCALED { scales[pair] } else { 1.0 });
                let mut power = scale;
                let mut sums = [x[0].scale(power), x[0]];
                power *= a;
                sums[1] = x[1].scale(power);
                for i in 2..COUNT {
                    power *= a;
                    sums[i % 2] = sums[i % 2].add(x[i].scale(power));
                }
                out[1 + 2 * pair] = sums[0].add(sums[1]);
                out[2 + 2 * pair] = sums[0].sub(sums[1]);
            }
        }
        out
    }
}

/// The transpose of [`Evaluate`]: `Aᵀ` (an output), or with the filter's scales `Gᵀ` (a filter's gradient).
pub(super) struct Collect<const POINTS: usize, const COUNT: usize, const SCALED: bool>;

impl<const POINTS: usize, const COUNT: usize, const SCALED: bool> Transform
    for Collect<POINTS, COUNT, SCALED>
{
    const FROM: usize = POINTS;
    const TO: usize = COUNT;

    #[inline(always)]
    unsafe fn apply<V: Lanes>(x: [V; MOST]) -> [V; MOST] {
        let (zero, scales) = const { scales(POINTS) };
        let mut out = x;
        // SAFETY: the caller's promise.
        unsafe {
            out[0] = if SCALED && zero != 1.0 { x[0].scale(zero) } else { x[0] };
            for pair in 0..POINTS / 2 - 1 {
                let (a, scale) = (PAIRS[pair], if SCALED { scales[pair] } else { 1.0 });
                let (plus, minus) = (x[1 + 2 * pair], x[2 + 2 * pair]);
                let sums = [plus.add(minus), plus.sub(minus)];
                let mut power = scale;
                for i in 0..COUNT {
                    let term = sums[i % 2].scale(power);
                    out[i] = if pair == 0 && i > 0 { term } else { out[i].add(term) };
                    power *= a;
                }
            }
            out[COUNT - 1] = out[COUNT - 1].add(x[POINTS - 1]);
        }
        out
    }
}

/// A grid of channel vectors: where it begins, and how far its rows and columns are apart.
#[derive(Clone, Copy)]
pub(super) struct Grid {
    pub(super) data: *const f32,
    pub(super) row: usize,
    pub(super) column: usize,
}

/// The same, to be written, but for rows and columns from `limits` on.
#[derive(Clone, Copy)]
pub(super) struct GridMut {
    pub(super) data: *mut f32,
    pub(super) row: usize,
    pub(super) column: usize,
    pub(super) limits: (usize, usize),
}

/// Transforms a grid along both dimensions: `(from, to, channels, accumulate)`.
///
/// # Safety
/// Every place of the grids that is read or written has `channels` values, a multiple of 16; the processor has the
/// instructions.
pub(super) type TransformFn = unsafe fn(Grid, GridMut, usize, bool);

#[inline(always)]
unsafe fn transform<V: Lanes, T: Transform>(from: Grid, to: GridMut, channels: usize, accumulate: bool) {
    for channel in (0..channels).step_by(V::COUNT) {
        // SAFETY: places of the caller's grids, and channels they have.
        unsafe {
            let zero = V::load(from.data.add(channel));
            let mut between = [[zero; MOST]; MOST];
            for j in 0..T::FROM {
                let mut column = [zero; MOST];
                for (i, value) in column.iter_mut().enumerate().take(T::FROM) {
                    *value = V::load(from.data.add(i * from.row + j * from.column + channel));
                }
                let column = T::apply(column);
                for (row, value) in between.iter_mut().zip(column).take(T::TO) {
                    row[j] = value;
                }
            }
            for (i, row) in between.into_iter().enumerate().take(to.limits.0.min(T::TO)) {
                let row = T::apply(row);
                for (j, value) in row.into_iter().enumerate().take(T::TO) {
                    if j < to.limits.1 {
                        let to = to.data.add(i * to.row + j * to.column + channel);
                        let value = if accumulate { V::load(to).add(value) } else { value };
                        value.store(to);
                    }
                }
            }
        }
    }
}

/// The transforms of one kind of tile.
#[derive(Clone, Copy)]
pub(super) struct Transforms {
    pub(super) input: TransformFn,
    pub(super) output: TransformFn,
    pub(super) kernel: TransformFn,
    /// Of an output's cotangent, and of a kernel's gradient.
    pub(super) cotangent: TransformFn,
    pub(super) gradient: TransformFn,
}

macro_rules! transforms {
    ($run:ident, $points:literal, $outputs:literal, $taps:literal) => {
        Transforms {
            input: $run::<Input<$points>>,
            output: $run::<Collect<$points, $outputs, false>>,
            kernel: $run::<Evaluate<$points, $taps, true>>,
            cotangent: $run::<Evaluate<$points, $outputs, false>>,
            gradient: $run::<Collect<$points, $taps, true>>,
        }
    };
}

macro_rules! by_taps {
    ($run:ident, $taps:expr) => {
        if $taps == 5 { transforms!($run, 8, 4, 5) } else { transforms!($run, 6, 4, 3) }
    };
}

impl Transforms {
    /// Those of F(4, 5), or of F(4, 3).
    pub(super) fn of(instructions: Instructions, taps: usize) -> Transforms {
        match instructions {
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx512 => by_taps!(avx512, taps),
            #[cfg(target_arch = "x86_64")]
            Instructions::Avx2 => by_taps!(avx2, taps),
            Instructions::Portable => by_taps!(portable, taps),
        }
    }
}

/// See [`TransformFn`].
unsafe fn portable<T: Transform>(from: Grid, to: GridMut, channels: usize, accumulate: bool) {
    // SAFETY: the caller's promise.
    unsafe { transform::<[f32; 8], T>(from, to, channels, accumulate) }
}

/// See [`TransformFn`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512<T: Transform>(from: Grid, to: GridMut, channels: usize, accumulate: bool) {
    // SAFETY: the caller's promise.
    unsafe { transform::<std::arch::x86_64::__m512, T>(from, to, channels, accumulate) }
}

/// See [`TransformFn`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2<T: Transform>(from: Grid, to: GridMut, channels: usize, accumulate: bool) {
    // SAFETY: the caller's promise.
    unsafe { transform::<std::arch::x86_64::__m256, T>(from, to, channels, accumulate) }
}
