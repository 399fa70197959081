//! A weight gradient's product into panels, alone or with Adam's update in one pass: `grads = a b`, then never written to memory.
//!
//! A tile of a panel waits in a buffer while the next one is computed, and its update is cut into parts that run every few steps
//! of that tile: roots, quotients and the wait for weights and moments hide behind multiply-adds. A panel's tiles follow one
//! another in memory, so weights and moments are three streams for the processor to foresee.

use super::pack::{Factor, Left, Source, Target, copy, pack_b, pack_last_rows};
use super::panels::PANEL;
use super::tile::{Lines, LinesMut, MAX_TILE, Tile, Variants};
use super::{Block, Epilogue, MAX_PANEL, Matrix, PACKED, TILE};
use crate::optimizer::{AdamStep, adam, adam_block};
use crate::sums::squares_block;
use crate::threads::Threads;

/// Values that are updated together.
const LANES: usize = 16;
/// Values by which weights and moments are asked for ahead of their update, about a tile's time.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 256;
/// Most work of a part that a thread takes whole.
const PART_FLOPS: usize = 4_000_000;

/// Weights, first and second moments.
type Arenas = [*mut f32; 3];

/// Sixteen values of a cache line of their own.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes([f32; LANES]);

/// Gradients that wait for their update, one after the other in the buffer and in the arenas.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    step: AdamStep,
    scale: f32,
    /// Whether the scale and the step's decay are not 1: multiplications take turns with the tile's.
    scales: bool,
    decays: bool,
    /// Gradients, weights and moments that are left.
    values: *const f32,
    arenas: Arenas,
    left: usize,
    /// Where the last run's weights are still to move, or null, with what the move needs.
    moving: *mut f32,
    weights: Lanes,
    means: Lanes,
    roots: Lanes,
    /// `sum g²`, lane by lane.
    squares: Lanes,
}

impl Waiting {
    fn new(step: AdamStep, scale: f32) -> Waiting {
        let none = Lanes([0.0; LANES]);
        Waiting {
            step,
            scale,
            scales: scale != 1.0,
            decays: step.decay != 1.0,
            values: std::ptr::null(),
            arenas: [std::ptr::null_mut(); 3],
            left: 0,
            moving: std::ptr::null_mut(),
            weights: none,
            means: none,
            roots: none,
            squares: none,
        }
    }

    /// Lets `count` gradients wait. Nothing else may.
    fn set(&mut self, values: *const f32, count: usize, arenas: Arenas) {
        debug_assert!(self.left == 0);
        (self.values, self.left, self.arenas) = (values, count, arenas);
    }

    /// Goes `count` values on.
    #[inline(always)]
    fn advance(&mut self, count: usize) {
        self.values = self.values.wrapping_add(count);
        self.left -= count;
        self.arenas = self.arenas.map(|a| a.wrapping_add(count));
    }

    /// `sum g²` of what was updated in runs since the last call.
    fn take_squares(&mut self) -> f64 {
        let squares = std::mem::replace(&mut self.squares, Lanes([0.0; LANES]));
        squares.0.iter().map(|&v| f64::from(v)).sum()
    }

