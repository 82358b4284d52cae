//! Reads delimited text block by block.

use std::sync::Arc;

use super::bytes::Bytes;
use super::lines::{Found, QuoteCaps, end_of_line, next_record};
use super::notes::{About, Footer, Notes, Remark, footer};
use super::rows::{Layout, RefusedRecord, RowFault};
use super::{ExtractError, Format, Header, Limits};

pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Refused records of one block, so that a file of nothing else comes in blocks too.
pub(super) const MOST_REFUSED: usize = 8 * 1024;

/// Lines among which a header is looked for by its first cell.
const MOST_LINES_ABOVE: u64 = 1_000;

/// Whole records of a file, not parted yet.
#[derive(Default)]
pub struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) lines: Vec<u64>,
    pub(super) refused: Vec<RefusedRecord>,
    /// Set if each line of the bytes is a record: which of the file's lines the first one is.
    pub(super) first_plain_line: Option<u64>,
    /// What is to be said besides the records.
    pub notes: Notes,
    /// Bytes of the file, as they lie there, that have been read up to the end of this block.
    pub n_bytes_read: u64,
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block").field("n_records", &self.lines.len()).finish_non_exhaustive()
    }
}

/// Delimited text that is being read: its header, then blocks of records.
pub(super) struct TextReader {
    pub(super) source: Bytes,
    pub(super) layout: Arc<Layout>,
    pub(super) footers: Vec<String>,
    pub(super) buffer: Vec<u8>,
    /// Where the next record starts in the buffer.
    pub(super) start: usize,
    pub(super) line: u64,
    pub(super) is_last: bool,
    pub(super) is_skipping: bool,
    /// Records so far, rows or not, without footers.
    n_records: u64,
    has_told_encoding: bool,
}

impl TextReader {
    /// Reads the header.
    pub(super) fn open(
        source: Bytes,
        layout: Layout,
        format: &Format,
    ) -> Result<Self, ExtractError> {
        let mut reader = Self {
            source,
            layout: Arc::new(layout),
            footers: format.footers.clone(),
            buffer: Vec::new(),
            start: 0,
            line: 1,
            is_last: false,
            is_skipping: false,
            n_records: 0,
            has_told_encoding: false,
        };
        reader.read_header(&format.header)?;
        Ok(reader)
    }

