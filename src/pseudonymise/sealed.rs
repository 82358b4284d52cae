//! Files that only the holder of a secret key can open: the age format, version 1, for X25519.
//!
//! Specification: age-encryption.org/v1 (C2SP). Whatever reads and writes that format will do at the
//! other end. Only this is implemented: one recipient or several, native keys, no passphrase, no armour.

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use bech32::{Bech32, Hrp};
use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Nonce};
use hkdf::Hkdf;
use sha2::Sha256;
use x25519_dalek::{PublicKey, StaticSecret};
use zeroize::Zeroizing;

use super::master_key::random;

/// The first line of every file.
const VERSION: &[u8] = b"age-encryption.org/v1\n";
const STANZA: &str = "X25519";
/// Bytes of a file's plain text that are sealed at once.
const CHUNK: usize = 64 * 1024;
const TAG: usize = 16;
const FILE_KEY: usize = 16;
const NONCE: usize = 16;
/// Text of a body's line; a shorter one is its last.
const LINE: usize = 64;

/// Why a file cannot be sealed or opened. Never what is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// A public key that is none.
    #[error("not a public key of the age format (`age1…`)")]
    PublicKey,
    /// A secret key that is none.
    #[error("not a secret key of the age format (`AGE-SECRET-KEY-1…`)")]
    SecretKey,
    /// No file of this format.
    #[error("not a file of the age format, version 1")]
    Header,
    /// Sealed for somebody else.
    #[error("not sealed for this key")]
    NoMatch,
    /// Cut off, added to or changed.
    #[error("not as it was sealed")]
    Changed,
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    NoRandom,
}

/// Seals a text for the holder of the secret key that belongs to this public key.
///
/// # Errors
/// [`SealError::PublicKey`], [`SealError::NoRandom`].
pub fn seal(plain: &[u8], public_key: &str) -> Result<Vec<u8>, SealError> {
    let recipient = decoded(public_key, "age").ok_or(SealError::PublicKey)?;
    let draw = || random().map_err(|_| SealError::NoRandom);
    let file_key = Zeroizing::new(random::<FILE_KEY>().map_err(|_| SealError::NoRandom)?);
    let ephemeral = StaticSecret::from(draw()?);
    let share = PublicKey::from(&ephemeral).to_bytes();
    let shared = ephemeral.diffie_hellman(&PublicKey::from(recipient));
    if !shared.was_contributory() {
        return Err(SealError::PublicKey);
    }
    let wrap = wrap_key(shared.as_bytes(), share, recipient);
    let body = cipher(&wrap)
        .encrypt(&Nonce::default(), file_key.as_slice())
        .map_err(|_| SealError::PublicKey)?;
    let mut sealed = VERSION.to_vec();
    let text = |bytes: &[u8]| STANDARD_NO_PAD.encode(bytes);
    sealed.extend_from_slice(
        format!("-> {STANZA} {}\n{}\n---", text(&share), text(&body)).as_bytes(),
    );
    let mac = header_mac(file_key.as_slice(), &sealed);
    sealed.extend_from_slice(format!(" {}\n", text(&mac)).as_bytes());
    let nonce = random::<NONCE>().map_err(|_| SealError::NoRandom)?;
    sealed.extend_from_slice(&nonce);
    let cipher = cipher(&derived(file_key.as_slice(), &nonce, b"payload"));
    // A text without a byte has one empty chunk.
    let n_chunks = plain.len().div_ceil(CHUNK).max(1);
    for at in 0..n_chunks {
        let chunk = &plain[at * CHUNK..plain.len().min((at + 1) * CHUNK)];
        let nonce = chunk_nonce(at as u64, at + 1 == n_chunks);
        sealed.extend(cipher.encrypt(&nonce, chunk).map_err(|_| SealError::Changed)?);
    }
    Ok(sealed)
}

/// Opens what was sealed for this secret key: all of it, or nothing.
///
/// # Errors
/// [`SealError`]; a file that was changed in one bit is refused.
pub fn open_sealed(sealed: &[u8], secret_key: &str) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let secret =
        Zeroizing::new(decoded(secret_key, "age-secret-key-").ok_or(SealError::SecretKey)?);
    let header = Header::read(sealed).ok_or(SealError::Header)?;
    let file_key = header.file_key(*secret)?;
    // An attacker has one file and one try: no time of comparing tells anything.
    if header_mac(file_key.as_slice(), header.authenticated) != *header.mac {
        return Err(SealError::Changed);
    }
    let (nonce, payload) = header.payload.split_at_checked(NONCE).ok_or(SealError::Header)?;
    let cipher = cipher(&derived(file_key.as_slice(), nonce, b"payload"));
    let n_chunks = payload.len().div_ceil(CHUNK + TAG);
    if n_chunks == 0 {
        return Err(SealError::Changed);
    }
    let mut plain = Zeroizing::new(Vec::with_capacity(payload.len()));
    for (at, chunk) in payload.chunks(CHUNK + TAG).enumerate() {
        let nonce = chunk_nonce(at as u64, at + 1 == n_chunks);
        let opened = cipher.decrypt(&nonce, chunk).map_err(|_| SealError::Changed)?;
        // Only a text without a byte may end with an empty chunk.
        if opened.is_empty() && at > 0 {
            return Err(SealError::Changed);
        }
        plain.extend_from_slice(&Zeroizing::new(opened));
    }
    Ok(plain)
}

