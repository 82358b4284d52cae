//! Reference tables of the city: postcodes, LSOAs, practices, superseded NHS numbers.

use std::path::Path;

use super::SynthError;
use super::chance::Stream;
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
    write_table(&folder.join("superseded.csv"), &["old_nhs_number", "new_nhs_number"], superseded)?;
    if city.settings.writes_opt_outs {
        opt_outs(city, out)?;
    }
    super::reissue::write(city, out)
}

/// Share of people who have opted out (assumed: about one in twenty in England).
const OPTED_OUT: f64 = 0.05;

/// Whether a person has opted out of uses beyond their own care.
fn has_opted_out(city: &City, person: usize) -> bool {
    city.chance(Stream::OptOut, person).happens(OPTED_OUT)
}

/// Writes the numbers that the national service returns: those asked about, less the opted out;
/// a number and a comma a line, lines end with LF. The truth names whom they leave out.
fn opt_outs(city: &City, out: &Path) -> Result<(), SynthError> {
    let mut text = Vec::new();
    for (i, person) in city.people.iter().enumerate() {
        if has_opted_out(city, i) {
            continue;
        }
        let old = person.superseded.as_ref().map(|(old, _)| old);
        for number in [Some(&person.nhs), old].into_iter().flatten().filter(|n| !n.is_empty()) {
            text.extend_from_slice(number.as_bytes());
            text.extend_from_slice(b",\n");
        }
    }
    crate::store::write_atomic(&out.join("reference/opt_out_allowed.csv"), &text)?;
    let opted_out = (0..city.people.len()).filter(|i| has_opted_out(city, *i));
    let persons = opted_out.map(|i| [city.key(i)]);
    write_table(&out.join("truth/opt_outs.csv"), &["person"], persons)
}
