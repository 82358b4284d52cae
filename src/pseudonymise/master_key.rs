//! The hub's one secret: where it comes from, and when it is refused.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::Path;
use std::process::{Command, Stdio};

use zeroize::{Zeroize, Zeroizing};

use super::NumberPolicy;
use super::error::KeyError;
use super::field_key::{FieldKey, expand};
use crate::domain::ZoneKey;

/// The 32-byte master key at an epoch. Wiped when dropped; its `Debug` is blank; it can derive,
/// nothing else.
pub struct MasterKey {
    bytes: [u8; 32],
    epoch: u32,
}

/// The epoch that a key begins with.
const FIRST_EPOCH: u32 = 1;

/// The public key of the sample pipeline: these 32 ASCII bytes, known to everybody.
const DEMONSTRATION: [u8; 32] = *b"hub demonstration key: not safe!";

/// Longest text that is read when a key is looked for: 64 digits, what they are for, white space.
const LONGEST: usize = 192;
/// Longest file of a secret key of the age format, with its comments.
const LONGEST_SECRET: usize = 4096;

impl MasterKey {
    /// The public key of the sample.
    ///
    /// Its bytes are the ASCII text `hub demonstration key: not safe!`. Deliveries that hold a
    /// number outside the test range are refused under it.
    #[must_use]
    pub fn demonstration() -> Self {
        Self::new(DEMONSTRATION)
    }

    /// Draws a key at random and keeps it in a new file, readable by its owner alone.
    ///
    /// # Errors
    /// [`KeyError::Exists`] if there is a file already, [`KeyError::File`] if it cannot be written.
    pub fn create(path: &Path) -> Result<Self, KeyError> {
        let mut key = Self::new([0; 32]);
        key.bytes = random().map_err(|source| KeyError::File { path: path.to_owned(), source })?;
        write_secret(path, &key.hex())?;
        Ok(key)
    }

    /// The key in a file: 64 hexadecimal digits, readable by its owner alone.
    ///
    /// # Errors
    /// [`KeyError`] if the file is missing, another user's, open to others, malformed or weak.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        Self::from_hex(&read_secret(path)?, &path.display().to_string())
    }

    /// The key in an environment variable: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError`] if the variable is not set, malformed or weak.
    pub fn from_env(name: &str) -> Result<Self, KeyError> {
        let text =
            std::env::var(name).map_err(|_| KeyError::NoVariable { name: name.to_owned() })?;
        let text = Zeroizing::new(text);
        Self::from_hex(text.as_bytes(), &format!("environment variable `{name}`"))
    }

    /// The key that a shell command prints: 64 hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError`] if the command fails, or prints what is no key.
    pub fn from_command(command: &str) -> Result<Self, KeyError> {
        let output = Command::new("sh")
            .args(["-c", command])
            .stdin(Stdio::null())
            .stderr(Stdio::inherit())
            .output()
            .map_err(|_| KeyError::Command { status: None })?;
        let text = Zeroizing::new(output.stdout);
        if !output.status.success() {
            return Err(KeyError::Command { status: output.status.code() });
        }
        Self::from_hex(&text, "the key command")
    }

    /// Whether this is the public key, however it was supplied and at whatever epoch.
    #[must_use]
    pub fn is_demonstration(&self) -> bool {
        self.bytes == DEMONSTRATION
    }

    /// Which numbers this key may touch of those that are declared: the public one none but those for
    /// tests, whoever declares what.
    pub(super) fn may_touch(&self, declared: NumberPolicy) -> NumberPolicy {
        if self.is_demonstration() { NumberPolicy::Test } else { declared }
    }

    /// The same key at another epoch: what it derives there has nothing in common with what it
    /// derived before.
    #[must_use]
    pub fn at_epoch(mut self, epoch: u32) -> Self {
        self.epoch = epoch;
        self
    }

    /// The key's id: the first 8 bytes of HKDF-SHA256 with label `hub/v1|key-id`, in hexadecimal,
    /// and after a full stop the epoch unless it is the first.
    ///
    /// It tells keys and epochs apart and says nothing about them.
    #[must_use]
    pub fn id(&self) -> String {
        let mut id = [0; 8];
        expand(&self.bytes, "hub/v1|key-id", &mut id);
        let id: String = id.iter().map(|byte| format!("{byte:02x}")).collect();
        if self.epoch == FIRST_EPOCH { id } else { format!("{id}.{}", self.epoch) }
    }

    /// The key for one use of one field: HKDF-SHA256, label `hub/v1|use|field|purpose|epoch`.
    #[must_use]
    pub fn derive(&self, usage: &str, field: &str, purpose: &str) -> FieldKey {
        let mut key = Zeroizing::new([0; 32]);
        let label = format!("hub/v1|{usage}|{field}|{purpose}|{}", self.epoch);
        expand(&self.bytes, &label, key.as_mut_slice());
        FieldKey::new(key.as_slice())
    }

    /// The key of the identity zone, of no purpose: tokens are the same for all.
    #[must_use]
    pub fn zone_key(&self) -> ZoneKey {
        let derive = |field: &str| {
            let mut key = Zeroizing::new([0; 32]);
            let label = format!("hub/v1|zone|{field}||{}", self.epoch);
            expand(&self.bytes, &label, key.as_mut_slice());
            key
        };
        ZoneKey::new(&derive("seal"), &derive("nonce"))
    }

    /// The zone's key of the key with this id, if that is this one at whatever epoch.
    #[must_use]
    pub fn zone_key_of(&self, id: &str) -> Option<ZoneKey> {
        let epoch = match id.split_once('.') {
            Some((_, epoch)) => epoch.parse().ok()?,
            None => FIRST_EPOCH,
        };
        let key = Self { bytes: self.bytes, epoch };
        (key.id() == id).then(|| key.zone_key())
    }

    /// A key of its own for one use, which says nothing of this one.
    pub(super) fn child(&self, usage: &str, field: &str, purpose: &str) -> Self {
        let mut child = Self::new([0; 32]);
        let label = format!("hub/v1|{usage}|{field}|{purpose}|{}", self.epoch);
        expand(&self.bytes, &label, &mut child.bytes);
        child
    }

    /// The key as 64 hexadecimal digits.
    pub(super) fn hex(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(64));
        for byte in self.bytes {
            let digit = |n: u8| char::from_digit(n.into(), 16).expect("half a byte is a digit");
            text.extend([digit(byte >> 4), digit(byte & 15)]);
        }
        text
    }

    fn new(bytes: [u8; 32]) -> Self {
        Self { bytes, epoch: FIRST_EPOCH }
    }

    pub(super) fn from_hex(text: &[u8], origin: &str) -> Result<Self, KeyError> {
        let malformed = || KeyError::Malformed { origin: origin.to_owned() };
        let digits = text.trim_ascii();
        if digits.len() != 64 {
            return Err(malformed());
        }
        let mut key = Self::new([0; 32]);
        for (byte, pair) in key.bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |c: u8| char::from(c).to_digit(16).ok_or_else(malformed);
            *byte = (digit(pair[0])? * 16 + digit(pair[1])?) as u8;
        }
        let step = key.bytes[1].wrapping_sub(key.bytes[0]);
        if key.bytes.windows(2).all(|w| w[1].wrapping_sub(w[0]) == step) {
            return Err(KeyError::Weak { origin: origin.to_owned() });
        }
        Ok(key)
    }
}

