//! The parts of the hub that read what strangers wrote, compiled without its engine.

#[path = "../../src/contract/mod.rs"]
pub mod contract;
#[path = "../../src/domain/mod.rs"]
pub mod domain;
#[path = "../../src/extract/mod.rs"]
pub mod extract;

use std::path::Path;
use std::sync::LazyLock;

use contract::{Contract, Fate};
use extract::{ExtractError, ExtractReader, Limits};

/// A column of every type, and a rule between two of them.
const COLUMNS: &str = r#"
  { name = "V", as = "value", sentinels = ["-"], pattern = "alphanumeric" },
  { name = "N", as = "n", type = "integer", min = 0, max = 9 },
  { name = "P", as = "cost_pence", type = "decimal" },
  { name = "C", as = "code", codes = ["a", "2B"] },
  { name = "D", as = "from_on", type = "date", format = "%d/%m/%Y" },
  { name = "E", as = "at", type = "datetime", format = "%Y-%m-%d %H:%M:%S%Z" },
  { name = "T", as = "time", type = "time", format = "%H:%M" },
  { name = "M", as = "month", type = "month", format = "%m%Y" },
  { name = "F", as = "is", type = "flag", filter = "true" },
"#;
const RULE: &str = "rule = [{ name = \"order\", check = \"at >= from_on + 3 days\" }]\n";

/// Contracts of each way in which a file can be written.
static CONTRACTS: LazyLock<Vec<Contract>> = LazyLock::new(|| {
    let keys = [
        "delimiter = \",\"",
        "delimiter = \"|\"\nencoding = \"windows-1252\"\nheader = \"none\"",
        "delimiter = \"\\t\"\nencoding = \"utf-16\"\nheader_rows = 2",
        "delimiter = \",\"\nencoding = \"utf-16le\"\nheader_first_cell = \"K\"",
        "delimiter = \";\"\nskip_lines = 2\nfooter = [\"END\", \"Rows:\"]\nmember = \"*.csv\"",
        "sheet = 1\nheader_first_cell = \"K\"\nfooter = [\"END\"]",
        "sheet = \"S\"\nheader = \"none\"",
    ];
    let head = "feed = \"f\"\nversion = \"1\"\ntitle = \"t\"\nsector = \"s\"\nsource = \"s\"\n\
                key = [\"K\"]\n";
    let key = "column = [{ name = \"K\", as = \"k\", required = true },";
    let mut texts: Vec<String> =
        keys.iter().map(|keys| format!("{head}{keys}\n{key}{COLUMNS}]\n{RULE}")).collect();
    texts.push(format!(
        "{head}xml = {{ row = \"a/b\" }}\ncolumn = [\
         {{ name = \"K\", as = \"k\", path = \"../@k\" }},\
         {{ name = \"V\", as = \"v\", path = \"c/d\", join = \";\" }},\
         {{ name = \"W\", as = \"w\", path = \"../e\" }}]\n"
    ));
    let read = |text| Contract::read(Path::new("f.toml"), text).expect("a contract");
    texts.into_iter().map(read).collect()
});

/// Small, so that caps are met by small files.
const LIMITS: Limits = Limits {
    field_bytes: 64,
    record_bytes: 256,
    record_lines: 4,
    ratio: 200,
    total_bytes: 1 << 20,
    workbook_bytes: 1 << 20,
    block_bytes: 128,
};

/// Reads bytes as a file of each kind of contract; the first byte says which.
///
/// # Panics
/// Where a row has been lost or the reader contradicts itself.
pub fn read_file(bytes: &[u8], path: &Path) {
    let Some((which, bytes)) = bytes.split_first() else { return };
    let contract = &CONTRACTS[usize::from(*which) % CONTRACTS.len()];
    std::fs::write(path, bytes).expect("a folder of one's own");
    let mut reader = match ExtractReader::open(path, &contract.format, LIMITS) {
        Ok(reader) => reader,
        Err(error) => return assert_is_the_files_fault(&error),
    };
    let Ok(binding) = contract.bind(path, reader.header()) else { return };
    let layout = reader.layout();
    let mut last_line = 0;
    loop {
        let block = match reader.next_block() {
            Ok(Some(block)) => block,
            Ok(None) => return,
            Err(error) => return assert_is_the_files_fault(&error),
        };
        let rows = layout.rows(block).expect("splitter and parser agree");
        assert!(rows.lines().is_sorted(), "lines out of order");
        assert!(rows.lines().first().is_none_or(|line| *line >= last_line));
        last_line = rows.lines().last().copied().unwrap_or(last_line);
        assert_eq!(rows.n_records(), (rows.len() + rows.refused().len()) as u64);
        for row in 0..rows.len() {
            for column in 0..layout_columns(&binding) {
                let cell = rows.cell(row, column);
                assert_eq!(cell, cell.trim());
            }
        }
        let checked = contract.check(&rows, &binding);
        assert_eq!(checked.fates.len(), rows.len());
        let n_kept = checked.fates.iter().filter(|fate| **fate == Fate::Kept).count();
        assert!(n_kept <= rows.len());
        for column in checked.columns.iter().flatten() {
            assert_eq!(column.len(), rows.len());
        }
    }
}

fn layout_columns(binding: &contract::Binding) -> usize {
    binding.places.iter().flatten().map(|place| place + 1).max().unwrap_or_default()
}

fn assert_is_the_files_fault(error: &ExtractError) {
    let is_ours = matches!(error, ExtractError::Disagreement { .. } | ExtractError::NoFile { .. });
    let gave_up = error.to_string().ends_with("its parser gave up");
    assert!(!is_ours && !gave_up, "{error}");
}

/// Reads a text as a contract.
pub fn read_contract(text: &str) {
    if let Ok(contract) = Contract::read(Path::new("f.toml"), text.to_owned()) {
        assert!(!contract.columns.is_empty());
        assert!(contract.key.iter().all(|place| *place < contract.columns.len()));
        let _ = contract.record_schema();
    }
}
