//! Unpacks gzip and zip, however deep, up to a limit.

use std::io::{self, BufReader, Cursor, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, MultiGzDecoder};

/// What is in a member of a zip archive.
pub(super) struct Member<'a> {
    pub(super) name: Vec<u8>,
    pub(super) content: Box<dyn Read + 'a>,
}

const LOCAL_HEADER: &[u8; 4] = b"PK\x03\x04";
const LOCAL_HEADER_SIZE: usize = 30;
const STORED: u16 = 0;
const DEFLATED: u16 = 8;
const ENCRYPTED: u16 = 1;
const SIZES_FOLLOW: u16 = 8;

/// The content of a gzip stream of any number of members.
pub(super) fn gzip<'a>(stream: impl Read + 'a) -> impl Read + 'a {
    MultiGzDecoder::new(BufReader::new(stream))
}

/// A stream that fails beyond a number of bytes, so that a small file cannot unpack without end.
pub(super) struct Limited<R> {
    pub(super) stream: R,
    pub(super) left: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.stream.read(buffer)?;
        self.left = self
            .left
            .checked_sub(n as u64)
            .ok_or_else(|| damaged("unpacks to more than can be searched"))?;
        Ok(n)
    }
}

/// File name and comment in the first header of a gzip stream.
pub(super) fn gzip_header_texts(bytes: &[u8]) -> Vec<Vec<u8>> {
    let decoder = GzDecoder::new(Cursor::new(bytes));
    let Some(header) = decoder.header() else { return Vec::new() };
    [header.filename(), header.comment()].into_iter().flatten().map(<[u8]>::to_vec).collect()
}

/// Hands every member of a zip archive to `visit`, found by its local header, so that a member
/// that the archive's directory leaves out is seen too.
pub(super) fn for_each_member(
    zip: &[u8],
    mut visit: impl FnMut(Member<'_>) -> io::Result<()>,
) -> io::Result<()> {
    let mut at = 0;
    while let Some(found) = find(&zip[at..], LOCAL_HEADER) {
        let header = &zip[at + found..];
        let Some(entry) = Entry::read(header) else { return Err(damaged("a cut member")) };
        let content = &header[entry.content_at..];
        let length = match (entry.flags & ENCRYPTED, entry.method) {
            (0, DEFLATED) => {
                let mut decoder = DeflateDecoder::new(content);
                visit(Member { name: entry.name, content: Box::new(&mut decoder) })?;
                io::copy(&mut decoder, &mut io::sink())?;
                content.len() - decoder.into_inner().len()
            }
            (0, STORED) => {
                let length = entry.stored_length(content);
                visit(Member { name: entry.name, content: Box::new(&content[..length]) })?;
                length
            }
            (0, _) => return Err(damaged("a member's compression is not known")),
            _ => return Err(damaged("a member is encrypted")),
        };
        at += found + entry.content_at + length;
    }
    Ok(())
}

/// A local header (APPNOTE.TXT 4.3.7).
struct Entry {
    flags: u16,
    method: u16,
    size: usize,
    name: Vec<u8>,
    content_at: usize,
}

impl Entry {
    fn read(header: &[u8]) -> Option<Self> {
        let fixed = header.get(..LOCAL_HEADER_SIZE)?;
        let u16_at = |i: usize| u16::from_le_bytes([fixed[i], fixed[i + 1]]);
        let size = u32::from_le_bytes([fixed[18], fixed[19], fixed[20], fixed[21]]) as usize;
        let name_end = LOCAL_HEADER_SIZE + usize::from(u16_at(26));
        let content_at = name_end + usize::from(u16_at(28));
        let name = header.get(LOCAL_HEADER_SIZE..name_end)?.to_vec();
        (content_at <= header.len()).then_some(Self {
            flags: u16_at(6),
            method: u16_at(8),
            size,
            name,
            content_at,
        })
    }

    /// How long a member is that was not compressed: to the next header if it does not say.
    fn stored_length(&self, content: &[u8]) -> usize {
        if self.flags & SIZES_FOLLOW == 0 {
            return self.size.min(content.len());
        }
        find(content, LOCAL_HEADER)
            .or_else(|| find(content, b"PK\x01\x02"))
            .unwrap_or(content.len())
    }
}

fn find(text: &[u8], pattern: &[u8]) -> Option<usize> {
    text.windows(pattern.len()).position(|window| window == pattern)
}

pub(super) fn damaged(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason)
}
