//! Reads sealed files from any place, as the Parquet library asks for it.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::reader::{ChunkReader, Length};

use super::SealFault;
use super::cipher::{Before, CHUNK, Cipher, HEAD, HEADER, MAGIC, OVERHEAD, Place, TAG};

/// Bytes of a whole chunk as it lies in the file.
const SEALED_CHUNK: u64 = (CHUNK + OVERHEAD) as u64;

/// A sealed file that is open. Cheap to clone.
#[derive(Clone)]
pub(in super::super) struct SealedFile(Arc<Opened>);

struct Opened {
    file: File,
    cipher: Arc<Cipher>,
    /// Bytes that were sealed.
    n_bytes: u64,
    n_chunks: u64,
    /// The chunk that was opened last: pages are shorter than chunks.
    last: Mutex<Option<(u64, Bytes)>>,
}

impl SealedFile {
    /// Opens a file with whichever of the keys it is sealed under.
    pub(in super::super) fn open(file: File, keys: &[Arc<Cipher>]) -> io::Result<Self> {
        let n_file = file.metadata()?.len();
        let header = header_of(&file)?.map_err(fault)?;
        let cipher = keys.iter().find(|cipher| cipher.fits(&header));
        let cipher = Arc::clone(cipher.ok_or_else(|| fault(SealFault::OtherKey))?);
        let n_body = n_file - HEADER as u64;
        let n_chunks = n_body.div_ceil(SEALED_CHUNK);
        // What is left for the last chunk must hold its head and its tag.
        let n_last = n_body.wrapping_sub(n_chunks.wrapping_sub(1).wrapping_mul(SEALED_CHUNK));
        // Nothing was sealed in it only where nothing was sealed at all.
        let n_least = OVERHEAD as u64 + u64::from(n_chunks > 1);
        if n_chunks == 0 || n_last < n_least {
            return Err(fault(SealFault::CutOff));
        }
        let n_bytes = n_body - n_chunks * OVERHEAD as u64;
        let last = Mutex::new(None);
        let opened = Opened { file, cipher, n_bytes, n_chunks, last };
        if n_bytes == 0 {
            opened.chunk(0)?; // nobody else looks at it
        }
        Ok(Self(Arc::new(opened)))
    }

    /// Everything from a place on.
    fn read_from(&self, at: u64) -> SealedRead {
        SealedRead { file: self.clone(), at }
    }
}

/// The header of a sealed file, or why it is none.
fn header_of(file: &File) -> io::Result<Result<[u8; HEADER], SealFault>> {
    let mut header = [0; HEADER];
    match file.read_exact_at(&mut header, 0) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            return Ok(Err(SealFault::NotSealed));
        }
        Err(error) => return Err(error),
    }
    let (name, version) = (&header[..MAGIC.len() - 1], header[MAGIC.len() - 1]);
    Ok(match (name == &MAGIC[..MAGIC.len() - 1], version == MAGIC[MAGIC.len() - 1]) {
        (false, _) => Err(SealFault::NotSealed),
        (true, false) => Err(SealFault::OtherVersion),
        (true, true) => Ok(header),
    })
}

impl Opened {
    /// What was sealed in a chunk.
    fn chunk(&self, number: u64) -> io::Result<Bytes> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((held, chunk)) = &*last
            && *held == number
        {
            return Ok(chunk.clone());
        }
        let chunk = self.open(number)?;
        *last = Some((number, chunk.clone()));
        Ok(chunk)
    }

    fn open(&self, number: u64) -> io::Result<Bytes> {
        let is_last = number + 1 == self.n_chunks;
        let start = HEADER as u64 + number * SEALED_CHUNK;
        let n_sealed = match is_last {
            true => (self.n_bytes - number * CHUNK as u64) as usize + OVERHEAD,
            false => CHUNK + OVERHEAD,
        };
        // The tag of the chunk before lies right before this one.
        let mut before = Before::default();
        if number > 0 {
            self.file.read_exact_at(&mut before, start - TAG as u64)?;
        }
        let mut chunk = vec![0; n_sealed];
        self.file.read_exact_at(&mut chunk, start)?;
        self.cipher.open(Place { number, is_last }, &before, &mut chunk).map_err(fault)?;
        Ok(Bytes::from(chunk).slice(HEAD..))
    }
}

/// A fault as an error of reading.
fn fault(fault: SealFault) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault)
}

/// Reads on from a place.
pub(in super::super) struct SealedRead {
    file: SealedFile,
    at: u64,
}

impl Read for SealedRead {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let file = &self.file.0;
        if self.at >= file.n_bytes || into.is_empty() {
            return Ok(0);
        }
        let chunk = file.chunk(self.at / CHUNK as u64)?;
        let rest = &chunk[(self.at % CHUNK as u64) as usize..];
        let n = rest.len().min(into.len());
        into[..n].copy_from_slice(&rest[..n]);
        self.at += n as u64;
        Ok(n)
    }
}

/// The file of a part, sealed or not.
#[derive(Clone)]
pub(in super::super) enum PartFile {
    Plain(Arc<File>),
    Sealed(SealedFile),
}

impl Length for PartFile {
    fn len(&self) -> u64 {
        match self {
            Self::Plain(file) => Length::len(&**file),
            Self::Sealed(file) => file.0.n_bytes,
        }
    }
}

impl ChunkReader for PartFile {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        Ok(match self {
            Self::Plain(file) => Box::new(file.get_read(start)?),
            Self::Sealed(file) => Box::new(file.read_from(start)),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        match self {
            Self::Plain(file) => file.get_bytes(start, length),
            Self::Sealed(file) => {
                let mut bytes = vec![0; length];
                file.read_from(start).read_exact(&mut bytes)?;
                Ok(bytes.into())
            }
        }
    }
}
