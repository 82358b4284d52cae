//! A block of records, parted into cells.

use csv::{ByteRecord, ReaderBuilder, Terminator};

use super::{Block, ExtractError, Limits};

/// Why a record is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowFault {
    /// It has another number of fields than the header.
    Ragged,
    /// A quote opens a field and is not closed where a quoted field can end.
    UnclosedQuote,
    /// It is longer than any honest record.
    RecordTooLong,
    /// One of its fields is longer than any honest field.
    FieldTooLong,
    /// It repeats the header: files were joined.
    RepeatedHeader,
}

/// A record that is no row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RefusedRecord {
    /// Its first line in the file (the header is on line 1).
    pub line: u64,
    /// Why it is no row.
    pub fault: RowFault,
}

/// The rows of a block: each has one cell for each column of the header.
#[derive(Default)]
pub struct Rows {
    text: String,
    ends: Vec<u32>,
    n_columns: usize,
    lines: Vec<u64>,
    refused: Vec<RefusedRecord>,
    undecodable: Vec<(u32, u32)>,
}

impl Rows {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Records of the block, rows or not.
    #[must_use]
    pub fn n_records(&self) -> u64 {
        (self.lines.len() + self.refused.len()) as u64
    }

    /// The first line of each row.
    #[must_use]
    pub fn lines(&self) -> &[u64] {
        &self.lines
    }

    /// Records that are no rows, in order of line.
    #[must_use]
    pub fn refused(&self) -> &[RefusedRecord] {
        &self.refused
    }

    /// Row and column of each cell whose bytes are not in the file's encoding; the cell is blank.
    #[must_use]
    pub fn undecodable(&self) -> &[(u32, u32)] {
        &self.undecodable
    }

    /// A cell, without the spaces around it.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> &str {
        let at = row * self.n_columns + column;
        let start = if at == 0 { 0 } else { self.ends[at - 1] as usize };
        trimmed(&self.text[start..self.ends[at] as usize])
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("n_rows", &self.len()).finish_non_exhaustive()
    }
}

/// `str::trim` and the invisible characters that copies from documents carry.
fn trimmed(cell: &str) -> &str {
    let bytes = cell.as_bytes();
    let is_plain = |byte: Option<&u8>| byte.is_none_or(|b| b.is_ascii_graphic());
    if is_plain(bytes.first()) && is_plain(bytes.last()) {
        return cell;
    }
    cell.trim_matches(|c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
    })
}

/// What parting needs to know of a file; cheap to share between threads.
#[derive(Debug, Clone)]
pub struct Layout {
    pub(super) path: std::path::PathBuf,
    pub(super) delimiter: u8,
    pub(super) header: Vec<String>,
    pub(super) limits: Limits,
}

impl Layout {
    /// Parts a block of this file into rows.
    ///
    /// # Errors
    /// [`ExtractError::Disagreement`], which would be a defect of this program.
    pub fn rows(&self, block: &Block) -> Result<Rows, ExtractError> {
        let mut parting = Parting {
            layout: self,
            text: Vec::with_capacity(block.bytes.len()),
            rows: Rows { n_columns: self.header.len(), ..Rows::default() },
        };
        parting.rows.refused.clone_from(&block.refused);
        parting.rows.ends.reserve(block.lines.len() * self.header.len());
        let mut reader = csv_reader(self.delimiter, &block.bytes);
        let mut record = ByteRecord::new();
        let mut lines = block.lines.iter();
        let disagreement = || ExtractError::Disagreement {
            path: self.path.clone(),
            line: block.lines.first().copied().unwrap_or_default(),
        };
        while reader.read_byte_record(&mut record).map_err(|_| disagreement())? {
            parting.add(&record, *lines.next().ok_or_else(disagreement)?);
        }
        if lines.next().is_some() {
            return Err(disagreement());
        }
        Ok(parting.finish())
    }

    /// The number of fields of one record.
    pub(super) fn n_fields(delimiter: u8, record: &[u8]) -> usize {
        let mut fields = ByteRecord::new();
        let found = csv_reader(delimiter, record).read_byte_record(&mut fields);
        if matches!(found, Ok(true)) { fields.len() } else { 0 }
    }

    /// The cells of a header.
    pub(super) fn header_cells(delimiter: u8, record: &[u8]) -> Vec<String> {
        let mut fields = ByteRecord::new();
        let found = csv_reader(delimiter, record).read_byte_record(&mut fields);
        let cell = |bytes: &[u8]| trimmed(&String::from_utf8_lossy(bytes)).to_owned();
        if matches!(found, Ok(true)) { fields.iter().map(cell).collect() } else { Vec::new() }
    }
}

/// A CSV reader whose records end at `\n` alone: the splitter has settled all other line ends.
fn csv_reader(delimiter: u8, bytes: &[u8]) -> csv::Reader<&[u8]> {
    ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .terminator(Terminator::Any(b'\n'))
        .from_reader(bytes)
}

/// Rows in the making.
struct Parting<'a> {
    layout: &'a Layout,
    text: Vec<u8>,
    rows: Rows,
}

impl Parting<'_> {
    fn add(&mut self, record: &ByteRecord, line: u64) {
        if let Some(fault) = self.fault(record) {
            self.rows.refused.push(RefusedRecord { line, fault });
            return;
        }
        let mut end = self.text.len() as u32;
        self.text.extend_from_slice(record.as_slice());
        for field in record.iter().take(self.rows.n_columns) {
            end += field.len() as u32;
            self.rows.ends.push(end);
        }
        self.rows.lines.push(line);
    }

    fn fault(&self, record: &ByteRecord) -> Option<RowFault> {
        let header = &self.layout.header;
        // One blank field too many is a delimiter at the end of the line.
        let has_tail = record.len() == header.len() + 1 && record[header.len()].is_empty();
        if record.len() != header.len() && !has_tail {
            return Some(RowFault::Ragged);
        }
        let cap = self.layout.limits.field_bytes;
        if record.as_slice().len() > cap && record.iter().any(|field| field.len() > cap) {
            return Some(RowFault::FieldTooLong);
        }
        let is_header = || header.iter().zip(record).all(|(h, f)| h.as_bytes() == f.trim_ascii());
        is_header().then_some(RowFault::RepeatedHeader)
    }

    fn finish(mut self) -> Rows {
        self.rows.refused.sort_by_key(|refused| refused.line);
        // Halves of a character in two cells would make a whole one between them.
        let parts_no_character = |text: &String| {
            text.is_ascii() || self.rows.ends.iter().all(|end| text.is_char_boundary(*end as usize))
        };
        self.rows.text = match String::from_utf8(self.text) {
            Ok(text) if parts_no_character(&text) => text,
            Ok(text) => blank_undecodable(text.as_bytes(), &mut self.rows),
            Err(error) => blank_undecodable(error.as_bytes(), &mut self.rows),
        };
        self.rows
    }
}

/// Keeps the cells that are UTF-8 and blanks the others.
fn blank_undecodable(bytes: &[u8], rows: &mut Rows) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut start = 0;
    for (at, end) in rows.ends.iter_mut().enumerate() {
        match std::str::from_utf8(&bytes[start..*end as usize]) {
            Ok(cell) => text.push_str(cell),
            Err(_) => {
                let (row, column) = (at / rows.n_columns, at % rows.n_columns);
                rows.undecodable.push((row as u32, column as u32));
            }
        }
        start = *end as usize;
        *end = text.len() as u32;
    }
    text
}
