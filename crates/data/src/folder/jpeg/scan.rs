//! One scan: which blocks it has, and the codes of each.

use super::bits::{Bits, Fault, Huffman};
use super::frame::{Component, Frame, Reason, UNKNOWN};

/// A component in a scan.
struct Part {
    /// Its place in the frame.
    component: usize,
    dc: usize,
    ac: usize,
}

/// A scan's header.
pub(super) struct Scan {
    parts: Vec<Part>,
    /// The first coefficient and the last.
    start: usize,
    end: usize,
    /// The bit that the scan adds to, of coefficients known already; 0: these are their first bits.
    high: u8,
}

/// The tables for one component.
struct Tables<'a> {
    dc: Option<&'a Huffman>,
    ac: Option<&'a Huffman>,
}

impl Scan {
    /// Reads and checks the header, and notes in the frame which coefficients the scan has.
    pub(super) fn read(segment: &[u8], frame: &mut Frame) -> Result<Scan, Reason> {
        let short = "a scan's header is cut short";
        let (&count, rest) = segment.split_first().ok_or(short)?;
        let count = usize::from(count);
        let described = rest.get(..2 * count).ok_or(short)?;
        let [start, end, bits] = *rest.get(2 * count..).and_then(<[u8]>::first_chunk::<3>).ok_or(short)?;
        let mut parts: Vec<Part> = Vec::with_capacity(count);
        for described in described.chunks_exact(2) {
            let component = frame.components.iter().position(|component| component.id == described[0]);
            let component = component.ok_or("a scan is of a channel that the frame has not")?;
            if parts.iter().any(|part| part.component == component) {
                return Err("a scan has the same channel twice".into());
            }
            parts.push(Part {
                component,
                dc: usize::from(described[1] >> 4),
                ac: usize::from(described[1] & 15),
            });
        }
        // A baseline scan has everything, whatever its header says.
        let (start, end, high, low) = match frame.progressive {
            true => (usize::from(start), usize::from(end), bits >> 4, bits & 15),
            false => (0, 63, 0, 0),
        };
        let of_one = start == 0 && end == 0 || start > 0 && start <= end && end < 64 && parts.len() == 1;
        let refines = high == 0 || high == low + 1;
        if parts.is_empty() || parts.len() > 4 || low > 13 || frame.progressive && !of_one || !refines {
            return Err("a scan's header is impossible".into());
        }
        for part in &parts {
            for bits in &mut frame.components[part.component].missing_bits[start..=end] {
                // A first scan of known coefficients replaces them. A scan that refines unknown coefficients is damage.
                if high > 0 && *bits == UNKNOWN {
                    return Err("a scan refines what has not come".into());
                }
                *bits = low;
            }
        }
        Ok(Scan { parts, start, end, high })
    }

