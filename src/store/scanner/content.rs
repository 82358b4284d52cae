//! Searches a stream by what it is: Parquet, gzip, zip, text or other bytes.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use parquet::file::reader::ChunkReader;

use super::archive::{self, Limited, damaged};
use super::chunks::for_each_chunk;
use super::hit::Findings;
use super::searcher::{Look, Searcher};
use super::{parquet_file, text};
use crate::store::sealed::PartFile;

/// Archives in archives, at most.
const DEEPEST: usize = 4;
/// Bytes that one stream may unpack to.
const MOST_UNPACKED: u64 = 4 << 30;
/// Bytes of a zip archive, which is searched in memory.
const MOST_IN_MEMORY: u64 = 512 << 20;
/// Bytes that decide what a stream is.
const HEAD: u64 = 8 * 1024;

/// Searches an open file called `name`.
pub(super) fn search(
    searcher: &Searcher,
    mut file: File,
    name: &str,
    findings: &mut Findings,
) -> io::Result<()> {
    let mut head = Vec::new();
    file.by_ref().take(HEAD).read_to_end(&mut head)?;
    file.rewind()?;
    if is_parquet(&head) {
        return parquet(searcher, &PartFile::Plain(Arc::new(file)), findings);
    }
    stream(searcher, &mut file, name, DEEPEST, findings)
}

/// Searches a stream that may have come out of an archive.
fn stream(
    searcher: &Searcher,
    stream: &mut dyn Read,
    name: &str,
    depth: usize,
    findings: &mut Findings,
) -> io::Result<()> {
    let mut head = Vec::new();
    Read::take(&mut *stream, HEAD).read_to_end(&mut head)?;
    let whole = Cursor::new(head.clone()).chain(stream);
    let is_archive = head.starts_with(b"\x1f\x8b") || head.starts_with(b"PK\x03\x04");
    if is_archive && depth == 0 {
        return Err(damaged("archives are nested too deep"));
    }
    match head.as_slice() {
        head if is_parquet(head) => {
            let file = PartFile::Plain(Arc::new(unpacked(whole)?));
            parquet(searcher, &file, findings)
        }
        [0x1f, 0x8b, ..] => {
            for text in archive::gzip_header_texts(&head) {
                searcher.text(&text, Look::Text, |kind, _| findings.add("name in archive", kind));
            }
            let name = name.strip_suffix(".gz").unwrap_or(name);
            let mut content = Limited { stream: archive::gzip(whole), left: MOST_UNPACKED };
            self::stream(searcher, &mut content, name, depth - 1, findings)
        }
        [b'P', b'K', 3, 4, ..] => zip(searcher, whole, depth, findings),
        head if head.contains(&0) => raw(searcher, whole, findings),
        _ => text::search(searcher, whole, name, findings),
    }
}

fn zip(
    searcher: &Searcher,
    archive: impl Read,
    depth: usize,
    findings: &mut Findings,
) -> io::Result<()> {
    let mut bytes = Vec::new();
    Limited { stream: archive, left: MOST_IN_MEMORY }.read_to_end(&mut bytes)?;
    raw(searcher, bytes.as_slice(), findings)?;
    archive::for_each_member(&bytes, |member| {
        searcher.text(&member.name, Look::Text, |kind, _| findings.add("name in archive", kind));
        let name = String::from_utf8_lossy(&member.name).into_owned();
        let mut inner = Findings::default();
        let mut content = Limited { stream: member.content, left: MOST_UNPACKED };
        stream(searcher, &mut content, &name, depth - 1, &mut inner)?;
        findings.add_member(&format!("member `{}`", searcher.blanked(&name)), inner);
        Ok(())
    })
}

/// A Parquet file's bytes as they lie, then everything decoded.
pub(super) fn parquet(
    searcher: &Searcher,
    file: &PartFile,
    findings: &mut Findings,
) -> io::Result<()> {
    raw(searcher, file.get_read(0)?, findings)?;
    // The Arrow library panics on some damaged schemas.
    let decoded = catch_unwind(AssertUnwindSafe(|| parquet_file::search(searcher, file, findings)));
    match decoded {
        Ok(Ok(())) => Ok(()),
        _ => Err(damaged("not the Parquet file that it begins as")),
    }
}

/// Parquet is read from its end: what came out of an archive goes into a file without a name.
fn unpacked(stream: impl Read) -> io::Result<File> {
    let mut file = tempfile::tempfile()?;
    io::copy(&mut Limited { stream, left: MOST_UNPACKED }, &mut file)?;
    file.rewind()?;
    Ok(file)
}

fn raw(searcher: &Searcher, bytes: impl Read, findings: &mut Findings) -> io::Result<()> {
    for_each_chunk(bytes, |piece, _| {
        searcher.text(piece, Look::Raw, |kind, _| findings.add("bytes as stored", kind));
    })
}

fn is_parquet(head: &[u8]) -> bool {
    head.starts_with(b"PAR1")
}
