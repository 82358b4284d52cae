//! Records of a workbook or of XML, handed on as blocks of delimited text.
//!
//! They are found on a thread of their own, a few blocks ahead: their parsers push, blocks are
//! pulled. A parser that panics is an error of the file.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::notes::{About, Footer, Remark, footer};
use super::reader::MOST_REFUSED;
use super::rows::{RefusedRecord, RowFault};
use super::{Block, ExtractError, Header, Layout};

/// Blocks that lie ready.
const BLOCKS_AHEAD: usize = 2;

/// Rows of a workbook among which a header is looked for by its first cell.
const MOST_ROWS_ABOVE: u64 = 1_000;

/// What comes from the thread.
enum Piece {
    Header(Vec<String>),
    Block(Block),
    End,
}

/// A table that is being read.
pub(super) struct TableReader {
    pieces: Receiver<Result<Piece, ExtractError>>,
    layout: Arc<Layout>,
    is_done: bool,
}

/// Why a parser stops.
pub(super) enum Stop {
    /// Nobody reads on.
    Unread,
    /// The file is at fault.
    File(ExtractError),
}

impl From<ExtractError> for Stop {
    fn from(error: ExtractError) -> Self {
        Self::File(error)
    }
}

impl TableReader {
    /// Starts a parser, which pushes its records into the sink, and waits for the header. Records of
    /// more than `most_bytes` together are refused: repeats take little room in a file.
    pub(super) fn start(
        layout: Layout,
        header: Header,
        footers: Vec<String>,
        most_bytes: u64,
        parse: impl FnOnce(&mut Sink) -> Result<(), Stop> + Send + 'static,
    ) -> Result<Self, ExtractError> {
        let (sender, pieces) = sync_channel(BLOCKS_AHEAD);
        let mut sink = Sink::new(sender, layout.clone(), header, footers, most_bytes);
        std::thread::spawn(move || {
            let last = match sink.begin().and_then(|()| parse(&mut sink)) {
                Ok(()) => sink.finish(),
                Err(stop) => Err(stop),
            };
            let last = match last {
                Ok(()) => Ok(Piece::End),
                Err(Stop::File(error)) => Err(error),
                Err(Stop::Unread) => return,
            };
            // Nobody may be there to hear of the end.
            let _ = sink.sender.send(last);
        });
        let mut table = Self { pieces, layout: Arc::new(layout), is_done: false };
        match table.next_piece()? {
            Piece::Header(header) => {
                table.layout = Arc::new(Layout { header, ..(*table.layout).clone() });
                Ok(table)
            }
            Piece::Block(_) | Piece::End => {
                Err(ExtractError::Empty { path: table.layout.path.clone() })
            }
        }
    }

    pub(super) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    pub(super) fn next_block(&mut self) -> Result<Option<Block>, ExtractError> {
        if self.is_done {
            return Ok(None);
        }
        match self.next_piece()? {
            Piece::Block(block) => Ok(Some(block)),
            Piece::End | Piece::Header(_) => {
                self.is_done = true;
                Ok(None)
            }
        }
    }

    fn next_piece(&mut self) -> Result<Piece, ExtractError> {
        self.pieces.recv().unwrap_or_else(|_| {
            let what = "its parser gave up";
            Err(ExtractError::Malformed { path: self.layout.path.clone(), line: 1, what })
        })
    }
}

/// Takes records of cells and makes blocks of them.
pub(super) struct Sink {
    sender: SyncSender<Result<Piece, ExtractError>>,
    layout: Layout,
    header: Header,
    footers: Vec<String>,
    has_found_header: bool,
    n_header_rows: usize,
    names: Option<Vec<String>>,
    block: Block,
    n_records: u64,
    n_bytes: u64,
    most_bytes: u64,
}

impl Sink {
    fn new(
        sender: SyncSender<Result<Piece, ExtractError>>,
        layout: Layout,
        header: Header,
        footers: Vec<String>,
        most_bytes: u64,
    ) -> Self {
        Self {
            sender,
            layout,
            header,
            footers,
            has_found_header: false,
            n_header_rows: 0,
            names: None,
            block: empty_block(),
            n_records: 0,
            n_bytes: 0,
            most_bytes,
        }
    }

    fn begin(&mut self) -> Result<(), Stop> {
        let names = std::mem::take(&mut self.header.names);
        if self.header.n_rows == 0 { self.has_names(names) } else { Ok(()) }
    }

