//! Rows of a table chosen by the images' labels: embeddings, their gradients, and projection onto them.

use multiversion::multiversion;

use crate::sums::dot_block;
use crate::threads::{Rows, RowsMut, Threads, split};

/// `y[i] = [x[i], table[labels[i]]]`, rows of `x` `inputs` wide and of the table `features`; without a table
/// zeros stand for its rows.
///
/// # Panics
/// If the lengths disagree or a label has no row.
pub fn concat(
    labels: &[u32],
    x: &[f32],
    table: Option<&[f32]>,
    (inputs, features): (usize, usize),
    y: &mut [f32],
) {
    assert!(x.len() == labels.len() * inputs, "a row of {inputs} a label");
    assert!(y.len() == labels.len() * (inputs + features), "{features} more values a row");
    let rows = y.chunks_exact_mut(inputs + features).zip(x.chunks_exact(inputs));
    for ((y, x), &label) in rows.zip(labels) {
        let (own, appended) = y.split_at_mut(inputs);
        own.copy_from_slice(x);
        match table {
            Some(table) => appended.copy_from_slice(row(table, features, label)),
            None => appended.fill(0.0),
        }
    }
}

/// `out[label] += sum scale[i] x[i]` over the images `i` of each label (`scale` 1 where `None`), with `x[i]`
/// the last `width` values of row `i` of `rows`: an embedding's gradient.
///
/// # Panics
/// If the lengths disagree.
pub fn scatter_add(
    threads: Threads,
    labels: &[u32],
    scale: Option<&[f32]>,
    rows: &[f32],
    width: usize,
    out: &mut [f32],
) {
    assert!(rows.len().is_multiple_of(labels.len().max(1)), "as long rows for every label");
    assert!(out.len().is_multiple_of(width), "rows of {width}");
    assert!(scale.is_none_or(|s| s.len() == labels.len()), "one coefficient a label");
    let stride = rows.len() / labels.len().max(1);
    split(threads, out.len() / width, labels.len() * width, 1, RowsMut(out, width), &|first, out| {
        for (i, (row, &label)) in rows.chunks_exact(stride).zip(labels).enumerate() {
            let Some(own) = (label as usize).checked_sub(first) else { continue };
            if let Some(out) = out.0.chunks_exact_mut(width).nth(own) {
                add_scaled(scale.map_or(1.0, |s| s[i]), &row[stride - width..], out);
            }
        }
    });
}

/// `y[i] = x[i] · (w + table[labels[i]]) + bias` (Miyato and Koyama 2018).
///
/// # Panics
/// If the lengths disagree or a label has no row.
pub fn project(
    threads: Threads,
    labels: &[u32],
    w: &[f32],
    table: &[f32],
    bias: f32,
    x: &[f32],
    y: &mut [f32],
) {
    let width = w.len();
    assert!(x.len() == labels.len() * width && y.len() == labels.len(), "a row of {width} a label");
    let work = (RowsMut(y, 1), Rows(x, width), Rows(labels, 1));
    split(threads, labels.len(), x.len(), 1, work, &|_, (y, x, labels)| {
        for ((y, x), &label) in y.0.iter_mut().zip(x.0.chunks_exact(width)).zip(labels.0) {
            *y = (dot_block(x, w) + dot_block(x, row(table, width, label))) as f32 + bias;
        }
    });
}

/// The transpose of [`project`] in `x`: `dx[i] = d[i] (w + table[labels[i]])`.
///
/// # Panics
/// If the lengths disagree or a label has no row.
pub fn project_transposed(
    threads: Threads,
    labels: &[u32],
    w: &[f32],
    table: &[f32],
    d: &[f32],
    dx: &mut [f32],
) {
    let width = w.len();
    assert!(dx.len() == labels.len() * width && d.len() == labels.len(), "a row of {width} a label");
    let n = dx.len();
    let work = (RowsMut(dx, width), Rows(d, 1), Rows(labels, 1));
    split(threads, labels.len(), n, 1, work, &|_, (dx, d, labels)| {
        for ((dx, &d), &label) in dx.0.chunks_exact_mut(width).zip(d.0).zip(labels.0) {
            scaled_sum(d, w, row(table, width, label), dx);
        }
    });
}

fn row(table: &[f32], width: usize, label: u32) -> &[f32] {
    &table[label as usize * width..][..width]
}

#[multiversion(targets("x86_64+avx2"))]
fn add_scaled(c: f32, x: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(x).for_each(|(o, x)| *o += c * x);
}

#[multiversion(targets("x86_64+avx2"))]
fn scaled_sum(c: f32, a: &[f32], b: &[f32], out: &mut [f32]) {
    out.iter_mut().zip(a).zip(b).for_each(|((o, a), b)| *o = c * (a + b));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::noise::{NoiseKey, fill_normal};

    fn normal(stream: u64, n: usize) -> Vec<f32> {
        let mut v = vec![0.0; n];
        fill_normal(NoiseKey { seed: 18, stream, step: 0 }, 0, &mut v);
        v
    }

    #[test]
    fn kernels_equal_their_scalar_twins_for_any_number_of_threads() {
        for (images, classes, inputs, features) in [(1, 1, 1, 1), (7, 3, 5, 4), (64, 10, 700, 300)] {
            let labels: Vec<u32> = (0..images).map(|i| (i * 7 % classes) as u32).collect();
            let (x, c) = (normal(1, images * inputs), normal(2, images));
            let (table, w) = (normal(3, classes * inputs.max(features)), normal(4, inputs));
            let wide = |v: f32| f64::from(v);
            for threads in [1, 2, 5] {
                let threads = Threads::new(threads);
                let mut y = vec![f32::NAN; images * (inputs + features)];
                concat(&labels, &x, Some(&table), (inputs, features), &mut y);
                let mut zeros = vec![f32::NAN; y.len()];
                concat(&labels, &x, None, (inputs, features), &mut zeros);
                let mut sums = vec![0.5; classes * features];
                scatter_add(threads, &labels, Some(&c), &y, features, &mut sums);
                let mut plain = vec![0.5; classes * features];
                scatter_add(threads, &labels, None, &y, features, &mut plain);
                let (mut logits, mut dx) = (vec![f32::NAN; images], vec![f32::NAN; x.len()]);
                project(threads, &labels, &w, &table, 0.25, &x, &mut logits);
                project_transposed(threads, &labels, &w, &table, &c, &mut dx);
                let (mut scaled, mut counted) = (vec![0.5; sums.len()], vec![0.5; sums.len()]);
                for (i, y) in y.chunks(inputs + features).enumerate() {
                    let (x, label) = (&x[i * inputs..(i + 1) * inputs], labels[i] as usize);
                    assert_eq!(y[..inputs], *x);
                    assert_eq!(y[inputs..], table[label * features..(label + 1) * features]);
                    assert_eq!(zeros[i * y.len()..][..inputs], *x);
                    assert!(zeros[i * y.len() + inputs..(i + 1) * y.len()].iter().all(|&v| v == 0.0));
                    for (j, v) in y[inputs..].iter().enumerate() {
                        scaled[label * features + j] += c[i] * v;
                        counted[label * features + j] += v;
                    }
                    let direction = |j: usize| w[j] + table[label * inputs + j];
                    let logit = (0..inputs).map(|j| wide(x[j]) * wide(direction(j))).sum::<f64>() + 0.25;
                    assert!((wide(logits[i]) - logit).abs() < 1e-4, "{} {logit}", logits[i]);
                    assert!((0..inputs).all(|j| dx[i * inputs + j] == c[i] * direction(j)));
                }
                assert_eq!((sums, plain), (scaled, counted));
            }
        }
    }
}
