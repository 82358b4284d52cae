//! Other encodings to UTF-8. What is no text of the encoding becomes a byte that is none of UTF-8,
//! so that its cell is found undecodable, never replaced by something that looks like text.

use encoding_rs::{DecoderResult, UTF_16BE, UTF_16LE};

use super::Encoding;

/// What Windows-1252 means by the bytes 0x80 to 0x9F; the five that it leaves undefined stay the
/// control characters that they are in Latin-1. Source: WHATWG Encoding Standard, windows-1252.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// A byte that no UTF-8 has.
const NO_TEXT: u8 = 0xff;

/// Decodes a file piece by piece.
pub(super) enum Decoder {
    /// UTF-8 stays as it is.
    Utf8,
    Windows1252(Likeness),
    Utf16(encoding_rs::Decoder),
}

impl Decoder {
    /// A decoder for bytes behind the byte-order mark.
    pub(super) fn of(encoding: Encoding) -> Self {
        match encoding {
            Encoding::Utf8 => Self::Utf8,
            Encoding::Windows1252 => Self::Windows1252(Likeness::default()),
            Encoding::Utf16 | Encoding::Utf16Le => {
                Self::Utf16(UTF_16LE.new_decoder_without_bom_handling())
            }
            Encoding::Utf16Be => Self::Utf16(UTF_16BE.new_decoder_without_bom_handling()),
        }
    }

    /// Appends a piece as UTF-8; an empty piece is the end of the file.
    pub(super) fn append(&mut self, piece: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Utf8 => out.extend_from_slice(piece),
            Self::Windows1252(likeness) => {
                likeness.see(piece);
                append_windows_1252(piece, out);
            }
            Self::Utf16(decoder) => append_utf_16(decoder, piece, out),
        }
    }

    /// Whether a file declared as Windows-1252 holds characters of UTF-8 and nothing else.
    pub(super) fn looks_like_utf_8(&self) -> bool {
        matches!(self, Self::Windows1252(likeness) if likeness.is_utf_8())
    }
}

/// Whether bytes could be UTF-8: text of Windows-1252 with anything beyond ASCII hardly ever is.
#[derive(Default)]
pub(super) struct Likeness {
    /// The start of a character at the end of the last piece.
    rest: Vec<u8>,
    n_beyond_ascii: u64,
    is_refuted: bool,
}

impl Likeness {
    fn see(&mut self, piece: &[u8]) {
        if self.is_refuted || self.rest.is_empty() && piece.is_ascii() {
            return;
        }
        self.rest.extend_from_slice(piece);
        self.n_beyond_ascii += self.rest.iter().filter(|byte| !byte.is_ascii()).count() as u64;
        match std::str::from_utf8(&self.rest) {
            Ok(_) => self.rest.clear(),
            Err(error) if error.error_len().is_none() => {
                self.rest.drain(..error.valid_up_to());
            }
            Err(_) => self.is_refuted = true,
        }
    }

    fn is_utf_8(&self) -> bool {
        !self.is_refuted && self.rest.is_empty() && self.n_beyond_ascii > 0
    }
}

fn append_utf_16(decoder: &mut encoding_rs::Decoder, mut piece: &[u8], out: &mut Vec<u8>) {
    let is_last = piece.is_empty();
    let mut buffer = [0; 8 << 10];
    loop {
        let (result, n_read, n_written) =
            decoder.decode_to_utf8_without_replacement(piece, &mut buffer, is_last);
        out.extend_from_slice(&buffer[..n_written]);
        piece = &piece[n_read..];
        match result {
            DecoderResult::InputEmpty => return,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(..) => out.push(NO_TEXT),
        }
    }
}

