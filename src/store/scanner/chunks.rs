//! Reads a stream in pieces that never cut an identifier in two.

use std::io::{self, Read};

/// Bytes searched at once.
const CHUNK: usize = 1024 * 1024;
/// Longer than any identifier in any shape.
const OVERLAP: usize = 1024;

/// Hands the stream to `visit` piece by piece, with how many lines came before each.
///
/// Pieces end at the end of a line. Where no line ends in a whole chunk they end at a byte that no
/// identifier holds, or, failing that, anywhere, and overlap.
pub(super) fn for_each_chunk(
    mut stream: impl Read,
    mut visit: impl FnMut(&[u8], u64),
) -> io::Result<()> {
    let mut buffer = Vec::with_capacity(CHUNK);
    let mut n_lines = 0;
    loop {
        let wanted = (CHUNK.saturating_sub(buffer.len())) as u64;
        let is_end = stream.by_ref().take(wanted).read_to_end(&mut buffer)? < wanted as usize;
        if is_end {
            visit(&buffer, n_lines);
            return Ok(());
        }
        let (searched, kept) = cut(&buffer);
        visit(&buffer[..searched], n_lines);
        n_lines += buffer[..kept].iter().filter(|b| **b == b'\n').count() as u64;
        buffer.drain(..kept);
    }
}

/// Up to where to search now, and from where on to keep.
fn cut(buffer: &[u8]) -> (usize, usize) {
    let after = |is_end: fn(&u8) -> bool| buffer.iter().rposition(is_end).map(|i| i + 1);
    let in_second_half = |end: &usize| *end > buffer.len() / 2;
    let line_end = after(|b| *b == b'\n').filter(in_second_half);
    let bracket = || after(|b| b"<>{}[]".contains(b)).filter(in_second_half);
    match line_end.or_else(bracket) {
        Some(end) => (end, end),
        None => (buffer.len(), buffer.len() - OVERLAP),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_visited_and_nothing_is_cut() {
        let line = "a line of text with 9990000018 in it\n".repeat(60_000);
        let mut n_found = 0;
        let mut lines_before = Vec::new();
        for_each_chunk(line.as_bytes(), |piece, n_lines| {
            n_found += piece.windows(10).filter(|window| *window == b"9990000018").count();
            lines_before.push(n_lines);
        })
        .unwrap();
        assert_eq!(n_found, 60_000);
        assert!(lines_before.len() > 2 && lines_before.is_sorted());
        let mut endless = vec![b'x'; CHUNK - 5];
        endless.extend_from_slice(b"9990000018");
        endless.extend(vec![b'x'; CHUNK]);
        let mut n_found = 0;
        for_each_chunk(endless.as_slice(), |piece, _| {
            n_found += piece.windows(10).filter(|window| *window == b"9990000018").count();
        })
        .unwrap();
        assert_eq!(n_found, 1);
    }
}
