//! The one file of a zip archive, unpacked as it is read.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Take};

use flate2::Crc;
use flate2::read::DeflateDecoder;
use zip::{CompressionMethod, ZipArchive};

/// Entries of an archive that are looked at: no honest delivery has more.
const MOST_ENTRIES: usize = 10_000;

/// Why an archive is not read.
pub(super) enum ZipRefusal {
    /// The file system, or damage.
    Io(io::Error),
    /// What is wrong with it; a name in an archive is the sender's text, so none is given.
    Kind(&'static str),
}

/// A file in an archive; its end is checked against the size and checksum that the archive states.
pub(super) struct Member<R> {
    inner: Unpacked<R>,
    checksum: Crc,
    n_out: u64,
    stated_checksum: u32,
    stated_size: u64,
}

enum Unpacked<R> {
    Stored(Take<R>),
    Deflated(Box<DeflateDecoder<Take<BufReader<R>>>>),
}

impl<R: Read> Read for Member<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let n = match &mut self.inner {
            Unpacked::Stored(inner) => inner.read(buffer)?,
            Unpacked::Deflated(inner) => inner.read(buffer)?,
        };
        self.checksum.update(&buffer[..n]);
        self.n_out += n as u64;
        let is_whole =
            self.n_out == self.stated_size && self.checksum.sum() == self.stated_checksum;
        if n == 0 && !is_whole {
            let what = "the file in the archive is not what its checksum says";
            return Err(io::Error::new(io::ErrorKind::InvalidData, what));
        }
        Ok(n)
    }
}

/// Opens the one file of an archive, or the one whose name matches `pattern`; `count` wraps the file
/// that is read.
pub(super) fn member<R: Read>(
    mut archive: ZipArchive<File>,
    pattern: Option<&str>,
    count: impl FnOnce(File) -> R,
) -> Result<Member<R>, ZipRefusal> {
    let place = place_of(&archive, pattern).map_err(ZipRefusal::Kind)?;
    let entry = archive
        .by_index_raw(place)
        .map_err(|_| ZipRefusal::Kind("a zip archive that is damaged or cut short"))?;
    let (stated_checksum, stated_size) = (entry.crc32(), entry.size());
    let (method, n_packed, start) =
        (entry.compression(), entry.compressed_size(), entry.data_start().unwrap_or_default());
    drop(entry);
    let mut file = archive.into_inner();
    file.seek(SeekFrom::Start(start)).map_err(ZipRefusal::Io)?;
    let inner = match method {
        CompressionMethod::Stored => Unpacked::Stored(count(file).take(n_packed)),
        CompressionMethod::Deflated => {
            let packed = BufReader::with_capacity(64 << 10, count(file)).take(n_packed);
            Unpacked::Deflated(Box::new(DeflateDecoder::new(packed)))
        }
        _ => {
            return Err(ZipRefusal::Kind(
                "a zip archive packed by another method than Deflate, which every tool offers",
            ));
        }
    };
    Ok(Member { inner, checksum: Crc::new(), n_out: 0, stated_checksum, stated_size })
}

/// The place of the file to read among the entries.
fn place_of(archive: &ZipArchive<File>, pattern: Option<&str>) -> Result<usize, &'static str> {
    if archive.len() > MOST_ENTRIES {
        return Err("a zip archive of more than 10000 files");
    }
    let mut found = Vec::new();
    for place in 0..archive.len() {
        let entry = archive.by_index_data(place).map_err(|_| "a damaged zip archive")?;
        let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
        let is_asked_for = pattern.is_none_or(|pattern| matches(pattern, last_part(&name)));
        if entry.is_file() && !is_left_by_a_mac(&name) && is_asked_for {
            if entry.encrypted() {
                return Err("a zip archive with a password");
            }
            found.push(place);
        }
    }
    match (found.as_slice(), pattern) {
        ([place], _) => Ok(*place),
        ([], None) => Err("a zip archive without a file"),
        ([], Some(_)) => Err("a zip archive without a file that its contract's `member` names"),
        (_, None) => {
            Err("a zip archive of several files, of which its contract's `member` names none")
        }
        (_, Some(_)) => Err("a zip archive of several files that its contract's `member` names"),
    }
}

/// The name without its folders, whichever way the slashes lean.
fn last_part(name: &str) -> &str {
    name.rsplit(['/', '\\']).next().unwrap_or(name)
}

/// What a Mac adds to every archive.
fn is_left_by_a_mac(name: &str) -> bool {
    name.starts_with("__MACOSX/") || last_part(name) == ".DS_Store"
}

/// Whether a name is of a pattern with at most one `*`; letter case does not matter.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.to_lowercase(), name.to_lowercase());
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}