/// Appends Windows-1252 bytes as UTF-8.
fn append_windows_1252(bytes: &[u8], out: &mut Vec<u8>) {
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

/// What a byte-order mark says: the encoding, and the mark's length. `None` without one.
///
/// The two bytes of UTF-16's mark are believed if a character of ASCII stands near them: in
/// Windows-1252 they are `ÿþ`, which no header begins with.
pub(super) fn marked(start: &[u8]) -> Option<(Encoding, usize)> {
    if start.starts_with(b"\xef\xbb\xbf") {
        return Some((Encoding::Utf8, 3));
    }
    let (encoding, ascii_byte) = match start {
        [0xff, 0xfe, ..] => (Encoding::Utf16Le, 0),
        [0xfe, 0xff, ..] => (Encoding::Utf16Be, 1),
        _ => return None,
    };
    let is_ascii = |unit: &[u8; 2]| unit[ascii_byte].is_ascii() && unit[1 - ascii_byte] == 0;
    let (units, _) = start[2..].as_chunks::<2>();
    let is_utf_32 = start.get(2..4) == Some(&[0, 0]);
    (!is_utf_32 && (units.is_empty() || units.iter().any(is_ascii))).then_some((encoding, 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(encoding: Encoding, bytes: &[u8], n_at_once: usize) -> Vec<u8> {
        let mut decoder = Decoder::of(encoding);
        let mut out = Vec::new();
        bytes.chunks(n_at_once).for_each(|piece| decoder.append(piece, &mut out));
        decoder.append(b"", &mut out);
        out
    }

    fn utf_16(text: &str, is_little: bool) -> Vec<u8> {
        let bytes = |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn spreadsheet_punctuation_and_accents_survive() {
        let out = decoded(Encoding::Windows1252, b"O\x92Brien \xa3 \x80 Zo\xeb \xff", 3);
        assert_eq!(String::from_utf8(out).unwrap(), "O’Brien £ € Zoë ÿ");
    }

    #[test]
    fn characters_of_utf_16_may_lie_across_pieces() {
        let text = "Zoë,£,’,\u{1f600}\r\n".repeat(3_000);
        for n_at_once in [1, 3, 7, 4096] {
            let little = decoded(Encoding::Utf16Le, &utf_16(&text, true), n_at_once);
            let big = decoded(Encoding::Utf16Be, &utf_16(&text, false), n_at_once);
            assert_eq!(std::str::from_utf8(&little), Ok(text.as_str()));
            assert_eq!(little, big);
        }
    }

    #[test]
    fn half_a_character_of_utf_16_is_no_text() {
        let mut bytes = utf_16("a,", true);
        bytes.extend(0xd83d_u16.to_le_bytes());
        bytes.extend(utf_16(",b\n", true));
        bytes.push(b'x');
        assert_eq!(decoded(Encoding::Utf16Le, &bytes, 2), b"a,\xff,b\n\xff");
    }

    #[test]
    fn a_mark_is_believed_if_text_follows_it() {
        assert_eq!(marked(b"\xef\xbb\xbfa"), Some((Encoding::Utf8, 3)));
        assert_eq!(marked(b"\xff\xfea\0"), Some((Encoding::Utf16Le, 2)));
        assert_eq!(marked(b"\xfe\xff\0a"), Some((Encoding::Utf16Be, 2)));
        for none in [&b"a,b"[..], b"\xff\xfe\0\0a\0\0\0", b"\xff\xferow,\xe9", b""] {
            assert_eq!(marked(none), None, "{none:?}");
        }
    }

    #[test]
    fn utf_8_declared_as_windows_1252_is_noticed() {
        let looks = |bytes: &[u8], n_at_once| {
            let mut decoder = Decoder::of(Encoding::Windows1252);
            bytes.chunks(n_at_once).for_each(|piece| decoder.append(piece, &mut Vec::new()));
            decoder.looks_like_utf_8()
        };
        assert!(looks("a,Zoë\nb,£".as_bytes(), 1));
        assert!(looks("a,Zoë\nb,£".as_bytes(), 100));
        assert!(!looks(b"a,Zo\xeb\nb,\xa3", 3));
        assert!(!looks(b"a,b\n", 3));
    }
}
