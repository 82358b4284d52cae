//! Files of every kind, read block by block.

mod archives;
mod encodings;
mod headers;
mod workbooks;
mod xml_tables;

use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

const COMMA: Format = Format::delimited(Encoding::Utf8, b',');

fn file(bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("extract.csv");
    crate::store::write_atomic(&path, bytes).unwrap();
    (folder, path)
}

/// What came of a file: its rows with their lines, and the records that are no rows.
#[derive(Debug, PartialEq)]
struct Read {
    header: Vec<String>,
    rows: Vec<(u64, Vec<String>)>,
    refused: Vec<(u64, RowFault)>,
    notes: Notes,
}

impl Read {
    fn remarks(&self) -> Vec<(u64, Option<usize>, About)> {
        self.notes.remarks.iter().map(|r| (r.line, r.column, r.about)).collect()
    }
}

fn read_within(
    bytes: &[u8],
    format: impl std::borrow::Borrow<Format>,
    limits: Limits,
) -> Result<Read, ExtractError> {
    let (_folder, path) = file(bytes);
    read_file(&path, format.borrow(), limits)
}

fn read_file(path: &Path, format: &Format, limits: Limits) -> Result<Read, ExtractError> {
    let mut reader = ExtractReader::open(path, format, limits)?;
    let header = reader.header().to_vec();
    let layout = reader.layout();
    let (mut rows, mut refused, mut notes) = (Vec::new(), Vec::new(), Notes::default());
    while let Some(mut block) = reader.next_block()? {
        let of_block = std::mem::take(&mut block.notes);
        notes.remarks.extend(of_block.remarks);
        notes.footers.extend(of_block.footers);
        let parted = layout.rows(block)?;
        refused.extend(parted.refused().iter().map(|r| (r.line, r.fault)));
        rows.extend((0..parted.len()).map(|row| {
            let cells = (0..header.len()).map(|c| parted.cell(row, c).to_owned());
            (parted.lines()[row], cells.collect())
        }));
    }
    Ok(Read { header, rows, refused, notes })
}

fn read(text: &str) -> Read {
    read_within(text.as_bytes(), COMMA, Limits::default()).unwrap()
}

fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
    (line, cells.iter().map(|c| (*c).to_owned()).collect())
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut gz = GzEncoder::new(Vec::new(), Compression::best());
    gz.write_all(bytes).unwrap();
    gz.finish().unwrap()
}

#[test]
fn lines_are_physical_lines_whatever_ends_them() {
    let expected = [row(2, &["1", "x"]), row(4, &["2", "y\ny"]), row(6, &["3", "z"])];
    assert_eq!(read("a,b\n1,x\n\n2,\"y\ny\"\n3,z\n").rows, expected);
    let crlf = read("\u{feff}a,b\r\n1,x\r\n\r\n2,\"y\r\ny\"\r\n3,z");
    assert_eq!(crlf.header, ["a", "b"]);
    let lines: Vec<u64> = crlf.rows.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 4, 6]);
    assert_eq!(read("a,b\r1,x\r\r2,y\r").rows, [row(2, &["1", "x"]), row(4, &["2", "y"])]);
}

#[test]
fn spaces_and_invisible_characters_around_cells_go() {
    let read = read("a,b\n 1 ,\u{200b}x\u{a0}\n");
    assert_eq!(read.rows, [row(2, &["1", "x"])]);
}

#[test]
fn ends_of_files_are_no_rows() {
    assert_eq!(read("a,b\n1,x\n\u{1a}").rows.len(), 1);
    assert_eq!(read("a,b\n1,x\n   \n\0\n").rows.len(), 1);
    let footer = read("a,b\n1,x\nTotal rows: 1\n");
    assert_eq!(footer.refused, [(3, RowFault::Ragged)]);
}

#[test]
fn ragged_rows_and_repeated_headers_are_refused_by_line() {
    let read = read("a,b\n1\n1,x\n1,x,y\na,b\n1,x,\n");
    assert_eq!(read.rows, [row(3, &["1", "x"]), row(6, &["1", "x"])]);
    let expected = [(2, RowFault::Ragged), (4, RowFault::Ragged), (5, RowFault::RepeatedHeader)];
    assert_eq!(read.refused, expected);
}

#[test]
fn an_unclosed_quote_costs_one_row_and_swallows_none() {
    let rest: String = (4..2_000).map(|i| format!("{i},x\n")).collect();
    for closing in ["", "5000,\"quoted\"\n"] {
        let read = read(&format!("a,b\n1,x\n2,\"open\n{rest}{closing}"));
        assert_eq!(read.refused, [(3, RowFault::UnclosedQuote)]);
        assert_eq!(read.rows.len(), 1 + 1_996 + usize::from(!closing.is_empty()));
        assert_eq!(read.rows[1], row(4, &["4", "x"]));
    }
}

