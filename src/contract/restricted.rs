//! Rows that the law forbids to keep: those with a restricted code, and what else would disclose it.
//!
//! The Human Fertilisation and Embryology Act 1990 and the Gender Recognition Act 2004 restrict
//! disclosure. The codes are a reference table; a contract says in which columns they may stand.
//! Where the coded row goes and another row of the same appointment stays, that one still tells, so
//! a contract can name the columns that rows of one appointment share.

use std::collections::{BTreeSet, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use schemars::JsonSchema;
use serde::Deserialize;

use super::column::Column;
use super::declaration::ColumnToml;
use super::placed::Placed;
use super::{Binding, Contract};
use crate::domain::{text_ends, text_hash};
use crate::extract::Rows;

/// What a contract declares of restricted codes.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Restricted")]
pub(super) struct RestrictedToml {
    /// The reference table of codes.
    list: String,
    /// The scheme of the codes.
    scheme: Scheme,
    /// Columns that hold codes.
    columns: Vec<Placed<String>>,
    /// Columns that rows of one appointment share.
    #[serde(default)]
    group: Vec<Placed<String>>,
}

/// How codes of a scheme are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// International Classification of Diseases: a category stands for its subdivisions.
    Icd10,
    /// OPCS Classification of Interventions and Procedures: likewise.
    Opcs4,
    /// SNOMED CT: concept by concept.
    Snomed,
    /// Clinical Terms Version 3: code by code, letter case matters.
    Ctv3,
    /// Read codes version 2: likewise.
    ReadV2,
}

impl Scheme {
    /// The scheme as tables of codes write it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Icd10 => "icd10",
            Self::Opcs4 => "opcs4",
            Self::Snomed => "snomed",
            Self::Ctv3 => "ctv3",
            Self::ReadV2 => "read_v2",
        }
    }

    fn has_categories(self) -> bool {
        matches!(self, Self::Icd10 | Self::Opcs4)
    }

    /// Sixteen bits of a code or a cell that may be one: how it begins, where it stands for what begins
    /// like it, else of all of it.
    fn mark_of(self, code: &str) -> usize {
        let code = code.as_bytes();
        if !self.has_categories() {
            return (text_hash(code, text_ends(code)) >> 48) as usize;
        }
        let byte = |i: usize| code.get(i).map_or(0, |byte| usize::from(byte.to_ascii_uppercase()));
        byte(0) << 8 | byte(1)
    }
}

/// Columns in which a restricted code means that the row may not be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Restricted {
    /// The reference table of codes: columns `scheme` and `code`.
    pub list: String,
    /// The scheme of the columns' codes.
    pub scheme: Scheme,
    columns: Vec<usize>,
    /// Columns that rows of one appointment share; none if rows stand alone.
    group: Vec<usize>,
    codes: BTreeSet<String>,
    /// For each [`Scheme::mark_of`] whether a code has it: most cells have another.
    marks: Vec<bool>,
    groups: HashSet<u64>,
}

/// Reads the declarations; every name must be that of a column.
///
/// # Errors
/// Where a name stands that is no column's, or one that is not read.
pub(super) fn restricted(
    declared: &[RestrictedToml],
    columns: &[&ColumnToml],
) -> Result<Vec<Restricted>, (std::ops::Range<usize>, String)> {
    let place = |name: &Placed<String>| {
        let is_it = |column: &&ColumnToml| {
            let is_named = column.name.as_ref().is_some_and(|own| own.get_ref() == name.get_ref());
            is_named && column.drop != Some(true)
        };
        let what = || (name.span(), format!("`{}` is no column that is read", name.get_ref()));
        columns.iter().position(is_it).ok_or_else(what)
    };
    let places = |names: &[Placed<String>]| names.iter().map(place).collect::<Result<Vec<_>, _>>();
    let one = |declared: &RestrictedToml| {
        Ok(Restricted {
            columns: places(&declared.columns)?,
            group: places(&declared.group)?,
            list: declared.list.clone(),
            scheme: declared.scheme,
            codes: BTreeSet::new(),
            marks: Vec::new(),
            groups: HashSet::new(),
        })
    };
    declared.iter().map(one).collect()
}

impl Restricted {
    /// Takes the codes of the scheme.
    pub fn set_codes(&mut self, codes: impl IntoIterator<Item = String>) {
        let has_categories = self.scheme.has_categories();
        let form = |code: String| if has_categories { plain(&code) } else { code };
        self.codes = codes.into_iter().map(form).filter(|code| code.len() > 1).collect();
        self.marks = vec![false; 1 << 16];
        for code in &self.codes {
            self.marks[self.scheme.mark_of(code)] = true;
        }
    }

