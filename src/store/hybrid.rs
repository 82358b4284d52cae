//! Parquet's run-length and bit-packing hybrid, of which dictionary pages' places and levels are made.
//!
//! Format: Apache Parquet, "Run Length Encoding / Bit-Packing Hybrid (RLE = 3)".

/// Bits that a number up to `most` needs.
pub(super) fn bit_width(most: u32) -> u32 {
    u32::BITS - most.leading_zeros()
}

/// Appends `n` numbers of at most `width` bits, each told by its place: runs of eight and more as one,
/// others packed by eight.
pub(super) fn append(n: usize, number: impl Fn(usize) -> u32, width: u32, out: &mut Vec<u8>) {
    // Where the numbers begin that are not written yet; whole eights of them come before a run.
    let mut start = 0;
    let mut at = 0;
    while at < n {
        let first = number(at);
        let run = 1 + (at + 1..n).take_while(|i| number(*i) == first).count();
        let fill = (at - start).next_multiple_of(8) - (at - start);
        if run >= fill + 8 {
            append_packed(start..at + fill, &number, width, out);
            append_run(first, run - fill, width, out);
            start = at + run;
        }
        at += run;
    }
    append_packed(start..n, &number, width, out);
}

fn append_run(value: u32, n: usize, width: u32, out: &mut Vec<u8>) {
    append_varint((n as u32) << 1, out);
    out.extend_from_slice(&value.to_le_bytes()[..width.div_ceil(8) as usize]);
}

/// Packs numbers in groups of eight, the last of which is filled up with noughts.
fn append_packed(
    places: std::ops::Range<usize>,
    number: impl Fn(usize) -> u32,
    width: u32,
    out: &mut Vec<u8>,
) {
    if places.is_empty() {
        return;
    }
    append_varint((places.len().div_ceil(8) as u32) << 1 | 1, out);
    for start in places.clone().step_by(8) {
        let mut group = [0; 8];
        for (i, slot) in (start..places.end).zip(&mut group) {
            *slot = number(i);
        }
        append_group(&group, width, out);
    }
}

/// Packs eight numbers into `width` bytes.
#[inline]
fn append_group(group: &[u32; 8], width: u32, out: &mut Vec<u8>) {
    let (mut bits, mut n_bits) = (0u64, 0);
    for value in group {
        bits |= u64::from(*value) << n_bits;
        n_bits += width;
        if n_bits >= 32 {
            out.extend_from_slice(&(bits as u32).to_le_bytes());
            bits >>= 32;
            n_bits -= 32;
        }
    }
    out.extend_from_slice(&bits.to_le_bytes()[..n_bits as usize / 8]);
}

fn append_varint(mut n: u32, out: &mut Vec<u8>) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hybrid(values: &[u32], width: u32) -> Vec<u8> {
        let mut out = Vec::new();
        append(values.len(), |i| values[i], width, &mut out);
        out
    }

    #[test]
    fn the_formats_own_example_is_packed_as_it_stands_there() {
        // "the numbers 0 through 7 with bit width 3": 10001000 11000110 11111010.
        let packed = [0b1000_1000, 0b1100_0110, 0b1111_1010];
        assert_eq!(hybrid(&[0, 1, 2, 3, 4, 5, 6, 7], 3), [&[1 << 1 | 1], &packed[..]].concat());
    }

    #[test]
    fn runs_are_written_once_and_fill_the_eights_before_them() {
        // 100 << 1 takes two bytes of a variable-length number: 200 is 0xc8 0x01.
        assert_eq!(hybrid(&[5; 100], 3), [0xc8, 0x01, 5]);
        let values: Vec<u32> = [1, 2, 3].into_iter().chain([7; 20]).collect();
        // Three numbers and five of the run make eight; fifteen are left of it.
        let expected = [1 << 1 | 1, 0b1101_0001, 0b1111_1110, 0b1111_1111, 15 << 1, 7];
        assert_eq!(hybrid(&values, 3), expected);
        assert_eq!(hybrid(&[0; 9], 0), [9 << 1]);
        assert_eq!(bit_width(0), 0);
        assert_eq!((bit_width(1), bit_width(7), bit_width(8)), (1, 3, 4));
    }
}
