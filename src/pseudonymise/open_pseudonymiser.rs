//! OpenPseudonymiser's digests: hexadecimal SHA-256 of a value and a salt behind it.
//!
//! For finding again whom old digests are about, and for nothing else: whoever has the salt, or guesses
//! it, has every NHS number in a minute. Nothing that the hub makes has this form.

use std::path::Path;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::KeyError;
use super::master_key::read_secret;
use crate::domain::NhsNumber;

/// What knows an old salt.
pub struct OpenPseudonymiser {
    salt: Zeroizing<Vec<u8>>,
}

impl OpenPseudonymiser {
    /// The salt in a file that its owner alone may read; a line's end is no part of it.
    ///
    /// # Errors
    /// [`KeyError`] if there is none, or others may read it.
    pub fn from_file(path: &Path) -> Result<Self, KeyError> {
        let text = read_secret(path)?;
        let end = text.iter().rposition(|byte| !b"\r\n".contains(byte)).map_or(0, |last| last + 1);
        Ok(Self { salt: Zeroizing::new(text[..end].to_vec()) })
    }

    /// The digest of an NHS number as sent: of its ten digits; `None` if it is none.
    #[must_use]
    pub fn of_number(&self, text: &str) -> Option<String> {
        NhsNumber::parse(text).ok().map(|number| digest(&number.digits(), &self.salt))
    }
}

fn digest(value: &[u8], salt: &[u8]) -> String {
    let digest = Sha256::new().chain_update(value).chain_update(salt).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl std::fmt::Debug for OpenPseudonymiser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("OpenPseudonymiser(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn digests_are_those_that_open_pseudonymiser_publishes() {
        assert_eq!(
            digest(b"123456789", b""),
            "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"
        );
        assert_eq!(
            digest(b"123456789", b"hello"),
            "a4455e6581b78d69e569895c2b615dfa90a6cd56938e40ca91edd26e44deedfe"
        );
    }

    #[test]
    fn a_salt_is_its_owners_and_a_number_is_its_digits() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("salt");
        crate::store::write_atomic(&path, b"hello\r\n").unwrap();
        assert!(matches!(OpenPseudonymiser::from_file(&path), Err(KeyError::OpenToOthers { .. })));
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
        let old = OpenPseudonymiser::from_file(&path).unwrap();
        assert_eq!(old.of_number("999 000 0018"), Some(digest(b"9990000018", b"hello")));
        assert_eq!(old.of_number("999 000 0019"), None);
        assert_eq!(format!("{old:?}"), "OpenPseudonymiser(..)");
    }
}