    /// Updates all that waits. Returns `sum g²` of what was left.
    ///
    /// # Safety
    /// Buffer and arenas are those of `set`, and nobody else touches them.
    unsafe fn flush(&mut self) -> f64 {
        if !self.moving.is_null() {
            for l in 0..LANES {
                let (p, m, root) = (self.weights.0[l], self.means.0[l], self.roots.0[l]);
                // SAFETY: the weights of the last run.
                unsafe { *self.moving.add(l) = self.step.weight(p, m, root) };
            }
            self.moving = std::ptr::null_mut();
        }
        if self.left == 0 {
            return 0.0;
        }
        // SAFETY: what is left; the three arenas do not overlap.
        let sum = unsafe {
            let g = std::slice::from_raw_parts(self.values, self.left);
            let [p, m, v] = self.arenas.map(|a| std::slice::from_raw_parts_mut(a, g.len()));
            adam_block(self.step, self.scale, g, p, m, v);
            squares_block(g)
        };
        self.advance(self.left);
        sum
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::tile::Beside;
    use super::{AHEAD, LANES, MAX_TILE, Waiting};
    use crate::optimizer::Decay;

    impl Beside for Waiting {
        // As many as a tile has runs: it takes all that the one before has left.
        const PARTS: usize = MAX_TILE / LANES;

        #[inline(always)]
        unsafe fn part(&mut self) {
            if self.left >= LANES {
                // SAFETY: a run is left; the caller promises AVX-512.
                unsafe { self.run() };
            }
        }
    }

    /// [`Decay::mean`].
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn mean(decay: Decay, mean: __m512, x: __m512) -> __m512 {
        let (from, to, weight) =
            if decay.mostly_keeps() { (mean, x, decay.take) } else { (x, mean, decay.keep) };
        _mm512_add_ps(from, _mm512_mul_ps(_mm512_set1_ps(weight), _mm512_sub_ps(to, from)))
    }

    impl Waiting {
        /// Moves the weights of the run before, whose roots are ready by now, and the moments of this one: no chain of
        /// operations is so long that the multiply-adds behind it would have to wait for its end.
        ///
        /// # Safety
        /// A run is left.
        #[inline]
        #[target_feature(enable = "avx512f")]
        unsafe fn run(&mut self) {
            let step = self.step;
            let all = |x: f32| _mm512_set1_ps(x);
            let times = |a, b| _mm512_mul_ps(a, b);
            let [p, m, v] = self.arenas;
            // SAFETY: what waits, and the weights of the run before; a prefetch reads nothing that could fault.
            unsafe {
                // All is read before anything is written: addresses that differ by whole pages look alike to the processor.
                let (old_p, old_m, old_v) = (_mm512_loadu_ps(p), _mm512_loadu_ps(m), _mm512_loadu_ps(v));
                let g = _mm512_loadu_ps(self.values);
                if !self.moving.is_null() {
                    let load = |lanes: &super::Lanes| _mm512_loadu_ps(lanes.0.as_ptr());
                    let (p, m, root) = (load(&self.weights), load(&self.means), load(&self.roots));
                    let quotient = _mm512_div_ps(m, _mm512_add_ps(root, all(step.eps)));
                    let p = if self.decays { times(all(step.decay), p) } else { p };
                    _mm512_storeu_ps(self.moving, _mm512_sub_ps(p, times(all(step.rate), quotient)));
                }
                _mm_prefetch::<_MM_HINT_T0>(p.wrapping_add(AHEAD).cast());
                // Used once a step: they should not drive weights and activations out of the caches.
                _mm_prefetch::<_MM_HINT_NTA>(m.wrapping_add(AHEAD).cast());
                _mm_prefetch::<_MM_HINT_NTA>(v.wrapping_add(AHEAD).cast());
                let square = times(g, g);
                let (g, scaled_square) = if self.scales {
                    let scaled = times(all(self.scale), g);
                    (scaled, times(scaled, scaled))
                } else {
                    (g, square)
                };
                let new_m = mean(step.beta1, old_m, g);
                let new_v = mean(step.beta2, old_v, scaled_square);
                _mm512_storeu_ps(m, new_m);
                _mm512_storeu_ps(v, new_v);
                let squares = _mm512_loadu_ps(self.squares.0.as_ptr());
                let keep = |lanes: &mut super::Lanes, x| _mm512_storeu_ps(lanes.0.as_mut_ptr(), x);
                keep(&mut self.squares, _mm512_add_ps(squares, square));
                keep(&mut self.weights, old_p);
                keep(&mut self.means, new_m);
                keep(&mut self.roots, _mm512_sqrt_ps(new_v));
            }
            self.moving = p;
            self.advance(LANES);
        }
    }
}

/// A right factor's columns that make whole panels of the output, to be shared among threads.
#[derive(Clone, Copy)]
struct Columns {
    rows: usize,
    columns: usize,
    depth: usize,
    a: Source,
    b: Source,
}

impl Columns {
    fn new(a: Matrix, b: Matrix) -> Columns {
        assert_eq!(a.columns, b.rows, "inner dimensions of a product");
        Columns { rows: a.rows, columns: b.columns, depth: a.columns, a: a.source(), b: b.source() }
    }

