//! Neighbourhoods, LSOAs, postcodes, dwellings and practices of a city that does not exist.

use super::chance::{Chance, Stream};
use super::names::Names;
use super::settings::SMALL_CITY;

/// A neighbourhood of the city.
pub(crate) struct Neighbourhood {
    pub(crate) code: String,
    pub(crate) name: &'static str,
    /// What kind of households live here.
    pub(crate) character: Character,
    pub(crate) practices: Vec<usize>,
    /// Dwellings where nobody lives now.
    pub(crate) vacant: Vec<usize>,
}

/// Who tends to live somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Character {
    Students,
    Families,
    Mixed,
    Older,
}

/// A lower layer super output area.
pub(crate) struct Lsoa {
    pub(crate) code: String,
    pub(crate) neighbourhood: usize,
    /// Deprivation decile in England, 1 the most deprived.
    pub(crate) decile: i32,
    /// Deprivation fifth within the city, 1 the most deprived.
    pub(crate) quintile: i32,
}

/// A postcode; one outside the city has no LSOA here.
pub(crate) struct Postcode {
    pub(crate) text: String,
    pub(crate) lsoa: Option<usize>,
}

/// Somewhere to live.
pub(crate) struct Dwelling {
    pub(crate) postcode: usize,
    pub(crate) house: String,
    pub(crate) is_care_home: bool,
}

/// A general practice.
pub(crate) struct Practice {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) neighbourhood: usize,
}

/// The city's map.
pub(crate) struct Places {
    pub(crate) neighbourhoods: Vec<Neighbourhood>,
    pub(crate) lsoas: Vec<Lsoa>,
    pub(crate) postcodes: Vec<Postcode>,
    pub(crate) dwellings: Vec<Dwelling>,
    pub(crate) practices: Vec<Practice>,
    /// Dwellings that are care homes.
    pub(crate) care_homes: Vec<usize>,
    /// Dwellings outside the city.
    pub(crate) outside: Vec<usize>,
}

const NAMES: [&str; 13] = [
    "Alder Bank",
    "Birch Hill",
    "Cedar Moor",
    "Dale End",
    "Elm Park",
    "Fern Lea",
    "Gorse Fell",
    "Hazel Brow",
    "Ivy Beck",
    "Juniper Row",
    "Kestrel Edge",
    "Larch Green",
    "Maple Cross",
];
const CHARACTERS: [Character; 6] = [
    Character::Students,
    Character::Families,
    Character::Mixed,
    Character::Families,
    Character::Older,
    Character::Mixed,
];
/// Mean decile of a neighbourhood and how far its LSOAs stray.
const DEPRIVATION: [(i32, i32); 13] = [
    (3, 2),
    (1, 1),
    (4, 3),
    (2, 2),
    (9, 1),
    (6, 3),
    (1, 1),
    (5, 3),
    (8, 2),
    (2, 1),
    (7, 3),
    (9, 1),
    (3, 2),
];
const INWARD_LETTERS: &[u8] = b"ABDEFGHJLNPQRSTUWXYZ";

impl Places {
    /// A map with homes for `n_people` and a few to spare.
    pub(crate) fn new(seed: u64, n_people: u32, names: &Names) -> Self {
        let mut chance = Chance::new(seed, Stream::Places, 0);
        // A small city has six neighbourhoods, a large one thirteen.
        let n_neighbourhoods = if n_people <= SMALL_CITY { 6 } else { 13 };
        let n_lsoas = (n_people as usize).div_ceil(1500).max(n_neighbourhoods * 4);
        let mut places = Self {
            neighbourhoods: (0..n_neighbourhoods).map(neighbourhood).collect(),
            lsoas: Vec::new(),
            postcodes: Vec::new(),
            dwellings: Vec::new(),
            practices: Vec::new(),
            care_homes: Vec::new(),
            outside: Vec::new(),
        };
        places.open_practices(n_people);
        for i in 0..n_lsoas {
            places.draw_lsoa(&mut chance, i);
        }
        places.rank_lsoas();
        places.build(&mut chance, n_people as usize);
        places.build_care_homes(&mut chance, n_people as usize, names);
        places.build_outside(&mut chance, n_people as usize);
        places
    }

