//! Reading gzip as gzip(1) does: members one after the other, zeros behind them as padding, and nothing else.

use std::fmt;
use std::io::{self, BufRead, Read};

use flate2::bufread::GzDecoder;

/// The bytes behind the last member are not gzip data.
#[derive(Debug)]
pub(super) struct Trailing;

impl fmt::Display for Trailing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes that are no gzip data behind it")
    }
}

impl std::error::Error for Trailing {}

/// Unpacks all members of a gzip file.
pub(super) struct Gunzip<R: BufRead> {
    /// The current member; none behind the last one.
    member: Option<GzDecoder<R>>,
    first: bool,
}

impl<R: BufRead> Gunzip<R> {
    pub(super) fn new(stored: R) -> Self {
        Self { member: Some(GzDecoder::new(stored)), first: true }
    }

    /// Goes to the next member, if there is one.
    fn next(&mut self) -> io::Result<()> {
        let Some(member) = self.member.take() else { return Ok(()) };
        let mut stored = member.into_inner();
        loop {
            let start = stored.fill_buf()?;
            if start.is_empty() {
                return Ok(());
            }
            let zeros = start.iter().take_while(|&&byte| byte == 0).count();
            if zeros < start.len() {
                stored.consume(zeros);
                break;
            }
            stored.consume(zeros);
        }
        self.first = false;
        self.member = Some(GzDecoder::new(stored));
        Ok(())
    }
}

impl<R: BufRead> Read for Gunzip<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while let Some(member) = &mut self.member {
            match member.read(out) {
                // With no room in `out`, zero bytes do not mean the end.
                Ok(0) if !out.is_empty() => self.next()?,
                // Without a header it is not a member.
                Err(e)
                    if !self.first && member.header().is_none() && e.kind() != io::ErrorKind::Interrupted =>
                {
                    return Err(io::Error::new(io::ErrorKind::InvalidData, Trailing));
                }
                outcome => return outcome,
            }
        }
        Ok(0)
    }
}