    pub(super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(super) fn layout_mut(&mut self) -> &mut Arc<Layout> {
        &mut self.layout
    }

    /// The next block of records; `None` at the end of the file.
    ///
    /// # Errors
    /// [`ExtractError`] if the file cannot be read on or passes a cap.
    pub(super) fn next_block(&mut self) -> Result<Option<Block>, ExtractError> {
        let block = match self.plain_block()? {
            Some(block) => Some(block),
            None => self.block_of_records()?,
        };
        Ok(self.with_remarks(block))
    }

    /// The next block, record by record.
    pub(super) fn block_of_records(&mut self) -> Result<Option<Block>, ExtractError> {
        let full = self.layout.limits.block_bytes;
        // A blank line first, which readers skip: no record then starts where a mark is looked for.
        let mut block = Block { bytes: vec![b'\n'], ..Block::default() };
        block.bytes.reserve(full + full / 8);
        while self.add_record(&mut block)? {
            if block.bytes.len() >= full || block.refused.len() >= MOST_REFUSED {
                break;
            }
        }
        block.n_bytes_read = self.source.n_read();
        self.n_records += (block.lines.len() + block.refused.len()) as u64;
        let is_empty = block.lines.is_empty() && block.refused.is_empty() && block.notes.is_empty();
        Ok((!is_empty).then_some(block))
    }

    /// The block with what is to be said of the file, once; at the end of the file, that alone.
    fn with_remarks(&mut self, block: Option<Block>) -> Option<Block> {
        if !self.source.is_of_other_encoding() || self.has_told_encoding {
            return block;
        }
        self.has_told_encoding = true;
        let n_bytes_read = self.source.n_read();
        let mut block = block.unwrap_or(Block { n_bytes_read, ..Block::default() });
        block.notes.remarks.push(Remark { line: 1, column: None, about: About::Encoding });
        Some(block)
    }

    fn read_header(&mut self, header: &Header) -> Result<(), ExtractError> {
        for _ in 0..header.skip_lines {
            if self.is_at_end()? {
                return Err(self.empty());
            }
            self.skip_on()?;
        }
        if let Some(first_cell) = &header.first_cell {
            self.find_header(first_cell)?;
        }
        let mut names = header.names.clone();
        if header.n_rows == 0 && self.is_at_end()? {
            return Err(self.empty());
        }
        for row in 0..header.n_rows {
            let mut block = Block::default();
            while block.lines.is_empty() {
                let is_found = self.add_record(&mut block)?;
                // What comes after it would be taken for the header.
                if let Some(refused) = block.refused.first() {
                    return Err(self.no_header_record(refused));
                }
                if !is_found {
                    return Err(self.empty());
                }
            }
            if row == header.names_row {
                names = Layout::cells(self.layout.delimiter, &block.bytes);
            }
        }
        self.layout = Arc::new(Layout { header: names, ..(*self.layout).clone() });
        Ok(())
    }

    /// Goes on to the line that begins with this cell.
    fn find_header(&mut self, first_cell: &str) -> Result<(), ExtractError> {
        while self.line <= MOST_LINES_ABOVE && !self.is_at_end()? {
            let rest = &self.buffer[self.start..];
            let Some(n_bytes) = end_of_line(rest, self.is_last) else {
                if rest.len() > self.layout.limits.record_bytes {
                    self.skip_on()?;
                } else {
                    self.fill()?;
                }
                continue;
            };
            let cells = Layout::cells(self.layout.delimiter, rest[..n_bytes].trim_ascii_end());
            if cells.first().is_some_and(|cell| cell.eq_ignore_ascii_case(first_cell.trim())) {
                return Ok(());
            }
            self.advance(n_bytes, 1);
        }
        let first_cell = first_cell.to_owned();
        Err(ExtractError::NoHeader { path: self.layout.path.clone(), first_cell })
    }

    /// Whether nothing is left to read.
    fn is_at_end(&mut self) -> Result<bool, ExtractError> {
        while self.start == self.buffer.len() && !self.is_last {
            self.fill()?;
        }
        Ok(self.start == self.buffer.len())
    }

    fn empty(&self) -> ExtractError {
        ExtractError::Empty { path: self.layout.path.clone() }
    }

    fn no_header_record(&self, refused: &RefusedRecord) -> ExtractError {
        let what = match refused.fault {
            RowFault::UnclosedQuote => "a quote in the header is not closed",
            RowFault::CutShort => "the file ends within its header",
            _ => "the header is longer than any honest record",
        };
        ExtractError::Malformed { path: self.layout.path.clone(), line: refused.line, what }
    }

    /// Adds the next record to a block; `false` at the end of the file.
    fn add_record(&mut self, block: &mut Block) -> Result<bool, ExtractError> {
        let Limits { record_bytes, record_lines, .. } = self.layout.limits;
        let caps = QuoteCaps { bytes: record_bytes, lines: record_lines };
        loop {
            if self.is_skipping {
                self.skip_on()?;
            }
            let mut rest = &self.buffer[self.start..];
            while rest.starts_with(BYTE_ORDER_MARK) {
                // Files with a mark were joined, and more bytes may have come since the last look.
                self.start += BYTE_ORDER_MARK.len();
                rest = &self.buffer[self.start..];
            }
            if rest.is_empty() && self.is_last {
                return Ok(false);
            }
            match next_record(rest, self.layout.delimiter, self.is_last, caps) {
                Found::Incomplete if rest.len() > record_bytes => {
                    self.refuse(block, RowFault::RecordTooLong);
                    self.is_skipping = true;
                }
                Found::Incomplete => self.fill()?,
                Found::Unclosed => {
                    let is_cut = self.is_last && rest.len() <= record_bytes && !has_line_end(rest);
                    let fault = if is_cut { RowFault::CutShort } else { RowFault::UnclosedQuote };
                    self.refuse(block, fault);
                    self.is_skipping = true;
                }
                Found::Record { length, skip, lines } if is_blank(&rest[..length]) => {
                    self.advance(skip, lines);
                }
                Found::Record { length, skip, lines } => {
                    if self.footers.is_empty() || !self.add_footer(block, length) {
                        self.add(block, length, lines, skip > length);
                    }
                    if !self.is_skipping {
                        self.advance(skip, lines);
                    }
                    return Ok(true);
                }
            }
        }
    }

    /// Adds the record of this length at hand, or says why it is none.
    fn add(&mut self, block: &mut Block, length: usize, lines: u64, is_ended: bool) {
        let record = &self.buffer[self.start..self.start + length];
        let n_columns = self.layout.header.len();
        // A record over several lines is believed if it fills the columns, or is the header.
        let is_whole = |record| Layout::n_fields(self.layout.delimiter, record) == n_columns;
        if lines > 1 && n_columns > 0 && !is_whole(record) {
            self.refuse(block, RowFault::UnclosedQuote);
            self.is_skipping = true;
        } else if length > self.layout.limits.record_bytes {
            self.refuse(block, RowFault::RecordTooLong);
        } else if !is_ended && Layout::n_fields(self.layout.delimiter, record) < n_columns {
            self.refuse(block, RowFault::CutShort);
        } else {
            block.bytes.extend_from_slice(record);
            block.bytes.push(b'\n');
            block.lines.push(self.line);
        }
    }

    /// Notes the record of this length at hand if it is a footer.
    fn add_footer(&self, block: &mut Block, length: usize) -> bool {
        let record = &self.buffer[self.start..self.start + length];
        let text = record.strip_prefix(b"\"").unwrap_or(record).trim_ascii_start();
        let is_like = |start: &String| {
            let head = text.get(..start.len());
            head.is_some_and(|head| head.eq_ignore_ascii_case(start.as_bytes()))
        };
        let n_columns = self.layout.header.len();
        if n_columns == 0 || !self.footers.iter().any(is_like) {
            return false;
        }
        let cells = Layout::cells(self.layout.delimiter, record);
        let cells: Vec<&str> = cells.iter().map(String::as_str).collect();
        let Some(n_stated) = footer(&self.footers, &cells, n_columns) else { return false };
        let n_records = self.n_records + (block.lines.len() + block.refused.len()) as u64;
        block.notes.footers.push(Footer { line: self.line, n_stated, n_records });
        true
    }

    fn refuse(&self, block: &mut Block, fault: RowFault) {
        block.refused.push(RefusedRecord { line: self.line, fault });
    }

    pub(super) fn advance(&mut self, n_bytes: usize, n_lines: u64) {
        self.start += n_bytes;
        self.line += n_lines;
    }

    /// Goes on behind the end of the physical line at hand.
    fn skip_on(&mut self) -> Result<(), ExtractError> {
        loop {
            match end_of_line(&self.buffer[self.start..], self.is_last) {
                Some(n_bytes) => {
                    self.advance(n_bytes, 1);
                    self.is_skipping = false;
                    return Ok(());
                }
                None => {
                    // A line end of two bytes may lie across two pieces.
                    let ends_in_return = self.buffer.last() == Some(&b'\r');
                    self.start = self.buffer.len() - usize::from(ends_in_return);
                    self.fill()?;
                }
            }
        }
    }

    /// Reads another piece behind what is buffered.
    pub(super) fn fill(&mut self) -> Result<(), ExtractError> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let more = self
            .source
            .append_to(&mut self.buffer)
            .map_err(|error| error.at(&self.layout.path, self.line))?;
        self.is_last = !more;
        Ok(())
    }
}

fn has_line_end(bytes: &[u8]) -> bool {
    bytes.iter().any(|byte| matches!(byte, b'\n' | b'\r'))
}

/// Whether a record holds nothing: spaces, or the mark with which old editors end a file.
pub(super) fn is_blank(record: &[u8]) -> bool {
    record.iter().all(|byte| matches!(byte, b' ' | 0 | 0x1a))
}
