//! Seals what is written, chunk by chunk: nothing reaches the disk unsealed.

use std::io::{self, Write};
use std::sync::Arc;

use super::Cipher;
use super::cipher::{Before, CHUNK, HEAD, Place};

/// A writer that seals what passes through it.
pub(in super::super) struct Sealing<W> {
    inner: W,
    cipher: Arc<Cipher>,
    /// Room for the head, and what is not sealed yet.
    chunk: Vec<u8>,
    number: u64,
    before: Before,
}

impl<W: Write> Sealing<W> {
    /// Begins a sealed file.
    pub(in super::super) fn begin(mut inner: W, cipher: Arc<Cipher>) -> io::Result<Self> {
        inner.write_all(&cipher.header())?;
        let chunk = Vec::with_capacity(super::cipher::OVERHEAD + CHUNK);
        let mut sealing = Self { inner, cipher, chunk, number: 0, before: Before::default() };
        sealing.chunk.resize(HEAD, 0);
        Ok(sealing)
    }

    /// Seals what remains as the last chunk.
    pub(in super::super) fn finish(mut self) -> io::Result<W> {
        self.seal(true)?;
        Ok(self.inner)
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let place = Place { number: self.number, is_last };
        self.before = self.cipher.seal(place, &self.before, &mut self.chunk);
        self.inner.write_all(&self.chunk)?;
        self.chunk.truncate(HEAD);
        self.number += 1;
        Ok(())
    }
}

impl<W: Write> Write for Sealing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full chunk waits until more comes: it may be the last.
        if self.chunk.len() == HEAD + CHUNK && !bytes.is_empty() {
            self.seal(false)?;
        }
        let n = bytes.len().min(HEAD + CHUNK - self.chunk.len());
        self.chunk.extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
