//! Reads a file block by block.

use std::path::Path;
use std::sync::Arc;

use super::bytes::{Bytes, BytesError};
use super::lines::{Found, QuoteCaps, end_of_line, next_record};
use super::rows::{Layout, RefusedRecord, RowFault};
use super::{ExtractError, Format, Limits};

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Refused records of one block, so that a file of nothing else comes in blocks too.
const MOST_REFUSED: usize = 8 * 1024;

/// Whole records of a file, not parted yet.
#[derive(Default)]
pub struct Block {
    pub(super) bytes: Vec<u8>,
    pub(super) lines: Vec<u64>,
    pub(super) refused: Vec<RefusedRecord>,
    /// Set if each line of the bytes is a record: which of the file's lines the first one is.
    pub(super) first_plain_line: Option<u64>,
    /// Bytes of the file, as they lie there, that have been read up to the end of this block.
    pub n_bytes_read: u64,
}

impl std::fmt::Debug for Block {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Block").field("n_records", &self.lines.len()).finish_non_exhaustive()
    }
}

/// A file that is being read: its header, then blocks of records.
pub struct ExtractReader {
    pub(super) source: Bytes,
    pub(super) layout: Arc<Layout>,
    pub(super) buffer: Vec<u8>,
    /// Where the next record starts in the buffer.
    pub(super) start: usize,
    pub(super) line: u64,
    pub(super) is_last: bool,
    pub(super) is_skipping: bool,
}

impl ExtractReader {
    /// Opens a file and reads its header.
    ///
    /// # Errors
    /// [`ExtractError`] if the file cannot be read, is of another kind, or is empty.
    pub fn open(path: &Path, format: Format, limits: Limits) -> Result<Self, ExtractError> {
        let layout = Layout {
            path: path.to_owned(),
            delimiter: format.delimiter,
            header: Vec::new(),
            limits,
        };
        let mut reader = Self {
            source: Bytes::open(path, format.encoding, limits)?,
            layout: Arc::new(layout),
            buffer: Vec::new(),
            start: 0,
            line: 1,
            is_last: false,
            is_skipping: false,
        };
        while reader.buffer.len() < BYTE_ORDER_MARK.len() && !reader.is_last {
            reader.fill()?;
        }
        if reader.buffer.starts_with(BYTE_ORDER_MARK) {
            reader.start = BYTE_ORDER_MARK.len();
        }
        reader.read_header()?;
        Ok(reader)
    }

    /// The names in the header, as they stand there apart from spaces around them.
    #[must_use]
    pub fn header(&self) -> &[String] {
        &self.layout.header
    }

    /// Takes names out of the header that no row has a field for; those that it lacks don't matter.
    ///
    /// To be called before the first block: a record that then fills the columns is a row.
    pub fn leave_out(&mut self, names: &[String]) {
        let is_left_out = |header: &String| {
            names.iter().any(|name| name.trim().eq_ignore_ascii_case(header.trim()))
        };
        if self.layout.header.iter().any(is_left_out) {
            Arc::make_mut(&mut self.layout).header.retain(|header| !is_left_out(header));
        }
    }

    /// What parting blocks into rows needs.
    #[must_use]
    pub fn layout(&self) -> Arc<Layout> {
        Arc::clone(&self.layout)
    }

    /// The next block of records; `None` at the end of the file.
    ///
    /// # Errors
    /// [`ExtractError`] if the file cannot be read on or passes a cap.
    pub fn next_block(&mut self) -> Result<Option<Block>, ExtractError> {
        match self.plain_block()? {
            Some(block) => Ok(Some(block)),
            None => self.block_of_records(),
        }
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
        let is_empty = block.lines.is_empty() && block.refused.is_empty();
        Ok((!is_empty).then_some(block))
    }

    fn read_header(&mut self) -> Result<(), ExtractError> {
        let mut block = Block::default();
        while block.lines.is_empty() {
            if !self.add_record(&mut block)? {
                return Err(ExtractError::Empty { path: self.layout.path.clone() });
            }
        }
        let header = Layout::header_cells(self.layout.delimiter, &block.bytes);
        self.layout = Arc::new(Layout { header, ..(*self.layout).clone() });
        Ok(())
    }

    /// Adds the next record to a block; `false` at the end of the file.
    fn add_record(&mut self, block: &mut Block) -> Result<bool, ExtractError> {
        let Limits { record_bytes, record_lines, .. } = self.layout.limits;
        let caps = QuoteCaps { bytes: record_bytes, lines: record_lines };
        loop {
            if self.is_skipping {
                self.skip_on()?;
            }
            let rest = &self.buffer[self.start..];
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
                    self.refuse(block, RowFault::UnclosedQuote);
                    self.is_skipping = true;
                }
                Found::Record { length, skip, lines } if is_blank(&rest[..length]) => {
                    self.advance(skip, lines);
                }
                Found::Record { length, skip, lines } => {
                    self.add(block, length, lines);
                    if !self.is_skipping {
                        self.advance(skip, lines);
                    }
                    return Ok(true);
                }
            }
        }
    }

    /// Adds the record of this length at hand, or says why it is none.
    fn add(&mut self, block: &mut Block, length: usize, lines: u64) {
        let record = &self.buffer[self.start..self.start + length];
        let n_columns = self.layout.header.len();
        // A record over several lines is believed if it fills the columns, or is the header.
        let is_whole = |record| Layout::n_fields(self.layout.delimiter, record) == n_columns;
        if lines > 1 && n_columns > 0 && !is_whole(record) {
            self.refuse(block, RowFault::UnclosedQuote);
            self.is_skipping = true;
        } else if length > self.layout.limits.record_bytes {
            self.refuse(block, RowFault::RecordTooLong);
        } else {
            block.bytes.extend_from_slice(record);
            block.bytes.push(b'\n');
            block.lines.push(self.line);
        }
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
        let path = &self.layout.path;
        let more = self.source.append_to(&mut self.buffer).map_err(|error| match error {
            BytesError::Io(source) => ExtractError::Unreadable { path: path.clone(), source },
            BytesError::TooLarge { what, limit } => {
                ExtractError::TooLarge { path: path.clone(), line: self.line, what, limit }
            }
        })?;
        self.is_last = !more;
        Ok(())
    }
}

/// Whether a record holds nothing: spaces, or the mark with which old editors end a file.
pub(super) fn is_blank(record: &[u8]) -> bool {
    record.iter().all(|byte| matches!(byte, b' ' | 0 | 0x1a)) || record == BYTE_ORDER_MARK
}
