//! Matrix products, cut into parts for the threads, with what follows applied while a part is still in cache.

use std::cell::Cell;

use crate::activation::{Activation, bias_activation_row, derivative_row};
use crate::threads::Threads;

/// Longest inner dimension handed to the library at once. Longer ones are cut evenly, so that the order of every sum
/// follows from the shape alone and not from the library's reading of the machine's caches.
const MAX_DEPTH: usize = 512;
/// Least work worth a thread of its own, about 10 us.
const MIN_FLOPS_PER_PART: usize = 1_000_000;
/// Fewest rows or columns of a part: below it the library takes other routes, whose sums run in another order.
const MIN_SIDE: usize = 32;

/// A matrix seen through strides: a view of row-major data, or its transpose.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    data: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// Row-major `[rows, columns]`.
    ///
    /// # Panics
    /// If `data` is not `rows * columns` long.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Matrix<'a> {
        assert_eq!(data.len(), rows * columns, "matrix of {rows} x {columns}");
        Matrix { data, rows, columns, row_stride: columns, column_stride: 1 }
    }

    /// The transpose, without a copy.
    pub fn transposed(self) -> Matrix<'a> {
        Matrix {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// What happens to each value of a product before it is left.
#[derive(Clone, Copy)]
pub enum Epilogue<'a> {
    /// Nothing.
    None,
    /// Nothing, and the product is added to what the output held.
    Accumulate,
    /// `f(v + bias[column])`.
    BiasActivation(Option<&'a [f32]>, Activation),
    /// `v * f'(x)` where `y = f(x)`, `y` of the output's shape.
    Derivative(Activation, &'a [f32]),
}

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside the product library just now: what it allocates there is its own affair.
/// Tests that count our allocations ask this.
pub fn inside_product() -> bool {
    INSIDE.with(Cell::get)
}

/// A block of one product, by pointers, so that blocks of the same output can be written from several threads.
#[derive(Clone, Copy)]
struct Block {
    rows: usize,
    columns: usize,
    depth: usize,
    a: *const f32,
    a_strides: (usize, usize),
    b: *const f32,
    b_strides: (usize, usize),
    out: *mut f32,
    out_stride: usize,
    first_row: usize,
    first_column: usize,
}

// SAFETY: a Block only reads `a` and `b`, which are shared borrows for as long as any Block lives, and only writes its own
// rectangle of `out`; `rows_cut` and `columns_cut` make disjoint rectangles.
unsafe impl Send for Block {}

impl Block {
    fn rows_cut(self, at: usize) -> (Block, Block) {
        debug_assert!(at <= self.rows);
        // SAFETY: `at <= rows`, so both pointers stay within (or one past) the matrices that `product` checked.
        let (a, out) = unsafe { (self.a.add(at * self.a_strides.0), self.out.add(at * self.out_stride)) };
        (
            Block { rows: at, ..self },
            Block { rows: self.rows - at, a, out, first_row: self.first_row + at, ..self },
        )
    }

    fn columns_cut(self, at: usize) -> (Block, Block) {
        debug_assert!(at <= self.columns);
        // SAFETY: `at <= columns`, as above.
        let (b, out) = unsafe { (self.b.add(at * self.b_strides.1), self.out.add(at)) };
        (
            Block { columns: at, ..self },
            Block { columns: self.columns - at, b, out, first_column: self.first_column + at, ..self },
        )
    }

    fn run(self, epilogue: Epilogue) {
        let panels = self.depth.div_ceil(MAX_DEPTH).max(1);
        let mut done = 0;
        INSIDE.with(|inside| inside.set(true));
        for panel in 0..panels {
            let depth = (self.depth - done).div_ceil(panels - panel);
            let beta = if panel > 0 || matches!(epilogue, Epilogue::Accumulate) { 1.0 } else { 0.0 };
            // SAFETY: `product` checked that `a` holds rows x depth, `b` depth x columns and `out` rows x columns under
            // these strides, and that `out` overlaps neither (it is an exclusive borrow); the blocks run at once write
            // disjoint rectangles.
            unsafe {
                gemmkit::gemm_unchecked(
                    self.rows,
                    depth,
                    self.columns,
                    1.0,
                    self.a.add(done * self.a_strides.1),
                    self.a_strides.0 as isize,
                    self.a_strides.1 as isize,
                    self.b.add(done * self.b_strides.0),
                    self.b_strides.0 as isize,
                    self.b_strides.1 as isize,
                    beta,
                    self.out,
                    self.out_stride as isize,
                    1,
                    gemmkit::Parallelism::Serial,
                );
            }
            done += depth;
        }
        INSIDE.with(|inside| inside.set(false));
        self.finish(epilogue);
    }

    fn finish(self, epilogue: Epilogue) {
        if let Epilogue::None | Epilogue::Accumulate = epilogue {
            return;
        }
        let columns = self.first_column..self.first_column + self.columns;
        for row in 0..self.rows {
            // SAFETY: row `row` of this block's own rectangle, which nobody else touches while it runs.
            let out =
                unsafe { std::slice::from_raw_parts_mut(self.out.add(row * self.out_stride), self.columns) };
            match epilogue {
                Epilogue::BiasActivation(bias, f) => {
                    bias_activation_row(f, bias.map(|b| &b[columns.clone()]), out);
                }
                Epilogue::Derivative(f, y) => {
                    let start = (self.first_row + row) * self.out_stride;
                    derivative_row(f, &y[start + columns.start..start + columns.end], out);
                }
                Epilogue::None | Epilogue::Accumulate => {}
            }
        }
    }

    /// Cuts into `parts` along the longer side and runs them on the threads.
    fn divide(self, threads: Threads, parts: usize, by_rows: bool, epilogue: Epilogue) {
        let side = if by_rows { self.rows } else { self.columns };
        let left = parts / 2;
        // Whole register tiles on the left side of the cut.
        let at = (side * left / parts.max(1)).next_multiple_of(16);
        if parts <= 1 || at < MIN_SIDE || at + MIN_SIDE > side {
            return self.run(epilogue);
        }
        let (a, b) = if by_rows { self.rows_cut(at) } else { self.columns_cut(at) };
        threads.join(
            move || a.divide(threads, left, by_rows, epilogue),
            move || b.divide(threads, parts - left, by_rows, epilogue),
        );
    }
}

/// `out = epilogue(a b)`, `out` row-major of shape `[a.rows, b.columns]`.
///
/// Parts of the output are computed on up to `threads` threads; the bits do not depend on how many.
///
/// # Panics
/// If the shapes disagree, or the epilogue's bias or output has another size.
pub fn product(threads: Threads, out: &mut [f32], a: Matrix, b: Matrix, epilogue: Epilogue) {
    assert_eq!(a.columns, b.rows, "inner dimensions of a product");
    assert_eq!(out.len(), a.rows * b.columns, "output of {} x {}", a.rows, b.columns);
    match epilogue {
        Epilogue::BiasActivation(Some(bias), _) => assert_eq!(bias.len(), b.columns, "bias"),
        Epilogue::Derivative(_, y) => assert_eq!(y.len(), out.len(), "activation output"),
        _ => {}
    }
    if out.is_empty() {
        return;
    }
    let block = Block {
        rows: a.rows,
        columns: b.columns,
        depth: a.columns,
        a: a.data.as_ptr(),
        a_strides: (a.row_stride, a.column_stride),
        b: b.data.as_ptr(),
        b_strides: (b.row_stride, b.column_stride),
        out: out.as_mut_ptr(),
        out_stride: b.columns,
        first_row: 0,
        first_column: 0,
    };
    let flops = 2 * a.rows * a.columns * b.columns;
    let parts =
        if cfg!(feature = "rayon") { threads.get().min(flops / MIN_FLOPS_PER_PART).max(1) } else { 1 };
    // A transposed right side is packed value by value: let each thread pack only its own columns.
    let by_rows = b.column_stride == 1 && a.rows >= b.columns || b.columns < 2 * MIN_SIDE;
    block.divide(threads, parts, by_rows, epilogue);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 5, stream, step: 0 }, 0, &mut v);
        v
    }

    /// Scalar twin: three loops in float64.
    fn twin(
        m: usize,
        n: usize,
        k: usize,
        at: impl Fn(usize, usize) -> f32,
        b: impl Fn(usize, usize) -> f32,
    ) -> Vec<f64> {
        let mut out = vec![0.0; m * n];
        for i in 0..m {
            for l in 0..k {
                for j in 0..n {
                    out[i * n + j] += at(i, l) as f64 * b(l, j) as f64;
                }
            }
        }
        out
    }

    fn check(m: usize, n: usize, k: usize, transpose_a: bool, transpose_b: bool) {
        let (a, b) = (normal(1, m * k), normal(2, k * n));
        let am = if transpose_a { Matrix::new(&a, k, m).transposed() } else { Matrix::new(&a, m, k) };
        let bm = if transpose_b { Matrix::new(&b, n, k).transposed() } else { Matrix::new(&b, k, n) };
        let expected = twin(
            m,
            n,
            k,
            |i, l| if transpose_a { a[l * m + i] } else { a[i * k + l] },
            |l, j| if transpose_b { b[j * k + l] } else { b[l * n + j] },
        );
        let mut one = vec![f32::NAN; m * n];
        product(Threads::ONE, &mut one, am, bm, Epilogue::None);
        for (o, e) in one.iter().zip(&expected) {
            assert!((*o as f64 - e).abs() < 1e-5 * (k as f64).sqrt() * 10.0, "{m} {n} {k}: {o} {e}");
        }
        for threads in [2, 3, 5, 8, 16] {
            let mut many = vec![f32::NAN; m * n];
            product(Threads::new(threads), &mut many, am, bm, Epilogue::None);
            assert!(one == many, "{m}x{n}x{k} {transpose_a} {transpose_b} differs with {threads} threads");
        }
        let bias = normal(3, n);
        let y = normal(4, m * n);
        let mut fused = vec![0.0; m * n];
        product(
            Threads::new(3),
            &mut fused,
            am,
            bm,
            Epilogue::BiasActivation(Some(&bias), Activation::LeakyRelu(0.2)),
        );
        let mut scaled = vec![0.0; m * n];
        product(Threads::new(3), &mut scaled, am, bm, Epilogue::Derivative(Activation::Tanh, &y));
        let mut added = y.clone();
        product(Threads::new(3), &mut added, am, bm, Epilogue::Accumulate);
        for i in 0..m * n {
            assert_eq!(fused[i], Activation::LeakyRelu(0.2).value(one[i] + bias[i % n]));
            assert_eq!(scaled[i], one[i] * Activation::Tanh.derivative(y[i]));
            assert!((added[i] as f64 - (y[i] as f64 + expected[i])).abs() < 1e-4 * (k as f64).sqrt());
        }
    }

    #[test]
    fn the_shapes_of_the_tutorial_networks() {
        for (m, n, k, ta, tb) in [
            (64, 784, 1024, false, false),
            (512, 1024, 64, true, false),
            (64, 512, 1024, false, true),
            (784, 512, 128, true, false),
            (128, 784, 512, false, true),
            (128, 1, 64, false, false),
            (64, 1, 128, true, false),
            (128, 64, 1, false, true),
            (33, 70, 1500, false, true),
        ] {
            check(m, n, k, ta, tb);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn any_shape(m in 1usize..150, n in 1usize..150, k in 1usize..700, ta: bool, tb: bool) {
            check(m, n, k, ta, tb);
        }
    }
}
