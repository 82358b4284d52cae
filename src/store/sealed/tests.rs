//! Sealed files: their bytes by another way, and every damage that they may take.

use std::collections::HashSet;
use std::io::{Read, Write};
use std::path::Path;
use std::sync::Arc;

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use parquet::file::reader::{ChunkReader, Length};
use sha2::Sha256;

use super::cipher::{CHUNK, HEADER, OVERHEAD, seal_in_place};
use super::*;
use crate::domain::ZoneKey;

const SEAL: [u8; 32] = [0x5e; 32];
const NONCE: [u8; 32] = [0xa1; 32];
/// Lengths around the ends of chunks.
const LENGTHS: [usize; 8] = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1, 200_000];

fn cipher() -> Arc<Cipher> {
    Arc::new(Cipher::new(&ZoneKey::new(&SEAL, &NONCE)))
}

/// So many bytes that do not repeat.
fn text(n: usize) -> Vec<u8> {
    (0..n as u64).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8).collect()
}

/// Sealed in pieces of a length.
fn sealed(text: &[u8], piece: usize) -> Vec<u8> {
    let mut sealing = Sealing::begin(Vec::new(), cipher()).unwrap();
    text.chunks(piece).for_each(|piece| sealing.write_all(piece).unwrap());
    sealing.finish().unwrap()
}

/// The same by the format's description: other calls of the cipher's crate, and HMAC's own.
fn by_description(text: &[u8]) -> Vec<u8> {
    let hmac = |pieces: &[&[u8]]| {
        let mut mac = <Hmac<Sha256> as hmac::KeyInit>::new_from_slice(&NONCE).unwrap();
        pieces.iter().for_each(|piece| mac.update(piece));
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        digest
    };
    let magic = b"hub sealed zone\x01";
    let mut file = [magic, &hmac(&[magic])[..16]].concat();
    let chunks: Vec<&[u8]> = match text {
        [] => vec![&[]],
        text => text.chunks(65_536).collect(),
    };
    let mut before = vec![0; 16];
    for (i, chunk) in chunks.iter().enumerate() {
        let place = (2 * i as u64 + u64::from(i + 1 == chunks.len())).to_be_bytes();
        let aad = [magic.as_slice(), &place, &before].concat();
        let nonce = &hmac(&[&aad, chunk])[..24];
        let aead = XChaCha20Poly1305::new(&SEAL.into());
        let payload = Payload { msg: chunk, aad: &aad };
        let sealed = aead.encrypt(XNonce::from_slice(nonce), payload).unwrap();
        before = sealed[sealed.len() - 16..].to_vec();
        file = [file, place.to_vec(), nonce.to_vec(), sealed].concat();
    }
    file
}

/// What a file of these bytes holds, or why it cannot be read.
fn opened(bytes: &[u8], keys: &[Arc<Cipher>]) -> Result<Vec<u8>, SealFault> {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    let mut text = Vec::new();
    let read = SealedFile::open(file, keys).and_then(|file| {
        let file = PartFile::Sealed(file);
        file.get_read(0).unwrap().read_to_end(&mut text)
    });
    let fault = |error: std::io::Error| *error.get_ref().unwrap().downcast_ref().unwrap();
    read.map(|_| text).map_err(fault)
}

fn bytes(hex: &str) -> Vec<u8> {
    let pair = |i| u8::from_str_radix(&hex[i..i + 2], 16).unwrap();
    (0..hex.len()).step_by(2).map(pair).collect()
}

#[test]
fn chunks_are_sealed_by_the_published_cipher() {
    // draft-irtf-cfrg-xchacha-03, A.3.1.
    let key: [u8; 32] = std::array::from_fn(|i| 0x80 + i as u8);
    let nonce: [u8; 24] = std::array::from_fn(|i| 0x40 + i as u8);
    let mut text =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for \
                     the future, sunscreen would be it."
            .to_vec();
    let aead = XChaCha20Poly1305::new(&key.into());
    let tag = seal_in_place(&aead, &nonce, &bytes("50515253c0c1c2c3c4c5c6c7"), &mut text);
    let expected = "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb731c7f1b0b4aa644\
                    0bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b4522f8c9ba40db5d945b11b69b982c1bb9e\
                    3f3fac2bc369488f76b2383565d3fff921f9664c97637da9768812f615c68b13b52e";
    assert_eq!(text, bytes(expected));
    assert_eq!(tag.to_vec(), bytes("c0875924c1c7987947deafd8780acf49"));
}

#[test]
fn a_file_is_what_its_description_says_however_it_was_written() {
    for n in LENGTHS {
        let text = text(n);
        let expected = by_description(&text);
        for piece in [1_000, 8 * 1024, CHUNK, 1 << 20] {
            assert!(sealed(&text, piece) == expected, "{n} bytes in pieces of {piece}");
        }
        assert_eq!(opened(&expected, &[cipher()]), Ok(text), "{n} bytes");
    }
}

#[test]
fn any_piece_is_read_by_itself() {
    let text = text(200_000);
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(&sealed(&text, 8_192)).unwrap();
    let file = PartFile::Sealed(SealedFile::open(file, &[cipher()]).unwrap());
    assert_eq!(Length::len(&file), 200_000);
    let places = [0, 1, CHUNK - 5, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK - 1, 199_992];
    for start in places {
        for n in [0, 1, 8] {
            assert_eq!(file.get_bytes(start as u64, n).unwrap(), text[start..start + n]);
        }
    }
    assert_eq!(file.get_bytes(3, 199_000).unwrap(), text[3..199_003]);
    assert!(file.get_bytes(199_993, 8).is_err(), "past the end");
}

