//! The bits of a scan, and Huffman codes in them.

use super::frame::{Reason, ends};

/// What is wrong with a scan. Small, because it is in the result of every code.
#[derive(Debug, Clone, Copy)]
pub(super) enum Fault {
    /// There are fewer bits than blocks.
    Missing,
    /// The next bits are no code of the table.
    NoCode,
    /// A block with a 65th coefficient.
    Coefficients,
    /// A table that the scan needs is missing.
    NoTable,
    /// A coefficient of several bits where one is added.
    Refined,
}

/// Codes of up to this length are looked up at once.
const LOOKUP_BITS: u32 = 9;

/// The bits between a place in a file and the next marker there.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, from the top.
    buffer: u64,
    /// How many of them are the file's. Those below are zeros.
    count: u32,
    /// A marker, or the end of the file, is at `at`.
    ended: bool,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Bits<'a> {
        Bits { bytes, at, buffer: 0, count: 0, ended: false }
    }

    #[inline]
    fn fill(&mut self) {
        // In most cases the next four bytes hold no marker.
        if self.count <= 32
            && let Some(four) = self.bytes.get(self.at..self.at + 4).and_then(<[u8]>::first_chunk::<4>)
        {
            let four = u32::from_be_bytes(*four);
            if !has_ff(four) {
                self.buffer |= u64::from(four) << (32 - self.count);
                self.count += 32;
                self.at += 4;
                return;
            }
        }
        self.fill_bytes();
    }

    /// [`Bits::fill`] where there may be a marker.
    #[cold]
    fn fill_bytes(&mut self) {
        while self.count <= 56 && !self.ended {
            match (self.bytes.get(self.at), self.bytes.get(self.at + 1)) {
                (Some(0xff), Some(0)) => {
                    self.push(0xff);
                    self.at += 2;
                }
                (None, _) | (Some(0xff), _) => self.ended = true,
                (Some(&byte), _) => {
                    self.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn push(&mut self, byte: u8) {
        self.buffer |= u64::from(byte) << (56 - self.count);
        self.count += 8;
    }

    fn skip(&mut self, count: u32) {
        self.buffer <<= count;
        self.count -= count;
    }

    /// The next `count` bits, at most 16, as a number.
    pub(super) fn take(&mut self, count: u32) -> Result<u32, Fault> {
        if self.count < count {
            self.fill();
            if self.count < count {
                return Err(Fault::Missing);
            }
        }
        let value = if count == 0 { 0 } else { (self.buffer >> (64 - count)) as u32 };
        self.skip(count);
        Ok(value)
    }

    /// The value of the next code.
    pub(super) fn symbol(&mut self, table: &Huffman) -> Result<u8, Fault> {
        self.code(table, |_| 0)
    }

    /// The value of the next code. Then `more` bits of it, at most 16, are skipped.
    #[inline]
    pub(super) fn code(&mut self, table: &Huffman, more: impl Fn(u8) -> u32) -> Result<u8, Fault> {
        if self.count < 32 {
            self.fill();
        }
        let looked_up = table.lookup[(self.buffer >> (64 - LOOKUP_BITS)) as usize];
        let (length, value) = match looked_up >> 8 {
            // Behind the end there are zeros, which may be no code.
            0 => match table.longer((self.buffer >> 48) as u32) {
                Some(found) => found,
                None => return Err(if self.ended { Fault::Missing } else { Fault::NoCode }),
            },
            length => (u32::from(length), looked_up as u8),
        };
        let all = length + more(value);
        if self.count < all {
            // Beside a marker, fewer than 32 bits may have been filled in.
            self.fill();
            if self.count < all {
                return Err(Fault::Missing);
            }
        }
        self.skip(all);
        Ok(value)
    }

    /// Skips the restart marker of this number, which must be the next marker.
    pub(super) fn restart(&mut self, number: u8) -> Result<(), Fault> {
        self.find_marker();
        match self.bytes.get(self.at + 1) {
            Some(&marker) if marker == 0xd0 + number => {
                self.at += 2;
                (self.buffer, self.count, self.ended) = (0, 0, false);
                Ok(())
            }
            _ => Err(Fault::Missing),
        }
    }

    /// Where the marker behind the scan is.
    pub(super) fn end(mut self) -> usize {
        self.find_marker();
        self.at
    }

    /// Goes to the next marker. Bytes before it belong to no scan.
    fn find_marker(&mut self) {
        // The bits of the buffer were behind no marker, so neither is one before `at`.
        while let Some(found) =
            self.bytes.get(self.at..).and_then(|rest| rest.iter().position(|&b| b == 0xff))
        {
            self.at += found;
            match self.bytes.get(self.at + 1) {
                Some(0) => self.at += 2,
                Some(0xff) => self.at += 1,
                _ => return,
            }
        }
        self.at = self.bytes.len();
    }

    /// A fault in words.
    pub(super) fn reason(&mut self, fault: Fault) -> Reason {
        match fault {
            Fault::Missing => {}
            Fault::NoCode => return "its bits are no Huffman codes".into(),
            Fault::Coefficients => return "a block has more coefficients than there are".into(),
            Fault::NoTable => return "a scan's Huffman table is missing".into(),
            Fault::Refined => return "a refined coefficient has more than one bit".into(),
        }
        self.find_marker();
        match self.bytes.get(self.at + 1) {
            None => ends(),
            Some(0xd8) => "another image begins before this one ends".into(),
            Some(_) => "a part of its pixels is missing".into(),
        }
    }
}

/// Whether one of four bytes is 0xff.
fn has_ff(four: u32) -> bool {
    // A byte of the complement is 0: then a borrow sets its highest bit.
    let zeros = !four;
    zeros.wrapping_sub(0x0101_0101) & !zeros & 0x8080_8080 != 0
}

/// A table of codes of 1 to 16 bits.
pub(super) struct Huffman {
    /// By the next [`LOOKUP_BITS`] bits: length and value of the code; 0: a longer one.
    lookup: Box<[u16; 1 << LOOKUP_BITS]>,
    /// For each length, one more than the last code of it, brought to 16 bits; 0: none.
    limits: [u32; 17],
    /// For each length, what to add to a code of it for the place of its value.
    offsets: [i32; 17],
    values: Vec<u8>,
}

impl Huffman {
    /// A table from how many codes there are of each length and their values; and the bytes used.
    pub(super) fn read(bytes: &[u8]) -> Result<(Huffman, usize), Reason> {
        let short = "a Huffman table is cut short";
        let counts = bytes.first_chunk::<16>().ok_or(short)?;
        let total: usize = counts.iter().map(|&count| usize::from(count)).sum();
        let values = bytes.get(16..16 + total).ok_or(short)?.to_vec();
        let mut table =
            Huffman { lookup: Box::new([0; 1 << LOOKUP_BITS]), limits: [0; 17], offsets: [0; 17], values };
        let (mut code, mut place) = (0_u32, 0_usize);
        for length in 1..=16_u32 {
            let count = u32::from(counts[length as usize - 1]);
            table.offsets[length as usize] = place as i32 - code as i32;
            for _ in 0..count {
                if code >= 1 << length {
                    return Err("a Huffman table has more codes than there are".into());
                }
                if length <= LOOKUP_BITS {
                    let free = LOOKUP_BITS - length;
                    let first = (code << free) as usize;
                    let entry = (length as u16) << 8 | u16::from(table.values[place]);
                    table.lookup[first..first + (1 << free)].fill(entry);
                }
                code += 1;
                place += 1;
            }
            table.limits[length as usize] = if count > 0 { code << (16 - length) } else { 0 };
            code <<= 1;
        }
        Ok((table, 16 + total))
    }

    /// Length and value of a code longer than [`LOOKUP_BITS`], of the next 16 bits.
    fn longer(&self, next: u32) -> Option<(u32, u8)> {
        let length = (LOOKUP_BITS + 1..=16).find(|&length| next < self.limits[length as usize])?;
        let place = (next >> (16 - length)) as i32 + self.offsets[length as usize];
        Some((length, *self.values.get(usize::try_from(place).ok()?)?))
    }
}
