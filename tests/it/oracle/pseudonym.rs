//! The pseudonyms of a provider that sends no NHS number, made from the form that ARCHITECTURE.md writes
//! down, with the crates for HKDF (RFC 5869) and HMAC (RFC 2104) and nothing of the hub.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The public key of the sample: these 32 bytes.
const DEMONSTRATION: &[u8; 32] = b"hub demonstration key: not safe!";

/// What puts pseudonyms in place of NHS numbers under a provider's own key for a feed.
pub(crate) struct Pseudonyms {
    pub(crate) feed: String,
    pub(crate) provider: String,
    key_id: String,
    of_numbers: [u8; 32],
}

impl Pseudonyms {
    /// The provider's, under the public key at its first epoch.
    pub(crate) fn of(feed: &str, provider: &str) -> Self {
        let own: [u8; 32] = derived(DEMONSTRATION, &format!("hub/v1|source|{feed}|{provider}|1"));
        let key_id: [u8; 8] = derived(&own, "hub/v1|key-id");
        let of_numbers = derived(&own, "hub/v1|pseudonym|nhs_number||1");
        let (feed, provider) = (feed.to_owned(), provider.to_owned());
        Self { feed, provider, key_id: hex(&key_id), of_numbers }
    }

    /// The key's id, then half of the digits' HMAC.
    pub(crate) fn of_number(&self, digits: &str) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.of_numbers).expect("32 bytes");
        mac.update(digits.as_bytes());
        format!("{}{}", self.key_id, hex(&mac.finalize().into_bytes()[..16]))
    }
}

/// HKDF-SHA256 without salt.
fn derived<const N: usize>(key: &[u8], label: &str) -> [u8; N] {
    let mut bytes = [0; N];
    Hkdf::<Sha256>::new(None, key).expand(label.as_bytes(), &mut bytes).expect("few bytes");
    bytes
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
