//! A picture that is drawn twice: as PNG and as SVG.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, anyhow};
use plotters::coord::Shift;
use plotters::prelude::*;
use run::picture::write_picture;

use super::bring_font;

/// Something that can draw itself.
pub(crate) trait Drawing {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);

    /// Draws it on an area of its size.
    ///
    /// # Errors
    /// The drawing library's text.
    fn draw<DB: DrawingBackend>(&self, root: &DrawingArea<DB, Shift>) -> Result<(), String>;

    /// Draws it into a PNG and an SVG file.
    ///
    /// # Errors
    /// Where it cannot be drawn, or the files cannot be written.
    fn write(&self, png: &Path, svg: &Path) -> anyhow::Result<()> {
        bring_font()?;
        let (width, height) = self.size();
        let failed = |e| anyhow!("{}: cannot draw: {e}", png.display());
        let mut pixels = vec![0; (width * height * 3) as usize];
        self.draw(&BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area())
            .map_err(failed)?;
        let unwritten = |path: &Path| format!("{}: cannot write the picture", path.display());
        write_picture(png, &pixels, width as usize, height as usize, 3).with_context(|| unwritten(png))?;
        let mut drawn = String::new();
        self.draw(&SVGBackend::with_string(&mut drawn, (width, height)).into_drawing_area())
            .map_err(failed)?;
        // XML must not contain control characters, so they are escaped.
        let drawn = data::shown_lines(&drawn);
        data::write_atomic(svg, |out| {
            out.write_all(drawn.as_bytes()).map_err(|e| data::DataError::io(svg, "write", e))
        })
        .with_context(|| unwritten(svg))
    }
}
