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
    own: HashSet<String>,
}

impl Places {
    /// The codes in the column `lsoa_code` of a CSV: the city's own areas.
    ///
    /// # Errors
    /// [`ExtractError`] if the file cannot be read or lacks the column.
    pub fn own_areas(areas: &Path) -> Result<Vec<String>, ExtractError> {
        Ok(columns_of(areas, ["lsoa_code"])?.into_iter().map(|[code]| code).collect())
    }

    /// Reads a CSV with the columns `postcode` and `lsoa_code`; other columns are left alone. `own`
    /// lists the city's own areas.
    ///
    /// # Errors
    /// [`ExtractError`] if the file cannot be read or lacks a column.
    pub fn load(postcodes: &Path, own: Vec<String>) -> Result<Self, ExtractError> {
        let own: HashSet<String> = own.into_iter().collect();
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
        places.own = own;
        Ok(places)
    }

    /// The code of a small area.
    #[must_use]
    pub fn lsoa_code(&self, place: Place) -> &str {
        &self.codes[place.lsoa as usize]
    }

    /// Whether a small area is one of the city's own; `None` without look-ups.
    #[must_use]
    pub fn is_own(&self, lsoa_code: &str) -> Option<bool> {
        self.is_known().then(|| self.own.contains(lsoa_code))
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

/// Whether a text is shaped like the code of a small area of England, Wales, Scotland or Northern
/// Ireland: a letter, `01` (small areas), six digits (ONS Register of Geographic Codes).
#[must_use]
pub fn is_lsoa_code(text: &str) -> bool {
    let [country, b'0', b'1', digits @ ..] = text.as_bytes() else { return false };
    matches!(country, b'E' | b'W' | b'S' | b'N')
        && digits.len() == 6
        && digits.iter().all(u8::is_ascii_digit)
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
    fn codes_of_small_areas_are_told_from_others() {
        for code in ["E01011229", "W01000001", "S01006506"] {
            assert!(is_lsoa_code(code), "{code}");
        }
        for other in ["", "Z99999999", "E02000001", "E0101122", "E010112290", "E0101122X"] {
            assert!(!is_lsoa_code(other), "{other}");
        }
    }

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
        let places = Places::load(&postcodes, Places::own_areas(&areas).unwrap()).unwrap();
        let find = |text: &str| match Postcode::read(text) {
            Reading::Place(p) => {
                places.find(p).map(|p| (places.lsoa_code(p).to_owned(), p.is_resident))
            }
            _ => None,
        };
        assert_eq!(find("ls14ap"), Some(("E01011229".to_owned(), true)));
        assert_eq!(find("EC2Y9AG"), Some(("E01000001".to_owned(), false)));
        assert_eq!(find("LS99 9ZZ"), None);
        assert_eq!(places.is_own("E01011229"), Some(true));
        assert_eq!(places.is_own("E01000001"), Some(false));
        assert_eq!(Places::default().is_own("E01011229"), None, "nothing is known of any area");
        let missing = Places::load(&areas, Vec::new()).unwrap_err();
        assert!(matches!(missing, ExtractError::NoColumn { column, .. } if column == "postcode"));
    }
}
