//! Searches text line by line: plain, HTML, SVG, JSON; CSV by column.

use std::io::{self, Read};
use std::ops::Range;

use super::Kind;
use super::chunks::for_each_chunk;
use super::hit::Findings;
use super::searcher::{Look, Searcher};

/// Searches a text called `name`, which tells CSV from the rest.
pub(super) fn search(
    searcher: &Searcher,
    text: impl Read,
    name: &str,
    findings: &mut Findings,
) -> io::Result<()> {
    let is_csv = name.to_ascii_lowercase().ends_with(".csv");
    let mut header: Option<Vec<String>> = None;
    for_each_chunk(text, |piece, n_lines| {
        if is_csv && header.is_none() {
            header = Some(column_names(piece));
        }
        searcher.text(piece, Look::Text, |kind, range| {
            let line = || n_lines + 1 + n_line_ends(&piece[..range.start]);
            match column_of(header.as_deref(), piece, &range) {
                Some(column) if is_shape(kind) && searcher.rules.exempts(column) => {}
                Some(column) => {
                    let place = format!("column `{}`", searcher.blanked(column));
                    findings.add_line(&place, kind, line);
                }
                None => findings.add_line("", kind, line),
            }
        });
    })
}

fn is_shape(kind: Kind) -> bool {
    matches!(kind, Kind::NhsNumberShape | Kind::PostcodeShape)
}

fn n_line_ends(text: &[u8]) -> u64 {
    text.iter().filter(|b| **b == b'\n').count() as u64
}

fn column_names(piece: &[u8]) -> Vec<String> {
    let line = piece.split(|b| *b == b'\n').next().unwrap_or_default();
    String::from_utf8_lossy(line)
        .split(',')
        .map(|name| name.trim_matches(['"', '\r', ' ', '\u{feff}']).to_owned())
        .collect()
}

/// The column that a match lies in: as many as there are commas before it outside quotes.
fn column_of<'a>(
    header: Option<&'a [String]>,
    piece: &[u8],
    range: &Range<usize>,
) -> Option<&'a str> {
    let header = header?;
    let line_start = piece[..range.start].iter().rposition(|b| *b == b'\n').map_or(0, |i| i + 1);
    let (mut column, mut is_quoted) = (0, false);
    for byte in &piece[line_start..range.start] {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b',' if !is_quoted => column += 1,
            _ => {}
        }
    }
    header.get(column).map(String::as_str)
}
