//! Why people are admitted and how hospitals code it: causes, operations, secondary diagnoses.
//!
//! Codes are ICD-10 (four characters, `X` where there is no fourth), OPCS-4, treatment function
//! codes and HRGs that the national cost collection of 2024/25 prices.

use super::calendar::{Day, age};
use super::chance::Chance;
use super::health::{Condition, Health, N_CONDITIONS};

/// A reason for an emergency admission.
pub(crate) struct Cause {
    pub(crate) diagnosis: &'static str,
    /// HRG of a stay of two days or more, and of a shorter one.
    pub(crate) hrg: [&'static str; 2],
    pub(crate) specialty: &'static str,
    /// How common it is among children, adults and people of 70 and over.
    weights: [f64; 3],
    /// A condition that makes it five times as common.
    because: Option<Condition>,
}

const fn cause(
    diagnosis: &'static str,
    hrg: [&'static str; 2],
    specialty: &'static str,
    weights: [f64; 3],
    because: Option<Condition>,
) -> Cause {
    Cause { diagnosis, hrg, specialty, weights, because }
}

const CAUSES: [Cause; 31] = [
    cause("J219", ["PD15D", "PD15D"], "420", [14.0, 0.0, 0.0], None),
    cause("B349", ["PW01B", "PW01B"], "420", [20.0, 1.0, 0.5], None),
    cause("A099", ["FD01H", "PF21B"], "420", [8.0, 2.0, 2.0], None),
    cause("J459", ["PD12B", "PD12B"], "340", [8.0, 1.5, 0.5], Some(Condition::Asthma)),
    cause("R568", ["PR02C", "AA26H"], "420", [6.0, 2.0, 1.0], None),
    cause("S525", ["HE51G", "HE51G"], "110", [7.0, 3.0, 3.0], None),
    cause("K358", ["FF37C", "FF37C"], "100", [5.0, 3.0, 0.5], None),
    cause("R074", ["EB12B", "EB12C"], "320", [0.0, 10.0, 5.0], Some(Condition::HeartDisease)),
    cause("R104", ["FD05B", "FD05B"], "100", [5.0, 10.0, 4.0], None),
    cause("T391", ["WH04E", "WH04E"], "300", [2.0, 4.0, 0.3], Some(Condition::Depression)),
    cause("F101", ["WD08Z", "WD08Z"], "300", [0.0, 4.0, 0.7], Some(Condition::SevereMentalIllness)),
    cause("L031", ["JD07G", "JD07J"], "300", [2.0, 5.0, 4.0], Some(Condition::Diabetes)),
    cause("K802", ["GC17K", "GC17K"], "100", [0.0, 4.0, 2.0], None),
    cause("R55X", ["EB08E", "EB08E"], "300", [1.0, 3.0, 5.0], None),
    cause("G439", ["AA31E", "AA31E"], "300", [1.0, 4.0, 0.5], None),
    cause("I489", ["EB07E", "EB07E"], "320", [0.0, 3.0, 6.0], Some(Condition::Hypertension)),
    cause("J181", ["DZ11S", "DZ11V"], "300", [4.0, 6.0, 14.0], Some(Condition::Copd)),
    cause("J22X", ["DZ22Q", "DZ22Q"], "300", [5.0, 3.0, 5.0], None),
    cause("N390", ["LA04Q", "LA04S"], "300", [3.0, 4.0, 10.0], None),
    cause("A419", ["WJ06H", "WJ06J"], "300", [1.0, 3.0, 8.0], Some(Condition::Cancer)),
    cause("I500", ["EB03C", "EB03E"], "320", [0.0, 1.0, 5.0], Some(Condition::HeartFailure)),
    cause("J440", ["DZ65G", "DZ65K"], "340", [0.0, 0.3, 0.6], Some(Condition::Copd)),
    cause("I639", ["AA35B", "AA35E"], "300", [0.0, 1.5, 5.0], Some(Condition::Stroke)),
    cause("I214", ["EB10A", "EB10D"], "320", [0.0, 2.5, 4.0], Some(Condition::HeartDisease)),
    cause("S720", ["HE11G", "HE11G"], "110", [0.0, 0.4, 6.0], None),
    cause("R296", ["WH09F", "WH09G"], "430", [0.0, 0.5, 7.0], Some(Condition::Dementia)),
    cause("F059", ["WD01Z", "WD01Z"], "430", [0.0, 0.3, 5.0], Some(Condition::Dementia)),
    cause("N179", ["LA07N", "LA07P"], "300", [0.0, 1.5, 5.0], Some(Condition::KidneyDisease)),
    cause("E871", ["KC05J", "KC05J"], "300", [0.0, 1.0, 3.0], None),
    cause("K922", ["FD03H", "FD03H"], "100", [0.5, 3.0, 4.0], None),
    cause("K590", ["FD10M", "FD10M"], "100", [1.5, 1.5, 3.0], None),
];

/// A planned admission.
pub(crate) struct Operation {
    pub(crate) procedure: &'static str,
    pub(crate) diagnosis: &'static str,
    pub(crate) hrg: &'static str,
    pub(crate) specialty: &'static str,
    /// How common it is among children, adults and people of 70 and over.
    weights: [f64; 3],
    /// Nights stayed by those who stay; 0 where nearly everybody is a day case.
    pub(crate) nights: i32,
}

const fn operation(
    procedure: &'static str,
    diagnosis: &'static str,
    hrg: &'static str,
    specialty: &'static str,
    weights: [f64; 3],
    nights: i32,
) -> Operation {
    Operation { procedure, diagnosis, hrg, specialty, weights, nights }
}

const OPERATIONS: [Operation; 14] = [
    operation("C751", "H269", "BZ34C", "130", [0.0, 3.0, 16.0], 0),
    operation("G451", "K219", "FE21Z", "301", [1.0, 12.0, 9.0], 0),
    operation("H229", "K573", "FE32Z", "301", [0.5, 12.0, 11.0], 0),
    operation("W371", "M169", "HN12F", "110", [0.0, 1.5, 4.0], 4),
    operation("W401", "M179", "HN22E", "110", [0.0, 1.5, 4.5], 4),
    operation("J183", "K802", "GA10K", "100", [0.0, 4.0, 1.5], 1),
    operation("M459", "N40X", "LB72A", "101", [0.5, 4.0, 8.0], 0),
    operation("S065", "D225", "JC43C", "330", [2.0, 8.0, 9.0], 0),
    operation("T202", "K409", "FF62D", "100", [2.0, 3.0, 3.0], 0),
    operation("Q181", "N939", "MA31Z", "502", [0.0, 5.0, 1.0], 0),
    operation("X332", "D649", "SA44A", "303", [0.5, 2.0, 5.0], 0),
    operation("K634", "I251", "EY43F", "320", [0.0, 2.0, 3.0], 0),
    operation("F091", "K021", "JC43C", "140", [14.0, 3.0, 0.5], 0),
    operation("D151", "H669", "CB02E", "120", [12.0, 1.0, 0.5], 0),
];

/// Day-case chemotherapy, which comes in courses.
pub(crate) const CHEMOTHERAPY: Operation =
    operation("X723", "C509", "SB15Z", "370", [0.0, 1.0, 1.0], 0);

/// How a hospital codes each condition beside the reason of the stay.
pub(crate) const CONDITION_CODES: [&str; N_CONDITIONS] = [
    "I10X", "E119", "J449", "I251", "I509", "I694", "N183", "F03X", "F329", "F209", "C509", "J459",
];

/// What frail people are coded with: code, and how likely at a frailty index of 0.5.
const FRAIL: [(&str, f64); 12] = [
    ("R296", 0.45),
    ("F059", 0.30),
    ("N390", 0.35),
    ("W190", 0.40),
    ("R268", 0.25),
    ("R410", 0.22),
    ("E86X", 0.22),
    ("R54X", 0.30),
    ("L899", 0.15),
    ("R32X", 0.18),
    ("Z748", 0.12),
    ("Z742", 0.10),
];

/// Draws why somebody is admitted as an emergency.
pub(crate) fn draw_cause(chance: &mut Chance, health: &Health, on: Day) -> &'static Cause {
    let band = age_class(health, on);
    let weights: Vec<f64> = CAUSES
        .iter()
        .map(|c| {
            c.weights[band] * if c.because.is_some_and(|b| health.has(b, on)) { 5.0 } else { 1.0 }
        })
        .collect();
    &CAUSES[chance.weighted(&weights)]
}

/// Draws what somebody is operated on for.
pub(crate) fn draw_operation(chance: &mut Chance, health: &Health, on: Day) -> &'static Operation {
    let band = age_class(health, on);
    &OPERATIONS[chance.weighted(&OPERATIONS.each_ref().map(|o| o.weights[band]))]
}

