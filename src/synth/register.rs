//! A register in which people stand more than once: what linkage without any number is tried on.
//!
//! Every person of the city has a row as they are; the rows beyond describe somebody again, as another desk
//! at another time has written them down. Nothing of these faults is drawn as the extracts' are, so that
//! linkage is held against slips that its own sample does not have.

use std::path::Path;

use jiff::ToSpan;
use jiff::civil::Date;

use super::calendar::{Style, civil, write as date};
use super::chance::{Chance, Stream};
use super::city::City;
use super::health::Sex;
use super::truth::write_table;
use super::write::check;
use super::{Settings, Summary, SynthError};

/// How often a row that describes somebody again differs, and in what.
mod rate {
    pub(super) const MOVED: f64 = 0.15;
    pub(super) const NEW_NAME_OF_A_WOMAN: f64 = 0.05;
    pub(super) const FAMILY_MISTYPED: f64 = 0.08;
    pub(super) const GIVEN_MISTYPED: f64 = 0.08;
    pub(super) const INITIAL_ALONE: f64 = 0.03;
    pub(super) const NAMES_SWAPPED: f64 = 0.01;
    pub(super) const BIRTH_SLIP: f64 = 0.03;
    pub(super) const BIRTH_MISSING: f64 = 0.02;
    pub(super) const GIVEN_MISSING: f64 = 0.03;
    pub(super) const POSTCODE_MISSING: f64 = 0.04;
    pub(super) const POSTCODE_MISTYPED: f64 = 0.02;
    pub(super) const HOUSE_MISSING: f64 = 0.10;
    pub(super) const SEX_WRONG: f64 = 0.01;
}

const HEADER: [&str; 9] = [
    "row",
    "true_person",
    "given_name",
    "family_name",
    "birth_date",
    "sex",
    "postcode",
    "house",
    "is_again",
];

/// The files that go with the register, so that it can be linked where it lies.
const FILES: [(&str, &str); 3] = [
    ("register.toml", include_str!("register/register.toml")),
    ("contracts/register.toml", include_str!("register/contract.toml")),
    ("models/base/register.sql", include_str!("register/register.sql")),
];

/// Writes `register.csv` of `n_rows` rows that describe `settings.n_people` people, with a contract, a model
/// and a pipeline file that link it. The same settings give the same bytes.
///
/// # Errors
/// Settings out of range, fewer rows than people, or what the file system says.
pub fn write_register(settings: &Settings, n_rows: u32, out: &Path) -> Result<Summary, SynthError> {
    check(settings)?;
    if n_rows < settings.n_people {
        let least = settings.n_people;
        return Err(SynthError::TooFew { setting: "register", n: n_rows, least });
    }
    let city = City::found(settings);
    let n_people = city.people.len().min(settings.n_people as usize);
    let order = order(settings, n_people, n_rows as usize);
    let rows = order.iter().enumerate().map(|(at, &(person, is_again))| {
        let row = described(&city, person as usize, is_again, at as u64);
        let mut cells = vec![(at + 1).to_string(), city.key(person as usize)];
        cells.extend(row);
        cells.push(is_again.to_string());
        cells
    });
    let path = out.join("register.csv");
    write_table(&path, &HEADER, rows)?;
    for (name, text) in FILES {
        crate::store::write_atomic(&out.join(name), text.as_bytes())?;
    }
    let n_bytes = std::fs::metadata(&path).map_or(0, |file| file.len());
    Ok(Summary { n_persons: n_people, n_rows: u64::from(n_rows), n_bytes, rates: Vec::new() })
}

/// Who stands in each row, and whether they stand in another one as they are.
fn order(settings: &Settings, n_people: usize, n_rows: usize) -> Vec<(u32, bool)> {
    let mut chance = Chance::new(settings.seed, Stream::Register, 0);
    let whom = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut order: Vec<(u32, bool)> = (0..n_people).map(|at| (whom(at), false)).collect();
    order.extend((n_people..n_rows).map(|_| (whom(chance.below(n_people)), true)));
    for at in (1..order.len()).rev() {
        order.swap(at, chance.below(at + 1));
    }
    order
}

