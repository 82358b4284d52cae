//! Where records end: quoted fields may hold line ends, and a quote that is never closed must not
//! swallow what follows it.

/// What was found at the start of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// A record of `length` bytes; the next begins after `skip`. It spans `lines` physical lines.
    Record { length: usize, skip: usize, lines: u64 },
    /// A quoted field runs beyond the caps or is malformed: go on behind the first physical line.
    Unclosed,
    /// More bytes are needed.
    Incomplete,
}

/// How far a quoted field may run.
#[derive(Debug, Clone, Copy)]
pub(super) struct QuoteCaps {
    pub(super) bytes: usize,
    pub(super) lines: u64,
}

/// Finds the end of the record that `bytes` begin with; `is_last` says that no more bytes follow.
///
/// A quote opens a field only at its start, as in RFC 4180; within it a doubled quote stands for one.
pub(super) fn next_record(bytes: &[u8], delimiter: u8, is_last: bool, caps: QuoteCaps) -> Found {
    let mut at = 0;
    let mut lines = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => return record(at, at + 1, lines),
            b'\r' => match bytes.get(at + 1) {
                Some(b'\n') => return record(at, at + 2, lines),
                None if !is_last => return Found::Incomplete,
                _ => return record(at, at + 1, lines),
            },
            b'"' if at == 0 || bytes[at - 1] == delimiter => {
                match end_of_quoted(&bytes[at + 1..], caps) {
                    Quoted::Closed { length, n_lines } => {
                        lines += n_lines;
                        at += 1 + length;
                        let is_clean = matches!(bytes.get(at), None | Some(b'\r' | b'\n'))
                            || bytes[at] == delimiter;
                        if lines > 0 && !is_clean || lines > caps.lines || at > caps.bytes {
                            return Found::Unclosed;
                        }
                        if at == bytes.len() && !is_last {
                            return Found::Incomplete;
                        }
                    }
                    Quoted::Open if is_last || at > caps.bytes => return Found::Unclosed,
                    Quoted::Open if bytes.len() - at < caps.bytes => return Found::Incomplete,
                    Quoted::Open | Quoted::Endless => return Found::Unclosed,
                }
            }
            _ => at += 1 + plain_length(&bytes[at + 1..]),
        }
    }
    if is_last && !bytes.is_empty() { record(at, at, lines) } else { Found::Incomplete }
}

fn record(length: usize, skip: usize, lines: u64) -> Found {
    // The line end that closes the record counts too.
    Found::Record { length, skip, lines: lines + 1 }
}

/// Bytes before the next one that means something outside quotes.
fn plain_length(bytes: &[u8]) -> usize {
    bytes.iter().position(|b| matches!(b, b'\n' | b'\r' | b'"')).unwrap_or(bytes.len())
}

/// Bytes up to and with the end of the physical line at hand; `None` if more bytes are needed.
pub(super) fn end_of_line(bytes: &[u8], is_last: bool) -> Option<usize> {
    let length = bytes.iter().position(|b| matches!(b, b'\n' | b'\r'));
    match length.map(|length| (length, &bytes[length..])) {
        Some((length, [b'\r', b'\n', ..])) => Some(length + 2),
        Some((_, [b'\r'])) if !is_last => None,
        Some((length, _)) => Some(length + 1),
        None => is_last.then_some(bytes.len()),
    }
}

enum Quoted {
    /// Closed after `length` bytes (the closing quote included), over `n_lines` line ends.
    Closed { length: usize, n_lines: u64 },
    /// Not closed within the bytes at hand.
    Open,
    /// Not closed within the caps.
    Endless,
}

/// Looks for the quote that closes a field.
fn end_of_quoted(bytes: &[u8], caps: QuoteCaps) -> Quoted {
    let mut at = 0;
    let mut n_lines = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'"' if bytes.get(at + 1) == Some(&b'"') => at += 2,
            b'"' => return Quoted::Closed { length: at + 1, n_lines },
            byte => {
                let ends_line = byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n');
                n_lines += u64::from(ends_line);
                at += 1;
                if n_lines > caps.lines || at > caps.bytes {
                    return Quoted::Endless;
                }
            }
        }
    }
    Quoted::Open
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAPS: QuoteCaps = QuoteCaps { bytes: 100, lines: 5 };

    /// Splits a whole text into records (`!` marks an unclosed quote).
    fn split(text: &str) -> Vec<String> {
        let mut rest = text.as_bytes();
        let mut out = Vec::new();
        while !rest.is_empty() {
            let (record, skip, mark) = match next_record(rest, b',', true, CAPS) {
                Found::Record { length, skip, .. } => (&rest[..length], skip, ""),
                Found::Unclosed => {
                    let skip = end_of_line(rest, true).expect("the bytes are the last");
                    (rest[..skip].trim_ascii_end(), skip, "!")
                }
                Found::Incomplete => panic!("incomplete at the end"),
            };
            out.push(format!("{mark}{}", String::from_utf8_lossy(record)));
            rest = &rest[skip..];
        }
        out
    }

    #[test]
    fn every_line_end_ends_a_record() {
        assert_eq!(split("a,b\nc,d\r\ne,f\rg,h"), ["a,b", "c,d", "e,f", "g,h"]);
    }

    #[test]
    fn a_quoted_field_holds_line_ends_and_delimiters() {
        assert_eq!(split("a,\"b\nc,\"\"d\"\"\"\ne,f\n"), ["a,\"b\nc,\"\"d\"\"\"", "e,f"]);
        assert_eq!(split("5\" nail,b\nc,d\n"), ["5\" nail,b", "c,d"]);
        assert_eq!(split("\"\",\"\"\nc,d\n"), ["\"\",\"\"", "c,d"]);
    }

    #[test]
    fn a_quote_that_is_never_closed_costs_its_own_line_only() {
        assert_eq!(split("a,\"b\nc,d\ne,f\n"), ["!a,\"b", "c,d", "e,f"]);
        let long = format!("a,\"b\n{}e,\"f\"\n", "c,d\n".repeat(20));
        assert_eq!(split(&long).len(), 22);
        assert_eq!(split("a,\"b\nc,\"d\"\ne,f\n"), ["!a,\"b", "c,\"d\"", "e,f"]);
    }

    #[test]
    fn more_bytes_are_asked_for_until_the_record_is_sure() {
        for text in ["a,b", "a,b\r", "a,\"b", "a,\"b\"", "a,\"b\"\""] {
            assert_eq!(
                next_record(text.as_bytes(), b',', false, CAPS),
                Found::Incomplete,
                "{text}"
            );
        }
    }
}
