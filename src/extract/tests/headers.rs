//! What stands above and below the rows.

use super::*;

fn read_with(header: Header, text: &str) -> Result<Read, ExtractError> {
    read_within(text.as_bytes(), Format { header, ..COMMA }, Limits::default())
}

fn read_with_footers(text: &str) -> Read {
    let footers = ["Total rows", "Rows:", "END"].map(String::from).to_vec();
    read_within(text.as_bytes(), Format { footers, ..COMMA }, Limits::default()).unwrap()
}

#[test]
fn a_file_without_a_header_has_its_columns_by_position() {
    let names = vec!["a".to_owned(), "b".to_owned()];
    let header = Header { n_rows: 0, names, ..Header::FIRST_LINE };
    let read = read_with(header.clone(), "1,x\n2\na,b\n3,z").unwrap();
    assert_eq!(read.header, ["a", "b"]);
    assert_eq!(read.rows, [row(1, &["1", "x"]), row(4, &["3", "z"])]);
    assert_eq!(read.refused, [(2, RowFault::Ragged), (3, RowFault::RepeatedHeader)]);
    let skipping = Header { skip_lines: 1, ..header.clone() };
    assert_eq!(read_with(skipping, "made by\n1,x\n").unwrap().rows, [row(2, &["1", "x"])]);
    assert!(matches!(read_with(header, ""), Err(ExtractError::Empty { .. })));
}

#[test]
fn lines_above_the_header_are_skipped_and_counted() {
    let header = Header { skip_lines: 2, ..Header::FIRST_LINE };
    let text = "Referrals, \"open quote\r\n\r\na,b\r\n1,x\r\n";
    let read = read_with(header.clone(), text).unwrap();
    assert_eq!(
        (read.header.as_slice(), read.rows),
        (&["a", "b"].map(String::from)[..], vec![row(4, &["1", "x"])])
    );
    assert!(matches!(read_with(header, "one\ntwo\n"), Err(ExtractError::Empty { .. })));
}

#[test]
fn a_header_is_found_by_its_first_cell() {
    let header = Header { first_cell: Some("Client Ref".to_owned()), ..Header::FIRST_LINE };
    let text = "\"Hospice, Leeds\nPrinted 1 April\n\n\"client ref \",b\n1,x\n";
    let read = read_with(header.clone(), text).unwrap();
    assert_eq!(read.header, ["client ref", "b"]);
    assert_eq!(read.rows, [row(5, &["1", "x"])]);
    let far = "x\n".repeat(2_000) + "Client Ref,b\n";
    for text in ["a,b\n1,x\n", far.as_str()] {
        let error = read_with(header.clone(), text).unwrap_err();
        assert!(matches!(error, ExtractError::NoHeader { .. }), "{error}");
    }
}

#[test]
fn names_stand_in_one_of_several_header_rows() {
    let two = |names_row| Header { n_rows: 2, names_row, ..Header::FIRST_LINE };
    let read = read_with(two(0), "a,b\nnumber,\"text\nor none\"\n1,x\n").unwrap();
    assert_eq!(read.header, ["a", "b"]);
    assert_eq!(read.rows, [row(4, &["1", "x"])]);
    let read = read_with(two(1), "Referrals of March\na,b\n1,x\n").unwrap();
    assert_eq!(read.header, ["a", "b"]);
    assert_eq!(read.rows, [row(3, &["1", "x"])]);
}

#[test]
fn names_may_be_quoted_padded_and_repeated() {
    let read = read("\" a \",b ,\"c, d\",b,\n1,2,3,4,\n");
    assert_eq!(read.header, ["a", "b", "c, d", "b", ""]);
    assert_eq!(read.rows, [row(2, &["1", "2", "3", "4", ""])]);
}

#[test]
fn a_footer_is_no_row_and_states_its_number() {
    for (end, n_stated) in [
        ("Total rows: 2\n", Some(2)),
        ("Total rows,2,\r\n", Some(2)),
        ("\"Total rows\",\"1,234\"", Some(1_234)),
        ("Rows: 2\n\u{1a}", Some(2)),
        ("END\n\n", None),
    ] {
        let read = read_with_footers(&format!("a,b,c\n1,x,p\n2,y,q\n{end}"));
        assert_eq!(read.rows.len(), 2, "{end}");
        assert_eq!(read.refused, [], "{end}");
        assert_eq!(read.notes.footers, [Footer { line: 4, n_stated, n_records: 2 }], "{end}");
    }
}

#[test]
fn a_row_that_only_begins_like_a_footer_stays_a_row() {
    let read = read_with_footers("a,b,c\nEND,x,p\nEndacott,y,q\nEndacott\n");
    assert_eq!(read.rows.len(), 2);
    assert_eq!(read.refused, [(4, RowFault::Ragged)]);
    assert_eq!(read.notes.footers, []);
}

#[test]
fn footers_of_joined_files_count_the_records_above_them() {
    let read = read_with_footers("a,b,c\n1,x,p\nEND 1\na,b,c\n2\n3,y,q\nEND 2\n");
    assert_eq!(read.refused, [(4, RowFault::RepeatedHeader), (5, RowFault::Ragged)]);
    let counts: Vec<_> =
        read.notes.footers.iter().map(|f| (f.line, f.n_stated, f.n_records)).collect();
    assert_eq!(counts, [(3, Some(1), 1), (7, Some(2), 4)]);
}

#[test]
fn a_transfer_that_was_cut_short_is_told_from_a_ragged_row() {
    for (text, refused) in [
        ("a,b,c\n1,x,p\n2,y", vec![(3, RowFault::CutShort)]),
        ("a,b,c\n1,x,p\n2,\"y", vec![(3, RowFault::CutShort)]),
        ("a,b,c\n1,x,p\n2,y\n", vec![(3, RowFault::Ragged)]),
        ("a,b,c\n1,x,p\n2,y,q,r", vec![(3, RowFault::Ragged)]),
        ("a,b,c\n1,x,p\n2,\"y\n", vec![(3, RowFault::UnclosedQuote)]),
        ("a,b,c\n1,x,p\n2,y,q", vec![]),
        ("a,b,c\n1,x,p\n2,y,q\u{1a}", vec![]),
    ] {
        assert_eq!(read(text).refused, refused, "{text}");
    }
}

#[test]
fn ends_of_lines_may_be_mixed() {
    let read = read("a,b\r\n1,x\n2,y\r3,z\r\n\n\r\n4,\"p\rq\r\nr\"\r\n5,w");
    let lines: Vec<u64> = read.rows.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [2, 3, 4, 7, 10]);
    assert_eq!(read.refused, []);
}

#[test]
fn nul_bytes_pad_cells_and_fill_lines() {
    let read = read("a,b\n1,x\0\0\n\0\0\0\n2,y\n\0\0\0\0");
    assert_eq!(read.rows, [row(2, &["1", "x"]), row(4, &["2", "y"])]);
    assert_eq!(read.refused, []);
}