    /// Takes a record; blanks at its end may be missing.
    pub(super) fn record(&mut self, line: u64, cells: &[String]) -> Result<(), Stop> {
        if cells.iter().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        let Some(names) = &self.names else { return self.header_record(line, cells) };
        let n_columns = names.len();
        let n_filled = cells.iter().rposition(|cell| !cell.is_empty()).map_or(0, |last| last + 1);
        let cells = &cells[..n_filled];
        if !self.footers.is_empty() && self.add_footer(line, cells, n_columns) {
            return Ok(());
        }
        self.n_records += 1;
        let n_bytes: usize = cells.iter().map(|cell| cell.len() + 3).sum();
        self.n_bytes += n_bytes as u64;
        if self.n_bytes > self.most_bytes {
            let (path, limit) = (self.layout.path.clone(), self.most_bytes);
            return Err(ExtractError::TooLarge { path, line, what: "bytes", limit }.into());
        }
        if n_bytes > self.layout.limits.record_bytes {
            self.block.refused.push(RefusedRecord { line, fault: RowFault::RecordTooLong });
        } else {
            self.write(cells, n_columns);
            self.block.lines.push(line);
        }
        let is_full = self.block.bytes.len() >= self.layout.limits.block_bytes
            || self.block.refused.len() >= MOST_REFUSED;
        if is_full { self.hand_on() } else { Ok(()) }
    }

    /// Says something about a row or a cell of it, once the header is known.
    pub(super) fn remark(&mut self, line: u64, column: Option<usize>, about: About) {
        if self.names.is_some() {
            self.block.notes.remarks.push(Remark { line, column, about });
        }
    }

    /// Says how many bytes of the file have been read.
    pub(super) fn has_read(&mut self, n_bytes: u64) {
        self.block.n_bytes_read = n_bytes;
    }

    /// The error that the file is no workbook or XML, at a line.
    pub(super) fn malformed(&self, line: u64, what: &'static str) -> Stop {
        Stop::File(ExtractError::Malformed { path: self.layout.path.clone(), line, what })
    }

    pub(super) fn layout(&self) -> &Layout {
        &self.layout
    }

    fn header_record(&mut self, line: u64, cells: &[String]) -> Result<(), Stop> {
        if line <= self.header.skip_lines {
            return Ok(());
        }
        if let Some(wanted) = &self.header.first_cell
            && !self.has_found_header
        {
            let first = cells.first().map(|cell| cell.trim());
            self.has_found_header = first.is_some_and(|f| f.eq_ignore_ascii_case(wanted.trim()));
            match self.has_found_header {
                true => {}
                false if line > MOST_ROWS_ABOVE => return Err(self.no_header()),
                false => return Ok(()),
            }
        }
        let row = self.n_header_rows;
        self.n_header_rows += 1;
        if row == self.header.names_row {
            self.header.names = cells.iter().map(|cell| cell.trim().to_owned()).collect();
        }
        if self.n_header_rows < self.header.n_rows {
            return Ok(());
        }
        let mut names = std::mem::take(&mut self.header.names);
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        self.has_names(names)
    }

    fn has_names(&mut self, names: Vec<String>) -> Result<(), Stop> {
        self.names = Some(names.clone());
        self.sender.send(Ok(Piece::Header(names))).map_err(|_| Stop::Unread)
    }

    fn no_header(&self) -> Stop {
        let path = self.layout.path.clone();
        Stop::File(match &self.header.first_cell {
            Some(first_cell) => ExtractError::NoHeader { path, first_cell: first_cell.clone() },
            None => ExtractError::Empty { path },
        })
    }

    fn add_footer(&mut self, line: u64, cells: &[String], n_columns: usize) -> bool {
        let texts = cells.iter().map(String::as_str);
        let blanks = std::iter::repeat_n("", n_columns.saturating_sub(cells.len()));
        let padded: Vec<&str> = texts.chain(blanks).collect();
        let Some(n_stated) = footer(&self.footers, &padded, n_columns) else { return false };
        self.block.notes.footers.push(Footer { line, n_stated, n_records: self.n_records });
        true
    }

    /// Writes a record as delimited text, with blanks for the cells that are missing.
    fn write(&mut self, cells: &[String], n_columns: usize) {
        let (delimiter, out) = (self.layout.delimiter, &mut self.block.bytes);
        for place in 0..cells.len().max(n_columns) {
            if place > 0 {
                out.push(delimiter);
            }
            let cell = cells.get(place).map_or("", String::as_str);
            let is_plain = |byte: u8| byte != delimiter && !matches!(byte, b'"' | b'\n' | b'\r');
            if cell.bytes().all(is_plain) {
                out.extend_from_slice(cell.as_bytes());
            } else {
                out.push(b'"');
                out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
                out.push(b'"');
            }
        }
        out.push(b'\n');
    }

    fn hand_on(&mut self) -> Result<(), Stop> {
        let next = Block { n_bytes_read: self.block.n_bytes_read, ..empty_block() };
        let block = std::mem::replace(&mut self.block, next);
        self.sender.send(Ok(Piece::Block(block))).map_err(|_| Stop::Unread)
    }

    fn finish(&mut self) -> Result<(), Stop> {
        if self.names.is_none() {
            return Err(self.no_header());
        }
        let Block { lines, refused, notes, .. } = &self.block;
        if lines.is_empty() && refused.is_empty() && notes.is_empty() {
            return Ok(());
        }
        self.hand_on()
    }
}

/// A block that begins with a blank line, as those of text do.
fn empty_block() -> Block {
    Block { bytes: vec![b'\n'], ..Block::default() }
}
