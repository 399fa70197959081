//! A weight gradient's product and Adam's update in one pass: `grads = a b`, never written to memory.
//!
//! A row of tiles waits in a buffer while the next one is computed, and its update is cut into parts that run every few steps
//! of those tiles: roots, quotients and the wait for weights and moments hide behind multiply-adds. What waits is taken
//! in the order of memory, for the processor to foresee.

use super::pack::{Source, Target, copy, pack_b, pack_last_rows};
use super::tile::{Lines, LinesMut, MAX_ROWS, MAX_TILE, Tile, Variants};
use super::{BLOCK_VALUES, Epilogue, MAX_PANEL, Matrix, PACKED, TILE, product};
use crate::optimizer::{AdamStep, adam, adam_block};
use crate::sums::squares_block;
use crate::threads::Threads;

/// Values that are updated together.
const LANES: usize = 16;
/// Values by which weights and moments are asked for ahead of their update, about a tile's time.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 256;
/// Most columns whose rows wait together: two rows of tiles are 64 KiB.
pub(super) const MAX_WIDTH: usize = 1024;
/// Most work of a part that a thread takes whole. Each packs the right factor anew.
const PART_FLOPS: usize = 64_000_000;
/// Parts begin at whole tiles of any height.
const ROWS_UNIT: usize = 24;

/// Weights, first and second moments of the rectangle that begins at the pointers, `stride` a row.
#[derive(Clone, Copy)]
struct Arenas {
    at: [*mut f32; 3],
    stride: usize,
}

impl Arenas {
    fn at(self, row: usize, column: usize) -> Arenas {
        Arenas { at: self.at.map(|a| a.wrapping_add(row * self.stride + column)), ..self }
    }
}

/// Sixteen values of a cache line of their own.
#[derive(Clone, Copy)]
#[repr(align(64))]
struct Lanes([f32; LANES]);

/// Gradients that wait for their update: lines of values, one after the other in the buffer, in the arenas `skip` apart.
#[derive(Clone, Copy)]
pub(super) struct Waiting {
    step: AdamStep,
    scale: f32,
    /// Gradients, and weights and moments, of this line that are left.
    values: *const f32,
    arenas: [*mut f32; 3],
    left: usize,
    /// Further lines, and their length.
    lines: usize,
    line: usize,
    /// From a line's end to the next one's beginning.
    skip: usize,
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
            values: std::ptr::null(),
            arenas: [std::ptr::null_mut(); 3],
            left: 0,
            lines: 0,
            line: 0,
            skip: 0,
            moving: std::ptr::null_mut(),
            weights: none,
            means: none,
            roots: none,
            squares: none,
        }
    }

    /// Lets `rows x columns` gradients wait, `columns` a whole number of runs or the arenas' whole width. Nothing else may.
    fn set(&mut self, values: *const f32, rows: usize, columns: usize, arenas: Arenas) {
        debug_assert!(self.left == 0 && self.lines == 0);
        let (line, lines) = if columns == arenas.stride { (rows * columns, 1) } else { (columns, rows) };
        (self.values, self.arenas) = (values, arenas.at);
        (self.left, self.line, self.lines, self.skip) = (line, line, lines - 1, arenas.stride - columns);
    }

    /// Goes `count` values on.
    #[inline(always)]
    fn advance(&mut self, count: usize) {
        self.values = self.values.wrapping_add(count);
        self.left -= count;
        let mut on = count;
        if self.left == 0 && self.lines > 0 {
            self.lines -= 1;
            self.left = self.line;
            on += self.skip;
        }
        self.arenas = self.arenas.map(|a| a.wrapping_add(on));
    }

    /// Updates all that waits. Returns `sum g²` of all since the last call.
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
        let squares = std::mem::replace(&mut self.squares, Lanes([0.0; LANES]));
        let mut sum: f64 = squares.0.iter().map(|&v| f64::from(v)).sum();
        while self.left > 0 {
            // SAFETY: what is left of the line; the three arenas do not overlap.
            unsafe {
                let g = std::slice::from_raw_parts(self.values, self.left);
                let [p, m, v] = self.arenas.map(|a| std::slice::from_raw_parts_mut(a, g.len()));
                adam_block(self.step, self.scale, g, p, m, v);
                sum += squares_block(g);
            }
            self.advance(self.left);
        }
        sum
    }
}

