//! `quality.left_out`: files that lie where files are delivered and were not taken in, and why.

use std::path::Path;
use std::sync::Arc;

use arrow::array::{RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::checked::Checked;
use super::declared_files::DeclaredFile;

/// A file that a rule names and that was not taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LeftOut {
    feed: String,
    file: String,
    why: Why,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Why {
    /// Another file has the same bytes.
    SameBytes { file: String },
    /// It breaks its contract as a whole; in words.
    BrokenContract { what: String },
    /// It may no longer be kept: the rule, and the day on which it ended that.
    RetentionEnded { rule: String, on: String },
}

impl LeftOut {
    /// A file with the bytes of another, which was read.
    pub(super) fn same_bytes(file: &DeclaredFile, original: &DeclaredFile) -> Self {
        let why = Why::SameBytes { file: original.name.clone() };
        Self { feed: file.feed.clone(), file: file.name.clone(), why }
    }

    /// A file that breaks its contract as a whole.
    pub(super) fn broken_contract(file: &DeclaredFile, what: String) -> Self {
        let why = Why::BrokenContract { what };
        Self { feed: file.feed.clone(), file: file.name.clone(), why }
    }

    /// A file that may no longer be kept.
    pub(super) fn retention_ended(file: &DeclaredFile, rule: &str, on: &str) -> Self {
        let why = Why::RetentionEnded { rule: rule.to_owned(), on: on.to_owned() };
        Self { feed: file.feed.clone(), file: file.name.clone(), why }
    }

    /// Whether the retention of it has ended.
    pub(super) fn is_over(&self) -> bool {
        matches!(self.why, Why::RetentionEnded { .. })
    }

    /// In words.
    pub(super) fn in_words(&self) -> String {
        match &self.why {
            Why::SameBytes { file } => {
                format!("{}: the same bytes as {file}, read once", self.file)
            }
            Why::BrokenContract { what } => what.clone(),
            Why::RetentionEnded { rule, on } => {
                format!("{}: kept for {rule}, which ended on {on}; the file may go", self.file)
            }
        }
    }
}

/// A row of the table: feed, file, reason, the file that was read in its place.
type Row = [Option<String>; 4];

/// Columns of `quality.left_out`: one row for each file.
pub(super) fn left_out_schema() -> SchemaRef {
    let text = |name| Field::new(name, DataType::Utf8, true);
    Arc::new(Schema::new(["feed", "file", "reason", "same_as"].map(text).to_vec()))
}

/// The rows of `quality.left_out`, in order. A file that no rule names is told by the feed whose folder
/// it lies in: its name is on the screen only, for nobody answers for what it holds.
pub(super) fn left_out_batch(checked: &Checked, left_out: &[LeftOut]) -> RecordBatch {
    let mut rows: Vec<Row> = left_out.iter().map(row).collect();
    rows.extend(checked.unexpected.iter().map(|path| unnamed(checked, path)));
    rows.sort();
    let column = |i: usize| -> Arc<StringArray> {
        Arc::new(rows.iter().map(|row| row[i].as_deref()).collect())
    };
    RecordBatch::try_new(left_out_schema(), vec![column(0), column(1), column(2), column(3)])
        .expect("four columns of texts, all of one length")
}

fn row(one: &LeftOut) -> Row {
    let (reason, same_as) = match &one.why {
        Why::SameBytes { file } => ("same_bytes", Some(file.clone())),
        Why::BrokenContract { .. } => ("broken_contract", None),
        Why::RetentionEnded { .. } => ("retention_ended", None),
    };
    [Some(one.feed.clone()), Some(one.file.clone()), Some(reason.to_owned()), same_as]
}

fn unnamed(checked: &Checked, path: &Path) -> Row {
    let rules = checked.pipeline.delivery.iter();
    let in_folder = |files: &Path| checked.pipeline.resolve(files).parent() == path.parent();
    let mut feeds: Vec<&str> =
        rules.filter(|rule| in_folder(&rule.files)).map(|rule| rule.feed.as_str()).collect();
    feeds.dedup();
    let feed = if let [only] = feeds.as_slice() { Some((*only).to_owned()) } else { None };
    [feed, None, Some("no_rule".to_owned()), None]
}
