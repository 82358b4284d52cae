//! The short way through a file: where no quote opens a field, every line is a record, so that blocks
//! are cut at a line end without a look into their records.

use memchr::{memchr, memchr_iter, memchr3, memrchr};

use super::ExtractError;
use super::reader::{BYTE_ORDER_MARK, Block, TextReader, is_blank};
use super::rows::{Layout, RefusedRecord, RowFault, Rows};

/// Bytes that are searched at once.
const STRIDE: usize = 64;

impl TextReader {
    /// The next block if it can be cut so: there is no quote in it, and all its lines end alike.
    pub(super) fn plain_block(&mut self) -> Result<Option<Block>, ExtractError> {
        let full = self.layout.limits.block_bytes;
        // Footers are told from rows one by one.
        if self.is_skipping || !self.footers.is_empty() {
            return Ok(None);
        }
        while self.buffer.len() - self.start < full && !self.is_last {
            self.fill()?;
        }
        let rest = &self.buffer[self.start..];
        let window = &rest[..full.min(rest.len())];
        // Most blocks have neither quotes nor returns nor marks, which one look tells.
        let is_odd = memchr3(b'"', b'\r', BYTE_ORDER_MARK[0], window).is_some();
        let n_before_quote = is_odd.then(|| memchr(b'"', window)).flatten();
        let window = &window[..n_before_quote.unwrap_or(window.len())];
        // The last line of the file may lack its end; that of a block may not.
        let cut = match memrchr(b'\n', window) {
            Some(at) => at + 1,
            None => return Ok(None),
        };
        let is_short = cut < full / 4 && cut < rest.len();
        let is_plain = |text: &[u8]| returns_end_lines(text) && !has_mark(text);
        if is_short || (is_odd && !is_plain(&window[..cut])) {
            return Ok(None);
        }
        let n_lines = memchr_iter(b'\n', &window[..cut]).count() as u64;
        let first_plain_line = Some(self.line);
        let bytes = self.cut(cut);
        self.line += n_lines;
        let n_bytes_read = self.source.n_read();
        Ok(Some(Block { bytes, first_plain_line, n_bytes_read, ..Block::default() }))
    }
}

impl TextReader {
    /// Takes so many bytes out of the buffer; what little is behind them moves, not they.
    fn cut(&mut self, n_bytes: usize) -> Vec<u8> {
        if self.start > 0 {
            self.buffer.drain(..self.start);
            self.start = 0;
        }
        let mut rest = Vec::with_capacity(self.buffer.capacity());
        rest.extend_from_slice(&self.buffer[n_bytes..]);
        self.buffer.truncate(n_bytes);
        std::mem::replace(&mut self.buffer, rest)
    }
}

/// Whether each carriage return stands before a line feed.
fn returns_end_lines(text: &[u8]) -> bool {
    memchr_iter(b'\r', text).all(|at| text.get(at + 1) == Some(&b'\n'))
}

/// Whether a line begins with a byte-order mark: files were joined.
fn has_mark(text: &[u8]) -> bool {
    memchr_iter(BYTE_ORDER_MARK[0], text)
        .any(|at| text[at..].starts_with(BYTE_ORDER_MARK) && (at == 0 || text[at - 1] == b'\n'))
}

/// The lines of a block, being parted into rows.
struct Lines<'a> {
    layout: &'a Layout,
    text: &'a [u8],
    rows: Rows,
    /// Where the line at hand starts, and which of the file's it is.
    start: usize,
    line: u64,
    /// Cells of the rows before the line at hand.
    n_cells: usize,
}

impl Layout {
    /// Parts lines without quotes, of which the first is this one of the file.
    pub(super) fn rows_of_lines(&self, text: String, first_line: u64) -> Rows {
        let n_columns = self.header.len();
        let mut rows = Rows::of(n_columns, 1);
        // A cell has about as many bytes as in other blocks of the file; growth costs little.
        rows.reserve(text.len());
        let mut lines = Lines {
            layout: self,
            text: text.as_bytes(),
            rows,
            start: 0,
            line: first_line,
            n_cells: 0,
        };
        lines.part();
        let mut rows = lines.rows;
        rows.keep(text);
        rows
    }

    /// Lines without quotes as records, as they come of looking at each.
    pub(super) fn records_of_lines(&self, bytes: &[u8], first_line: u64) -> Block {
        let mut block = Block { bytes: vec![b'\n'], ..Block::default() };
        let lines = bytes.split_inclusive(|byte| *byte == b'\n');
        for (line, text) in (first_line..).zip(lines) {
            let record = text.strip_suffix(b"\n").unwrap_or(text);
            let record = record.strip_suffix(b"\r").unwrap_or(record);
            if is_blank(record) {
                continue;
            }
            if record.len() > self.limits.record_bytes {
                block.refused.push(RefusedRecord { line, fault: RowFault::RecordTooLong });
                continue;
            }
            block.bytes.extend_from_slice(record);
            block.bytes.push(b'\n');
            block.lines.push(line);
        }
        block
    }
}