#[cfg(target_arch = "x86_64")]
mod x86 {
    use std::arch::x86_64::*;

    use super::super::tile::Beside;
    use super::{AHEAD, LANES, MAX_TILE, Waiting};

    impl Beside for Waiting {
        // As many as a tile has runs: a row of tiles takes all that the row before has left.
        const PARTS: usize = MAX_TILE / LANES;

        #[inline(always)]
        unsafe fn part(&mut self) {
            if self.left >= LANES {
                // SAFETY: a run is left; the caller promises AVX-512.
                unsafe { self.run() };
            }
        }
    }

    impl Waiting {
        /// Moves the weights of the run before, whose roots are ready by now, and the moments of this one: no chain of
        /// operations is so long that the multiply-adds behind it would have to wait for its end.
        ///
        /// # Safety
        /// A run is left in the line.
        #[inline]
        #[target_feature(enable = "avx512f")]
        unsafe fn run(&mut self) {
            let step = self.step;
            let all = |x: f32| _mm512_set1_ps(x);
            let times = |a, b| _mm512_mul_ps(a, b);
            let [p, m, v] = self.arenas;
            // SAFETY: the line's own values, and the weights of the run before; a prefetch reads nothing that could fault.
            unsafe {
                // All is read before anything is written: addresses that differ by whole pages look alike to the processor.
                let (old_p, old_m, old_v) = (_mm512_loadu_ps(p), _mm512_loadu_ps(m), _mm512_loadu_ps(v));
                let g = _mm512_loadu_ps(self.values);
                if !self.moving.is_null() {
                    let load = |lanes: &super::Lanes| _mm512_loadu_ps(lanes.0.as_ptr());
                    let (p, m, root) = (load(&self.weights), load(&self.means), load(&self.roots));
                    let divisor = _mm512_add_ps(times(root, all(step.inv_sqrt_correction)), all(step.eps));
                    let quotient = _mm512_div_ps(times(all(step.step_size), m), divisor);
                    _mm512_storeu_ps(self.moving, _mm512_sub_ps(times(all(step.decay), p), quotient));
                }
                _mm_prefetch::<_MM_HINT_T0>(p.wrapping_add(AHEAD).cast());
                // Used once a step: they should not drive weights and activations out of the caches.
                _mm_prefetch::<_MM_HINT_NTA>(m.wrapping_add(AHEAD).cast());
                _mm_prefetch::<_MM_HINT_NTA>(v.wrapping_add(AHEAD).cast());
                let scaled = times(all(self.scale), g);
                let new_m =
                    _mm512_add_ps(times(all(step.beta1.keep), old_m), times(all(step.beta1.take), scaled));
                let new_v = _mm512_add_ps(
                    times(all(step.beta2.keep), old_v),
                    times(times(all(step.beta2.take), scaled), scaled),
                );
                _mm512_storeu_ps(m, new_m);
                _mm512_storeu_ps(v, new_v);
                let squares = _mm512_loadu_ps(self.squares.0.as_ptr());
                let keep = |lanes: &mut super::Lanes, x| _mm512_storeu_ps(lanes.0.as_mut_ptr(), x);
                keep(&mut self.squares, _mm512_add_ps(squares, times(g, g)));
                keep(&mut self.weights, old_p);
                keep(&mut self.means, new_m);
                keep(&mut self.roots, _mm512_sqrt_ps(new_v));
            }
            self.moving = p;
            self.advance(LANES);
        }
    }
}

/// Rows of a product and their update.
#[derive(Clone, Copy)]
struct Part {
    rows: usize,
    columns: usize,
    depth: usize,
    a: Source,
    b: Source,
    arenas: Arenas,
    step: AdamStep,
    scale: f32,
}

