//! What is tried.

use ganymede_nn::Shape;

use super::FEATURES;

/// Layers and the shape of their input.
pub(super) fn cases() -> Vec<(&'static str, Shape)> {
    let flat = Shape::flat(FEATURES);
    let image = Shape { height: 2, width: 2, channels: 3 };
    let wide = Shape { height: 4, width: 6, channels: 2 };
    vec![
        ("[{ conv = 5 }]", wide),
        ("[{ conv = 4, kernel = 5, stride = 2 }, { leaky-relu = 0.2 }, 'flatten', { dense = 3 }]", wide),
        (
            "[{ conv = 3, kernel = 4, stride = 2, padding = 1, bias = false }, 'tanh', { conv = 2, kernel = 1 }]",
            wide,
        ),
        (
            "[{ conv = 4, kernel = 3, stride = 1, padding = 0 }, 'batch-norm', 'relu', 'flatten', { dense = 2 }]",
            wide,
        ),
        (
            "[{ dense = 24 }, { reshape = [2, 3, 4] }, 'tanh', { conv-transpose = 3, kernel = 4, stride = 2 }]",
            flat,
        ),
        (
            "[{ conv-transpose = 5, kernel = 5, stride = 2, padding = 2, output-padding = 1, bias = false }, 'batch-norm', \
             { leaky-relu = 0.3 }, { conv-transpose = 1, kernel = 5, stride = 1 }, 'tanh']",
            wide,
        ),
        (
            "[{ conv-transpose = 3, kernel = 3, stride = 3, padding = 0 }, { leaky-relu = 0.1 }, { conv = 1 }]",
            image,
        ),
        (
            "[{ conv = 5, kernel = 3, stride = 2, spectral-norm = true }, 'relu', 'flatten', { dense = 1 }]",
            wide,
        ),
        (
            "[{ conv-transpose = 3, kernel = 4, stride = 2, spectral-norm = true, bias = false }, 'tanh']",
            wide,
        ),
        (
            "[{ residual = [{ leaky-relu = 0.2 }, { conv = 4 }, { leaky-relu = 0.2 }, { conv = 4 }, { avg-pool = 2 }], \
             shortcut = [{ avg-pool = 2 }, { conv = 4, kernel = 1, bias = false }] }, 'flatten', { dense = 2 }]",
            wide,
        ),
        ("[{ dense = 5 }]", flat),
        ("[{ dense = 5, bias = false }]", flat),
        ("[{ dense = 1 }]", flat),
        ("[{ dense = 5 }, 'relu', { dense = 3 }]", flat),
        ("[{ dense = 5 }, { leaky-relu = 0.2 }, { dense = 3 }]", flat),
        ("[{ dense = 5 }, 'tanh', { dense = 3 }]", flat),
        ("[{ dense = 5, bias = false }, 'sigmoid', { dense = 3, bias = false }]", flat),
        ("[{ dense = 5 }, 'relu', { dense = 4 }, 'tanh']", flat),
        ("[{ dense = 5 }, { leaky-relu = 0.3 }, 'tanh', { dense = 4 }, 'sigmoid']", flat),
        ("['tanh', { dense = 4 }]", flat),
        ("['relu']", flat),
        ("[{ leaky-relu = 0.1 }, 'sigmoid']", flat),
        ("['batch-norm']", flat),
        ("['batch-norm', 'tanh']", flat),
        ("['batch-norm', 'relu', { dense = 4 }]", flat),
        ("['batch-norm', { dense = 4 }, 'tanh']", image),
        ("['tanh', 'batch-norm', { dense = 4 }]", image),
        ("[{ dense = 5 }, 'batch-norm', { dense = 3 }]", flat),
        ("[{ dense = 5, bias = false }, { batch-norm = { eps = 0.01 } }, 'relu', { dense = 3 }]", flat),
        ("[{ dense = 5 }, 'tanh', 'batch-norm', { dense = 3 }]", flat),
        ("[{ dense = 5 }, 'relu', { dropout = 0.4 }, { dense = 3 }]", flat),
        ("[{ dropout = 0.3 }, { dense = 5 }, 'tanh']", flat),
        ("[{ dense = 5 }, { dropout = 0.3 }, 'relu', { dense = 3 }]", flat),
        ("[{ dense = 5 }, 'tanh', { dropout = 0.3 }]", flat),
        ("[{ dropout = 0.2 }, 'batch-norm', { dropout = 0.2 }, { dense = 4 }]", image),
        ("[{ residual = [{ dense = 6 }, 'relu', { dense = 6 }] }, { dense = 3 }]", flat),
        (
            "[{ dense = 5 }, { residual = [{ dense = 5 }, 'tanh', { dense = 5 }] }, 'relu', { dense = 3 }]",
            flat,
        ),
        (
            "[{ dense = 5 }, 'tanh', { residual = ['relu', { dense = 4 }, 'tanh', { dense = 7 }], \
             shortcut = [{ dense = 7, bias = false }] }, { dense = 3 }]",
            flat,
        ),
        (
            "[{ residual = [{ residual = [{ dense = 6 }, 'tanh'] }, 'batch-norm', { dense = 6 }], \
             shortcut = [{ dropout = 0.3 }, { dense = 6 }] }, 'sigmoid']",
            flat,
        ),
        ("['flatten', { dense = 12 }, { reshape = [2, 3, 2] }, 'tanh', 'batch-norm']", image),
        ("[{ dense = 12 }, 'relu', { reshape = [2, 2, 3] }, { upsample = 2 }, { dense = 3 }]", flat),
        ("[{ upsample = 3 }, 'tanh', 'batch-norm']", image),
        ("['tanh', { upsample = 2, method = 'bilinear' }, 'tanh', { dense = 3 }]", wide),
        ("[{ upsample = 3, method = 'bilinear' }]", image),
        ("[{ avg-pool = 2 }, 'tanh', { dense = 3 }]", wide),
        ("['tanh', { avg-pool = 2 }]", image),
        ("['relu', 'global-avg-pool', { dense = 3 }, 'tanh']", wide),
        (
            "[{ residual = [{ avg-pool = 2 }, 'tanh', { upsample = 2 }], shortcut = ['tanh'] }, 'global-avg-pool']",
            image,
        ),
        ("['layer-norm']", image),
        ("['layer-norm', 'tanh', { dense = 4 }]", wide),
        ("[{ dense = 8 }, { layer-norm = { eps = 0.01 } }, 'relu', { dense = 3 }]", flat),
        ("[{ dense = 8 }, 'tanh', 'layer-norm', { dense = 3 }]", flat),
        ("['instance-norm']", wide),
        (
            "[{ dense = 24 }, { reshape = [3, 4, 2] }, { instance-norm = { eps = 0.1 } }, 'relu', { dense = 3 }]",
            flat,
        ),
        ("['tanh', 'instance-norm', 'sigmoid']", wide),
        ("['pixel-norm', { dense = 5 }, { pixel-norm = { eps = 0.1 } }, 'tanh', { dense = 3 }]", flat),
        ("['tanh', 'pixel-norm', { dense = 3 }]", image),
        ("['minibatch-stddev', { dense = 4 }, 'tanh']", image),
        ("[{ dense = 5 }, 'tanh', { minibatch-stddev = { group = 3 } }, { dense = 3 }]", flat),
        ("['tanh', { minibatch-stddev = { group = 20 } }]", image),
        ("[{ class-embedding = 4 }, { dense = 5 }, 'relu', { dense = 3 }]", flat),
        ("[{ class-embedding = 2, init = 'he-normal' }, 'tanh', { class-embedding = 1 }]", image),
        ("['projection-head']", image),
        ("[{ dense = 7 }, 'relu', { projection-head = { bias = false } }, 'tanh']", flat),
        ("[{ dense = 7 }, 'relu', 'classifier-head']", flat),
        ("[{ dense = 7 }, 'tanh', { classifier-head = { bias = false } }, 'tanh']", flat),
        ("[{ diff-augment = ['brightness', 'translation', 'cutout'] }, { dense = 4 }, 'tanh']", wide),
        ("[{ diff-augment = ['cutout', 'contrast', 'saturation', 'brightness'] }]", image),
        (
            "['tanh', { diff-augment = ['translation'] }, { dropout = 0.3 }, { diff-augment = ['cutout'] }]",
            wide,
        ),
        ("[{ dense = 5, spectral-norm = true }]", flat),
        (
            "[{ dense = 5, spectral-norm = true }, 'relu', 'batch-norm', { dense = 3, bias = false, spectral-norm = true }]",
            flat,
        ),
        ("[{ dense = 1, spectral-norm = true }, 'tanh']", image),
        (
            "[{ dense = 8, spectral-norm = true }, { leaky-relu = 0.2 }, \
             { projection-head = { spectral-norm = true } }]",
            flat,
        ),
        ("[{ dense = 8 }, 'tanh', { classifier-head = { spectral-norm = true } }]", flat),
        (
            "[{ dense = 9 }, 'batch-norm', { leaky-relu = 0.2 }, { dropout = 0.3 }, { dense = 6, bias = false }, 'tanh', \
             'batch-norm', 'sigmoid', { dropout = 0.1 }, { dense = 4 }, 'tanh']",
            flat,
        ),
    ]
}
