//! What a file is packed in: nothing, gzip, a zip archive, a workbook. Known by its bytes, never by
//! its name; nothing is unpacked to disk.

use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use super::zip_member::{ZipRefusal, member};
use super::{ExtractError, Format};

/// A file, unpacked.
pub(super) enum Opened {
    /// Bytes, read on demand.
    Stream { inner: Box<dyn Read + Send>, n_read: Arc<AtomicU64> },
    /// A workbook, which is an archive of many parts.
    Workbook { kind: Workbook, archive: ZipArchive<File> },
}

/// Workbooks that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Workbook {
    /// Office Open XML.
    Xlsx,
    /// OpenDocument.
    Ods,
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

/// Opens a file by the first bytes that it has.
pub(super) fn open(path: &Path, format: &Format) -> Result<Opened, ExtractError> {
    let failed = |source| ExtractError::Unreadable { path: path.to_owned(), source };
    let mut file = File::open(path).map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => ExtractError::NoFile { path: path.to_owned() },
        _ => failed(source),
    })?;
    let mut start = Vec::with_capacity(4);
    file.by_ref().take(4).read_to_end(&mut start).map_err(failed)?;
    file.rewind().map_err(failed)?;
    let n_read = Arc::new(AtomicU64::new(0));
    let counted = |file| Counted { file, n_read: Arc::clone(&n_read) };
    let inner: Box<dyn Read + Send> = if start.starts_with(&[0x1f, 0x8b]) {
        Box::new(MultiGzDecoder::new(io::BufReader::with_capacity(64 << 10, counted(file))))
    } else if is_zip(&start) {
        let archive = ZipArchive::new(file).map_err(|_| damaged(path))?;
        if let Some(kind) = workbook_kind(&archive).map_err(|what| refused(path, what))? {
            return Ok(Opened::Workbook { kind, archive });
        }
        let refuse = |refusal| match refusal {
            ZipRefusal::Io(source) => failed(source),
            ZipRefusal::Kind(what) => refused(path, what),
        };
        let member = member(archive, format.member.as_deref(), counted).map_err(refuse)?;
        Box::new(member)
    } else {
        Box::new(counted(file))
    };
    Ok(Opened::Stream { inner, n_read })
}

fn refused(path: &Path, found: &'static str) -> ExtractError {
    ExtractError::Unexpected { path: path.to_owned(), found }
}

fn damaged(path: &Path) -> ExtractError {
    refused(path, "a zip archive that is damaged or cut short")
}

fn is_zip(start: &[u8]) -> bool {
    matches!(start, [b'P', b'K', 3, 4] | [b'P', b'K', 5, 6] | [b'P', b'K', 7, 8])
}

/// Which workbook an archive is, by the part that each kind must have.
fn workbook_kind(archive: &ZipArchive<File>) -> Result<Option<Workbook>, &'static str> {
    let has = |name: &str| archive.file_names_raw().any(|other| other == name.as_bytes());
    if has("xl/workbook.xml") {
        Ok(Some(Workbook::Xlsx))
    } else if has("mimetype") && has("content.xml") {
        Ok(Some(Workbook::Ods))
    } else if has("xl/workbook.bin") {
        Err("a binary workbook (xlsb)")
    } else {
        Ok(None)
    }
}

/// What unpacked bytes are that are no text, by the first of them.
pub(super) fn unreadable_kind(start: &[u8], expects_xml: bool) -> Option<&'static str> {
    let text = start.trim_ascii_start();
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    let starts =
        |with: &[u8]| text.get(..with.len()).is_some_and(|head| head.eq_ignore_ascii_case(with));
    if start.get(257..262) == Some(b"ustar") {
        return Some("a tar archive");
    }
    if starts(b"<!doctype html") || starts(b"<html") {
        return Some("an HTML page");
    }
    if starts(b"<?xml") && !expects_xml {
        return Some("XML, for which its contract declares no `xml`");
    }
    match start {
        [0xff, 0xfe, 0, 0, ..] | [0, 0, 0xfe, 0xff, ..] => Some("UTF-32 text"),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some("no text in UTF-16, as its first bytes say"),
        [0x1f, 0x8b, ..] => Some("an archive within an archive"),
        [b'P', b'K', 3 | 5 | 7, _, ..] => Some("an archive or workbook within an archive"),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => Some("an old or a password-protected workbook (xls)"),
        [b'P', b'A', b'R', b'1', ..] => Some("a Parquet file"),
        [b'7', b'z', 0xbc, 0xaf, ..] => Some("a 7z archive"),
        [b'R', b'a', b'r', b'!', ..] => Some("a RAR archive"),
        [b'B', b'Z', b'h', b'1'..=b'9', ..] => Some("a bzip2 file"),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Some("a zstd file"),
        [0xfd, b'7', b'z', b'X', b'Z', ..] => Some("an xz file"),
        [b'%', b'P', b'D', b'F', ..] => Some("a PDF"),
        _ => None,
    }
}