#[test]
fn what_is_too_long_is_refused_and_reading_goes_on() {
    let limits = Limits { record_bytes: 1_000, field_bytes: 100, ..Limits::default() };
    let text = format!(
        "a,b\n1,{}\n2,x\n3,{}\n4,y\n5,\"{}",
        "v".repeat(5_000_000),
        "w".repeat(200),
        "u".repeat(3_000)
    );
    let read = read_within(text.as_bytes(), COMMA, limits).unwrap();
    assert_eq!(read.rows, [row(3, &["2", "x"]), row(5, &["4", "y"])]);
    let expected =
        [(2, RowFault::RecordTooLong), (4, RowFault::FieldTooLong), (6, RowFault::UnclosedQuote)];
    let mut refused = read.refused;
    refused.sort();
    assert_eq!(refused, expected);
}

#[test]
fn every_delimiter_and_encoding_reads_alike() {
    let comma = read("a,b\n1,£’\n");
    for delimiter in [b'|', b';', b'\t'] {
        let text = "a,b\n1,£’\n".replace(',', std::str::from_utf8(&[delimiter]).unwrap());
        let format = Format { delimiter, ..COMMA };
        assert_eq!(read_within(text.as_bytes(), format, Limits::default()).unwrap(), comma);
    }
    let format = Format { encoding: Encoding::Windows1252, ..COMMA };
    assert_eq!(read_within(b"a,b\n1,\xa3\x92\n", format, Limits::default()).unwrap(), comma);
}

#[test]
fn a_cell_in_another_encoding_is_blank_and_told() {
    let (_folder, path) = file(b"a,b,c\n1,\xa3,x\n2,\xc2\xa3,y\n");
    let mut reader = ExtractReader::open(&path, &COMMA, Limits::default()).unwrap();
    let block = reader.next_block().unwrap().unwrap();
    let rows = reader.layout().rows(block).unwrap();
    assert_eq!(rows.undecodable(), [(0, 1)]);
    let cells: Vec<&str> = (0..6).map(|i| rows.cell(i / 3, i % 3)).collect();
    assert_eq!(cells, ["1", "", "x", "2", "£", "y"]);
}

#[test]
fn halves_of_a_character_in_two_cells_are_no_character() {
    let (_folder, path) = file(b"a,b\n\xc2,\xa3\n");
    let mut reader = ExtractReader::open(&path, &COMMA, Limits::default()).unwrap();
    let block = reader.next_block().unwrap().unwrap();
    let rows = reader.layout().rows(block).unwrap();
    assert_eq!(rows.undecodable(), [(0, 0), (0, 1)]);
}

#[test]
fn gzip_is_known_by_its_bytes_and_may_come_in_members() {
    let (head, tail) = ("a,b\n1,x\n2,", "y\n3,z\n");
    let plain = read(&format!("{head}{tail}"));
    let members = [gzip(head.as_bytes()), gzip(tail.as_bytes())].concat();
    assert_eq!(read_within(&members, COMMA, Limits::default()).unwrap(), plain);
}

#[test]
fn a_cut_or_hostile_archive_is_an_error() {
    let rows: String = (0..50_000).map(|i| format!("{i},{}\n", i * 7919 % 10_007)).collect();
    let whole = gzip(format!("a,b\n{rows}").as_bytes());
    let cut = read_within(&whole[..whole.len() / 2], COMMA, Limits::default());
    assert!(matches!(cut, Err(ExtractError::Unreadable { .. })));
    let bomb = gzip(&[b"a,b\n".to_vec(), vec![b'0'; 64 << 20]].concat());
    let bombed = read_within(&bomb, COMMA, Limits::default());
    assert!(
        matches!(bombed, Err(ExtractError::TooLarge { .. })),
        "{:?}",
        bombed.map(|r| r.refused)
    );
    let limits = Limits { total_bytes: 1_000, ..Limits::default() };
    let large = read_within(&b"a,b\n1,x\n".repeat(500), COMMA, limits);
    assert!(matches!(large, Err(ExtractError::TooLarge { .. })));
}

#[test]
fn files_of_another_kind_are_named() {
    for (bytes, kind) in
        [(&b"\xff\xfe\0\0a"[..], "UTF-32"), (b"PK\x03\x04rest", "zip"), (b"PAR1....", "Parquet")]
    {
        let error = read_within(bytes, COMMA, Limits::default()).unwrap_err();
        assert!(error.to_string().contains(kind), "{error}");
    }
    for bytes in [&b""[..], b"\n\n", b"\xef\xbb\xbf"] {
        let error = read_within(bytes, COMMA, Limits::default()).unwrap_err();
        assert!(matches!(error, ExtractError::Empty { .. }));
    }
    assert_eq!(read("a,b\n").rows.len(), 0);
}

