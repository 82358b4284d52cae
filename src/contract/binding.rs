//! Which column of a file is which column of its contract.

use std::collections::HashMap;
use std::path::Path;

use super::{Contract, ContractError};

/// Where a contract's columns stand in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// For each column of the contract its place in the file; `None` if absent or dropped.
    pub places: Vec<Option<usize>>,
    /// Columns of the contract, by place, that are optional and absent.
    pub absent: Vec<usize>,
    /// Places in the file of columns that the contract does not know.
    ///
    /// Places, not names: the first line of a file without a header is a person's data.
    pub undeclared: Vec<usize>,
}

impl Contract {
    /// Finds the contract's columns in a file's header; `path` names the file in errors.
    ///
    /// Letter case and surrounding spaces don't matter; aliases count.
    ///
    /// # Errors
    /// [`ContractError::MissingColumn`] if a required column or one of the key is absent,
    /// [`ContractError::RepeatedColumn`] if a column is there twice.
    pub fn bind(&self, path: &Path, header: &[String]) -> Result<Binding, ContractError> {
        let mut by_name: HashMap<String, usize> = HashMap::new();
        for (i, column) in self.columns.iter().enumerate() {
            let names = std::iter::once(&column.name).chain(&column.aliases);
            by_name.extend(names.map(|name| (folded(name), i)));
        }
        let mut found = vec![None; self.columns.len()];
        let mut undeclared = Vec::new();
        for (place, name) in header.iter().enumerate() {
            let Some(&column) = by_name.get(&folded(name)) else {
                undeclared.push(place);
                continue;
            };
            if found[column].replace(place).is_some() {
                let column = self.columns[column].name.clone();
                return Err(ContractError::RepeatedColumn { path: path.to_owned(), column });
            }
        }
        // A delimiter at the end of the header line makes a column without a name.
        undeclared.retain(|place| !header[*place].is_empty());
        let mut absent = Vec::new();
        for (i, column) in self.columns.iter().enumerate() {
            if found[i].is_none() && (column.required || self.key.contains(&i)) {
                let column = column.name.clone();
                return Err(ContractError::MissingColumn { path: path.to_owned(), column });
            }
            if found[i].is_none() && !column.is_dropped {
                absent.push(i);
            }
        }
        let is_read =
            |(i, place): (usize, Option<usize>)| place.filter(|_| !self.columns[i].is_dropped);
        let places = found.into_iter().enumerate().map(is_read).collect();
        Ok(Binding { places, absent, undeclared })
    }
}

/// A header name as names are compared: in lower case, with one space where there are several or a
/// line end.
pub(super) fn folded(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
