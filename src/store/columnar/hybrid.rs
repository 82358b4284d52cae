//! Parquet's run-length and bit-packing hybrid, of which dictionary pages' places and levels are made.
//!
//! Format: Apache Parquet, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".

use super::delta::append_varint;

/// Equal numbers that are worth a run of their own; a multiple of eight.
const LEAST_RUN: usize = 32;

/// Bits that a number up to `most` needs.
pub(super) fn bit_width(most: u32) -> u32 {
    u32::BITS - most.leading_zeros()
}

/// Appends numbers of at most `width` bits: many equal ones as a run, others packed by eight.
///
/// Runs begin where eights do and are made of eights, so that those after them do as well; only at the
/// end a run may be of any length.
pub(super) fn append(numbers: &[u32], width: u32, out: &mut Vec<u8>) {
    let (mut start, mut at) = (0, 0);
    while at < numbers.len() {
        let n = run_of(&numbers[at..]);
        if n >= LEAST_RUN || n == numbers.len() {
            append_packed(&numbers[start..at], width, out);
            append_run(numbers[at], n, width, out);
            at += n;
            start = at;
        } else {
            at = numbers.len().min(at + 8);
        }
    }
    append_packed(&numbers[start..], width, out);
}

/// How many equal numbers stand first: all, or some eights; 0 where it is not worth counting.
fn run_of(numbers: &[u32]) -> usize {
    let first = numbers[0];
    if numbers[numbers.len().min(LEAST_RUN) - 1] != first {
        return 0;
    }
    let (eights, rest) = numbers.as_chunks::<8>();
    let is_first = |eight: &&[u32; 8]| **eight == [first; 8];
    let n_eights = eights.iter().take_while(is_first).count();
    match n_eights == eights.len() && rest.iter().all(|number| *number == first) {
        true => numbers.len(),
        false => 8 * n_eights,
    }
}

/// Appends `n` times the same number.
pub(super) fn append_run(number: u32, n: usize, width: u32, out: &mut Vec<u8>) {
    append_varint((n as u64) << 1, out);
    out.extend_from_slice(&number.to_le_bytes()[..width.div_ceil(8) as usize]);
}

/// Appends `n` numbers of one bit, which are packed already; what is behind them becomes nought.
pub(super) fn append_bits(n: usize, bits: &[u8], out: &mut Vec<u8>) {
    let n_bytes = n.div_ceil(8);
    append_varint((n_bytes as u64) << 1 | 1, out);
    out.extend_from_slice(&bits[..n_bytes]);
    if let (Some(last), 1..) = (out.last_mut(), n % 8) {
        *last &= (1 << (n % 8)) - 1;
    }
}

/// Packs numbers in groups of eight, the last of which is filled up with noughts.
fn append_packed(numbers: &[u32], width: u32, out: &mut Vec<u8>) {
    if numbers.is_empty() {
        return;
    }
    append_varint((numbers.len().div_ceil(8) as u64) << 1 | 1, out);
    let (eights, rest) = numbers.as_chunks::<8>();
    eights.iter().for_each(|eight| append_eight(eight, width, out));
    if !rest.is_empty() {
        let mut last = [0; 8];
        last[..rest.len()].copy_from_slice(rest);
        append_eight(&last, width, out);
    }
}

/// Packs eight numbers into `width` bytes.
#[inline]
fn append_eight(eight: &[u32; 8], width: u32, out: &mut Vec<u8>) {
    let (mut bits, mut n_bits) = (0u64, 0);
    for number in eight {
        bits |= u64::from(*number) << n_bits;
        n_bits += width;
        if n_bits >= 32 {
            out.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= 32;
            n_bits -= 32;
        }
    }
    out.extend_from_slice(&bits.to_le_bytes()[..n_bits as usize / 8]);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hybrid(numbers: &[u32], width: u32) -> Vec<u8> {
        let mut out = Vec::new();
        append(numbers, width, &mut out);
        out
    }

    /// A reader that takes bit after bit, as the format's grammar says.
    fn read(bytes: &[u8], n: usize, width: u32) -> Vec<u32> {
        let mut bytes = bytes.iter().copied();
        let mut numbers = Vec::new();
        while let Some(first) = bytes.next() {
            let (mut header, mut shift, mut byte) = (u64::from(first & 0x7f), 7, first);
            while byte >= 0x80 {
                byte = bytes.next().unwrap();
                header |= u64::from(byte & 0x7f) << shift;
                shift += 7;
            }
            let count = (header >> 1) as usize;
            if header & 1 == 0 {
                let value: Vec<u8> = bytes.by_ref().take(width.div_ceil(8) as usize).collect();
                let value = value.iter().rev().fold(0, |value, byte| value << 8 | u32::from(*byte));
                numbers.extend(vec![value; count]);
                continue;
            }
            let packed: Vec<u8> = bytes.by_ref().take(count * width as usize).collect();
            let bit = |i: usize| u32::from(packed[i / 8] >> (i % 8) & 1);
            let number =
                |i: usize| (0..width as usize).fold(0, |n, b| n | bit(i * width as usize + b) << b);
            numbers.extend((0..8 * count).map(number));
        }
        assert!(numbers.len() >= n && numbers.len() < n + 8, "{} for {n}", numbers.len());
        assert!(numbers[n..].iter().all(|number| *number == 0));
        numbers.truncate(n);
        numbers
    }

    #[test]
    fn the_formats_own_example_is_packed_as_it_stands_there() {
        // "the numbers 0 through 7 with bit width 3": 10001000 11000110 11111010.
        let packed = [0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(hybrid(&[0, 1, 2, 3, 4, 5, 6, 7], 3), [&[1 << 1 | 1], &packed[..]].concat());
        let mut out = Vec::new();
        append_bits(8, &[0b1010_0111, 0xff], &mut out);
        append_bits(3, &[0b1010_0111], &mut out);
        assert_eq!(out, [1 << 1 | 1, 0b1010_0111, 1 << 1 | 1, 0b111]);
    }

    #[test]
    fn many_equal_numbers_are_one_run() {
        // 100 << 1 takes two bytes of a variable-length number: 200 is 0xc8 0x01.
        assert_eq!(hybrid(&[5; 100], 3), [0xc8, 0x01, 5]);
        assert_eq!(hybrid(&[0; 9], 0), [9 << 1]);
        let numbers: Vec<u32> = [1, 2, 3].into_iter().chain([7; 45]).collect();
        // Three numbers and five of the run make eight; forty are left of it.
        let expected = [1 << 1 | 1, 0b1101_0001, 0b1111_1110, 0b1111_1111, 40 << 1, 7];
        assert_eq!(hybrid(&numbers, 3), expected);
        assert_eq!(bit_width(0), 0);
        assert_eq!((bit_width(1), bit_width(7), bit_width(8)), (1, 3, 4));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_by_the_grammar(
            runs in prop::collection::vec((any::<u32>(), 1usize..90), 0..40),
            noise in prop::collection::vec(any::<u32>(), 0..300),
            width in 1u32..=32,
        ) {
            let most = u32::MAX >> (32 - width);
            let of_runs = runs.iter().flat_map(|(value, n)| vec![value & most; *n]);
            let numbers: Vec<u32> = of_runs.chain(noise.iter().map(|n| n & most)).collect();
            prop_assert_eq!(read(&hybrid(&numbers, width), numbers.len(), width), numbers);
        }
    }
}
