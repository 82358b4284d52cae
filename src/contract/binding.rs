//! Which column of a file is which column of its contract.

use std::collections::HashMap;
use std::path::Path;

use super::declaration::HeaderMatch;
use super::names::{folded, trimmed};
use super::{Contract, ContractError};

/// Where a contract's columns stand in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// For each column of the contract its place in the file; `None` if absent, dropped or derived.
    pub places: Vec<Option<usize>>,
    /// Columns of the contract, by place, that are optional and absent.
    pub absent: Vec<usize>,
    /// Places in the file of columns that the contract does not know.
    ///
    /// Places, not names: the first line of a file without a header is a person's data.
    pub undeclared: Vec<usize>,
    /// Columns that the file has under a name of an older layout: the column's place in the contract,
    /// and that of the name among its aliases.
    pub older: Vec<(usize, usize)>,
}

/// A name of a column: the column's place, and that of the name among its aliases.
pub(super) type Name = (usize, Option<usize>);

impl Contract {
    /// Finds the contract's columns in a file's header; `path` names the file in errors.
    ///
    /// Letter case and surrounding spaces don't matter, nor does punctuation unless the contract says
    /// `header_match = "exact"`; aliases count.
    ///
    /// # Errors
    /// [`ContractError::MissingColumn`] if a required column or one of the key is absent,
    /// [`ContractError::RepeatedColumn`] if a column is there twice.
    pub fn bind(&self, path: &Path, header: &[String]) -> Result<Binding, ContractError> {
        let by_name: HashMap<String, Name> =
            self.names().map(|(name, at)| (self.compared(name), at)).collect();
        let mut found = vec![None; self.columns.len()];
        let (mut undeclared, mut older) = (Vec::new(), Vec::new());
        for (place, name) in header.iter().enumerate() {
            let Some(&(column, alias)) = by_name.get(&self.compared(name)) else {
                undeclared.push(place);
                continue;
            };
            if found[column].replace(place).is_some() {
                let column = self.columns[column].name.clone();
                return Err(ContractError::RepeatedColumn { path: path.to_owned(), column });
            }
            let until = |i: &usize| self.columns[column].aliases[*i].until.is_some();
            older.extend(alias.filter(until).map(|alias| (column, alias)));
        }
        // A delimiter at the end of the header line makes a column without a name.
        undeclared.retain(|place| !header[*place].is_empty());
        let mut absent = Vec::new();
        for (i, column) in self.columns.iter().enumerate() {
            if found[i].is_some() || column.derived.is_some() {
                continue;
            }
            if column.required || self.key.contains(&i) {
                let column = column.name.clone();
                return Err(ContractError::MissingColumn { path: path.to_owned(), column });
            }
            if !column.is_dropped {
                absent.push(i);
            }
        }
        let is_read =
            |(i, place): (usize, Option<usize>)| place.filter(|_| !self.columns[i].is_dropped);
        let places = found.into_iter().enumerate().map(is_read).collect();
        Ok(Binding { places, absent, undeclared, older })
    }

    /// A name as this contract compares names.
    pub(super) fn compared(&self, name: &str) -> String {
        match self.header_match {
            HeaderMatch::Folded => folded(name),
            HeaderMatch::Exact => trimmed(name),
        }
    }

    /// Every name that a header may have for a column.
    pub(super) fn names(&self) -> impl Iterator<Item = (&str, Name)> {
        let of_file = self.columns.iter().enumerate().filter(|(_, c)| c.derived.is_none());
        of_file.flat_map(|(i, column)| {
            let aliases = column.aliases.iter().enumerate();
            let aliases = aliases.map(move |(j, alias)| (alias.name.as_str(), (i, Some(j))));
            std::iter::once((column.name.as_str(), (i, None))).chain(aliases)
        })
    }
}
