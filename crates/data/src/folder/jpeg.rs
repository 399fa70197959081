//! Whether a JPEG is whole: its scans decoded as far as bits go, without making pixels.
//!
//! The decoder that makes pixels paints missing parts grey without an error. libjpeg warns ("premature end of
//! data segment") or gives up; programs that check its warnings report the file as broken. An end marker at the end
//! of the file proves little: a photograph cut in the middle with another one behind it has one. So every block of
//! every scan is counted here. A scan is sound if its bits reach for all of its blocks; the image is whole if
//! every coefficient of every component has all of its bits, and an end marker follows. Bytes
//! behind that marker are not part of the image: phones put videos there.
//!
//! Source: ITU-T T.81, annexes B, F and G.

mod bits;
mod frame;
mod scan;

use bits::{Bits, Huffman};
pub(super) use frame::Reason;
use frame::{Component, Frame, ends, precise};
use scan::Scan;

/// What scans need, as far as it has been read.
struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    frame: Option<Frame>,
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    /// Units between two restart markers; 0: no such markers.
    restart_interval: usize,
}

/// Checks that a JPEG is whole.
///
/// # Errors
/// What is missing or wrong, or the kind of JPEG if it is not supported.
pub(super) fn check(bytes: &[u8]) -> Result<(), Reason> {
    let mut walk = Walk::new(bytes);
    loop {
        match walk.marker()? {
            0xd8 => return Err("another image begins before this one ends".into()),
            0xd9 => return walk.whole(),
            // Markers that stand alone.
            0x01 | 0xd0..=0xd7 => {}
            marker => {
                let segment = walk.segment()?;
                walk.take(marker, segment)?;
            }
        }
    }
}

/// Checks that a JPEG is of a supported kind. The decoder reports other errors.
///
/// # Errors
/// Which kind it is.
pub(super) fn readable(bytes: &[u8]) -> Result<(), Reason> {
    let mut walk = Walk::new(bytes);
    while let Ok(marker) = walk.marker() {
        // The image ends, or has an unusual structure.
        if matches!(marker, 0x01 | 0xd0..=0xd9) {
            break;
        }
        if let Some(kind) = unread(marker) {
            return Err(kind.into());
        }
        match (marker, walk.segment()) {
            (0xc0..=0xc2, Ok([precision, ..])) if *precision != 8 => return Err(precise(*precision)),
            // The frame comes before the first scan.
            (0xc0..=0xc2 | 0xda, _) | (_, Err(_)) => break,
            _ => {}
        }
    }
    Ok(())
}

/// The names of the kinds that are not supported, by their markers.
fn unread(marker: u8) -> Option<&'static str> {
    Some(match marker {
        0xc3 => "a lossless JPEG, which is not read here",
        0xc5..=0xc7 | 0xcd..=0xcf | 0xde | 0xdf => "a hierarchical JPEG, which is not read here",
        0xc9..=0xcc => "an arithmetic-coded JPEG, which is not read here",
        _ => return None,
    })
}

impl<'a> Walk<'a> {
    /// At the first marker behind the one that every JPEG begins with.
    fn new(bytes: &'a [u8]) -> Walk<'a> {
        let none = || [None, None, None, None];
        Walk { bytes, at: 2, frame: None, dc: none(), ac: none(), restart_interval: 0 }
    }

    /// The next marker. Bytes before it belong to no segment and are skipped, as in libjpeg.
    fn marker(&mut self) -> Result<u8, Reason> {
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            let Some(found) = rest.iter().position(|&byte| byte == 0xff) else { return Err(ends()) };
            self.at += found + 1;
            // Any number of 0xff may stand before a marker.
            while self.bytes.get(self.at) == Some(&0xff) {
                self.at += 1;
            }
            match self.bytes.get(self.at) {
                None => return Err(ends()),
                Some(0) => {}
                Some(&marker) => {
                    self.at += 1;
                    return Ok(marker);
                }
            }
        }
    }

    /// The bytes of the segment that begins here, without its length.
    fn segment(&mut self) -> Result<&'a [u8], Reason> {
        let length = self.bytes.get(self.at..self.at + 2).ok_or_else(ends)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if length < 2 {
            return Err("a segment has an impossible length".into());
        }
        let segment = self.bytes.get(self.at + 2..self.at + length).ok_or_else(ends)?;
        self.at += length;
        Ok(segment)
    }

    fn take(&mut self, marker: u8, segment: &'a [u8]) -> Result<(), Reason> {
        if let Some(kind) = unread(marker) {
            return Err(kind.into());
        }
        match marker {
            0xc0..=0xc2 => {
                if self.frame.is_some() {
                    return Err("a second image begins before the first one ends".into());
                }
                self.frame = Some(Frame::read(segment, marker == 0xc2)?);
            }
            0xc4 => self.tables(segment)?,
            0xdd => {
                let interval = segment.get(..2).ok_or("the restart interval is cut short")?;
                self.restart_interval = usize::from(u16::from_be_bytes([interval[0], interval[1]]));
            }
            0xda => {
                let frame = self.frame.as_mut().ok_or("a scan begins before the frame's header")?;
                let mut bits = Bits::new(self.bytes, self.at);
                let scan = Scan::read(segment, frame)?;
                let walked = scan.walk(frame, [&self.dc, &self.ac], self.restart_interval, &mut bits);
                walked.map_err(|fault| bits.reason(fault))?;
                self.at = bits.end();
            }
            // Comments, application data, quantisation tables.
            _ => {}
        }
        Ok(())
    }

    /// Huffman tables: a class and a number, how many codes of each length, and their values.
    fn tables(&mut self, mut segment: &[u8]) -> Result<(), Reason> {
        while let Some((&which, rest)) = segment.split_first() {
            let (table, used) = Huffman::read(rest)?;
            let tables = if which >> 4 == 0 { &mut self.dc } else { &mut self.ac };
            let slot =
                tables.get_mut(usize::from(which & 15)).ok_or("a Huffman table has an impossible number")?;
            *slot = Some(table);
            segment = &rest[used..];
        }
        Ok(())
    }

    /// Checks at the end marker that the image is complete.
    fn whole(&self) -> Result<(), Reason> {
        let Some(frame) = &self.frame else { return Err("there is no image in it".into()) };
        let missing = |component: &Component| component.missing_bits.iter().any(|&bits| bits != 0);
        if frame.components.iter().any(missing) {
            return Err("the image ends before all of its scans have come".into());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