impl Drop for MasterKey {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(..)")
    }
}

/// Keeps a line of text in a new file, readable by its owner alone.
pub(super) fn write_secret(path: &Path, text: &str) -> Result<(), KeyError> {
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
        _ => KeyError::File { path: path.to_owned(), source },
    };
    let line = Zeroizing::new(format!("{text}\n"));
    let mut options = OpenOptions::new();
    let mut file = options.write(true).create_new(true).mode(0o600).open(path).map_err(failed)?;
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)
}

/// The secret key of the age format in a file that its owner alone can read: its first line that is no
/// comment, or nothing.
///
/// # Errors
/// [`KeyError`] if the file is missing, another user's or open to others.
pub fn read_secret_key(path: &Path) -> Result<Zeroizing<String>, KeyError> {
    let bytes = read_private(path, LONGEST_SECRET)?;
    let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    let key = lines.into_iter().find(|line| !line.is_empty() && !line.starts_with(b"#"));
    let key = key.and_then(|key| std::str::from_utf8(key).ok());
    Ok(Zeroizing::new(key.unwrap_or_default().to_owned()))
}

/// What a file holds that is readable by its owner alone, and short as a key is.
pub(super) fn read_secret(path: &Path) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    read_private(path, LONGEST)
}

/// What a file of this user's holds, if nobody else can read it.
fn read_private(path: &Path, longest: usize) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let failed = |source| KeyError::File { path: path.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.mode() & 0o077 != 0 {
        return Err(KeyError::OpenToOthers { path: path.to_owned() });
    }
    if metadata.uid() != own_metadata().map_err(failed)?.uid() {
        return Err(KeyError::AnothersFile { path: path.to_owned() });
    }
    let mut text = Zeroizing::new(Vec::with_capacity(longest + 1));
    file.take(longest as u64 + 1).read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}

/// Bytes that nobody can guess.
pub(super) fn random<const N: usize>() -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes))?;
    Ok(bytes)
}

