//! A token of an NHS number against the two SHA-256 compressions that it cannot do without.

use criterion::{Criterion, Throughput};
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
    group.finish();
}
