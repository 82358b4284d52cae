//! Encodings, declared, marked and mistaken.

use super::*;

fn utf_16(text: &str, is_little: bool) -> Vec<u8> {
    let bytes = |unit: u16| if is_little { unit.to_le_bytes() } else { unit.to_be_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

fn read_as(encoding: Encoding, delimiter: u8, bytes: &[u8]) -> Result<Read, ExtractError> {
    read_within(bytes, Format::delimited(encoding, delimiter), Limits::default())
}

const TEXT: &str = "name\tnote\r\nZoë\t\"a\r\nb\"\r\nO’Brien\t\u{1f600}\r\n";

#[test]
fn unicode_text_of_a_spreadsheet_reads_like_utf_8() {
    let expected = read_as(Encoding::Utf8, b'\t', TEXT.as_bytes()).unwrap();
    assert_eq!(expected.rows, [row(2, &["Zoë", "a\r\nb"]), row(4, &["O’Brien", "\u{1f600}"])]);
    for is_little in [true, false] {
        let marked = utf_16(&format!("\u{feff}{TEXT}"), is_little);
        assert_eq!(read_as(Encoding::Utf16, b'\t', &marked).unwrap(), expected);
        let (encoding, other) = match is_little {
            true => (Encoding::Utf16Le, Encoding::Utf16Be),
            false => (Encoding::Utf16Be, Encoding::Utf16Le),
        };
        assert_eq!(read_as(encoding, b'\t', &utf_16(TEXT, is_little)).unwrap(), expected);
        assert_eq!(read_as(encoding, b'\t', &marked).unwrap(), expected);
        // The mark knows better than the contract, and that is told.
        for declared in [other, Encoding::Utf8, Encoding::Windows1252] {
            let read = read_as(declared, b'\t', &marked).unwrap();
            assert_eq!(read.rows, expected.rows);
            assert_eq!(read.remarks(), [(1, None, About::Encoding)]);
        }
    }
}

#[test]
fn a_mark_of_utf_8_goes_before_windows_1252_and_utf_16() {
    let marked = format!("\u{feff}{TEXT}");
    let expected = read_as(Encoding::Utf8, b'\t', TEXT.as_bytes()).unwrap();
    assert_eq!(read_as(Encoding::Utf8, b'\t', marked.as_bytes()).unwrap(), expected);
    for declared in [Encoding::Windows1252, Encoding::Utf16, Encoding::Utf16Le] {
        let read = read_as(declared, b'\t', marked.as_bytes()).unwrap();
        assert_eq!((&read.header, &read.rows), (&expected.header, &expected.rows));
        assert_eq!(read.remarks(), [(1, None, About::Encoding)]);
    }
}

#[test]
fn utf_16_without_a_mark_needs_its_byte_order_declared() {
    let error = read_as(Encoding::Utf16, b'\t', &utf_16(TEXT, true)).unwrap_err();
    assert!(error.to_string().contains("byte-order mark"), "{error}");
}

#[test]
fn two_bytes_that_only_look_like_a_mark_are_no_utf_16() {
    let error = read_as(Encoding::Windows1252, b',', b"\xff\xferow,\xe9\n1,2\n").unwrap_err();
    assert!(matches!(error, ExtractError::Unexpected { .. }), "{error}");
}

#[test]
fn half_a_character_of_utf_16_blanks_its_cell_and_is_told() {
    let mut bytes = utf_16("\u{feff}a,b\n1,x", true);
    bytes.extend(0xd83d_u16.to_le_bytes());
    bytes.extend(utf_16("\n2,y\n", true));
    let (_folder, path) = file(&bytes);
    let format = Format::delimited(Encoding::Utf16, b',');
    let mut reader = ExtractReader::open(&path, &format, Limits::default()).unwrap();
    let block = reader.next_block().unwrap().unwrap();
    let rows = reader.layout().rows(block).unwrap();
    assert_eq!(rows.undecodable(), [(0, 1)]);
    assert_eq!((rows.cell(0, 1), rows.cell(1, 1)), ("", "y"));
}

#[test]
fn utf_8_that_is_declared_as_windows_1252_is_told() {
    let read = |text: &[u8]| read_as(Encoding::Windows1252, b',', text).unwrap();
    assert_eq!(read("a,b\n1,Zoë\n".as_bytes()).remarks(), [(1, None, About::Encoding)]);
    assert_eq!(read(b"a,b\n1,Zo\xeb\n").remarks(), []);
    assert_eq!(read(b"a,b\n1,x\n").remarks(), []);
}

#[test]
fn a_mark_in_the_middle_comes_of_joined_files() {
    let read = read("\u{feff}a,b\n1,x\n\u{feff}a,b\n2,y\n\u{feff}\"3\",\"z,\n\"\n");
    assert_eq!(read.refused, [(3, RowFault::RepeatedHeader)]);
    let expected = [row(2, &["1", "x"]), row(4, &["2", "y"]), row(5, &["3", "z,"])];
    assert_eq!(read.rows, expected);
}

#[test]
fn utf_16_streams_in_bounded_memory() {
    let line = "1234567,O’Brien,£\n";
    let text: String = std::iter::once("\u{feff}a,b,c\n".to_owned())
        .chain((0..40_000).map(|_| line.to_owned()))
        .collect();
    let limits = Limits { block_bytes: 10_000, ..Limits::default() };
    let (_folder, path) = file(&utf_16(&text, true));
    let format = Format::delimited(Encoding::Utf16, b',');
    let mut reader = ExtractReader::open(&path, &format, limits).unwrap();
    let layout = reader.layout();
    let mut n_rows = 0;
    while let Some(block) = reader.next_block().unwrap() {
        assert!(block.bytes.len() < 11_000);
        n_rows += layout.rows(block).unwrap().len();
    }
    assert_eq!(n_rows, 40_000);
}