    fn flops(self) -> usize {
        2 * self.rows * self.columns * self.depth
    }

    /// Halves of whole panels, none of them empty; nothing where there is one panel.
    fn halves(self) -> Option<(Columns, Columns)> {
        let at = (self.columns / 2).next_multiple_of(PANEL);
        // SAFETY: `at` columns lie within the matrix.
        let b = (0 < at && at < self.columns).then(|| unsafe { self.b.at(0, at) })?;
        Some((Columns { columns: at, ..self }, Columns { columns: self.columns - at, b, ..self }))
    }

    /// Its panels: first column and width.
    fn panels(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.columns).step_by(PANEL).map(move |first| (first, PANEL.min(self.columns - first)))
    }
}

/// Columns of a product and where it goes.
#[derive(Clone, Copy)]
struct Writing {
    columns: Columns,
    out: *mut f32,
}

// SAFETY: a Writing only reads the factors, which are shared borrows for as long as any Writing lives, and only writes its own
// panels; `divide` makes disjoint ones.
unsafe impl Send for Writing {}

impl Writing {
    /// Each panel is a product of its own.
    fn divide(self, tile: &Tile, threads: Threads, parts: usize, epilogue: Epilogue) {
        let Writing { columns, out } = self;
        if let Some((left, right)) = columns.halves().filter(|_| parts > 1) {
            let after = out.wrapping_add(left.columns * columns.rows);
            let (left, right) = (Writing { columns: left, out }, Writing { columns: right, out: after });
            threads.join(
                move || left.divide(tile, threads, parts / 2, epilogue),
                move || right.divide(tile, threads, parts - parts / 2, epilogue),
            );
            return;
        }
        let Columns { rows, depth, a, b, .. } = columns;
        for (first, width) in columns.panels() {
            // SAFETY: columns of the right factor.
            let b = Factor::Strided(unsafe { b.at(0, first) });
            let out = Target { data: out.wrapping_add(first * rows), row: width, column: 1 };
            let (first_row, first_column) = (0, 0);
            Block { rows, columns: width, depth, a: Left::Strided(a), b, out, first_row, first_column }
                .run(tile, epilogue);
        }
    }
}

/// `out = a b`, of shape `[a.rows, b.columns]` in panels, or with `accumulate` `out += a b`. The bits are those of [`super::product`].
///
/// # Panics
/// If the shapes disagree, or a factor is in panels.
pub fn product_into_panels(threads: Threads, out: &mut [f32], a: Matrix, b: Matrix, accumulate: bool) {
    assert_eq!(out.len(), a.rows * b.columns, "output of {} x {}", a.rows, b.columns);
    let columns = Columns::new(a, b);
    let epilogue = if accumulate { Epilogue::Accumulate } else { Epilogue::None };
    let writing = Writing { columns, out: out.as_mut_ptr() };
    writing.divide(&TILE, threads, super::parts(threads, columns.flops()), epilogue);
}

/// Columns of a product and their update.
#[derive(Clone, Copy)]
struct Updating {
    columns: Columns,
    arenas: Arenas,
    step: AdamStep,
    scale: f32,
}

// SAFETY: as for Writing, and the arenas' panels are its own alone.
unsafe impl Send for Updating {}

impl Updating {
    /// Halves run in parallel down to parts fixed by the shape: the tree of the sum follows from it alone.
    fn divide(self, tile: &Tile, variants: &Variants<Waiting>, threads: Threads) -> f64 {
        let Some((left, right)) = self.columns.halves().filter(|_| self.columns.flops() > PART_FLOPS) else {
            return self.run(tile, variants);
        };
        let passed = left.columns * left.rows;
        let left = Updating { columns: left, ..self };
        let arenas = self.arenas.map(|a| a.wrapping_add(passed));
        let right = Updating { columns: right, arenas, ..self };
        let mut sums = (0.0, 0.0);
        let (one, other) = (&mut sums.0, &mut sums.1);
        threads.join(
            move || *one = left.divide(tile, variants, threads),
            move || *other = right.divide(tile, variants, threads),
        );
        sums.0 + sums.1
    }

