//! Layers that multiply by weights.

use kernels::spectral::MatrixView;

/// `x W + b`, `W` of shape `[inputs, outputs]`; no bias where it is empty.
pub(super) fn dense(x: &[f64], inputs: usize, weight: &[f64], bias: &[f64], outputs: usize) -> Vec<f64> {
    let mut y = vec![0.0; x.len() / inputs * outputs];
    for (y, x) in y.chunks_exact_mut(outputs).zip(x.chunks_exact(inputs)) {
        for (j, y) in y.iter_mut().enumerate() {
            let sum: f64 = x.iter().zip(weight.iter().skip(j).step_by(outputs)).map(|(x, w)| x * w).sum();
            *y = sum + bias.get(j).copied().unwrap_or(0.0);
        }
    }
    y
}

/// `W / uᵀ W v`.
pub(super) fn spectrally_normalised(weight: &[f64], matrix: MatrixView, u: &[f64], v: &[f64]) -> Vec<f64> {
    let MatrixView { outputs, inner, .. } = matrix;
    assert_eq!(u.len(), outputs, "a twin with spectral normalisation needs the network's state");
    let terms = weight
        .iter()
        .enumerate()
        .map(|(p, w)| w * u[p / inner % outputs] * v[p / (outputs * inner) * inner + p % inner]);
    let sigma: f64 = terms.sum();
    weight.iter().map(|w| w / sigma).collect()
}

/// `[x, table[label]]`.
pub(super) fn append_rows(
    x: &[f64],
    inputs: usize,
    table: &[f64],
    features: usize,
    labels: &[usize],
) -> Vec<f64> {
    let rows = x.chunks_exact(inputs).zip(labels);
    rows.flat_map(|(x, label)| [x, &table[label * features..(label + 1) * features]].concat()).collect()
}

/// `x · (w + table[label]) + b`.
pub(super) fn project(x: &[f64], weight: &[f64], bias: &[f64], table: &[f64], labels: &[usize]) -> Vec<f64> {
    let inputs = weight.len();
    let rows = x.chunks_exact(inputs).zip(labels);
    rows.map(|(x, label)| {
        let row = &table[label * inputs..(label + 1) * inputs];
        let sum: f64 = x.iter().zip(weight.iter().zip(row)).map(|(x, (w, e))| x * (w + e)).sum();
        sum + bias.first().copied().unwrap_or(0.0)
    })
    .collect()
}
