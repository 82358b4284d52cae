//! The bytes of a file as UTF-8 candidates: unpacked, decoded, counted and capped.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use super::encoding::append_windows_1252;
use super::{Encoding, ExtractError, Limits};

/// Bytes that are read at once.
const PIECE: usize = 256 << 10;
/// A small file may expand beyond the ratio: headers of a few bytes compress well.
const RATIO_FROM: u64 = 16 << 20;

/// Reads a file piece by piece.
pub(super) struct Bytes {
    inner: Box<dyn Read + Send>,
    n_read: Arc<AtomicU64>,
    n_out: u64,
    encoding: Encoding,
    limits: Limits,
    piece: Vec<u8>,
}

/// Counts what is read from the file itself.
struct Counted {
    file: File,
    n_read: Arc<AtomicU64>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read(buffer)?;
        self.n_read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Why no more bytes come.
pub(super) enum BytesError {
    Io(io::Error),
    TooLarge { what: &'static str, limit: u64 },
}

impl Bytes {
    pub(super) fn open(
        path: &Path,
        encoding: Encoding,
        limits: Limits,
    ) -> Result<Self, ExtractError> {
        let failed = |source| ExtractError::Unreadable { path: path.to_owned(), source };
        let mut file = File::open(path).map_err(|source| match source.kind() {
            io::ErrorKind::NotFound => ExtractError::NoFile { path: path.to_owned() },
            _ => failed(source),
        })?;
        let mut start = Vec::with_capacity(4);
        file.by_ref().take(4).read_to_end(&mut start).map_err(failed)?;
        file.rewind().map_err(failed)?;
        if let Some(found) = unreadable_kind(&start) {
            return Err(ExtractError::Unexpected { path: path.to_owned(), found });
        }
        let n_read = Arc::new(AtomicU64::new(0));
        let counted = Counted { file, n_read: Arc::clone(&n_read) };
        let inner: Box<dyn Read + Send> = if start.starts_with(&[0x1f, 0x8b]) {
            Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(64 << 10, counted)))
        } else {
            Box::new(counted)
        };
        let mut bytes = Self { inner, n_read, n_out: 0, encoding, limits, piece: vec![0; PIECE] };
        bytes.piece.shrink_to_fit();
        Ok(bytes)
    }

    /// Bytes read from the file so far, as they lie there.
    pub(super) fn n_read(&self) -> u64 {
        self.n_read.load(Ordering::Relaxed)
    }

    /// Appends the next piece to `out`; `false` at the end of the file.
    pub(super) fn append_to(&mut self, out: &mut Vec<u8>) -> Result<bool, BytesError> {
        let n = loop {
            match self.inner.read(&mut self.piece) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other.map_err(BytesError::Io)?,
            }
        };
        self.n_out += n as u64;
        let Limits { ratio, total_bytes, .. } = self.limits;
        if self.n_out > total_bytes {
            return Err(BytesError::TooLarge { what: "bytes", limit: total_bytes });
        }
        if self.n_out > RATIO_FROM && self.n_out / ratio > self.n_read() {
            return Err(BytesError::TooLarge {
                what: "bytes for each compressed one",
                limit: ratio,
            });
        }
        let piece = &self.piece[..n];
        match self.encoding {
            Encoding::Utf8 => out.extend_from_slice(piece),
            Encoding::Windows1252 => append_windows_1252(piece, out),
        }
        Ok(n > 0)
    }
}

/// What a file is that is no text of a declared encoding, by its first bytes.
fn unreadable_kind(start: &[u8]) -> Option<&'static str> {
    match start {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("UTF-16 text"),
        [b'P', b'K', 3 | 5, _] => Some("a zip archive or workbook"),
        [0xd0, 0xcf, 0x11, 0xe0] => Some("an old workbook"),
        [b'P', b'A', b'R', b'1'] => Some("a Parquet file"),
        _ => None,
    }
}
