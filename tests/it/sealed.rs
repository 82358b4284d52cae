//! Sealed files against the published vectors of the age format (C2SP, CCTV, `age/testdata`).

use std::io::Read;

use hub::pseudonymise::{SealError, open_sealed, seal};
use hub::store::sha256_hex;

use crate::support::{files, root};

/// The X25519 key pair of the vectors.
pub(crate) const SECRET: &str =
    "AGE-SECRET-KEY-1EGTZVFFV20835NWYV6270LXYVK2VKNX2MMDKWYKLMGR48UAWX40Q2P2LM0";

struct Vector {
    expect: String,
    payload: String,
    identities: Vec<String>,
    file: Vec<u8>,
}

fn vector(bytes: &[u8]) -> Vector {
    let end = bytes.windows(2).position(|pair| pair == b"\n\n").expect("an empty line");
    let head = std::str::from_utf8(&bytes[..end]).expect("text");
    let of = |name: &str| -> Vec<String> {
        let lines = head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        lines.map(str::to_owned).collect()
    };
    let one = |name: &str| of(name).first().cloned().unwrap_or_default();
    let mut file = bytes[end + 2..].to_vec();
    if one("compressed") == "zlib" {
        let mut plain = Vec::new();
        flate2::read::ZlibDecoder::new(file.as_slice()).read_to_end(&mut plain).expect("zlib");
        file = plain;
    }
    Vector { expect: one("expect"), payload: one("payload"), identities: of("identity"), file }
}

#[test]
fn published_files_open_and_damaged_ones_do_not() {
    let (mut n_open, mut n_refused) = (0, 0);
    for (name, bytes) in files(&root().join("tests/age-vectors")) {
        let vector = vector(&bytes);
        let secret = vector.identities.first().map_or(SECRET, String::as_str);
        let opened = open_sealed(&vector.file, secret);
        if vector.expect == "success" {
            let opened = opened.unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(sha256_hex(&opened), vector.payload, "{name}");
            n_open += 1;
        } else {
            let error = opened.err().unwrap_or_else(|| panic!("{name}: {}", vector.expect));
            match vector.expect.as_str() {
                "no match" => assert_eq!(error, SealError::NoMatch, "{name}"),
                "HMAC failure" | "payload failure" => {
                    assert_eq!(error, SealError::Changed, "{name}")
                }
                "header failure" => assert!(
                    matches!(error, SealError::Header | SealError::SecretKey),
                    "{name}: {error}"
                ),
                other => panic!("{name}: {other}"),
            }
            n_refused += 1;
        }
    }
    assert!(n_open >= 10 && n_refused >= 30, "{n_open} opened, {n_refused} refused");
}

/// Of the vectors' secret key, as the reference implementation's `age-keygen -y` gives it.
pub(crate) const PUBLIC: &str = "age1xmwwc06ly3ee5rytxm9mflaz2u56jjj36s0mypdrwsvlul66mv4q47ryef";

#[test]
fn what_is_sealed_is_opened_by_its_key_alone_and_no_bit_may_change() {
    for n in [0, 1, 64 * 1024 - 1, 64 * 1024, 64 * 1024 + 1, 200_000] {
        let plain: Vec<u8> = (0..n).map(|i: u32| (i % 251) as u8).collect();
        let sealed = seal(&plain, PUBLIC).expect("sealed");
        assert_eq!(*open_sealed(&sealed, SECRET).expect("opened"), plain, "{n} bytes");
        assert_ne!(sealed, seal(&plain, PUBLIC).expect("sealed"), "drawn anew");
    }
    let sealed = seal(b"for the practice alone", PUBLIC).expect("sealed");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(open_sealed(&changed, SECRET).is_err(), "byte {at}");
        assert!(open_sealed(&sealed[..at], SECRET).is_err(), "cut at {at}");
    }
    let other = "AGE-SECRET-KEY-1XMWWC06LY3EE5RYTXM9MFLAZ2U56JJJ36S0MYPDRWSVLUL66MV4QX3S7F6";
    assert_eq!(open_sealed(&sealed, other).err(), Some(SealError::NoMatch));
    assert_eq!(open_sealed(&sealed, PUBLIC).err(), Some(SealError::SecretKey));
    for text in ["", "age1", SECRET, &PUBLIC[..PUBLIC.len() - 1]] {
        assert_eq!(seal(b"x", text).err(), Some(SealError::PublicKey), "{text}");
    }
}