    /// The LSOA of a dwelling, if it is in the city.
    pub(crate) fn lsoa(&self, dwelling: usize) -> Option<&Lsoa> {
        self.postcodes[self.dwellings[dwelling].postcode].lsoa.map(|i| &self.lsoas[i])
    }

    /// The neighbourhood of a dwelling, if it is in the city.
    pub(crate) fn neighbourhood(&self, dwelling: usize) -> Option<usize> {
        self.lsoa(dwelling).map(|lsoa| lsoa.neighbourhood)
    }

    /// The postcode of a dwelling.
    pub(crate) fn postcode(&self, dwelling: usize) -> &str {
        &self.postcodes[self.dwellings[dwelling].postcode].text
    }

    /// Takes a vacant dwelling, in that neighbourhood or, if it is full, in the next.
    pub(crate) fn move_in(&mut self, chance: &mut Chance, neighbourhood: usize) -> usize {
        let n = self.neighbourhoods.len();
        for i in 0..n {
            let vacant = &mut self.neighbourhoods[(neighbourhood + i) % n].vacant;
            if !vacant.is_empty() {
                return vacant.swap_remove(chance.below(vacant.len()));
            }
        }
        chance.below(self.care_homes[0])
    }

    /// Gives a dwelling back.
    pub(crate) fn move_out(&mut self, dwelling: usize) {
        if self.dwellings[dwelling].is_care_home {
            return;
        }
        if let Some(neighbourhood) = self.neighbourhood(dwelling) {
            self.neighbourhoods[neighbourhood].vacant.push(dwelling);
        }
    }

    /// A practice for somebody in that neighbourhood: nine in ten choose one nearby.
    pub(crate) fn choose_practice(
        &self,
        chance: &mut Chance,
        neighbourhood: Option<usize>,
    ) -> usize {
        match neighbourhood {
            Some(i) if chance.happens(0.9) => *chance.pick(&self.neighbourhoods[i].practices),
            _ => chance.below(self.practices.len()),
        }
    }

    fn open_practices(&mut self, n_people: u32) {
        let per_neighbourhood = (n_people as usize / self.neighbourhoods.len() / 8000).max(1);
        for (i, neighbourhood) in self.neighbourhoods.iter_mut().enumerate() {
            for k in 0..per_neighbourhood + usize::from(i % 2 == 0) {
                neighbourhood.practices.push(self.practices.len());
                let kind =
                    ["Medical Practice", "Surgery", "Health Centre", "Group Practice"][k % 4];
                self.practices.push(Practice {
                    code: format!("S99{:03}", self.practices.len() + 1),
                    name: format!("{} {kind}", neighbourhood.name),
                    neighbourhood: i,
                });
            }
        }
    }

    fn draw_lsoa(&mut self, chance: &mut Chance, i: usize) {
        let neighbourhood = i % self.neighbourhoods.len();
        let (mean, stray) = DEPRIVATION[neighbourhood];
        self.lsoas.push(Lsoa {
            code: format!("E01{:06}", 990_001 + i),
            neighbourhood,
            decile: chance.between(mean - stray, mean + stray).clamp(1, 10),
            quintile: 0,
        });
    }

    fn rank_lsoas(&mut self) {
        let mut order: Vec<usize> = (0..self.lsoas.len()).collect();
        order.sort_by_key(|&i| (self.lsoas[i].decile, i));
        let n = order.len();
        for (rank, i) in order.into_iter().enumerate() {
            self.lsoas[i].quintile = (rank * 5 / n) as i32 + 1;
        }
    }