// SAFETY: a Part only reads `a` and `b`, which are shared borrows for as long as any Part lives, and only writes its own rows
// of the arenas; `divide` makes disjoint ones.
unsafe impl Send for Part {}

impl Part {
    /// Halves run in parallel down to parts fixed by the shape: the tree of the sum follows from it alone.
    fn divide(self, tile: &Tile, variants: &Variants<Waiting>, threads: Threads) -> f64 {
        let at = (self.rows / 2).next_multiple_of(ROWS_UNIT);
        if 2 * self.rows * self.columns * self.depth <= PART_FLOPS || at >= self.rows {
            return self.run(tile, variants);
        }
        // SAFETY: `at` rows lie within the matrix.
        let a = unsafe { self.a.at(at, 0) };
        let top = Part { rows: at, ..self };
        let bottom = Part { rows: self.rows - at, a, arenas: self.arenas.at(at, 0), ..self };
        let mut sums = (0.0, 0.0);
        let (left, right) = (&mut sums.0, &mut sums.1);
        threads.join(
            move || *left = top.divide(tile, variants, threads),
            move || *right = bottom.divide(tile, variants, threads),
        );
        sums.0 + sums.1
    }

    fn run(self, tile: &Tile, variants: &Variants<Waiting>) -> f64 {
        PACKED.with_borrow_mut(|packed| {
            let (a, b, values) = (
                packed.a.as_mut_ptr().cast::<f32>(),
                packed.b.as_mut_ptr().cast::<f32>(),
                packed.waiting.as_mut_ptr().cast::<f32>(),
            );
            let width = block_width(self.depth, tile);
            let mut sum = 0.0;
            for first in (0..self.columns).step_by(width) {
                let columns = width.min(self.columns - first);
                // SAFETY: the part's own columns; the buffers hold depth x width values, and two rows of tiles.
                sum += unsafe { self.block(tile, variants, [a, b, values], first, columns) };
            }
            sum
        })
    }

    /// All rows of `columns` columns from `first`.
    ///
    /// # Safety
    /// The buffers have room: for MAX_ROWS x ROW_STRIDE values of A, `depth x columns` of B in whole tiles, and
    /// `2 x MAX_ROWS x MAX_WIDTH` gradients.
    unsafe fn block(
        self,
        tile: &Tile,
        variants: &Variants<Waiting>,
        [packed_a, packed_b, values]: [*mut f32; 3],
        first: usize,
        columns: usize,
    ) -> f64 {
        let mut edge = [0.0f32; MAX_TILE];
        let mut waiting = Waiting::new(self.step, self.scale);
        let mut sum = 0.0;
        // SAFETY: the part's own columns; the buffer holds them.
        let (source, unpacked) = unsafe {
            let source = self.b.at(0, first);
            (source, pack_b(source, self.depth, columns, tile.columns, packed_b))
        };
        for (turn, i) in (0..self.rows).step_by(tile.rows).enumerate() {
            let height = tile.rows.min(self.rows - i);
            // SAFETY: the part's own rows; the buffer holds a tile of them.
            let a = unsafe {
                let a = self.a.at(i, 0);
                if height == tile.rows {
                    Lines(a.data, a.column)
                } else {
                    pack_last_rows(a, height, self.depth, tile.rows, packed_a);
                    Lines(packed_a, tile.rows)
                }
            };
            // What waits is in the other half.
            let values = values.wrapping_add(turn % 2 * MAX_ROWS * MAX_WIDTH);
            for j in (0..columns).step_by(tile.columns) {
                let width = tile.columns.min(columns - j);
                let (run, computed) = match (i == 0 && j < unpacked, width <= tile.columns / 2) {
                    (true, _) => (variants.packing, tile.columns),
                    (false, false) => (variants.packed, tile.columns),
                    (false, true) => (variants.half, tile.columns / 2),
                };
                // SAFETY: columns j.. of B were packed above or are by the first row of tiles; the output is a full tile of
                // this half of the buffer, or the edge buffer.
                unsafe {
                    let b = packed_b.add(j * self.depth);
                    let from = Lines(source.data.wrapping_add(j), source.row);
                    let mut into = |out| run(self.depth, a, b, from, out, false, &mut waiting);
                    let out = Target { data: values.add(j), row: columns, column: 1 };
                    if height == tile.rows && width == computed {
                        into(LinesMut(out.data, out.row));
                    } else {
                        let edge = Target { data: edge.as_mut_ptr(), row: tile.columns, column: 1 };
                        into(LinesMut(edge.data, edge.row));
                        copy(edge.source(), height, width, out);
                    }
                }
            }
            // SAFETY: the part's own rows and columns, and their gradients.
            sum += unsafe { waiting.flush() };
            waiting.set(values, height, columns, self.arenas.at(i, first));
        }
        // SAFETY: the last row of tiles.
        sum + unsafe { waiting.flush() }
    }
}