    /// Whether rows of one appointment go together.
    #[must_use]
    pub fn has_group(&self) -> bool {
        !self.group.is_empty() && !self.codes.is_empty()
    }

    fn has_code(&self, cell: &str) -> bool {
        let cell = cell.trim();
        if self.marks.get(self.scheme.mark_of(cell)) != Some(&true) {
            return false;
        }
        if !self.scheme.has_categories() {
            return self.codes.contains(cell);
        }
        let cell = plain(cell);
        (3..=cell.len()).any(|n| cell.get(..n).is_some_and(|start| self.codes.contains(start)))
    }

    fn is_coded(&self, rows: &Rows, binding: &Binding, row: usize) -> bool {
        let places = self.columns.iter().filter_map(|i| binding.places[*i]);
        places
            .map(|place| rows.cell(row, place))
            .any(|cell| !cell.is_empty() && self.has_code(cell))
    }

    /// What the rows of one appointment share, as a hash; `None` if a cell of it is blank, or a
    /// stand-in for "not known": those share nothing.
    fn group_of(
        &self,
        columns: &[Column],
        rows: &Rows,
        binding: &Binding,
        row: usize,
    ) -> Option<u64> {
        if self.group.is_empty() {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        for i in &self.group {
            let cell = rows.cell(row, binding.places[*i]?).trim();
            if cell.is_empty() || columns[*i].sentinels.has_text(cell) {
                return None;
            }
            cell.hash(&mut hasher);
        }
        Some(hasher.finish())
    }
}

/// A code of a classification without dots, in capitals: `z31.2` is `Z312`.
fn plain(code: &str) -> String {
    code.trim().chars().filter(|c| *c != '.').map(|c| c.to_ascii_uppercase()).collect()
}

impl Contract {
    /// The rows that may not be kept, ascending.
    pub(super) fn restricted_rows(&self, rows: &Rows, binding: &Binding) -> Vec<usize> {
        let is_one = |row: &usize| {
            self.restricted.iter().any(|restricted| {
                restricted.is_coded(rows, binding, *row)
                    || (!restricted.groups.is_empty()
                        && restricted
                            .group_of(&self.columns, rows, binding, *row)
                            .is_some_and(|group| restricted.groups.contains(&group)))
            })
        };
        if self.restricted.is_empty() {
            return Vec::new();
        }
        (0..rows.len()).filter(is_one).collect()
    }

    /// The appointments that rows with a restricted code belong to, with the place of the
    /// declaration that says so.
    #[must_use]
    pub fn restricted_groups(&self, rows: &Rows, binding: &Binding) -> Vec<(usize, u64)> {
        let mut groups = Vec::new();
        for (i, restricted) in self.restricted.iter().enumerate() {
            let coded = (0..rows.len()).filter(|row| restricted.is_coded(rows, binding, *row));
            let found =
                coded.filter_map(|row| restricted.group_of(&self.columns, rows, binding, row));
            groups.extend(found.map(|group| (i, group)));
        }
        groups
    }

    /// The contract whose check leaves out all rows of these appointments.
    #[must_use]
    pub fn without_groups(&self, groups: &[(usize, u64)]) -> Self {
        let mut contract = self.clone();
        for (i, group) in groups {
            contract.restricted[*i].groups.insert(*group);
        }
        contract
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(scheme: Scheme, codes: &[&str]) -> Restricted {
        let mut restricted = Restricted {
            list: String::new(),
            scheme,
            columns: Vec::new(),
            group: Vec::new(),
            codes: BTreeSet::new(),
            marks: Vec::new(),
            groups: HashSet::new(),
        };
        restricted.set_codes(codes.iter().map(ToString::to_string));
        restricted
    }

    #[test]
    fn a_category_stands_for_its_subdivisions_and_a_concept_for_itself() {
        let icd = list(Scheme::Icd10, &["N98", "Z31.2"]);
        for cell in ["N98", "N981", "n98.1", "Z312", "Z31.2", "Z312X", " Z312 "] {
            assert!(icd.has_code(cell), "{cell}");
        }
        for cell in ["N97", "Z31", "Z313", "", "N9", "ÅN98"] {
            assert!(!icd.has_code(cell), "{cell}");
        }
        let snomed = list(Scheme::Snomed, &["63487001"]);
        assert!(snomed.has_code("63487001") && snomed.has_code(" 63487001"));
        assert!(!snomed.has_code("634870011") && !snomed.has_code("63487"));
        let ctv3 = list(Scheme::Ctv3, &["XaAbC"]);
        assert!(ctv3.has_code("XaAbC") && !ctv3.has_code("XAABC"));
    }
}