    /// About 15 dwellings a postcode, shared evenly among the LSOAs.
    fn build(&mut self, chance: &mut Chance, n_people: usize) {
        let n_postcodes = (n_people * 48 / 100).div_ceil(15);
        let mut n_in_district = vec![0; self.neighbourhoods.len()];
        for i in 0..n_postcodes {
            let lsoa = i % self.lsoas.len();
            let neighbourhood = self.lsoas[lsoa].neighbourhood;
            let text = postcode_text("XL", neighbourhood + 1, n_in_district[neighbourhood]);
            n_in_district[neighbourhood] += 1;
            self.postcodes.push(Postcode { text, lsoa: Some(lsoa) });
            let first = chance.between(1, 140);
            let is_flats = chance.happens(0.2);
            for k in 0..chance.between(12, 18) {
                let house =
                    if is_flats { format!("Flat {}", k + 1) } else { (first + 2 * k).to_string() };
                self.neighbourhoods[neighbourhood].vacant.push(self.dwellings.len());
                self.dwellings.push(Dwelling { postcode: i, house, is_care_home: false });
            }
        }
    }

    /// A home for every 3,000 people, at least two, each with a postcode of its own.
    fn build_care_homes(&mut self, chance: &mut Chance, n_people: usize, names: &Names) {
        for i in 0..n_people.div_ceil(3000).max(2) {
            let lsoa = chance.below(self.lsoas.len());
            let text = postcode_text("XL", 31 + self.lsoas[lsoa].neighbourhood, i);
            self.postcodes.push(Postcode { text, lsoa: Some(lsoa) });
            self.care_homes.push(self.dwellings.len());
            let postcode = self.postcodes.len() - 1;
            let house = names.home(i).to_owned();
            self.dwellings.push(Dwelling { postcode, house, is_care_home: true });
        }
    }

    fn build_outside(&mut self, chance: &mut Chance, n_people: usize) {
        for i in 0..n_people.div_ceil(60) {
            self.postcodes
                .push(Postcode { text: postcode_text("XB", 1 + i % 9, i / 9), lsoa: None });
            self.outside.push(self.dwellings.len());
            let house = chance.between(1, 200).to_string();
            let postcode = self.postcodes.len() - 1;
            self.dwellings.push(Dwelling { postcode, house, is_care_home: false });
        }
    }
}

fn neighbourhood(i: usize) -> Neighbourhood {
    Neighbourhood {
        code: format!("N{:02}", i + 1),
        name: NAMES[i],
        character: CHARACTERS[i % CHARACTERS.len()],
        practices: Vec::new(),
        vacant: Vec::new(),
    }
}

/// The `i`-th postcode of a district; no two share a text, and none is an example's `1AA`.
fn postcode_text(area: &str, district: usize, i: usize) -> String {
    let n = i + 7;
    let letters = INWARD_LETTERS.len();
    let first = INWARD_LETTERS[(n * 7 + 3) % letters] as char;
    let second = INWARD_LETTERS[(n / letters) % letters] as char;
    let sector = 3 + n / (letters * letters);
    format!("{area}{district} {sector}{first}{second}")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_postcode_has_one_text_and_homes_suffice() {
        for n_people in [3000, 50_000] {
            let names = Names::new(1, n_people);
            let places = Places::new(1, n_people, &names);
            let texts: BTreeSet<&str> = places.postcodes.iter().map(|p| p.text.as_str()).collect();
            assert_eq!(texts.len(), places.postcodes.len());
            let n_vacant: usize = places.neighbourhoods.iter().map(|n| n.vacant.len()).sum();
            assert!(n_vacant * 23 / 10 > n_people as usize);
        }
    }

    #[test]
    fn fifths_of_deprivation_are_fifths() {
        let names = Names::new(1, 50_000);
        let places = Places::new(1, 50_000, &names);
        for quintile in 1..=5 {
            let n = places.lsoas.iter().filter(|l| l.quintile == quintile).count();
            assert!(n.abs_diff(places.lsoas.len() / 5) <= 1);
        }
    }
}