    /// Decodes all codes of the scan.
    pub(super) fn walk(
        &self,
        frame: &mut Frame,
        [dc, ac]: [&[Option<Huffman>; 4]; 2],
        restart_interval: usize,
        bits: &mut Bits,
    ) -> Result<(), Fault> {
        let table = |of: &[Option<Huffman>; 4], i: usize| of.get(i).and_then(Option::as_ref).is_some();
        let (needs_dc, needs_ac) = (self.start == 0 && self.high == 0, self.end > 0);
        if self.parts.iter().any(|p| needs_dc && !table(dc, p.dc) || needs_ac && !table(ac, p.ac)) {
            return Err(Fault::NoTable);
        }
        let tables: Vec<Tables> = self
            .parts
            .iter()
            .map(|p| Tables {
                dc: dc.get(p.dc).and_then(Option::as_ref),
                ac: ac.get(p.ac).and_then(Option::as_ref),
            })
            .collect();
        // One component: its blocks. Several: units of blocks of each.
        let alone = self.parts.len() == 1;
        let (columns, rows) = match alone {
            true => {
                let component = &frame.components[self.parts[0].component];
                (component.columns, component.rows)
            }
            false => frame.units,
        };
        let mut run = 0;
        let mut until_restart = restart_interval;
        let mut restarts = 0_u8;
        for unit in 0..columns * rows {
            if restart_interval > 0 {
                if until_restart == 0 {
                    bits.restart(restarts % 8)?;
                    restarts = restarts.wrapping_add(1);
                    (until_restart, run) = (restart_interval, 0);
                }
                until_restart -= 1;
            }
            let (row, column) = (unit / columns, unit % columns);
            for (part, tables) in self.parts.iter().zip(&tables) {
                let component = &mut frame.components[part.component];
                let (h, v) = if alone { (1, 1) } else { (component.h, component.v) };
                for y in 0..v {
                    for x in 0..h {
                        if frame.progressive {
                            let place = (row * v + y) * component.stride + column * h + x;
                            self.progressive(component, place, tables, &mut run, bits)?;
                        } else {
                            baseline(tables, bits)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// A block of a progressive scan.
    fn progressive(
        &self,
        component: &mut Component,
        place: usize,
        tables: &Tables,
        run: &mut u32,
        bits: &mut Bits,
    ) -> Result<(), Fault> {
        match (self.start, self.high, tables.ac) {
            (0, 0, _) => difference(tables, bits),
            (0, ..) => bits.take(1).map(|_| ()),
            (_, high, Some(ac)) => {
                let nonzero = component.nonzero.get_mut(place).ok_or(Fault::Coefficients)?;
                if high == 0 {
                    self.first(nonzero, ac, run, bits)
                } else {
                    self.refine(nonzero, ac, run, bits)
                }
            }
            _ => Err(Fault::NoTable),
        }
    }

    /// The first bits of coefficients other than the mean (T.81, G.1.2.2).
    fn first(&self, nonzero: &mut u64, ac: &Huffman, run: &mut u32, bits: &mut Bits) -> Result<(), Fault> {
        if *run > 0 {
            *run -= 1;
            return Ok(());
        }
        let mut at = self.start;
        while at <= self.end {
            // The bits of the coefficient are passed over with its code.
            let symbol = bits.code(ac, |symbol| u32::from(symbol & 15))?;
            let (zeros, size) = (usize::from(symbol >> 4), symbol & 15);
            match (zeros, size) {
                (15, 0) => at += 16,
                (zeros, 0) => {
                    *run = (1 << zeros) + bits.take(zeros as u32)? - 1;
                    break;
                }
                _ => {
                    at += zeros;
                    if at > self.end {
                        return Err(Fault::Coefficients);
                    }
                    *nonzero |= 1 << at;
                    at += 1;
                }
            }
        }
        Ok(())
    }

    /// One more bit of coefficients other than the mean (T.81, G.1.2.3).
    fn refine(&self, nonzero: &mut u64, ac: &Huffman, run: &mut u32, bits: &mut Bits) -> Result<(), Fault> {
        let mut at = self.start;
        if *run == 0 {
            while at <= self.end {
                let symbol = bits.symbol(ac)?;
                let (mut zeros, size) = (usize::from(symbol >> 4), symbol & 15);
                match (zeros, size) {
                    (15, 0) => {}
                    (zeros, 0) => {
                        // This block is the first of the run.
                        *run = (1 << zeros) + bits.take(zeros as u32)?;
                        break;
                    }
                    (_, 1) => drop(bits.take(1)?),
                    _ => return Err(Fault::Refined),
                }
                // Skips this many zero coefficients. Each coefficient that is not zero has one bit.
                while at <= self.end {
                    if *nonzero >> at & 1 == 1 {
                        bits.take(1)?;
                    } else if zeros == 0 {
                        if size == 1 {
                            *nonzero |= 1 << at;
                        }
                        break;
                    } else {
                        zeros -= 1;
                    }
                    at += 1;
                }
                at += 1;
            }
        }
        if *run > 0 {
            for at in at..=self.end {
                if *nonzero >> at & 1 == 1 {
                    bits.take(1)?;
                }
            }
            *run -= 1;
        }
        Ok(())
    }
}

/// The mean of a block, as the difference from the one before.
fn difference(tables: &Tables, bits: &mut Bits) -> Result<(), Fault> {
    let table = tables.dc.ok_or(Fault::NoTable)?;
    // Up to 15 bits of a difference: more would be no code of 8-bit pixels.
    let size = bits.code(table, |size| u32::from(size.min(16)))?;
    if size > 15 { Err(Fault::NoCode) } else { Ok(()) }
}

/// A block of a baseline scan (T.81, F.1.2).
fn baseline(tables: &Tables, bits: &mut Bits) -> Result<(), Fault> {
    difference(tables, bits)?;
    let ac = tables.ac.ok_or(Fault::NoTable)?;
    let mut at = 1;
    while at < 64 {
        let symbol = bits.code(ac, |symbol| u32::from(symbol & 15))?;
        let (zeros, size) = (usize::from(symbol >> 4), symbol & 15);
        if size == 0 {
            if zeros < 15 {
                break;
            }
            at += 16;
            continue;
        }
        at += zeros + 1;
        if at > 64 {
            return Err(Fault::Coefficients);
        }
    }
    Ok(())
}
