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
    /// It is the last, and ends before its columns do: the rest of the file was not sent.
    CutShort,
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
    /// Where each row's first cell starts in the text.
    pub(super) starts: Vec<u32>,
    /// Where each cell ends.
    pub(super) ends: Vec<u32>,
    /// Bytes between a cell and the next of its row: the delimiter, if the text still has it.
    gap: usize,
    pub(super) n_columns: usize,
    pub(super) lines: Vec<u64>,
    pub(super) refused: Vec<RefusedRecord>,
    undecodable: Vec<(u32, u32)>,
}

impl Rows {
    /// No rows yet, of this many columns, with so many bytes between two cells.
    pub(super) fn of(n_columns: usize, gap: usize) -> Self {
        Self { n_columns, gap, ..Self::default() }
    }

    /// Makes room for the rows of a text of this length.
    pub(super) fn reserve(&mut self, n_bytes: usize) {
        self.ends.reserve(n_bytes / 6);
        let n_rows = n_bytes / (self.n_columns.max(1) * 6);
        self.starts.reserve(n_rows);
        self.lines.reserve(n_rows);
    }

    /// Keeps the text that the cells lie in.
    pub(super) fn keep(&mut self, text: String) {
        self.text = text;
    }

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
    #[inline]
    pub fn cell(&self, row: usize, column: usize) -> &str {
        trimmed(&self.text[self.span(row, column)])
    }

    /// The cells of a column, row by row, without the spaces around them.
    pub fn column(&self, column: usize) -> impl ExactSizeIterator<Item = &str> {
        self.spans(column).map(|span| self.cell_at(span))
    }

    /// Where the cells of a column lie in the text, with the spaces around them: from here to there.
    pub fn spans(&self, column: usize) -> impl ExactSizeIterator<Item = (usize, usize)> {
        // A column before the first: what ends there is where the row starts.
        let before = column.checked_sub(1);
        let rows = self.ends.chunks_exact(self.n_columns.max(1)).zip(&self.starts);
        rows.map(move |(ends, start)| {
            let start = before.map_or(*start as usize, |before| ends[before] as usize + self.gap);
            (start, ends[column] as usize)
        })
    }

    /// The text that the cells lie in.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The cell that lies there, without the spaces around it.
    #[must_use]
    #[inline]
    pub fn cell_at(&self, (start, end): (usize, usize)) -> &str {
        trimmed(&self.text[start..end])
    }

    /// Bytes of a column's cells, with the spaces around them.
    #[must_use]
    pub fn n_bytes(&self, column: usize) -> usize {
        (0..self.len()).map(|row| self.span(row, column).len()).sum()
    }

    #[inline]
    fn span(&self, row: usize, column: usize) -> std::ops::Range<usize> {
        let at = row * self.n_columns + column;
        let start = match column {
            0 => self.starts[row] as usize,
            _ => self.ends[at - 1] as usize + self.gap,
        };
        start..self.ends[at] as usize
    }
}

impl std::fmt::Debug for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rows").field("n_rows", &self.len()).finish_non_exhaustive()
    }
}

/// `str::trim` and the invisible characters that copies from documents carry.
#[inline]
fn trimmed(cell: &str) -> &str {
    let bytes = cell.as_bytes();
    let is_plain = |byte: Option<&u8>| byte.is_none_or(|b| b.is_ascii_graphic());
    if is_plain(bytes.first()) && is_plain(bytes.last()) {
        return cell;
    }
    trimmed_of_odd(cell)
}

#[cold]
fn trimmed_of_odd(cell: &str) -> &str {
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
    pub fn rows(&self, mut block: Block) -> Result<Rows, ExtractError> {
        let Some(first_line) = block.first_plain_line else { return self.quoted_rows(&block) };
        match String::from_utf8(block.bytes) {
            Ok(text) => Ok(self.rows_of_lines(text, first_line)),
            Err(error) => {
                block.bytes = error.into_bytes();
                self.quoted_rows(&self.records_of_lines(&block.bytes, first_line))
            }
        }
    }

    /// Parts records that may hold quotes and bytes that are no text.
    pub(super) fn quoted_rows(&self, block: &Block) -> Result<Rows, ExtractError> {
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
        let disagreement = || self.disagreement(&block.lines);
        while reader.read_byte_record(&mut record).map_err(|_| disagreement())? {
            parting.add(&record, *lines.next().ok_or_else(disagreement)?);
        }
        if lines.next().is_some() {
            return Err(disagreement());
        }
        Ok(parting.finish())
    }

    /// Why these fields are no row.
    pub(super) fn fault<'a>(
        &self,
        fields: impl ExactSizeIterator<Item = &'a [u8]>,
    ) -> Option<RowFault> {
        let (n_fields, n_columns) = (fields.len(), self.header.len());
        let (mut is_too_long, mut is_header, mut last_length) = (false, true, 0);
        let mut header = self.header.iter();
        for field in fields {
            last_length = field.len();
            is_too_long |= last_length > self.limits.field_bytes;
            is_header =
                is_header && header.next().is_none_or(|name| name.as_bytes() == field.trim_ascii());
        }
        // One blank field too many is a delimiter at the end of the line.
        let has_tail = n_fields == n_columns + 1 && last_length == 0;
        if n_fields != n_columns && !has_tail {
            Some(RowFault::Ragged)
        } else if is_too_long {
            Some(RowFault::FieldTooLong)
        } else {
            is_header.then_some(RowFault::RepeatedHeader)
        }
    }

    fn disagreement(&self, lines: &[u64]) -> ExtractError {
        let line = lines.first().copied().unwrap_or_default();
        ExtractError::Disagreement { path: self.path.clone(), line }
    }

    /// The number of fields of one record.
    pub(super) fn n_fields(delimiter: u8, record: &[u8]) -> usize {
        let mut fields = ByteRecord::new();
        let found = csv_reader(delimiter, record).read_byte_record(&mut fields);
        if matches!(found, Ok(true)) { fields.len() } else { 0 }
    }

    /// The cells of one record, such as the header.
    pub(super) fn cells(delimiter: u8, record: &[u8]) -> Vec<String> {
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
        if let Some(fault) = self.layout.fault(record.iter()) {
            self.rows.refused.push(RefusedRecord { line, fault });
            return;
        }
        let mut end = self.text.len() as u32;
        self.rows.starts.push(end);
        self.text.extend_from_slice(record.as_slice());
        for field in record.iter().take(self.rows.n_columns) {
            end += field.len() as u32;
            self.rows.ends.push(end);
        }
        self.rows.lines.push(line);
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
        let (row, column) = (at / rows.n_columns, at % rows.n_columns);
        if column == 0 {
            rows.starts[row] = text.len() as u32;
        }
        match std::str::from_utf8(&bytes[start..*end as usize]) {
            Ok(cell) => text.push_str(cell),
            Err(_) => rows.undecodable.push((row as u32, column as u32)),
        }
        start = *end as usize;
        *end = text.len() as u32;
    }
    text
}