/// Given name, family name, birth date, sex, postcode and house.
fn described(city: &City, at: usize, is_again: bool, row: u64) -> [String; 6] {
    let person = &city.people[at];
    let mut chance = Chance::new(city.settings.seed, Stream::Register, row + 1);
    let mut dwelling = person.dwelling(city.start);
    let (mut given, mut family) = (person.given.clone(), person.family(city.start).to_owned());
    let mut birth = civil(person.birth());
    let mut sex = person.sex();
    if !is_again {
        let place = [city.places.postcode(dwelling), &city.places.dwellings[dwelling].house];
        let [postcode, house] = place.map(str::to_owned);
        return [given, family, iso(birth), word(sex).to_owned(), postcode, house];
    }
    if chance.happens(rate::MOVED) {
        dwelling = chance.below(city.places.dwellings.len());
    }
    if sex == Sex::Female && chance.happens(rate::NEW_NAME_OF_A_WOMAN) {
        family = city.names.family(&mut chance, person.ethnic);
    }
    if chance.happens(rate::FAMILY_MISTYPED) {
        family = slip(&mut chance, &family);
    }
    if chance.happens(rate::GIVEN_MISTYPED) {
        given = slip(&mut chance, &given);
    }
    if chance.happens(rate::INITIAL_ALONE) {
        given = given.chars().take(1).collect();
    }
    if chance.happens(rate::NAMES_SWAPPED) {
        std::mem::swap(&mut given, &mut family);
    }
    if chance.happens(rate::BIRTH_SLIP) {
        birth = wrong_birth(&mut chance, birth);
    }
    let birth = if chance.happens(rate::BIRTH_MISSING) { String::new() } else { iso(birth) };
    if chance.happens(rate::GIVEN_MISSING) {
        given = String::new();
    }
    let mut postcode = city.places.postcode(dwelling).to_owned();
    if chance.happens(rate::POSTCODE_MISSING) {
        postcode = String::new();
    } else if chance.happens(rate::POSTCODE_MISTYPED) {
        postcode = slip(&mut chance, &postcode);
    }
    let is_known = !chance.happens(rate::HOUSE_MISSING);
    let house =
        if is_known { city.places.dwellings[dwelling].house.clone() } else { String::new() };
    if chance.happens(rate::SEX_WRONG) {
        sex = if sex == Sex::Male { Sex::Female } else { Sex::Male };
    }
    [given, family, birth, word(sex).to_owned(), postcode, house]
}

fn iso(day: Date) -> String {
    date(crate::domain::days_since_epoch(day), Style::Iso)
}

fn word(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "male",
        Sex::Female => "female",
    }
}

/// One slip of the keyboard at any place: a letter or digit left out, doubled, swapped with the next, or
/// another.
fn slip(chance: &mut Chance, text: &str) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = chance.below(letters.len());
    match chance.below(4) {
        0 if letters.len() > 1 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letters[at]),
        2 if at + 1 < letters.len() => letters.swap(at, at + 1),
        _ => {
            let (first, n) = if letters[at].is_ascii_digit() { (b'0', 10) } else { (b'a', 26) };
            letters[at] = char::from(first + chance.below(n) as u8);
        }
    }
    letters.into_iter().collect()
}

/// Day and month exchanged where that is a date, or day, month or year off.
fn wrong_birth(chance: &mut Chance, birth: Date) -> Date {
    let swapped = Date::new(birth.year(), birth.day(), birth.month()).ok();
    if let Some(swapped) = swapped.filter(|_| chance.happens(0.3)) {
        return swapped;
    }
    let near = match chance.below(3) {
        0 => birth.with().day(1 + chance.below(28) as i8).build(),
        1 => birth.with().day(birth.day().min(28)).month(1 + chance.below(12) as i8).build(),
        _ => {
            let years = *chance.pick(&[-10, -1, 1, 10]);
            birth.checked_add(years.years())
        }
    };
    near.unwrap_or(birth)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn rows(n_people: u32, n_rows: u32) -> (tempfile::TempDir, Vec<csv::StringRecord>) {
        let out = tempfile::tempdir().unwrap();
        write_register(&Settings::new(n_people, 3, 5), n_rows, out.path()).unwrap();
        let mut reader = csv::Reader::from_path(out.path().join("register.csv")).unwrap();
        assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), HEADER);
        let rows = reader.records().map(Result::unwrap).collect();
        (out, rows)
    }

    #[test]
    fn everybody_stands_once_as_they_are_and_the_rest_again() {
        let (_, rows) = rows(700, 1_000);
        assert_eq!(rows.len(), 1_000);
        let mut plain: BTreeMap<&str, usize> = BTreeMap::new();
        for row in rows.iter().filter(|row| &row[8] == "false") {
            *plain.entry(&row[1]).or_default() += 1;
        }
        assert_eq!(plain.len(), 700);
        assert!(plain.values().all(|&n| n == 1));
        assert!(rows.iter().all(|row| plain.contains_key(&row[1])));
    }

    #[test]
    fn rows_differ_as_often_as_is_said() {
        let (_, rows) = rows(7_000, 17_000);
        let first: BTreeMap<&str, &csv::StringRecord> =
            rows.iter().filter(|row| &row[8] == "false").map(|row| (&row[1], row)).collect();
        let again: Vec<_> = rows.iter().filter(|row| &row[8] == "true").collect();
        let share = |differs: &dyn Fn(&csv::StringRecord, &csv::StringRecord) -> bool| {
            let n = again.iter().filter(|row| differs(row, first[&row[1]])).count();
            n as f64 / again.len() as f64
        };
        // 10,000 rows: four standard errors of a share of 3 % are 0.7 points.
        let missing = share(&|row, _| row[4].is_empty());
        assert!((missing - rate::BIRTH_MISSING).abs() < 0.006, "{missing}");
        let sex = share(&|row, first| row[5] != first[5]);
        assert!((sex - rate::SEX_WRONG).abs() < 0.004, "{sex}");
        let house = share(&|row, _| row[7].is_empty());
        assert!((house - rate::HOUSE_MISSING).abs() < 0.012, "{house}");
    }

    #[test]
    fn fewer_rows_than_people_are_refused() {
        let out = tempfile::tempdir().unwrap();
        let error = write_register(&Settings::new(700, 3, 5), 699, out.path()).unwrap_err();
        assert_eq!(error.to_string(), "register: 699 is too few, at least 700");
    }
}
