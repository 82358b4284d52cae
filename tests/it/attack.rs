//! Somebody who has what was exported, and the identity zone too, guesses NHS numbers.
//!
//! `HUB_ATTACK_NUMBERS=10000000 cargo test --release attack` guesses as many as the marks ask for.

use std::collections::HashSet;

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use hub::pseudonymise::MasterKey;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::keys::{change, city, ids, nhs_numbers};
use crate::zone_files::open_store;

/// Guesses unless the environment says how many.
const GUESSES: usize = 20_000;

/// How many persons of the city there are: their numbers are the first to be guessed.
const PERSONS: usize = 20;

/// The key of the store, drawn for this test.
const KEY: &str = "c41f7be09a5d2386f7105be2946ad8c370be1f52a98c64d30e7fb1a2956cd847";

fn bytes_of(hex: &str) -> Vec<u8> {
    let byte = |i| u8::from_str_radix(&hex[i..i + 2], 16).expect("hexadecimal");
    (0..hex.len()).step_by(2).map(byte).collect()
}

/// Fifty keys that people choose.
fn weak_keys() -> Vec<Vec<u8>> {
    let words = [
        "",
        "hello",
        "password",
        "secret",
        "key",
        "salt",
        "changeme",
        "nhs",
        "nhsnumber",
        "hub",
        "leeds",
        "12345",
        "letmein",
        "admin",
        "test",
        "openpseudonymiser",
        "pseudonym",
        "default",
        "hub demonstration key: not safe!",
        "qwerty",
    ];
    let words = words.iter().map(|word| word.as_bytes().to_vec());
    let repeated = (0..15).map(|byte| vec![byte * 17; 32]);
    let counting = (0..15_u8).map(|from| (from..from + 32).collect());
    words.chain(repeated).chain(counting).collect()
}

fn hmac(key: &[u8], message: &[u8]) -> u64 {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("of any length");
    mac.update(message);
    first(&mac.finalize().into_bytes())
}

fn first(digest: &[u8]) -> u64 {
    u64::from_be_bytes(*digest.first_chunk().expect("SHA-256 has 32 bytes"))
}

/// The key that the hub derives of a master key for tokens of NHS numbers.
fn derived(master: &[u8]) -> Vec<u8> {
    let mut key = vec![0; 32];
    let label = b"hub/v1|token|nhs_number|linkage|1";
    Hkdf::<Sha256>::new(None, master).expand(label, &mut key).expect("32 bytes");
    key
}

/// How many of the targets some hash of a guess under one of the keys is.
fn found(guesses: &[String], keys: &[Vec<u8>], targets: &HashSet<u64>) -> usize {
    let is_hit = |hash: u64| {
        usize::from(targets.contains(&hash) || targets.contains(&(hash & (u64::MAX >> 1))))
    };
    let unkeyed = |number: &[u8]| -> usize {
        let salts: [&[u8]; 3] = [b"", b"hello", b"nhs"];
        salts
            .iter()
            .map(|salt| {
                is_hit(first(&Sha256::new().chain_update(number).chain_update(salt).finalize()))
            })
            .sum()
    };
    let of_guess = |guess: &String| -> usize {
        let number = guess.as_bytes();
        let keyed = keys.iter().map(|key| is_hit(hmac(key, number)));
        unkeyed(number) + keyed.sum::<usize>()
    };
    guesses.par_iter().map(of_guess).sum()
}

#[test]
fn no_pseudonym_is_found_under_unkeyed_hashes_and_weak_keys() {
    let city = city();
    change(&city, "key = \"demonstration\"", &format!("key = {{ command = \"echo {KEY}\" }}"));
    city.run();
    let key = MasterKey::from_command(&format!("echo {KEY}")).expect("a key");
    let store = open_store(city.path()).with_zone_key(&key.zone_key());
    let run = store.current().expect("readable").expect("a run");
    let entry = &run.tables["identity"];
    let batches = entry.parts.iter().flat_map(|part| store.read(entry.zone, part).expect("rows"));
    let tokens: HashSet<u64> = batches
        .flat_map(|batch| {
            let column =
                batch.column_by_name("nhs").expect("there").as_primitive::<UInt64Type>().clone();
            column.iter().flatten().collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(tokens.len(), PERSONS);
    let exported = ids(&city);
    let targets: HashSet<u64> =
        exported.iter().map(|id| id.cast_unsigned()).chain(tokens.iter().copied()).collect();

    let n =
        std::env::var("HUB_ATTACK_NUMBERS").ok().and_then(|n| n.parse().ok()).unwrap_or(GUESSES);
    let guesses: Vec<String> = nhs_numbers().chain(issued_numbers()).take(n).collect();
    assert_eq!(guesses.len(), n);
    let weak = weak_keys();
    assert_eq!(weak.len(), 50);
    let masters: Vec<Vec<u8>> = weak.iter().map(|key| derived(key)).collect();
    assert_eq!(found(&guesses, &weak, &targets), 0);
    assert_eq!(found(&guesses, &masters, &targets), 0);
    // With the key itself everybody is found: the attack works, and the key is what it lacks.
    let real = [derived(&bytes_of(KEY))];
    assert_eq!(found(&guesses[..PERSONS], &real, &targets), PERSONS);
}

/// Numbers of the range that is issued in England and Wales, whoever's they are: none is kept.
fn issued_numbers() -> impl Iterator<Item = String> {
    (400_000_000..500_000_000).filter_map(crate::keys::with_check_digit)
}