/// What stands before the payload.
struct Header<'a> {
    /// Share and wrapped file key of each recipient with a native key.
    stanzas: Vec<([u8; 32], Vec<u8>)>,
    /// What the authentication code covers.
    authenticated: &'a [u8],
    mac: Vec<u8>,
    payload: &'a [u8],
}

impl<'a> Header<'a> {
    /// `None` if it is no header of the format.
    fn read(file: &'a [u8]) -> Option<Self> {
        let mut rest = file.strip_prefix(VERSION)?;
        let mut stanzas = Vec::new();
        let mut n_stanzas = 0;
        loop {
            let line;
            (line, rest) = next_line(rest)?;
            if let Some(mac) = line.strip_prefix("--- ") {
                let at = file.len() - rest.len() - line.len() - 1;
                let authenticated = &file[..at + "---".len()];
                let mac = STANDARD_NO_PAD.decode(mac).ok().filter(|mac| mac.len() == 32)?;
                let is_any = n_stanzas > 0;
                return is_any.then_some(Self { stanzas, authenticated, mac, payload: rest });
            }
            let arguments: Vec<&str> = line.strip_prefix("-> ")?.split(' ').collect();
            let is_word =
                |word: &&str| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_graphic());
            if !arguments.iter().all(is_word) {
                return None;
            }
            let body;
            (body, rest) = read_body(rest)?;
            n_stanzas += 1;
            if arguments[0] == STANZA {
                let [_, share] = arguments.as_slice() else { return None };
                let share = STANDARD_NO_PAD.decode(share).ok()?.try_into().ok()?;
                let is_whole = body.len() == FILE_KEY + TAG;
                stanzas.push(is_whole.then_some((share, body))?);
            }
        }
    }

    /// The key of the file, if one stanza is for this secret.
    fn file_key(&self, secret: [u8; 32]) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let secret = StaticSecret::from(secret);
        let own = PublicKey::from(&secret).to_bytes();
        for (share, body) in &self.stanzas {
            let shared = secret.diffie_hellman(&PublicKey::from(*share));
            if !shared.was_contributory() {
                return Err(SealError::Header);
            }
            let wrap = wrap_key(shared.as_bytes(), *share, own);
            if let Ok(key) = cipher(&wrap).decrypt(&Nonce::default(), body.as_slice()) {
                return Ok(Zeroizing::new(key));
            }
        }
        Err(SealError::NoMatch)
    }
}

/// The next line, without its end, and what follows.
fn next_line(text: &[u8]) -> Option<(&str, &[u8])> {
    let end = text.iter().position(|byte| *byte == b'\n')?;
    Some((std::str::from_utf8(&text[..end]).ok()?, &text[end + 1..]))
}

/// The body of a stanza: full lines and a shorter last one.
fn read_body(mut rest: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let mut text = String::new();
    loop {
        let line;
        (line, rest) = next_line(rest)?;
        if line.len() > LINE {
            return None;
        }
        text.push_str(line);
        if line.len() < LINE {
            return Some((STANDARD_NO_PAD.decode(text).ok()?, rest));
        }
    }
}

/// The 32 bytes of a key in Bech32 (BIP 173).
fn decoded(text: &str, kind: &str) -> Option<[u8; 32]> {
    let parsed = bech32::primitives::decode::CheckedHrpstring::new::<Bech32>(text.trim()).ok()?;
    let is_kind = Hrp::parse(kind).is_ok_and(|kind| parsed.hrp() == kind);
    let bytes: Vec<u8> = parsed.byte_iter().collect();
    bytes.try_into().ok().filter(|_| is_kind)
}

fn wrap_key(shared: &[u8; 32], share: [u8; 32], recipient: [u8; 32]) -> Zeroizing<[u8; 32]> {
    let salt = [share, recipient].concat();
    derived(shared, &salt, b"age-encryption.org/v1/X25519")
}

fn derived(secret: &[u8], salt: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
    let mut key = Zeroizing::new([0; 32]);
    let expanded = Hkdf::<Sha256>::new(Some(salt), secret).expand(info, key.as_mut_slice());
    expanded.expect("32 bytes are asked for");
    key
}

/// HMAC-SHA256 of the header under a key of the file's.
fn header_mac(file_key: &[u8], header: &[u8]) -> [u8; 32] {
    super::FieldKey::new(derived(file_key, b"", b"header").as_slice()).digest(header)
}

fn cipher(key: &[u8; 32]) -> ChaCha20Poly1305 {
    ChaCha20Poly1305::new(key.into())
}

/// The how-manieth chunk it is, in eleven bytes, and whether it is the last.
fn chunk_nonce(at: u64, is_last: bool) -> Nonce {
    let mut nonce = Nonce::default();
    nonce[3..11].copy_from_slice(&at.to_be_bytes());
    nonce[11] = u8::from(is_last);
    nonce
}
