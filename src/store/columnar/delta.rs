//! Whole numbers as differences, for those that rise and for lengths.
//!
//! Format: Apache Parquet, "Delta Encoding (`DELTA_BINARY_PACKED` = 5)".

/// Numbers of a block, a multiple of 128.
const BLOCK: usize = 128;
/// Numbers that share a bit width, a multiple of 32.
const MINIBLOCK: usize = 32;

/// Appends the numbers, of which each two that are neighbours differ by what fits the column's type.
pub(super) fn append(numbers: &[i64], out: &mut Vec<u8>) {
    append_varint(BLOCK as u64, out);
    append_varint((BLOCK / MINIBLOCK) as u64, out);
    append_varint(numbers.len() as u64, out);
    append_zigzag(numbers.first().copied().unwrap_or(0), out);
    for start in (1..numbers.len()).step_by(BLOCK) {
        let end = numbers.len().min(start + BLOCK);
        let mut differences = [0; BLOCK];
        for (i, pair) in numbers[start - 1..end].windows(2).enumerate() {
            differences[i] = pair[1].wrapping_sub(pair[0]);
        }
        append_block(&mut differences, end - start, out);
    }
}

/// Appends the first `n` differences; places behind them are used up.
fn append_block(differences: &mut [i64; BLOCK], n: usize, out: &mut Vec<u8>) {
    let least = differences[..n].iter().copied().min().unwrap_or(0);
    append_zigzag(least, out);
    differences[n..].fill(least);
    let above = differences.map(|difference| difference.wrapping_sub(least).cast_unsigned());
    let (minis, _) = above.as_chunks::<MINIBLOCK>();
    let width_of = |mini: &[u64; MINIBLOCK]| {
        u64::BITS - mini.iter().fold(0, |bits, number| bits | number).leading_zeros()
    };
    out.extend(minis.iter().map(|mini| width_of(mini) as u8));
    // Those that hold no number are left out; their widths are noughts.
    for mini in &minis[..n.div_ceil(MINIBLOCK)] {
        append_packed(mini, width_of(mini), out);
    }
}

/// Packs 32 numbers into four times `width` bytes.
fn append_packed(numbers: &[u64; MINIBLOCK], width: u32, out: &mut Vec<u8>) {
    if width == 0 {
        return;
    }
    let (mut bits, mut n_bits) = (0u64, 0);
    for number in numbers {
        bits |= number << n_bits;
        n_bits += width;
        if n_bits >= u64::BITS {
            out.extend_from_slice(&bits.to_le_bytes());
            n_bits -= u64::BITS;
            // What of the number is not written yet; nothing, if it ended with the bits.
            bits = number.checked_shr(width - n_bits).unwrap_or(0);
        }
    }
    out.extend_from_slice(&bits.to_le_bytes()[..n_bits as usize / 8]);
}

/// A whole number in as many bytes as it needs, seven bits in each.
pub(super) fn append_varint(mut n: u64, out: &mut Vec<u8>) {
    while n >= 0x80 {
        out.push(n as u8 | 0x80);
        n >>= 7;
    }
    out.push(n as u8);
}

fn append_zigzag(n: i64, out: &mut Vec<u8>) {
    append_varint((n << 1 ^ n >> 63).cast_unsigned(), out);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delta(numbers: &[i64]) -> Vec<u8> {
        let mut out = Vec::new();
        append(numbers, &mut out);
        out
    }

    #[test]
    fn the_formats_own_examples_come_out() {
        // Header: block of 128 (0x80 0x01), 4 miniblocks, 5 numbers, the first 1 (zigzag 2); least
        // difference 1 (zigzag 2), and no bits are needed.
        let header = [0x80, 0x01, 4, 5, 2];
        assert_eq!(delta(&[1, 2, 3, 4, 5]), [&header[..], &[2, 0, 0, 0, 0]].concat());
        // 7, 5, 3, 1, 2, 3, 4, 5: differences -2 -2 -2 1 1 1 1, least -2 (zigzag 3), above it
        // 0 0 0 3 3 3 3, two bits each: 11000000 00111111, then noughts up to 32 numbers.
        let expected = [0x80, 0x01, 4, 8, 14, 3, 2, 0, 0, 0, 0b1100_0000, 0b0011_1111];
        let expected = [&expected[..], &[0; 6]].concat();
        assert_eq!(delta(&[7, 5, 3, 1, 2, 3, 4, 5]), expected);
        assert_eq!(delta(&[]), [0x80, 0x01, 4, 0, 0]);
    }
}
