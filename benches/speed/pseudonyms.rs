//! A token of an NHS number against the two SHA-256 compressions that it cannot do without; and all that
//! linkage has of a row.

use criterion::{Criterion, Throughput};
use hub::pseudonymise::{Identifiers, Places};
use jiff::civil::Date;
use sha2::{Digest, Sha256};

use super::rows::nhs_number;
use super::scratch::encoder;

const N: u64 = 10_000;

pub(super) fn benches(criterion: &mut Criterion) {
    let numbers: Vec<String> = (0..N).map(nhs_number).collect();
    let encoder = encoder();
    let mut group = criterion.benchmark_group("pseudonymise");
    group.throughput(Throughput::Elements(N));
    group.bench_function("NHS number to token", |bencher| {
        let sum = |sum: u64, number: &String| {
            sum.wrapping_add(encoder.nhs_token(number).ok().flatten().unwrap_or_default())
        };
        bencher.iter(|| numbers.iter().fold(0, sum));
    });
    group.bench_function("two SHA-256 compressions", |bencher| {
        bencher.iter(|| {
            numbers.iter().fold(0u8, |sum, number| {
                let inner = Sha256::digest(number.as_bytes());
                sum.wrapping_add(Sha256::digest(inner)[0])
            })
        });
    });
    let people: Vec<[String; 5]> = (0..N).map(person).collect();
    let places = Places::default();
    group.bench_function("row to tokens and filters", |bencher| {
        bencher.iter(|| {
            people.iter().zip(&numbers).fold(0u64, |sum, (person, number)| {
                let row = identifiers(person, number);
                let (encoded, tokens, values) = encoder.encode_values(&row, &places);
                let filters = encoder.filters(&values, &tokens, |_, _| false);
                let bits = filters.iter().map(|filter| filter.bits[0]).fold(0, u64::wrapping_add);
                bits.wrapping_add(sum).wrapping_add(encoded.identity_id.unwrap_or(0).unsigned_abs())
            })
        });
    });
    group.finish();
}

/// Given and family name, street, suburb and telephone of somebody: of the length that such values have.
fn person(i: u64) -> [String; 5] {
    let letters = |n: usize, salt: u64| -> String {
        let mut left = (i + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_mul(salt);
        let letter = |_| {
            left = left.rotate_left(11).wrapping_mul(0x2545_f491_4f6c_dd1d);
            char::from(b'a' + (left >> 59) as u8 % 26)
        };
        (0..n).map(letter).collect()
    };
    [
        letters(6, 3),
        letters(7, 5),
        format!("{} {} Street", i % 200 + 1, letters(8, 7)),
        letters(9, 11),
        format!("0113 49{:05}", i % 100_000),
    ]
}

fn identifiers<'a>(
    [given, family, street, suburb, telephone]: &'a [String; 5],
    number: &'a str,
) -> Identifiers<'a> {
    Identifiers {
        nhs_number: Some(number),
        is_traced: true,
        family_name: Some(family),
        given_name: Some(given),
        birth: Date::new(1950, 3, 2).ok(),
        sex: Some("female"),
        postcode: Some("LS1 4AP"),
        address_lines: [Some(street), Some("Winston Hills"), None, None],
        locality: Some(suburb),
        region: Some("West Yorkshire"),
        telephone: Some(telephone),
        ..Identifiers::default()
    }
}