/// Metadata of something that this process owns: the standard library does not tell the user id.
fn own_metadata() -> io::Result<Metadata> {
    std::fs::metadata("/proc/self").or_else(|_| tempfile::tempfile()?.metadata())
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    const HEX: &str = "6b65792d6b65792d6b65792d6b65792d6b65792d6b65792d6b65792d6b65792d";

    fn file(text: &str, mode: u32) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hub.key");
        crate::store::write_atomic(&path, text.as_bytes()).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(mode)).unwrap();
        (folder, path)
    }

    #[test]
    fn every_source_of_the_same_key_gives_the_same_id() {
        let (_folder, path) = file(&format!("{HEX}\n"), 0o600);
        let from_file = MasterKey::from_file(&path).unwrap();
        let from_command = MasterKey::from_command(&format!("printf {HEX}")).unwrap();
        assert_eq!(from_file.id(), from_command.id());
        assert_eq!(from_file.id().len(), 16);
        assert_ne!(from_file.id(), MasterKey::demonstration().id());
    }

    #[test]
    fn an_epoch_is_another_key_and_its_id_says_so() {
        let (first, second) = (MasterKey::demonstration(), MasterKey::demonstration().at_epoch(2));
        assert_eq!(second.id(), format!("{}.2", first.id()));
        let token = |key: &MasterKey| key.derive("token", "nhs_number", "linkage").token(b"x");
        assert_ne!(token(&first), token(&second));
        assert_eq!(token(&first), token(&MasterKey::demonstration().at_epoch(1)));
    }

    #[test]
    fn the_zone_has_two_keys_of_its_own_at_each_epoch() {
        let (first, second) = (MasterKey::demonstration(), MasterKey::demonstration().at_epoch(2));
        // The second implementation of HKDF here: RFC 5869 by hand, on the HMAC of its own crate.
        let hkdf = |label: &str| {
            use hmac::{Hmac, KeyInit, Mac};
            let mac = |key: &[u8], message: &[u8]| {
                let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
                mac.update(message);
                let digest: [u8; 32] = mac.finalize().into_bytes().into();
                digest
            };
            mac(&mac(&[0; 32], &DEMONSTRATION), &[label.as_bytes(), &[1]].concat())
        };
        let [one, other] = [&first, &second].map(MasterKey::zone_key);
        assert_eq!(*one.seal(), hkdf("hub/v1|zone|seal||1"));
        assert_eq!(*one.nonce(), hkdf("hub/v1|zone|nonce||1"));
        assert_eq!(*other.seal(), hkdf("hub/v1|zone|seal||2"));
        // Either is found by the id of its epoch, from whichever epoch one looks.
        assert_eq!(second.zone_key_of(&first.id()).unwrap().seal(), one.seal());
        assert_eq!(first.zone_key_of(&second.id()).unwrap().seal(), other.seal());
        assert!(first.zone_key_of("0123456789abcdef").is_none());
    }

    #[test]
    fn a_new_key_is_its_owners_and_is_never_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new.key");
        let id = MasterKey::create(&path).unwrap().id();
        assert_eq!(MasterKey::from_file(&path).unwrap().id(), id);
        assert!(matches!(MasterKey::create(&path), Err(KeyError::Exists { .. })));
        assert_ne!(MasterKey::create(&folder.path().join("other.key")).unwrap().id(), id);
    }

    #[test]
    fn a_key_file_that_others_can_read_is_refused() {
        for mode in [0o644, 0o640, 0o604, 0o660] {
            let (_folder, path) = file(HEX, mode);
            assert!(matches!(MasterKey::from_file(&path), Err(KeyError::OpenToOthers { .. })));
        }
    }

    #[test]
    fn short_long_weak_and_missing_keys_are_refused_without_repeating_them() {
        let (_folder, path) = file(&HEX[..62], 0o600);
        let errors = [
            MasterKey::from_file(&path).err().unwrap(),
            MasterKey::from_command(&format!("printf {HEX}00")).err().unwrap(),
            MasterKey::from_command(&format!("printf {}", "ab".repeat(32))).err().unwrap(),
            MasterKey::from_command(&format!("printf {}zz", &HEX[2..])).err().unwrap(),
            MasterKey::from_command(&format!("printf {HEX}; exit 3")).err().unwrap(),
            MasterKey::from_env("HUB_TEST_NO_SUCH_VARIABLE").err().unwrap(),
        ];
        assert!(matches!(errors[2], KeyError::Weak { .. }));
        for error in errors {
            let text = format!("{error} {error:?}");
            assert!(!text.contains("6b65792d") && !text.contains("abab"), "{text}");
        }
    }

    #[test]
    fn the_public_key_is_recognised_from_any_source() {
        let hex: String = DEMONSTRATION.iter().map(|b| format!("{b:02x}")).collect();
        assert!(MasterKey::from_command(&format!("printf {hex}")).unwrap().is_demonstration());
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", MasterKey::demonstration()), "MasterKey(..)");
    }
}