    fn run(self, tile: &Tile, variants: &Variants<Waiting>) -> f64 {
        debug_assert_eq!(tile.columns, PANEL);
        let Columns { rows, depth, .. } = self.columns;
        PACKED.with_borrow_mut(|packed| {
            let (a, b, values) = (
                packed.a.as_mut_ptr().cast::<f32>(),
                packed.b.as_mut_ptr().cast::<f32>(),
                packed.waiting.as_mut_ptr().cast::<f32>(),
            );
            let mut waiting = Waiting::new(self.step, self.scale);
            let mut sum = 0.0;
            let mut turn = 0;
            for (first, width) in self.columns.panels() {
                // SAFETY: columns of the right factor; the buffer holds a panel of them.
                let (right, unpacked) = unsafe {
                    let right = self.columns.b.at(0, first);
                    (right, pack_b(Factor::Strided(right), depth, width, tile.columns, b))
                };
                for i in (0..rows).step_by(tile.rows) {
                    let height = tile.rows.min(rows - i);
                    // What waits is in the other half.
                    turn = MAX_TILE - turn;
                    let out = LinesMut(values.wrapping_add(turn), width);
                    // SAFETY: the panel's own rows; the buffers hold a tile of A, and two of gradients.
                    unsafe {
                        self.tile(tile, variants, a, b, right, (i, width, unpacked > 0), out, &mut waiting)
                    };
                    if waiting.left > 0 {
                        // SAFETY: the tile before.
                        sum += unsafe { waiting.flush() };
                    }
                    let before = first * rows + i * width;
                    waiting.set(out.0, height * width, self.arenas.map(|a| a.wrapping_add(before)));
                }
                // Few enough for the lanes' precision.
                sum += waiting.take_squares();
            }
            // SAFETY: the last tile.
            sum + unsafe { waiting.flush() }
        })
    }

    /// The gradients of one tile: rows from `i`, `width` columns of the packed panel `b`, or of `right` where the first tile
    /// packs it.
    ///
    /// # Safety
    /// The buffers have room: `packed_a` for `MAX_ROWS` x `ROW_STRIDE` values, `b` for a panel, `out` for the tile.
    #[allow(clippy::too_many_arguments)]
    unsafe fn tile(
        &self,
        tile: &Tile,
        variants: &Variants<Waiting>,
        packed_a: *mut f32,
        b: *mut f32,
        right: Source,
        (i, width, packs): (usize, usize, bool),
        out: LinesMut,
        waiting: &mut Waiting,
    ) {
        let Columns { rows, depth, a, .. } = self.columns;
        let height = tile.rows.min(rows - i);
        let (run, computed) = match (i == 0 && packs, width <= tile.columns / 2) {
            (true, _) => (variants.packing, tile.columns),
            (false, false) => (variants.packed, tile.columns),
            (false, true) => (variants.half, tile.columns / 2),
        };
        // SAFETY: the panel's own rows, and the caller's buffers.
        unsafe {
            let a = a.at(i, 0);
            let a = if height == tile.rows {
                Lines(a.data, a.column)
            } else {
                pack_last_rows(Left::Strided(a), height, depth, tile.rows, packed_a);
                Lines(packed_a, tile.rows)
            };
            let from = Lines(right.data, right.row);
            if height == tile.rows && width == computed {
                run(depth, a, b, from, out, false, waiting);
            } else {
                let mut edge = [0.0f32; MAX_TILE];
                run(depth, a, b, from, LinesMut(edge.as_mut_ptr(), tile.columns), false, waiting);
                let edge = Source { data: edge.as_ptr(), row: tile.columns, column: 1 };
                copy(edge, height, width, Target { data: out.0, row: out.1, column: 1 });
            }
        }
    }
}

