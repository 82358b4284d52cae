//! One chunk of a sealed file: XChaCha20-Poly1305 under a nonce that is drawn from its contents.

use chacha20poly1305::aead::{AeadInPlace, KeyInit};
use chacha20poly1305::{Tag, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use sha2::Sha256;

use crate::domain::ZoneKey;

/// How every sealed file begins: a name and the version of the format.
pub(super) const MAGIC: [u8; 16] = *b"hub sealed zone\x01";
const CHECK: usize = 16;
/// Bytes of a file before its first chunk: name, version, and what tells the key.
pub(super) const HEADER: usize = MAGIC.len() + CHECK;

/// Bytes that are sealed at once.
pub(super) const CHUNK: usize = 64 * 1024;
const PLACE: usize = 8;
const NONCE: usize = 24;
pub(super) const TAG: usize = 16;
/// Bytes before what is sealed in a chunk: place and nonce.
pub(super) const HEAD: usize = PLACE + NONCE;
/// Bytes that sealing adds to a chunk.
pub(super) const OVERHEAD: usize = HEAD + TAG;

/// Why a file of the zone cannot be read. Never what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealFault {
    /// It does not begin as a sealed file does.
    #[error("is not sealed")]
    NotSealed,
    /// Sealed by a newer hub.
    #[error("is sealed in a format that this hub does not know")]
    OtherVersion,
    /// Sealed under a key that was not given.
    #[error("is sealed under a key that was not given")]
    OtherKey,
    /// Its end is missing.
    #[error("is cut off")]
    CutOff,
    /// A chunk lies where another was written.
    #[error("is not in its order")]
    OutOfPlace,
    /// What is sealed, or what was sealed with it, was changed.
    #[error("is not as it was sealed")]
    Changed,
}

/// Which chunk of its file it is, from 0, and whether it is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) number: u64,
    pub(super) is_last: bool,
}

impl Place {
    fn to_bytes(self) -> [u8; PLACE] {
        (self.number << 1 | u64::from(self.is_last)).to_be_bytes()
    }

    fn from_bytes(bytes: [u8; PLACE]) -> Self {
        let word = u64::from_be_bytes(bytes);
        Self { number: word >> 1, is_last: word & 1 == 1 }
    }
}

/// The tag of the chunk before; zeroes before the first.
pub(super) type Before = [u8; TAG];

/// A key of the zone, ready to seal and to open.
pub(in super::super) struct Cipher {
    aead: XChaCha20Poly1305,
    nonces: Hmac<Sha256>,
}

impl Cipher {
    pub(in super::super) fn new(key: &ZoneKey) -> Self {
        Self {
            aead: XChaCha20Poly1305::new(key.seal().into()),
            nonces: hmac::KeyInit::new_from_slice(key.nonce()).expect("HMAC takes any key"),
        }
    }

    /// What a file under this key begins with.
    pub(super) fn header(&self) -> [u8; HEADER] {
        let mut header = [0; HEADER];
        header[..MAGIC.len()].copy_from_slice(&MAGIC);
        header[MAGIC.len()..].copy_from_slice(&self.mac(&[&MAGIC])[..CHECK]);
        header
    }

    /// Whether a file that begins so is under this key.
    pub(super) fn fits(&self, header: &[u8; HEADER]) -> bool {
        self.header() == *header
    }

    /// Seals a chunk: `chunk` is room for its head and what is to be sealed, and gets its tag.
    ///
    /// The nonce is drawn from all that is sealed, so that the same chunk in the same place gives the
    /// same bytes, and no two that differ are sealed under one nonce.
    pub(super) fn seal(&self, place: Place, before: &Before, chunk: &mut Vec<u8>) -> Before {
        let with = sealed_with(place, before);
        let nonce: [u8; NONCE] = {
            let mac = self.mac(&[&with, &chunk[HEAD..]]);
            *mac.first_chunk().expect("SHA-256 has 32 bytes")
        };
        chunk[..PLACE].copy_from_slice(&place.to_bytes());
        chunk[PLACE..HEAD].copy_from_slice(&nonce);
        let tag = seal_in_place(&self.aead, &nonce, &with, &mut chunk[HEAD..]);
        chunk.extend_from_slice(&tag);
        tag
    }

    /// Opens a chunk that should be there, in its place; what was sealed then lies behind its head.
    pub(super) fn open(
        &self,
        place: Place,
        before: &Before,
        chunk: &mut Vec<u8>,
    ) -> Result<(), SealFault> {
        let (head, rest) = chunk.split_first_chunk::<HEAD>().ok_or(SealFault::CutOff)?;
        let (sealed, tag) = rest.split_last_chunk::<TAG>().ok_or(SealFault::CutOff)?;
        let (of_place, nonce) = head.split_first_chunk::<PLACE>().expect("a head is longer");
        let found = Place::from_bytes(*of_place);
        if found.number != place.number {
            return Err(SealFault::OutOfPlace);
        }
        match (found.is_last, place.is_last) {
            (false, true) => return Err(SealFault::CutOff),
            (true, false) => return Err(SealFault::OutOfPlace),
            _ => {}
        }
        let (nonce, tag) = (*XNonce::from_slice(nonce), *Tag::from_slice(tag));
        let n_sealed = sealed.len();
        let with = sealed_with(place, before);
        let opened = &mut chunk[HEAD..HEAD + n_sealed];
        let opened = self.aead.decrypt_in_place_detached(&nonce, &with, opened, &tag);
        opened.map_err(|_| SealFault::Changed)?;
        chunk.truncate(HEAD + n_sealed);
        Ok(())
    }

    /// HMAC-SHA256 of what these pieces are together, under the key of nonces.
    fn mac(&self, pieces: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.nonces.clone();
        pieces.iter().for_each(|piece| mac.update(piece));
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for Cipher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Cipher(..)")
    }
}

/// What is sealed with a chunk, and must be the same when it is opened.
fn sealed_with(place: Place, before: &Before) -> [u8; MAGIC.len() + PLACE + TAG] {
    let mut with = [0; MAGIC.len() + PLACE + TAG];
    let (magic, rest) = with.split_at_mut(MAGIC.len());
    magic.copy_from_slice(&MAGIC);
    rest[..PLACE].copy_from_slice(&place.to_bytes());
    rest[PLACE..].copy_from_slice(before);
    with
}

/// Puts what is sealed in place of `text`; its tag.
pub(super) fn seal_in_place(
    aead: &XChaCha20Poly1305,
    nonce: &[u8; NONCE],
    with: &[u8],
    text: &mut [u8],
) -> [u8; TAG] {
    let sealed = aead.encrypt_in_place_detached(XNonce::from_slice(nonce), with, text);
    sealed.expect("a chunk is shorter than the cipher's limit").into()
}
