//! The methods by which a convolution is computed, and the choice among them.

use super::lowering::Lowered;
use super::window::Window;
use super::winograd::Winograd;

/// How an operation is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    /// A product whose left factor is read from the images in place. For a weight gradient, the left factor is the large side.
    ImplicitGemm,
    /// To few channels: every pixel is multiplied by every tap, then the results are summed. For a weight gradient, the left factor
    /// is the small side.
    Col2im,
    /// Winograd's tiles.
    Winograd,
}

/// A method for each operation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Methods {
    pub(super) forward: Method,
    pub(super) adjoint: Method,
    pub(super) gradient: Method,
}

impl Methods {
    /// Those that cost least, counted in multiply-adds of half tiles 16 wide.
    pub(super) fn of(
        window: &Window,
        (forward, adjoint): (&Lowered, &Lowered),
        (forward_tiles, adjoint_tiles): (Option<&Winograd>, Option<&Winograd>),
    ) -> Methods {
        /// What a sum outside a product costs, in multiply-adds within.
        const SUM: usize = 48;
        /// Winograd's tiles must cost less by this factor: they are less exact.
        const MARGIN: (usize, usize) = (3, 2);
        let wide = |columns: usize| columns.next_multiple_of(16);
        let taps = window.kernel.0 * window.kernel.1;
        let (large, small) = (window.large.0 * window.large.1, window.small.0 * window.small.1);
        let Window { large_channels, small_channels, .. } = *window;
        let col2im = |pixels, from, to| (Method::Col2im, pixels * (from * wide(taps * to) + SUM * taps * to));
        let tiles = |tiles: Option<&Winograd>| {
            (Method::Winograd, tiles.map_or(usize::MAX, |tiles| MARGIN.0 * tiles.cost() / MARGIN.1))
        };
        let least = |methods: [(Method, usize); 3]| {
            methods
                .into_iter()
                .min_by_key(|(_, cost)| *cost)
                .map_or(Method::ImplicitGemm, |(method, _)| method)
        };
        let gradient = |lowered: &Lowered, to| match lowered.gradient_multiplies() {
            0 => usize::MAX,
            multiplies => multiplies * wide(to),
        };
        Methods {
            forward: least([
                (Method::ImplicitGemm, forward.multiplies() * wide(small_channels)),
                col2im(large, large_channels, small_channels),
                tiles(forward_tiles),
            ]),
            adjoint: least([
                (Method::ImplicitGemm, adjoint.multiplies() * wide(large_channels)),
                col2im(small, small_channels, large_channels),
                tiles(adjoint_tiles),
            ]),
            gradient: least([
                (Method::ImplicitGemm, gradient(forward, small_channels)),
                (Method::Col2im, gradient(adjoint, large_channels)),
                tiles(forward_tiles),
            ]),
        }
    }
}