#[test]
fn a_header_that_is_no_record_is_not_replaced_by_a_row() {
    for (text, line, what) in [
        ("\"a,b\n1,2\n3,4\n", 1, "a quote in the header is not closed"),
        ("\"a,b", 1, "the file ends within its header"),
        ("\n\"a,b\n1,2\n", 2, "a quote in the header is not closed"),
    ] {
        let limits = Limits { record_lines: 2, ..Limits::default() };
        let error = read_within(text.as_bytes(), COMMA, limits).unwrap_err().to_string();
        assert!(error.contains(&format!("line {line}: {what}")), "{error}");
    }
    let limits = Limits { record_bytes: 50, ..Limits::default() };
    let long = format!("{}\n1,2\n", "a,b".repeat(40));
    let error = read_within(long.as_bytes(), COMMA, limits).unwrap_err().to_string();
    assert!(error.contains("line 1: the header is longer"), "{error}");
}

/// A table that a CSV writer wrote, and the limits of small blocks.
fn table() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = "[a-z\" ,;|\r\n£]{0,6}x";
    proptest::collection::vec(proptest::collection::vec(cell, 3), 0..40)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_a_csv_writer_wrote_is_read_back(table in table(), block_bytes in 1usize..200) {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["h1", "h2", "h3"]).unwrap();
        for cells in &table {
            writer.write_record(cells).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let read = read_within(&bytes, COMMA, Limits { block_bytes, ..Limits::default() }).unwrap();
        prop_assert!(read.refused.is_empty());
        let trim = |row: &Vec<String>| row.iter().map(|c| c.trim().to_owned()).collect();
        let trimmed: Vec<Vec<String>> = table.iter().map(trim).collect();
        prop_assert_eq!(read.rows.into_iter().map(|(_, row)| row).collect::<Vec<_>>(), trimmed);
    }

    #[test]
    fn no_bytes_make_reader_and_splitter_disagree(
        bytes in proptest::collection::vec(proptest::sample::select(b"a,\"\n\r\x1a \xef\xbb\xbf0\0".to_vec()), 0..300),
        block_bytes in 1usize..64,
        record_bytes in 8usize..64,
    ) {
        let limits = Limits { block_bytes, record_bytes, record_lines: 3, field_bytes: 16, ..Limits::default() };
        if let Err(error) = read_within(&bytes, COMMA, limits) {
            let is_one = matches!(error, ExtractError::Empty { .. } | ExtractError::Malformed { .. });
            prop_assert!(is_one, "{}", error);
        }
    }

    /// Lines without a quote are found and parted by another loop than records with one.
    #[test]
    fn both_ways_through_a_file_agree(
        // What is too long for a record is told apart from an open quote by what has been read so far,
        // so that one text has quotes and the other has long lines.
        (text, record_bytes) in prop_oneof![
            ("[ab,;\r\n é\u{feff}]{0,200}\n", 8usize..40),
            ("[ab,;\r\n é\u{feff}\"]{0,200}", Just(Limits::default().record_bytes)),
        ],
        line_end in proptest::sample::select(vec!["\n", "\r\n"]),
        field_bytes in 2usize..8,
        block_bytes in 1usize..100,
        delimiter in proptest::sample::select(b",;".to_vec()),
    ) {
        let text = text.replace('\n', line_end);
        let (_folder, path) = file(format!("a{}b\n{text}", char::from(delimiter)).as_bytes());
        let format = Format { delimiter, ..COMMA };
        let limits = Limits { field_bytes, record_bytes, block_bytes, ..Limits::default() };
        let all = |is_plain: bool| {
            let mut reader = ExtractReader::open(&path, &format, limits).unwrap();
            let layout = reader.layout();
            let (mut found, mut refused) = (Vec::new(), Vec::new());
            let next = |reader: &mut ExtractReader| match is_plain {
                true => reader.next_block(),
                false => reader.block_of_records(),
            };
            while let Some(block) = next(&mut reader).unwrap() {
                let rows = layout.rows(block).unwrap();
                assert!(rows.undecodable().is_empty());
                refused.extend_from_slice(rows.refused());
                let cells = |row| [0, 1].map(|column| rows.cell(row, column).to_owned());
                found.extend((0..rows.len()).map(|row| (rows.lines()[row], cells(row))));
            }
            (found, refused)
        };
        prop_assert_eq!(all(true), all(false));
    }
}
