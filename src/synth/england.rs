//! How often English hospitals use each code, for what a person's health does not explain.
//!
//! The model of health decides every code that says something about a person: conditions, frailty,
//! comorbidities, pregnancy and birth. The rest of a real record is drawn here, each code as often
//! as the others of the table have it.

use std::sync::LazyLock;

use super::chance::{Chance, Stream};
use super::city::City;
use super::settings::CodeFrequencies;
use super::spells::{Admission, Spell};

const DIAGNOSES: &str = include_str!("england/icd10.csv");
const PROCEDURES: &str = include_str!("england/opcs4.csv");
const COMORBIDITIES: &str = include_str!("../../sql/reference/charlson_codes.csv");
const FRAILTY: &str = include_str!("../../sql/reference/hfrs_points.csv");
const CONDITIONS: &str = include_str!("../../sql/reference/condition_code.csv");

/// Diagnoses that a spell has beside those of the model, on average, as far as the extract has
/// room for them.
const MORE_DIAGNOSES: f64 = 2.5;
/// Emergency spells with a procedure.
const WITH_PROCEDURE: f64 = 0.4;

/// Codes and how many uses they and those before them have.
struct Table {
    codes: Vec<&'static str>,
    uses: Vec<usize>,
}

static FREE_DIAGNOSES: LazyLock<Table> = LazyLock::new(|| {
    let spoken_for: Vec<&str> = [(COMORBIDITIES, 0), (FRAILTY, 0), (CONDITIONS, 2)]
        .into_iter()
        .flat_map(|(text, column)| {
            lines(text)
                .filter_map(move |line| line.split(',').nth(column))
                .filter(|c| !c.is_empty())
        })
        .collect();
    // Pregnancy, birth, the newborn, what is not coded yet, and external causes without an injury.
    let of_others = ["O", "P", "Z3", "R69", "V", "W", "X", "Y"];
    Table::of(DIAGNOSES, |code| {
        !spoken_for.iter().chain(&of_others).any(|prefix| code.starts_with(prefix))
    })
});

/// Chapters R (obstetrics), Y and Z (how and where, never the procedure itself) are left out.
static FREE_PROCEDURES: LazyLock<Table> =
    LazyLock::new(|| Table::of(PROCEDURES, |code| !code.starts_with(['R', 'Y', 'Z'])));

fn lines(text: &'static str) -> impl Iterator<Item = &'static str> {
    text.lines().filter(|line| !line.starts_with('#')).skip(1)
}

impl Table {
    fn of(text: &'static str, keeps: impl Fn(&str) -> bool) -> Self {
        let mut table = Self { codes: Vec::new(), uses: Vec::new() };
        let mut n = 0;
        for (code, uses) in lines(text).filter_map(|line| line.split_once(',')) {
            if keeps(code) {
                n += uses.parse().unwrap_or(0);
                table.codes.push(code);
                table.uses.push(n);
            }
        }
        table
    }

    /// A code, each as likely as it is used.
    fn draw(&self, chance: &mut Chance) -> &'static str {
        let at = chance.below(self.uses.last().copied().unwrap_or(0));
        self.codes[self.uses.partition_point(|uses| *uses <= at)]
    }
}

/// Adds to spells what is coded in England beside what the model of health needs.
pub(crate) fn code(city: &City, spells: &mut [Spell]) {
    if city.settings.code_frequencies == CodeFrequencies::Model {
        return;
    }
    let mut nth = (usize::MAX, 0);
    for spell in spells {
        nth = if nth.0 == spell.person { (spell.person, nth.1 + 1) } else { (spell.person, 0) };
        let index = (spell.person as u64) << 12 | nth.1;
        let mut chance = Chance::new(city.settings.seed, Stream::Code, index);
        if spell.kind == Admission::Maternity {
            continue;
        }
        for _ in 0..chance.poisson(MORE_DIAGNOSES) {
            let code = FREE_DIAGNOSES.draw(&mut chance);
            if spell.diagnoses.len() < 6 && !spell.diagnoses.iter().any(|known| known == code) {
                spell.diagnoses.push(code.to_owned());
            }
        }
        if spell.kind == Admission::Emergency && chance.happens(WITH_PROCEDURE) {
            spell.procedure = FREE_PROCEDURES.draw(&mut chance);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_that_tell_of_a_persons_health_are_not_drawn() {
        for code in ["I10X", "E119", "J449", "F03X", "Z501", "N390", "R296", "O800", "C509", "R69X"]
        {
            assert!(!FREE_DIAGNOSES.codes.contains(&code), "{code}");
        }
        for code in ["Z864", "E780", "E039", "K219"] {
            assert!(FREE_DIAGNOSES.codes.contains(&code), "{code}");
        }
    }

    #[test]
    fn codes_come_as_often_as_the_table_says() {
        let mut chance = Chance::new(3, Stream::Code, 0);
        let n = 200_000;
        let drawn: Vec<&str> = (0..n).map(|_| FREE_DIAGNOSES.draw(&mut chance)).collect();
        let all = *FREE_DIAGNOSES.uses.last().expect("codes") as f64;
        // The published uses of 2023-24 in English hospitals.
        for (code, uses) in [("Z864", 2_539_946.0), ("E780", 1_195_762.0), ("Z880", 1_324_183.0)] {
            let n_drawn = drawn.iter().filter(|d| **d == code).count() as f64;
            let expected = uses / all * f64::from(n);
            assert!((n_drawn - expected).abs() < 5.0 * expected.sqrt(), "{code}: {n_drawn}");
        }
    }
}
