//! Workbooks, made by hand from the parts that their standards ask for (ECMA-376, OpenDocument 1.2).

use zip::CompressionMethod;

use super::archives::zipped;
use super::*;

const NAMESPACE: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";

/// An xlsx whose sheets are named and given as the content of `sheetData` and what follows it. Style
/// 1 is a date (format 14 of ECMA-376 18.8.30), style 2 a date and time (22), style 3 a time (21).
fn xlsx(sheets: &[(&str, &str)]) -> Vec<u8> {
    let list: String = (1..)
        .zip(sheets)
        .map(|(i, (name, _))| format!("<sheet name=\"{name}\" sheetId=\"{i}\" r:id=\"r{i}\"/>"))
        .collect();
    let relations: String = (1..=sheets.len())
        .map(|i| {
            format!(
                "<Relationship Id=\"r{i}\" Type=\"http://schemas.openxmlformats.org/officeDocument/\
                 2006/relationships/worksheet\" Target=\"worksheets/sheet{i}.xml\"/>"
            )
        })
        .collect();
    let package = "http://schemas.openxmlformats.org/package/2006";
    let mut parts = vec![
        ("[Content_Types].xml".to_owned(), format!("<Types xmlns=\"{package}/content-types\"/>")),
        (
            "_rels/.rels".to_owned(),
            format!(
                "<Relationships xmlns=\"{package}/relationships\"><Relationship Id=\"r\" \
                 Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/\
                 officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml".to_owned(),
            format!(
                "<workbook xmlns=\"{NAMESPACE}\" xmlns:r=\"http://schemas.openxmlformats.org/\
                 officeDocument/2006/relationships\"><sheets>{list}</sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels".to_owned(),
            format!("<Relationships xmlns=\"{package}/relationships\">{relations}</Relationships>"),
        ),
        (
            "xl/styles.xml".to_owned(),
            format!(
                "<styleSheet xmlns=\"{NAMESPACE}\"><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/>\
                 <xf numFmtId=\"22\"/><xf numFmtId=\"21\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/sharedStrings.xml".to_owned(),
            format!("<sst xmlns=\"{NAMESPACE}\"><si><t>Zoë O’Brien</t></si></sst>"),
        ),
    ];
    for (i, (_, data)) in (1..).zip(sheets) {
        let sheet = format!("<worksheet xmlns=\"{NAMESPACE}\">{data}</worksheet>");
        parts.push((format!("xl/worksheets/sheet{i}.xml"), sheet));
    }
    packed(&parts)
}

fn packed(parts: &[(String, String)]) -> Vec<u8> {
    let parts: Vec<(&str, &[u8])> =
        parts.iter().map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    zipped(&parts, CompressionMethod::Deflated)
}

/// A row of cells that are texts.
fn texts(row: u32, cells: &[&str]) -> String {
    let cells = cells.iter().map(|c| format!("<c t=\"inlineStr\"><is><t>{c}</t></is></c>"));
    format!("<row r=\"{row}\">{}</row>", cells.collect::<String>())
}

fn ods(sheets: &str) -> Vec<u8> {
    let content = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><office:document-content \
         xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" \
         xmlns:table=\"urn:oasis:names:tc:opendocument:xmlns:table:1.0\" \
         xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" \
         xmlns:calcext=\"urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0\">\
         <office:body><office:spreadsheet>{sheets}</office:spreadsheet></office:body>\
         </office:document-content>"
    );
    let kind = "application/vnd.oasis.opendocument.spreadsheet".to_owned();
    packed(&[("mimetype".to_owned(), kind), ("content.xml".to_owned(), content)])
}

fn read_sheet(
    bytes: &[u8],
    format: impl std::borrow::Borrow<Format>,
) -> Result<Read, ExtractError> {
    read_within(bytes, format, Limits::default())
}

fn sheet(sheet: Sheet) -> Format {
    Format { sheet: Some(sheet), ..COMMA }
}

fn first() -> Format {
    sheet(Sheet::Place(0))
}

#[test]
fn cells_of_a_workbook_read_as_they_were_typed() {
    let data = format!(
        "<sheetData>{}<row r=\"2\"><c t=\"s\"><v>0</v></c><c><v>9990000018</v></c>\
         <c s=\"1\"><v>45352</v></c><c s=\"2\"><v>45352.4375</v></c><c s=\"3\"><v>0.4375</v></c>\
         <c><v>12.5</v></c><c t=\"b\"><v>1</v></c></row>\
         <row r=\"5\"><c r=\"A5\"><v>3</v></c><c r=\"G5\" t=\"inlineStr\"><is><t>a, \"b\"\nc</t></is>\
         </c></row></sheetData>",
        texts(1, &["name", "number", "date", "at", "time", "score", "is"])
    );
    let read = read_sheet(&xlsx(&[("Data", &data)]), first()).unwrap();
    assert_eq!(read.header, ["name", "number", "date", "at", "time", "score", "is"]);
    // 45352 is 1 March 2024 in the 1900 date system.
    let expected = [
        row(
            2,
            &[
                "Zoë O’Brien",
                "9990000018",
                "2024-03-01",
                "2024-03-01 10:30:00",
                "10:30:00",
                "12.5",
                "true",
            ],
        ),
        row(5, &["3", "", "", "", "", "", "a, \"b\"\nc"]),
    ];
    assert_eq!(read.rows, expected);
    assert_eq!((read.refused, read.notes), (vec![], Notes::default()));
}

#[test]
fn the_declared_sheet_is_read() {
    let data =
        |name: &str| format!("<sheetData>{}{}</sheetData>", texts(1, &["a"]), texts(2, &[name]));
    let book = xlsx(&[("Notes", &data("n")), ("Referrals ", &data("r"))]);
    let cell = |format| read_sheet(&book, format).unwrap().rows[0].1[0].clone();
    assert_eq!(cell(first()), "n");
    assert_eq!(cell(sheet(Sheet::Place(1))), "r");
    assert_eq!(cell(sheet(Sheet::Named("referrals".to_owned()))), "r");
    for missing in [Sheet::Named("March".to_owned()), Sheet::Place(2)] {
        let error = read_sheet(&book, sheet(missing)).unwrap_err();
        assert!(matches!(error, ExtractError::NoSheet { .. }), "{error}");
    }
    let error = read_sheet(&book, COMMA).unwrap_err();
    assert!(error.to_string().contains("declares no `sheet`"), "{error}");
}

#[test]
fn titles_footers_and_wide_rows_of_a_sheet_are_found() {
    let data = format!(
        "<sheetData>{}{}{}{}{}{}</sheetData>",
        texts(1, &["Hospice referrals"]),
        texts(3, &["Client Ref", "Name", "Visits"]),
        texts(4, &["1", "x", "2"]),
        texts(5, &["2", "y", "3", "", "beyond"]),
        texts(6, &["3", "z"]),
        texts(8, &["Total rows", "", "4"]),
    );
    let header = Header { first_cell: Some("Client Ref".to_owned()), ..Header::FIRST_LINE };
    let format = Format { header, footers: vec!["Total rows".to_owned()], ..first() };
    let read = read_sheet(&xlsx(&[("S", &data)]), format).unwrap();
    assert_eq!(read.header, ["Client Ref", "Name", "Visits"]);
    assert_eq!(read.rows, [row(4, &["1", "x", "2"]), row(6, &["3", "z", ""])]);
    assert_eq!(read.refused, [(5, RowFault::Ragged)]);
    assert_eq!(read.notes.footers, [Footer { line: 8, n_stated: Some(4), n_records: 3 }]);
}

#[test]
fn merged_cells_and_errors_of_formulas_are_told() {
    let data = format!(
        "<sheetData>{}{}<row r=\"3\"><c t=\"e\"><f>1/0</f><v>#DIV/0!</v></c><c><v>2</v></c></row>\
         </sheetData><mergeCells count=\"1\"><mergeCell ref=\"B2:B3\"/></mergeCells>",
        texts(1, &["a", "b"]),
        texts(2, &["x", "y"]),
    );
    let read = read_sheet(&xlsx(&[("S", &data)]), first()).unwrap();
    assert_eq!(read.rows, [row(2, &["x", "y"]), row(3, &["", "2"])]);
    let expected = [(2, Some(1), About::MergedCells), (3, Some(0), About::FormulaError)];
    assert_eq!(read.remarks(), expected);
}

#[test]
fn a_long_number_is_not_taken_for_whole() {
    let data = format!(
        "<sheetData>{}<row r=\"2\"><c><v>999000011000001104</v></c></row></sheetData>",
        texts(1, &["snomed"])
    );
    let read = read_sheet(&xlsx(&[("S", &data)]), first()).unwrap();
    assert!(read.rows[0].1[0].contains("E+17"), "{:?}", read.rows);
}

#[test]
fn open_document_reads_like_office() {
    let text = |t: &str| {
        format!(
            "<table:table-cell office:value-type=\"string\"><text:p>{t}</text:p></table:table-cell>"
        )
    };
    let table = format!(
        "<table:table table:name=\"Notes\"><table:table-row>{0}</table:table-row></table:table>\
         <table:table table:name=\"Referrals\"><table:table-column/>\
         <table:table-header-rows><table:table-row>{1}{2}{3}{4}</table:table-row></table:table-header-rows>\
         <table:table-row table:number-rows-repeated=\"2\"><table:table-cell/></table:table-row>\
         <table:table-row>{5}\
         <table:table-cell office:value-type=\"date\" office:date-value=\"2024-03-01\"><text:p>01/03/24</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"float\" office:value=\"9990000018\"><text:p>9.99E9</text:p></table:table-cell>\
         <table:table-cell office:value-type=\"time\" office:time-value=\"PT10H30M00S\"><text:p>10:30</text:p></table:table-cell>\
         <table:table-cell table:number-columns-repeated=\"1020\"/></table:table-row>\
         <table:table-row table:number-rows-repeated=\"2\">\
         <table:table-cell table:number-columns-spanned=\"2\" office:value-type=\"string\"><office:annotation><text:p>note</text:p></office:annotation><text:p>two</text:p><text:p>lines<text:s text:c=\"2\"/>&amp; more</text:p></table:table-cell>\
         <table:covered-table-cell/>\
         <table:table-cell office:value-type=\"string\" calcext:value-type=\"error\"><text:p>#N/A</text:p></table:table-cell></table:table-row>\
         <table:table-row table:number-rows-repeated=\"1048570\"><table:table-cell table:number-columns-repeated=\"1024\"/></table:table-row>\
         </table:table>",
        text("n"),
        text("name"),
        text("date"),
        text("number"),
        text("time"),
        text("Zoë")
    );
    let read = read_sheet(&ods(&table), sheet(Sheet::Named("Referrals".to_owned()))).unwrap();
    assert_eq!(read.header, ["name", "date", "number", "time"]);
    let both = ["two\nlines  & more", "", "", ""];
    let expected =
        [row(4, &["Zoë", "2024-03-01", "9990000018", "10:30:00"]), row(5, &both), row(6, &both)];
    assert_eq!(read.rows, expected);
    let merged = |line| (line, Some(0), About::MergedCells);
    let error = |line| (line, Some(2), About::FormulaError);
    let remarks = read.remarks();
    assert_eq!(remarks.len(), 4);
    assert!([merged(5), error(5), merged(6), error(6)].iter().all(|r| remarks.contains(r)));
    assert_eq!(read_sheet(&ods(&table), first()).unwrap().header, ["n"]);
}

#[test]
fn a_workbook_that_swells_is_refused() {
    let spaces = " ".repeat(64 << 20);
    let data = format!("<sheetData>{}</sheetData>{spaces}", texts(1, &["a"]));
    let bomb = xlsx(&[("S", &data)]);
    let error = read_sheet(&bomb, first()).unwrap_err();
    assert!(matches!(error, ExtractError::TooLarge { .. }), "{error}");
    // A million rows of many cells by a few repeats.
    let cell = "<table:table-cell office:value-type=\"string\" table:number-columns-repeated=\"9000\"><text:p>x</text:p></table:table-cell>";
    let repeats = format!(
        "<table:table table:name=\"S\"><table:table-row>{cell}</table:table-row><table:table-row \
         table:number-rows-repeated=\"1000000\">{cell}</table:table-row></table:table>"
    );
    let limits = Limits { workbook_bytes: 4 << 20, ..Limits::default() };
    let error = read_within(&ods(&repeats), first(), limits).unwrap_err();
    assert!(matches!(error, ExtractError::TooLarge { .. }), "{error}");
    let wide = repeats.replace("9000", "99999999999");
    let error = read_sheet(&ods(&wide), first()).unwrap_err();
    assert!(matches!(error, ExtractError::Malformed { .. }), "{error}");
}

#[test]
fn what_is_no_workbook_or_an_empty_one_is_an_error() {
    let empty = xlsx(&[("S", "<sheetData></sheetData>")]);
    let error = read_sheet(&empty, first()).unwrap_err();
    assert!(matches!(error, ExtractError::Empty { .. }), "{error}");
    let odd = xlsx(&[("S", "<chart/>")]);
    assert!(matches!(read_sheet(&odd, first()).unwrap_err(), ExtractError::Malformed { .. }));
    let whole = xlsx(&[("S", "<sheetData></sheetData>")]);
    assert!(read_sheet(&whole[..whole.len() / 2], first()).is_err());
    let binary = zipped(&[("xl/workbook.bin", b"x")], CompressionMethod::Stored);
    let error = read_sheet(&binary, first()).unwrap_err();
    assert!(error.to_string().contains("xlsb"), "{error}");
    let old = read_sheet(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", first()).unwrap_err();
    assert!(old.to_string().contains("password-protected"), "{old}");
}
