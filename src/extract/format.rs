//! How a file is written down, and how much of anything is believed.

use serde::Deserialize;

/// How the bytes of a file become characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, schemars::JsonSchema)]
pub enum Encoding {
    /// UTF-8, with or without byte-order mark.
    #[default]
    #[serde(rename = "utf-8")]
    Utf8,
    /// Windows-1252, as spreadsheets save it.
    #[serde(rename = "windows-1252")]
    Windows1252,
    /// UTF-16 in the byte order that its byte-order mark says, as spreadsheets save "Unicode text".
    #[serde(rename = "utf-16")]
    Utf16,
    /// UTF-16, least significant byte first.
    #[serde(rename = "utf-16le")]
    Utf16Le,
    /// UTF-16, most significant byte first.
    #[serde(rename = "utf-16be")]
    Utf16Be,
}

/// How a feed's files are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Format {
    /// The encoding.
    pub encoding: Encoding,
    /// The byte between fields.
    pub delimiter: u8,
    /// Where the names of the columns stand.
    pub header: Header,
    /// How the first cell of a footer begins.
    pub footers: Vec<String>,
    /// Name of the file within an archive, with at most one `*`; the only one unless given.
    pub member: Option<String>,
    /// The sheet of a workbook; workbooks are refused unless given.
    pub sheet: Option<Sheet>,
    /// How XML is read as a table.
    pub xml: Option<XmlTable>,
}

impl Format {
    /// Text with one header row and nothing else about it.
    #[must_use]
    pub const fn delimited(encoding: Encoding, delimiter: u8) -> Self {
        Self {
            encoding,
            delimiter,
            header: Header::FIRST_LINE,
            footers: Vec::new(),
            member: None,
            sheet: None,
            xml: None,
        }
    }
}

/// Where the names of the columns stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// Physical lines before the header that say something else.
    pub skip_lines: u64,
    /// The first cell of the header, where it stands below lines that nobody can count.
    pub first_cell: Option<String>,
    /// Records that make up the header; none if the file has no header.
    pub n_rows: usize,
    /// Place of the record with the names among them, from 0.
    pub names_row: usize,
    /// The columns by position, where the file does not name them.
    pub names: Vec<String>,
}

impl Header {
    /// Names in the first line.
    pub const FIRST_LINE: Self =
        Self { skip_lines: 0, first_cell: None, n_rows: 1, names_row: 0, names: Vec::new() };
}

/// Which sheet of a workbook.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sheet {
    /// By name; letter case and surrounding spaces do not matter.
    Named(String),
    /// By place among the visible sheets, from 0.
    Place(usize),
}

/// How XML is read as a table: each element at a path is a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlTable {
    /// The elements from the root to the row, by local name.
    pub row: Vec<String>,
    /// The columns.
    pub columns: Vec<XmlColumn>,
}

/// A column of XML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlColumn {
    /// Its name in the header.
    pub name: String,
    /// The elements from the root to its own.
    pub element: Vec<String>,
    /// The attribute that holds the value; the element's text if not given.
    pub attribute: Option<String>,
    /// How many elements of the path it shares with its row.
    pub n_shared: usize,
    /// What goes between the values of repeated elements; the first alone is read if not given.
    pub join: Option<String>,
}

/// Caps that no honest extract meets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one field.
    pub field_bytes: usize,
    /// Bytes of one record.
    pub record_bytes: usize,
    /// Physical lines of one record: a quote that stays open longer was never closed.
    pub record_lines: u64,
    /// Bytes after decompression for each byte before it.
    pub ratio: u64,
    /// Bytes of one file after decompression.
    pub total_bytes: u64,
    /// Bytes of one workbook after decompression, all its parts together.
    pub workbook_bytes: u64,
    /// Bytes of one block of records.
    pub block_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            field_bytes: 64 << 10,
            record_bytes: 1 << 20,
            record_lines: 200,
            ratio: 200,
            total_bytes: 256 << 30,
            workbook_bytes: 512 << 20,
            block_bytes: 512 << 10,
        }
    }
}
