//! Windows-1252 to UTF-8.

/// What Windows-1252 means by the bytes 0x80 to 0x9F; the five that it leaves undefined stay the
/// control characters that they are in Latin-1. Source: WHATWG Encoding Standard, windows-1252.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// Appends Windows-1252 bytes as UTF-8.
pub(super) fn append_windows_1252(bytes: &[u8], out: &mut Vec<u8>) {
    if bytes.is_ascii() {
        out.extend_from_slice(bytes);
        return;
    }
    for &byte in bytes {
        let c = match byte {
            0x80..=0x9f => HIGH[usize::from(byte - 0x80)],
            _ => char::from(byte),
        };
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreadsheet_punctuation_and_accents_survive() {
        let mut out = Vec::new();
        append_windows_1252(b"O\x92Brien \xa3 \x80 Zo\xeb \xff", &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), "O’Brien £ € Zoë ÿ");
    }
}
