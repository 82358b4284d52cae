//! Names that nobody bears and no text holds.
//!
//! Every name carries two letters that never stand together in English (`zx`, `qv`, …) near its
//! beginning, so that names, short forms and misspellings alike can be searched for as canaries.

use std::collections::BTreeSet;

use super::chance::{Chance, Stream, ln};
use super::health::Sex;

const FIRST: [&str; 18] =
    ["B", "D", "F", "G", "H", "K", "L", "M", "N", "P", "R", "S", "T", "V", "W", "Br", "Dr", "Tr"];
const VOWELS: [&str; 5] = ["a", "e", "i", "o", "u"];
const MARKS: [&str; 12] = ["zx", "qv", "xj", "vq", "jx", "qz", "xk", "vx", "qk", "jv", "zq", "jq"];
const GIVEN_ENDS: [&str; 16] = [
    "l", "n", "ra", "las", "dor", "nim", "vek", "ria", "mund", "lith", "s", "bel", "rin", "tha",
    "go", "sse",
];
const FAMILY_ENDS: [&str; 20] = [
    "ldron", "mbek", "rsk", "nthal", "ddow", "vran", "lgrath", "rmond", "sket", "ntor", "brast",
    "llack", "rwick", "ndel", "strom", "gdale", "pplow", "mmard", "rbury", "ckton",
];
const ACCENTS: [(char, char); 4] = [('a', 'á'), ('e', 'é'), ('o', 'ö'), ('u', 'ü')];

/// Pools of names for three groups of people, commonest first.
pub(crate) struct Names {
    given: [[Vec<String>; 2]; 3],
    family: [Vec<String>; 3],
    homes: Vec<String>,
}

impl Names {
    /// Pools for a city of that size.
    pub(crate) fn new(seed: u64, n_people: u32) -> Self {
        let mut chance = Chance::new(seed, Stream::Names, 0);
        let mut seen = BTreeSet::new();
        let n_family = (n_people as usize / 5).clamp(300, 6000);
        let mut pool = |n: usize, ends: &[&str]| -> Vec<String> {
            (0..n).map(|_| unseen(&mut chance, &mut seen, ends)).collect()
        };
        Self {
            given: [140, 70, 60].map(|n| [pool(n, &GIVEN_ENDS), pool(n, &GIVEN_ENDS)]),
            family: [n_family, n_family / 6, n_family / 5].map(|n| {
                pool(n, &FAMILY_ENDS).into_iter().enumerate().map(|(i, f)| dress(i, f)).collect()
            }),
            homes: pool(60, &["l House", "n Lodge", "r Court"]),
        }
    }

    /// A given name.
    pub(crate) fn given(&self, chance: &mut Chance, ethnic: char, sex: Sex) -> String {
        common_first(chance, &self.given[group(ethnic)][sex as usize]).clone()
    }

    /// A family name.
    pub(crate) fn family(&self, chance: &mut Chance, ethnic: char) -> String {
        let pool = &self.family[group(ethnic)];
        if chance.happens(0.03) {
            let (one, other) = (chance.pick(pool), chance.pick(pool));
            return format!("{one}-{other}");
        }
        common_first(chance, pool).clone()
    }

    /// A care home's name.
    pub(crate) fn home(&self, i: usize) -> &str {
        &self.homes[i % self.homes.len()]
    }
}

/// The short form that friends and some receptions use.
pub(crate) fn short_form(given: &str) -> String {
    given.chars().take(5).collect()
}

/// The name without accents, apostrophes and hyphens, in capitals: what old systems hold.
pub(crate) fn plain_capitals(name: &str) -> String {
    without_accents(name)
        .chars()
        .filter(|c| c.is_ascii_alphabetic())
        .collect::<String>()
        .to_uppercase()
}

/// The name without accents.
pub(crate) fn without_accents(name: &str) -> String {
    name.chars().map(|c| ACCENTS.iter().find(|(_, a)| *a == c).map_or(c, |(p, _)| *p)).collect()
}

/// One slip of the keyboard after the fifth letter (so that the mark stays): a letter dropped,
/// doubled, swapped with its neighbour, or another.
pub(crate) fn mistyped(chance: &mut Chance, name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 7 {
        letters.push('e');
        return letters.into_iter().collect();
    }
    let at = 5 + chance.below(letters.len() - 6);
    match chance.below(4) {
        0 => {
            letters.remove(at);
        }
        1 => letters.insert(at, letters[at]),
        2 if letters[at] != letters[at + 1] => letters.swap(at, at + 1),
        _ => letters[at] = if letters[at] == 'e' { 'i' } else { 'e' },
    }
    letters.into_iter().collect()
}

fn unseen(chance: &mut Chance, seen: &mut BTreeSet<String>, ends: &[&str]) -> String {
    loop {
        let name = [
            chance.pick(&FIRST),
            chance.pick(&VOWELS),
            chance.pick(&MARKS),
            chance.pick(&VOWELS),
            chance.pick(ends),
        ]
        .map(|part| *part)
        .concat();
        if seen.insert(name.clone()) {
            return name;
        }
    }
}

/// Gives some family names an apostrophe or an accent.
fn dress(i: usize, name: String) -> String {
    match i % 25 {
        7 => format!("O'{name}"),
        13 => {
            let mut letters: Vec<char> = name.chars().collect();
            for letter in letters.iter_mut().skip(3) {
                if let Some((_, accent)) = ACCENTS.iter().find(|(plain, _)| plain == letter) {
                    *letter = *accent;
                    break;
                }
            }
            letters.into_iter().collect()
        }
        _ => name,
    }
}

/// Early names of a pool are borne by many: weights fall like those of an exponential.
fn common_first<'a>(chance: &mut Chance, pool: &'a [String]) -> &'a String {
    let x = -ln(1.0 - chance.unit() * 0.95) / 3.0;
    &pool[((x * pool.len() as f64) as usize).min(pool.len() - 1)]
}

fn group(ethnic: char) -> usize {
    match ethnic {
        'A' | 'B' | 'C' | 'D' | 'E' | 'F' | 'G' => 0,
        'H' | 'J' | 'K' | 'L' => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_marked(name: &str) -> bool {
        MARKS.iter().any(|mark| name.to_lowercase().contains(mark))
    }

    #[test]
    fn names_short_forms_and_misspellings_keep_their_mark() {
        let names = Names::new(3, 3000);
        let mut chance = Chance::new(3, Stream::Row, 0);
        for i in 0..2000 {
            let ethnic = if i % 2 == 0 { 'A' } else { 'J' };
            let given = names.given(&mut chance, ethnic, Sex::Female);
            let family = names.family(&mut chance, ethnic);
            assert!(is_marked(&given) && is_marked(&family));
            assert!(is_marked(&short_form(&given)) && short_form(&given).len() >= 5);
            assert!(is_marked(&mistyped(&mut chance, &given)));
            assert!(is_marked(&plain_capitals(&family)));
            assert!(mistyped(&mut chance, &family) != family);
        }
    }

    #[test]
    fn some_family_names_have_accents_apostrophes_and_hyphens() {
        let names = Names::new(3, 3000);
        let mut chance = Chance::new(3, Stream::Row, 0);
        let drawn: Vec<String> = (0..2000).map(|_| names.family(&mut chance, 'A')).collect();
        for mark in ['\'', '-', 'é'] {
            assert!(drawn.iter().any(|name| name.contains(mark)));
        }
    }
}
