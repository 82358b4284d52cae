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
}

/// How a feed's files are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    /// The encoding.
    pub encoding: Encoding,
    /// The byte between fields.
    pub delimiter: u8,
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
            block_bytes: 512 << 10,
        }
    }
}
