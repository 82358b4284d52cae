//! The bytes of a file as UTF-8 candidates: unpacked, decoded, counted and capped.

use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::container::unreadable_kind;
use super::encoding::{Decoder, marked};
use super::{Encoding, ExtractError, Format, Limits};

/// Bytes that are read at once.
const PIECE: usize = 64 << 10;
/// A small file may expand beyond the ratio: headers of a few bytes compress well.
const RATIO_FROM: u64 = 16 << 20;
/// Bytes that say what a file is.
const START: u64 = 512;

/// Reads a file piece by piece.
pub(super) struct Bytes {
    inner: Box<dyn Read + Send>,
    n_read: Arc<AtomicU64>,
    n_out: u64,
    /// The first bytes, until they are handed on.
    start: Vec<u8>,
    encoding: Encoding,
    decoder: Decoder,
    is_of_other_encoding: bool,
    limits: Limits,
    piece: Vec<u8>,
    /// Decoders may not be asked again once they have seen the end.
    is_at_end: bool,
}

/// Why no more bytes come.
pub(super) enum BytesError {
    Io(io::Error),
    TooLarge { what: &'static str, limit: u64 },
}

impl BytesError {
    /// The error of a file, at the line that reading came to.
    pub(super) fn at(self, path: &Path, line: u64) -> ExtractError {
        let path = path.to_owned();
        match self {
            Self::Io(source) => ExtractError::Unreadable { path, source },
            Self::TooLarge { what, limit } => ExtractError::TooLarge { path, line, what, limit },
        }
    }
}

impl Bytes {
    /// Looks at the first bytes of an unpacked file: what it is, and in which encoding.
    pub(super) fn open(
        path: &Path,
        mut inner: Box<dyn Read + Send>,
        n_read: Arc<AtomicU64>,
        format: &Format,
        limits: Limits,
    ) -> Result<Self, ExtractError> {
        let mut start = Vec::with_capacity(START as usize);
        inner
            .by_ref()
            .take(START)
            .read_to_end(&mut start)
            .map_err(|source| ExtractError::Unreadable { path: path.to_owned(), source })?;
        let refuse = |found| ExtractError::Unexpected { path: path.to_owned(), found };
        let mark = marked(&start);
        let is_utf_16 = matches!(mark, Some((Encoding::Utf16Le | Encoding::Utf16Be, _)));
        if let Some(found) = unreadable_kind(&start, format.xml.is_some()).filter(|_| !is_utf_16) {
            return Err(refuse(found));
        }
        if mark.is_none() && format.encoding == Encoding::Utf16 && !start.is_empty() {
            return Err(refuse("without the byte-order mark that `utf-16` needs"));
        }
        let (encoding, n_mark) = mark.unwrap_or((format.encoding, 0));
        let is_declared = match format.encoding {
            Encoding::Utf16 => encoding != Encoding::Utf8,
            declared => declared == encoding,
        };
        let n_out = start.len() as u64;
        start.drain(..n_mark);
        Ok(Self {
            inner,
            n_read,
            n_out,
            start,
            encoding,
            decoder: Decoder::of(encoding),
            is_of_other_encoding: !is_declared,
            limits,
            piece: vec![0; PIECE],
            is_at_end: false,
        })
    }

    /// Bytes read from the file so far, as they lie there.
    pub(super) fn n_read(&self) -> u64 {
        self.n_read.load(Ordering::Relaxed)
    }

    /// The encoding that the file is read in.
    pub(super) fn encoding(&self) -> Encoding {
        self.encoding
    }

    /// Whether the file is in another encoding than was declared, as far as it has been read.
    pub(super) fn is_of_other_encoding(&self) -> bool {
        self.is_of_other_encoding
    }

    /// Appends the next piece to `out`; `false` at the end of the file.
    pub(super) fn append_to(&mut self, out: &mut Vec<u8>) -> Result<bool, BytesError> {
        if !self.start.is_empty() {
            self.decoder.append(&self.start, out);
            self.start = Vec::new();
            return Ok(true);
        }
        if self.is_at_end {
            return Ok(false);
        }
        let n = loop {
            match self.inner.read(&mut self.piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(BytesError::Io)?,
            }
        };
        self.n_out += n as u64;
        check_size(self.n_out, self.n_read(), self.limits.total_bytes, self.limits.ratio)?;
        self.decoder.append(&self.piece[..n], out);
        if n == 0 {
            self.is_at_end = true;
            self.is_of_other_encoding |= self.decoder.looks_like_utf_8();
        }
        Ok(n > 0)
    }
}

/// Refuses what unpacks to more than honest files do.
pub(super) fn check_size(n_out: u64, n_read: u64, most: u64, ratio: u64) -> Result<(), BytesError> {
    if n_out > most {
        return Err(BytesError::TooLarge { what: "bytes", limit: most });
    }
    if n_out > RATIO_FROM && n_out / ratio > n_read {
        return Err(BytesError::TooLarge { what: "bytes for each compressed one", limit: ratio });
    }
    Ok(())
}
