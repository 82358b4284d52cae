//! HMAC-SHA256 under a key that is derived for one field, cut to the width that a column has.

use hkdf::Hkdf;
use sha2::block_api::compress256;
use sha2::{Digest, Sha256};

use super::row_key::RowKey;

/// Bytes that SHA-256 takes in at once.
const BLOCK: usize = 64;
/// Bytes of a digest.
const DIGEST: usize = 32;
/// The state that SHA-256 begins with (FIPS 180-4, 5.3.3).
const START: State = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// What SHA-256 knows between two blocks.
type State = [u32; 8];

/// The key of one use of one field: hashes, and nothing else.
///
/// Holds the two states of HMAC (RFC 2104) after its key blocks, so a message of up to 55 bytes costs
/// two SHA-256 compressions and nothing beside them.
#[derive(Clone)]
pub struct FieldKey {
    inner: State,
    outer: State,
}

impl FieldKey {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        if key.len() > BLOCK {
            block[..DIGEST].copy_from_slice(&Sha256::digest(key));
        } else {
            block[..key.len()].copy_from_slice(key);
        }
        let state_after = |pad: u8| {
            let mut state = START;
            compress256(&mut state, &[block.map(|byte| byte ^ pad)]);
            state
        };
        Self { inner: state_after(0x36), outer: state_after(0x5c) }
    }

    /// A 64-bit token of `message`: the first 8 bytes of its HMAC, never 0.
    ///
    /// Callers must not hash a blank: a missing value has no token.
    #[must_use]
    pub fn token(&self, message: &[u8]) -> u64 {
        let [high, low, ..] = self.mac(message);
        (u64::from(high) << 32 | u64::from(low)).max(1)
    }

    /// The whole HMAC-SHA256 of `message`.
    pub(super) fn digest(&self, message: &[u8]) -> [u8; DIGEST] {
        bytes_of(self.mac(message))
    }

    /// A 63-bit positive id of `message`: the token without its top bit, never 0.
    #[must_use]
    pub fn id(&self, message: &[u8]) -> i64 {
        ((self.token(message) & (u64::MAX >> 1)) as i64).max(1)
    }

    /// The first 16 bytes of the HMAC of `message`, in hexadecimal.
    pub(super) fn hex(&self, message: &[u8]) -> String {
        let bytes = bytes_of(self.mac(message));
        bytes[..16].iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The key of the rows of one scope: the first 16 bytes of its HMAC.
    pub(super) fn row_key(&self, scope: &[u8]) -> RowKey {
        let digest = bytes_of(self.mac(scope));
        let (first, _) = digest.split_first_chunk::<16>().expect("SHA-256 has 32 bytes");
        RowKey::new(first)
    }

    /// The HMAC of a message, as the words of its last state.
    fn mac(&self, message: &[u8]) -> State {
        finished(self.outer, &bytes_of(finished(self.inner, message)))
    }
}

/// The digest of a key block, which led to this state, and a message.
fn finished(mut state: State, message: &[u8]) -> State {
    let (whole, rest) = message.as_chunks::<BLOCK>();
    compress256(&mut state, whole);
    let n_bits = (BLOCK + message.len()) as u64 * 8;
    // After the message come a set bit and, at the end of a block, the number of bits.
    let mut last = [[0; BLOCK]; 2];
    last[0][..rest.len()].copy_from_slice(rest);
    last[0][rest.len()] = 0x80;
    let n_blocks = if rest.len() + 1 + size_of::<u64>() > BLOCK { 2 } else { 1 };
    last[n_blocks - 1][BLOCK - size_of::<u64>()..].copy_from_slice(&n_bits.to_be_bytes());
    compress256(&mut state, &last[..n_blocks]);
    state
}

fn bytes_of(state: State) -> [u8; DIGEST] {
    let mut bytes = [0; DIGEST];
    for (bytes, word) in bytes.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = word.to_be_bytes();
    }
    bytes
}

impl std::fmt::Debug for FieldKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("FieldKey(..)")
    }
}

/// HKDF-SHA256 (RFC 5869) without salt.
pub(super) fn expand(key: &[u8], label: &str, out: &mut [u8]) {
    Hkdf::<Sha256>::new(None, key)
        .expand(label.as_bytes(), out)
        .expect("at most 32 bytes are asked for");
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        let pair = |i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap();
        (0..hex.len()).step_by(2).map(pair).collect()
    }

    #[test]
    fn tokens_are_the_first_bytes_of_rfc_4231() {
        // RFC 4231, test cases 1, 2, 3, 4, 6 and 7: key, data, first 8 bytes of HMAC-SHA-256.
        let cases: [(Vec<u8>, Vec<u8>, u64); 6] = [
            (vec![0x0b; 20], b"Hi There".to_vec(), 0xb034_4c61_d8db_3853),
            (b"Jefe".to_vec(), b"what do ya want for nothing?".to_vec(), 0x5bdc_c146_bf60_754e),
            (vec![0xaa; 20], vec![0xdd; 50], 0x773e_a91e_3680_0e46),
            ((1..=25).collect(), vec![0xcd; 50], 0x8255_8a38_9a44_3c0e),
            (
                vec![0xaa; 131],
                b"Test Using Larger Than Block-Size Key - Hash Key First".to_vec(),
                0x60e4_3159_1ee0_b67f,
            ),
            (
                vec![0xaa; 131],
                b"This is a test using a larger than block-size key and a larger than block-size \
                  data. The key needs to be hashed before being used by the HMAC algorithm."
                    .to_vec(),
                0x9b09_ffa7_1b94_2fcb,
            ),
        ];
        for (key, data, expected) in cases {
            let key = FieldKey::new(&key);
            assert_eq!(key.token(&data), expected);
            assert_eq!(key.id(&data), (expected & (u64::MAX >> 1)) as i64);
        }
    }

    #[test]
    fn messages_of_every_length_have_the_hmac_that_its_crate_gives() {
        use hmac::{Hmac, KeyInit, Mac};
        for n_key in [0, 1, 32, 63, 64, 65, 200] {
            let key: Vec<u8> = (0..n_key).map(|i: u8| i.wrapping_mul(7)).collect();
            let ours = FieldKey::new(&key);
            for n in 0..=200u8 {
                let message: Vec<u8> = (0..n).map(|i| i ^ n).collect();
                let mut crates = Hmac::<Sha256>::new_from_slice(&key).unwrap();
                crates.update(&message);
                let expected: [u8; DIGEST] = crates.finalize().into_bytes().into();
                assert_eq!(bytes_of(ours.mac(&message)), expected, "{n_key} and {n} bytes");
            }
        }
    }

    #[test]
    fn derived_keys_are_those_of_rfc_5869() {
        // RFC 5869, A.3: test case 3, without salt and info; first 32 of 42 bytes.
        let mut okm = [0; 32];
        expand(&[0x0b; 22], "", &mut okm);
        let expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d";
        assert_eq!(okm.to_vec(), bytes(expected));
        // RFC 5869, A.1: test case 1, with salt and info, through the same crate.
        let mut okm = [0; 42];
        Hkdf::<Sha256>::new(Some(&bytes("000102030405060708090a0b0c")), &[0x0b; 22])
            .expand(&bytes("f0f1f2f3f4f5f6f7f8f9"), &mut okm)
            .unwrap();
        let expected =
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
        assert_eq!(okm.to_vec(), bytes(expected));
    }

    #[test]
    fn debug_shows_nothing() {
        assert_eq!(format!("{:?}", FieldKey::new(b"Jefe")), "FieldKey(..)");
    }
}
