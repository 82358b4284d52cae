//! SHA-256 of bytes, of files and of what is being written.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;
use std::sync::mpsc::{channel, sync_channel};

use sha2::{Digest, Sha256};

/// SHA-256 of `bytes` in 64 lower-case hexadecimal digits (FIPS 180-4).
#[must_use]
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

/// Pieces of a file that are read ahead of its hash.
const PIECES_AHEAD: usize = 4;

/// SHA-256 of a file's bytes, read once in pieces, of which some are read ahead.
///
/// # Errors
/// What the file system says.
pub fn sha256_file(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let (full, pieces) = sync_channel(PIECES_AHEAD);
    let (back, empty) = channel();
    std::thread::scope(|threads| {
        threads.spawn(move || {
            loop {
                let mut piece: Vec<u8> = empty.try_recv().unwrap_or_else(|_| vec![0; 256 * 1024]);
                let read = file.read(&mut piece).map(|n| (n, piece));
                let is_last = !matches!(read, Ok((1.., _)));
                // Who hashes stops at an error, and then nobody takes what follows.
                if full.send(read).is_err() || is_last {
                    return;
                }
            }
        });
        let mut hasher = Sha256::new();
        for read in pieces {
            let (n, piece) = read?;
            hasher.update(&piece[..n]);
            let _ = back.send(piece);
        }
        Ok(hex(&hasher.finalize()))
    })
}

fn hex(digest: &[u8]) -> String {
    use std::fmt::Write;
    digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}

/// A writer that counts and hashes what passes through it.
pub(super) struct Hashing<W> {
    inner: W,
    hasher: Sha256,
    n_bytes: u64,
}

impl<W: Write> Hashing<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hasher: Sha256::new(), n_bytes: 0 }
    }

    /// The inner writer, the hash and the number of bytes written.
    pub(super) fn finish(self) -> (W, String, u64) {
        (self.inner, hex(&self.hasher.finalize()), self.n_bytes)
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.inner.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        self.n_bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_are_those_of_fips_180() {
        // FIPS 180-4 example: SHA-256 of "abc".
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
        let mut hashing = Hashing::new(Vec::new());
        hashing.write_all(b"a").unwrap();
        hashing.write_all(b"bc").unwrap();
        assert_eq!(hashing.finish(), (b"abc".to_vec(), abc.to_owned(), 3));
        let folder = tempfile::tempdir().unwrap();
        super::super::write_atomic(&folder.path().join("abc"), b"abc").unwrap();
        assert_eq!(sha256_file(&folder.path().join("abc")).unwrap(), abc);
    }
}