impl Lines<'_> {
    fn part(&mut self) {
        let delimiter = self.layout.delimiter;
        let mut at = 0;
        let mut strides = self.text.chunks_exact(STRIDE);
        for stride in &mut strides {
            let mut hits = hits(stride, delimiter);
            while hits != 0 {
                self.end_cell(at + hits.trailing_zeros() as usize);
                hits &= hits - 1;
            }
            at += STRIDE;
        }
        for (i, byte) in strides.remainder().iter().enumerate() {
            if *byte == delimiter || *byte == b'\n' {
                self.end_cell(at + i);
            }
        }
    }

    #[inline]
    fn end_cell(&mut self, at: usize) {
        if self.text[at] == b'\n' {
            self.end_line(at);
        } else {
            self.rows.ends.push(at as u32);
        }
    }

    fn end_line(&mut self, at: usize) {
        let is_returned = at > self.start && self.text[at - 1] == b'\r';
        let end = at - usize::from(is_returned);
        let (start, line) = (self.start, self.line);
        self.start = at + 1;
        self.line += 1;
        self.rows.ends.push(end as u32);
        let record = &self.text[start..end];
        // What most records are is seen without a look at each cell.
        let n_columns = self.rows.n_columns;
        let is_plain_row = self.rows.ends.len() - self.n_cells == n_columns
            && record.len() <= self.layout.limits.field_bytes
            && !may_be_blank(record)
            && !self.starts_like_header(start);
        if !is_plain_row {
            return self.end_odd_line(start..end, line);
        }
        self.n_cells += n_columns;
        self.rows.starts.push(start as u32);
        self.rows.lines.push(line);
    }

    fn starts_like_header(&self, start: usize) -> bool {
        let first = &self.text[start..self.rows.ends[self.n_cells] as usize];
        self.layout.header.first().is_none_or(|name| name.as_bytes() == first.trim_ascii())
    }

    /// Ends a line that is perhaps no row.
    #[cold]
    fn end_odd_line(&mut self, record: std::ops::Range<usize>, line: u64) {
        let text = &self.text[record.clone()];
        let fault = if is_blank(text) {
            None
        } else if text.len() > self.layout.limits.record_bytes {
            Some(RowFault::RecordTooLong)
        } else {
            let mut from = record.start;
            let cells = self.rows.ends[self.n_cells..].iter().map(|end| {
                let cell = &self.text[from..*end as usize];
                from = *end as usize + 1;
                cell
            });
            self.layout.fault(cells).or_else(|| {
                self.n_cells += self.rows.n_columns;
                self.rows.starts.push(record.start as u32);
                self.rows.lines.push(line);
                None
            })
        };
        self.rows.ends.truncate(self.n_cells);
        self.rows.refused.extend(fault.map(|fault| RefusedRecord { line, fault }));
    }
}

/// Whether a record could be one that holds nothing; almost all others are told by their first byte.
fn may_be_blank(record: &[u8]) -> bool {
    record.first().is_none_or(|byte| matches!(byte, b' ' | 0 | 0x1a))
}

/// Which bytes of a stride are delimiters or line feeds: bit by bit, the first byte's the lowest.
#[inline]
fn hits(stride: &[u8], delimiter: u8) -> u64 {
    let mut marks = [0u8; STRIDE];
    for (mark, byte) in marks.iter_mut().zip(stride) {
        *mark = u8::from(*byte == delimiter) | u8::from(*byte == b'\n');
    }
    marks.as_chunks::<8>().0.iter().rev().fold(0, |hits, eight| {
        // The product gathers the low bit of each byte in its top byte.
        hits << 8 | u64::from_le_bytes(*eight).wrapping_mul(0x0102_0408_1020_4080) >> 56
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_delimiter_and_line_feed_is_hit_and_nothing_else() {
        let bytes: Vec<u8> = (0..STRIDE as u32).map(|i| (i * i * 7 % 61) as u8).collect();
        for delimiter in [b',', 0, 44, 60, b'\t'] {
            let expected = (0..STRIDE).filter(|i| [delimiter, b'\n'].contains(&bytes[*i]));
            let found = hits(&bytes, delimiter);
            assert_eq!(
                (0..STRIDE).filter(|i| found >> i & 1 == 1).collect::<Vec<_>>(),
                expected.collect::<Vec<_>>()
            );
        }
        assert_eq!(hits(&[b','; STRIDE], b','), u64::MAX);
    }
}
