//! Workbooks as people keep them, made of the parts that their standards ask for (ECMA-376,
//! OpenDocument 1.2): a sheet of texts and days, some of its cells merged.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use jiff::civil::{Date, date};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// A sheet: its rows from the top; a cell that reads as a day is one.
pub(super) struct Sheet {
    pub(super) rows: Vec<Vec<&'static str>>,
    /// Cells that are merged with those to their right and below: row, column, rows, columns.
    pub(super) merged: Vec<(usize, usize, usize, usize)>,
}

impl Sheet {
    /// The bytes of an Office workbook.
    pub(super) fn xlsx(&self) -> Vec<u8> {
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let relations = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let package = "http://schemas.openxmlformats.org/package/2006/relationships";
        let merged: String = self.merged.iter().map(|region| merge_cell(*region)).collect();
        packed(&[
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{package}\"><Relationship Id=\"r\" \
                     Type=\"{relations}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{main}\" xmlns:r=\"{relations}\"><sheets>\
                     <sheet name=\"Contacts\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{package}\"><Relationship Id=\"r1\" \
                     Type=\"{relations}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/styles.xml",
                // Format 14 is a date (ECMA-376 18.8.30).
                format!(
                    "<styleSheet xmlns=\"{main}\"><cellXfs><xf numFmtId=\"0\"/>\
                     <xf numFmtId=\"14\"/></cellXfs></styleSheet>"
                ),
            ),
            (
                "xl/worksheets/sheet1.xml",
                format!(
                    "<worksheet xmlns=\"{main}\"><sheetData>{}</sheetData>\
                     <mergeCells>{merged}</mergeCells></worksheet>",
                    self.xlsx_rows()
                ),
            ),
        ])
    }

    fn xlsx_rows(&self) -> String {
        let mut text = String::new();
        for (row, cells) in self.rows.iter().enumerate() {
            let _ = write!(text, "<row r=\"{}\">", row + 1);
            for (column, cell) in cells.iter().enumerate().filter(|(_, cell)| !cell.is_empty()) {
                let place = place(row, column);
                let _ = match day(cell) {
                    Some(day) => {
                        write!(text, "<c r=\"{place}\" s=\"1\"><v>{}</v></c>", serial(day))
                    }
                    None => {
                        write!(text, "<c r=\"{place}\" t=\"inlineStr\"><is><t>{cell}</t></is></c>")
                    }
                };
            }
            text += "</row>";
        }
        text
    }

    /// The bytes of an OpenDocument spreadsheet.
    pub(super) fn ods(&self) -> Vec<u8> {
        let names = "urn:oasis:names:tc:opendocument:xmlns";
        let content = format!(
            "<office:document-content xmlns:office=\"{names}:office:1.0\" \
             xmlns:table=\"{names}:table:1.0\" xmlns:text=\"{names}:text:1.0\"><office:body>\
             <office:spreadsheet><table:table table:name=\"Contacts\">{}</table:table>\
             </office:spreadsheet></office:body></office:document-content>",
            self.ods_rows()
        );
        let kind = "application/vnd.oasis.opendocument.spreadsheet".to_owned();
        packed(&[("mimetype", kind), ("content.xml", content)])
    }

    fn ods_rows(&self) -> String {
        let mut text = String::new();
        for (row, cells) in self.rows.iter().enumerate() {
            text += "<table:table-row>";
            for (column, cell) in cells.iter().enumerate() {
                let spans = self.merged.iter().find(|region| (region.0, region.1) == (row, column));
                let spans = spans.map_or_else(String::new, |(_, _, rows, columns)| {
                    format!(
                        " table:number-rows-spanned=\"{rows}\" \
                         table:number-columns-spanned=\"{columns}\""
                    )
                });
                let _ = match day(cell) {
                    Some(day) => write!(
                        text,
                        "<table:table-cell{spans} office:value-type=\"date\" \
                         office:date-value=\"{day}\"><text:p>{day}</text:p></table:table-cell>"
                    ),
                    None if cell.is_empty() => write!(text, "<table:table-cell{spans}/>"),
                    None => write!(
                        text,
                        "<table:table-cell{spans} office:value-type=\"string\">\
                         <text:p>{cell}</text:p></table:table-cell>"
                    ),
                };
            }
            text += "</table:table-row>";
        }
        text
    }
}

fn day(cell: &str) -> Option<Date> {
    cell.parse().ok()
}

/// Days since the end of 1899, as spreadsheets count them.
fn serial(day: Date) -> i32 {
    (day - date(1899, 12, 30)).get_days()
}

/// `B3` for the second cell of the third row.
fn place(row: usize, column: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(column).expect("few columns"));
    format!("{letter}{}", row + 1)
}

fn merge_cell((row, column, rows, columns): (usize, usize, usize, usize)) -> String {
    let (from, to) = (place(row, column), place(row + rows - 1, column + columns - 1));
    format!("<mergeCell ref=\"{from}:{to}\"/>")
}

fn packed(parts: &[(&str, String)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        writer.start_file(*name, SimpleFileOptions::default()).expect("a part");
        writer.write_all(text.as_bytes()).expect("written");
    }
    writer.finish().expect("a workbook").into_inner()
}