/// Columns of B packed at a time.
fn block_width(depth: usize, tile: &Tile) -> usize {
    (BLOCK_VALUES / depth).min(MAX_WIDTH) / tile.columns * tile.columns
}

/// Adam's update of `p` by `scale` times the gradients `a b`, of shape `[a.rows, b.columns]` like `p` and its moments. Returns
/// the gradients' sum of squares. `grads`, as large, is where they may be written; what it holds afterwards is not said.
///
/// Weights and moments have the bits that [`product`] and [`adam`] give them.
///
/// # Panics
/// If the shapes disagree.
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
    assert_eq!(a.columns, b.rows, "inner dimensions of a product");
    let n = a.rows * b.columns;
    assert!(grads.len() == n && p.len() == n && m.len() == n && v.len() == n, "arenas of one size");
    let (tile, depth) = (&*TILE, a.columns);
    // The transpose of a row-major `a` and a row-major `b`, in one panel.
    let fits = a.rows > 1 && a.row_stride == 1 && b.column_stride == 1 && (1..=MAX_PANEL).contains(&depth);
    match &tile.updating {
        Some(variants)
            if fits && (b.columns <= block_width(depth, tile) || b.columns.is_multiple_of(LANES)) =>
        {
            let part = Part {
                rows: a.rows,
                columns: b.columns,
                depth,
                a: Source { data: a.data.as_ptr(), row: a.row_stride, column: a.column_stride },
                b: Source { data: b.data.as_ptr(), row: b.row_stride, column: b.column_stride },
                arenas: Arenas { at: [p.as_mut_ptr(), m.as_mut_ptr(), v.as_mut_ptr()], stride: b.columns },
                step,
                scale,
            };
            part.divide(tile, variants, threads)
        }
        _ => {
            product(threads, grads, a, b, Epilogue::None);
            adam(threads, step, scale, grads, p, m, v)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};
    use crate::optimizer::Decay;

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 6, stream, step: 0 }, 0, &mut v);
        v
    }

    #[test]
    fn bits_are_those_of_the_product_and_adam_for_any_number_of_threads() {
        let step = AdamStep {
            step_size: 0.01,
            inv_sqrt_correction: 3.0,
            beta1: Decay::new(0.5),
            beta2: Decay::new(0.99),
            eps: 1e-8,
            decay: 0.999,
        };
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
        ] {
            let n = rows * columns;
            let (x, d) = (normal(1, depth * rows), normal(2, depth * columns));
            let (a, b) = (Matrix::new(&x, depth, rows).transposed(), Matrix::new(&d, depth, columns));
            let (p0, m0) = (normal(3, n), normal(4, n));
            let v0: Vec<f32> = normal(5, n).iter().map(|v| v * v).collect();
            let (mut g, mut p, mut m, mut v) = (vec![0.0; n], p0.clone(), m0.clone(), v0.clone());
            product(Threads::ONE, &mut g, a, b, Epilogue::None);
            let expected = adam(Threads::ONE, step, 0.5, &g, &mut p, &mut m, &mut v);
            let mut sums = Vec::new();
            for threads in [1, 2, 3, 8] {
                let (mut q, mut o, mut w) = (p0.clone(), m0.clone(), v0.clone());
                let sum = product_adam(
                    Threads::new(threads),
                    step,
                    0.5,
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
