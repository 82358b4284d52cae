//! Reference tables of the city: postcodes, LSOAs, practices, superseded NHS numbers.

use std::path::Path;

use super::SynthError;
use super::city::City;
use super::truth::write_table;

/// Writes the tables under `out`/reference.
pub(crate) fn write(city: &City, out: &Path) -> Result<(), SynthError> {
    let folder = out.join("reference");
    let places = &city.places;
    let postcodes = places
        .postcodes
        .iter()
        .filter_map(|p| Some([p.text.clone(), places.lsoas[p.lsoa?].code.clone()]));
    write_table(&folder.join("postcode.csv"), &["postcode", "lsoa_code"], postcodes)?;
    let lsoas = places.lsoas.iter().map(|lsoa| {
        let neighbourhood = &places.neighbourhoods[lsoa.neighbourhood];
        [
            lsoa.code.clone(),
            neighbourhood.code.clone(),
            neighbourhood.name.to_owned(),
            lsoa.decile.to_string(),
            lsoa.quintile.to_string(),
            "synthetic".to_owned(),
        ]
    });
    let header = [
        "lsoa_code",
        "neighbourhood_code",
        "neighbourhood",
        "imd_decile_england",
        "imd_quintile_city",
        "imd_version",
    ];
    write_table(&folder.join("lsoa.csv"), &header, lsoas)?;
    let practices = places.practices.iter().map(|practice| {
        let neighbourhood = &places.neighbourhoods[practice.neighbourhood];
        [practice.code.clone(), practice.name.clone(), neighbourhood.code.clone()]
    });
    let header = ["practice_code", "practice_name", "neighbourhood_code"];
    write_table(&folder.join("practice.csv"), &header, practices)?;
    let superseded =
        city.people.iter().filter_map(|p| Some([p.superseded.as_ref()?.0.clone(), p.nhs.clone()]));
    write_table(&folder.join("superseded.csv"), &["old_nhs_number", "new_nhs_number"], superseded)
}