/// Adam's update of `p` by `scale` times the gradients `a b`, of shape `[a.rows, b.columns]` in panels like `p` and its moments.
/// Returns the gradients' sum of squares. `grads`, as large, is where they may be written; what it holds afterwards is not said.
///
/// Weights and moments have the bits that [`product_into_panels`] and [`adam`] give them.
///
/// # Panics
/// If the shapes disagree, or a factor is in panels.
#[allow(clippy::too_many_arguments)]
pub fn product_adam(
    threads: Threads,
    step: AdamStep,
    scale: f32,
    a: Matrix,
    b: Matrix,
    grads: &mut [f32],
    p: &mut [f32],
    m: &mut [f32],
    v: &mut [f32],
) -> f64 {
    let n = a.rows * b.columns;
    assert!(grads.len() == n && p.len() == n && m.len() == n && v.len() == n, "arenas of one size");
    let (tile, columns) = (&*TILE, Columns::new(a, b));
    // The transpose of a row-major `a` and a row-major `b`, in one panel of the inner dimension.
    let fits = a.rows > 1 && a.transposed && !b.transposed && (1..=MAX_PANEL).contains(&columns.depth);
    match &tile.updating {
        Some(variants) if fits => {
            let arenas = [p.as_mut_ptr(), m.as_mut_ptr(), v.as_mut_ptr()];
            Updating { columns, arenas, step, scale }.divide(tile, variants, threads)
        }
        _ => {
            product_into_panels(threads, grads, a, b, false);
            adam(threads, step, scale, grads, p, m, v)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{product, to_panels};
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 6, stream, step: 0 }, 0, &mut v);
        v
    }

    #[test]
    fn halves_of_any_width_are_whole_panels_and_smaller() {
        let (x, d) = ([0.0; 1], [0.0; 600]);
        for columns in 0..600 {
            let whole = Columns::new(Matrix::new(&x, 1, 1), Matrix::new(&d[..columns], 1, columns));
            let Some((left, right)) = whole.halves() else {
                assert!(columns <= PANEL, "{columns}");
                continue;
            };
            assert!(left.columns > 0 && left.columns.is_multiple_of(PANEL) && right.columns > 0);
            assert_eq!(left.columns + right.columns, columns);
        }
    }

    #[test]
    fn bits_are_those_of_the_product_and_adam_for_any_number_of_threads() {
        for (rows, columns, depth) in [
            (1, 70, 5),
            (9, 1, 3),
            (13, 31, 5),
            (100, 128, 64),
            (85, 257, 129),
            (200, 784, 128),
            (50, 1040, 256),
            (33, 1041, 256),
            (300, 1024, 128),
            (20, 40, 600),
            // More work than a part has, in one column and in one panel: nothing is left to cut.
            (16_384, 1, 128),
            (8_192, 2, 128),
            (1_024, 32, 80),
        ] {
            let n = rows * columns;
            let (x, d) = (normal(1, depth * rows), normal(2, depth * columns));
            let (a, b) = (Matrix::new(&x, depth, rows).transposed(), Matrix::new(&d, depth, columns));
            let (p0, m0) = (normal(3, n), normal(4, n));
            let v0: Vec<f32> = normal(5, n).iter().map(|v| v * v).collect();
            let (mut g, mut p, mut m, mut v) = (vec![0.0; n], p0.clone(), m0.clone(), v0.clone());
            product(Threads::ONE, &mut g, a, b, Epilogue::None);
            let g = to_panels(rows, columns, &g);
            let (step, scale) = if depth % 2 == 0 {
                (AdamStep::new(3, 0.01, (0.5, 0.99), 1e-8, 1.0), 1.0)
            } else {
                (AdamStep::new(1, 0.01, (0.9, 0.3), 1e-8, 0.999), 0.5)
            };
            let expected = adam(Threads::ONE, step, scale, &g, &mut p, &mut m, &mut v);
            let mut sums = Vec::new();
            for threads in [1, 2, 3, 8] {
                let (mut q, mut o, mut w) = (p0.clone(), m0.clone(), v0.clone());
                let sum = product_adam(
                    Threads::new(threads),
                    step,
                    scale,
                    a,
                    b,
                    &mut vec![0.0; n],
                    &mut q,
                    &mut o,
                    &mut w,
                );
                assert!(p == q && m == o && v == w, "{rows} x {columns} x {depth}, {threads} threads");
                assert!((sum / expected - 1.0).abs() < 1e-6, "{sum} {expected}");
                sums.push(sum);
            }
            assert!(sums.iter().all(|s| *s == sums[0]), "{sums:?}");
        }
    }
}
