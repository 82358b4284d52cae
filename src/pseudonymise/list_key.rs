//! The key of one list of persons for one practice: who has it and a number can tell whether it is there.

use zeroize::Zeroizing;

use super::field_key::FieldKey;
use super::master_key::random;
use crate::domain::NhsNumber;

/// A key that is drawn for one list and travels within it, sealed. No key of the hub follows from it.
pub struct ListKey(Zeroizing<[u8; 32]>);

impl ListKey {
    /// A new key.
    ///
    /// # Errors
    /// What the system says if it gives no random bytes.
    pub fn draw() -> std::io::Result<Self> {
        Ok(Self(Zeroizing::new(random()?)))
    }

    /// The key that a list holds; `None` if it is none.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if text.len() != 64 {
            return None;
        }
        for (byte, pair) in key.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).ok()?;
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Self(key))
    }

    /// The key as a list holds it.
    #[must_use]
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// What stands in the list for a number: the first 16 bytes of its HMAC-SHA256, in hexadecimal;
    /// `None` if it is no NHS number.
    #[must_use]
    pub fn mark(&self, number: &str) -> Option<String> {
        let number = NhsNumber::parse(number).ok()?;
        let digest = FieldKey::new(self.0.as_slice()).digest(&number.digits());
        Some(digest[..16].iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

impl std::fmt::Debug for ListKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ListKey(..)")
    }
}