/// The codes of a stay: the reason first, then up to five of what else the person has.
///
/// `depth` is how likely a condition is coded: high in emergencies, low in day cases.
pub(crate) fn diagnoses(
    chance: &mut Chance,
    primary: &str,
    health: &Health,
    on: Day,
    depth: f64,
) -> Vec<String> {
    let mut codes = vec![primary.to_owned()];
    let mut add = |code: &str| {
        if codes.len() < 6 && !codes.iter().any(|known| known == code) {
            codes.push(code.to_owned());
        }
    };
    if matches!(primary, "S720" | "S525") && age(health.birth, on) >= 60 {
        add("W190");
    }
    let frailty = health.frailty(on);
    if frailty > 0.2 && age(health.birth, on) >= 65 {
        let mut drawn: Vec<&str> = Vec::new();
        for (code, likely) in FRAIL {
            if chance.happens(likely * depth * frailty / 0.5) {
                drawn.push(code);
            }
        }
        drawn.into_iter().take(3).for_each(&mut add);
    }
    for (i, code) in CONDITION_CODES.iter().enumerate() {
        if health.onset[i].is_some_and(|first| first <= on) && chance.happens(depth) {
            add(code);
        }
    }
    codes
}

fn age_class(health: &Health, on: Day) -> usize {
    match age(health.birth, on) {
        ..16 => 0,
        16..70 => 1,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_have_the_length_of_their_scheme() {
        for c in &CAUSES {
            assert_eq!(c.diagnosis.len(), 4);
            assert!(c.hrg.iter().all(|h| h.len() == 5));
            assert_eq!(c.specialty.len(), 3);
        }
        for o in OPERATIONS.iter().chain([&CHEMOTHERAPY]) {
            assert_eq!((o.procedure.len(), o.diagnosis.len(), o.hrg.len()), (4, 4, 5));
        }
    }
}