#[test]
fn whatever_is_cut_off_moved_added_or_changed_is_told() {
    let text = text(3 * CHUNK + 100);
    let whole = sealed(&text, 8_192);
    let (keys, chunk) = ([cipher()], CHUNK + OVERHEAD);
    let fault = |bytes: &[u8]| opened(bytes, &keys).unwrap_err();
    let starts: Vec<usize> = (0..4).map(|i| HEADER + i * chunk).collect();
    // Cut off around every chunk's beginning, or in its middle; within the last it is no longer what was
    // sealed.
    for start in &starts {
        for end in [*start, start + 1, start + OVERHEAD - 1] {
            assert_eq!(fault(&whole[..end]), SealFault::CutOff, "{end}");
        }
    }
    for end in starts.iter().take(3).flat_map(|start| [start + OVERHEAD, start + 1_000]) {
        assert_eq!(fault(&whole[..end]), SealFault::CutOff, "{end}");
    }
    for end in starts.iter().skip(1).map(|start| start - 1) {
        assert_eq!(fault(&whole[..end]), SealFault::CutOff, "{end}");
    }
    for n_lost in [1, 50, 99] {
        assert_eq!(fault(&whole[..whole.len() - n_lost]), SealFault::Changed, "{n_lost}");
    }
    for end in 0..HEADER {
        assert_eq!(fault(&whole[..end]), SealFault::NotSealed, "{end}");
    }
    // In another order, left out, or twice.
    let of = |order: &[usize]| -> Vec<u8> {
        let piece = |i: &usize| &whole[starts[*i]..whole.len().min(starts[*i] + chunk)];
        [&whole[..HEADER]].into_iter().chain(order.iter().map(piece)).collect::<Vec<_>>().concat()
    };
    assert!(of(&[0, 1, 2, 3]) == whole);
    for order in [&[1, 0, 2, 3][..], &[0, 2, 1, 3], &[0, 2, 3], &[1, 2, 3], &[0, 0, 1, 2, 3]] {
        assert_eq!(fault(&of(order)), SealFault::OutOfPlace, "{order:?}");
    }
    assert_eq!(fault(&[whole.as_slice(), b"more"].concat()), SealFault::Changed);
    let added = [whole.as_slice(), &[0; CHUNK]].concat();
    assert_eq!(fault(&added), SealFault::OutOfPlace, "what was the last is so no longer");
    // A flipped bit anywhere in a chunk: of its place, of its nonce, of what is sealed, of its tag.
    for start in &starts {
        let n_sealed = (whole.len() - start).min(chunk);
        for (at, expected) in [
            (5, SealFault::OutOfPlace),
            (8, SealFault::Changed),
            (31, SealFault::Changed),
            (32, SealFault::Changed),
            (n_sealed - 17, SealFault::Changed),
            (n_sealed - 1, SealFault::Changed),
        ] {
            let mut changed = whole.clone();
            changed[start + at] ^= 2;
            assert_eq!(fault(&changed), expected, "byte {at} of the chunk at {start}");
        }
    }
    for (at, expected) in
        [(0, SealFault::NotSealed), (15, SealFault::OtherVersion), (16, SealFault::OtherKey)]
    {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert_eq!(fault(&changed), expected, "byte {at} of the header");
    }
}

#[test]
fn a_chunk_of_another_file_does_not_fit_in_its_place() {
    let (one, mut other) = (text(3 * CHUNK), text(3 * CHUNK));
    other[7] ^= 1; // the chunks after the first are alike
    let [one, other] = [&one, &other].map(|text| sealed(text, CHUNK));
    let at = HEADER + CHUNK + OVERHEAD;
    let spliced = [&one[..at], &other[at..]].concat();
    assert!(opened(&one, &[cipher()]).is_ok() && opened(&other, &[cipher()]).is_ok());
    assert_eq!(opened(&spliced, &[cipher()]), Err(SealFault::Changed));
}

#[test]
fn another_key_opens_nothing_and_of_several_the_right_one_is_taken() {
    let whole = sealed(b"tokens", 6);
    let others = [(&[0; 32], &[0xa2; 32]), (&[0x5e; 32], &[1; 32])];
    let others = others.map(|(seal, nonce)| Arc::new(Cipher::new(&ZoneKey::new(seal, nonce))));
    assert_eq!(opened(&whole, &others), Err(SealFault::OtherKey));
    assert_eq!(opened(&whole, &[]), Err(SealFault::OtherKey));
    let all: Vec<_> = others.into_iter().chain([cipher()]).collect();
    assert_eq!(opened(&whole, &all), Ok(b"tokens".to_vec()));
    // Who knows the key of nonces alone still opens nothing.
    let half = Arc::new(Cipher::new(&ZoneKey::new(&[7; 32], &NONCE)));
    assert_eq!(opened(&whole, &[half]), Err(SealFault::Changed));
}

#[test]
fn what_is_alike_looks_unlike() {
    let whole = sealed(&vec![0; 1 << 20], CHUNK);
    let blocks = whole[HEADER..].as_chunks::<16>().0;
    let distinct: HashSet<_> = blocks.iter().collect();
    assert_eq!(distinct.len(), blocks.len());
}

#[test]
fn debug_shows_nothing() {
    assert_eq!(format!("{:?}", cipher()), "Cipher(..)");
    let error = crate::store::StoreError::file(Path::new("zone/part"))(std::io::Error::other(
        SealFault::OtherKey,
    ));
    assert_eq!(error.to_string(), "zone/part: is sealed under a key that was not given");
}
