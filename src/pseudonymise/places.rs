//! Postcodes to small areas, and which areas are the city's own.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::postcode::{Postcode, Reading};
use crate::extract::{ExtractError, columns_of};

/// Where a postcode lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Index of the small area, for [`Places::lsoa_code`].
    pub lsoa: u32,
    /// Whether the area is one of the city's own.
    pub is_resident: bool,
}

/// The look-ups that turn a postcode into a place.
#[derive(Debug, Default)]
pub struct Places {
    codes: Vec<String>,
    is_own: Vec<bool>,
    by_postcode: HashMap<Postcode, u32>,
}

impl Places {
    /// Reads a CSV with the columns `postcode` and `lsoa_code` and one whose `lsoa_code` column
    /// lists the city's own areas; other columns are left alone.
    ///
    /// # Errors
    /// [`ExtractError`] if a file cannot be read or lacks a column.
    pub fn load(postcodes: &Path, areas: &Path) -> Result<Self, ExtractError> {
        let own: HashSet<String> =
            columns_of(areas, ["lsoa_code"])?.into_iter().map(|[code]| code).collect();
        let mut places = Self::default();
        let mut index = HashMap::new();
        for [postcode, code] in columns_of(postcodes, ["postcode", "lsoa_code"])? {
            let Reading::Place(postcode) = Postcode::read(&postcode) else { continue };
            let area = *index.entry(code).or_insert_with_key(|code: &String| {
                places.is_own.push(own.contains(code));
                places.codes.push(code.clone());
                places.codes.len() as u32 - 1
            });
            places.by_postcode.insert(postcode, area);
        }
        Ok(places)
    }

    /// The code of a small area.
    #[must_use]
    pub fn lsoa_code(&self, place: Place) -> &str {
        &self.codes[place.lsoa as usize]
    }

    pub(super) fn find(&self, postcode: Postcode) -> Option<Place> {
        let lsoa = *self.by_postcode.get(&postcode)?;
        Some(Place { lsoa, is_resident: self.is_own[lsoa as usize] })
    }

    /// Whether any look-up was given.
    pub(super) fn is_known(&self) -> bool {
        !self.codes.is_empty()
    }
}

impl std::fmt::Debug for Postcode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Postcode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_postcode_finds_its_area_in_any_spelling() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            crate::store::write_atomic(&path, text.as_bytes()).unwrap();
            path
        };
        let postcodes =
            write("p.csv", "lsoa_code,postcode\nE01011229,LS1 4AP\nE01000001,EC2Y 9AG\n");
        let areas = write("a.csv", "lsoa_code,name\nE01011229,Leeds\n");
        let places = Places::load(&postcodes, &areas).unwrap();
        let find = |text: &str| match Postcode::read(text) {
            Reading::Place(p) => {
                places.find(p).map(|p| (places.lsoa_code(p).to_owned(), p.is_resident))
            }
            _ => None,
        };
        assert_eq!(find("ls14ap"), Some(("E01011229".to_owned(), true)));
        assert_eq!(find("EC2Y9AG"), Some(("E01000001".to_owned(), false)));
        assert_eq!(find("LS99 9ZZ"), None);
        let missing = Places::load(&areas, &areas).unwrap_err();
        assert!(matches!(missing, ExtractError::NoColumn { column: "postcode", .. }));
    }
}
