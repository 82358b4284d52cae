//! Synthetic extracts of any length: the same count gives the same bytes.

use std::fmt::Write;

use hub::domain::NhsNumber;

/// `SplitMix64` (Steele, Lea and Flood 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn one_in(&mut self, n: u64) -> bool {
        self.below(n) == 0
    }
}

/// An NHS number of the test range that passes the check; the n-th of those there are.
pub(super) fn nhs_number(n: u64) -> String {
    // One first nine digits in eleven has no check digit.
    let mut first_nine = 999_000_000 + n * 11 / 10;
    loop {
        let found = (0..10).map(|digit| format!("{first_nine}{digit}"));
        if let Some(number) = found.into_iter().find(|text| NhsNumber::parse(text).is_ok()) {
            return number;
        }
        first_nine += 1;
    }
}

/// A day of the three years before April 2026, none of which is beyond the 28th.
fn day(random: &mut Random) -> String {
    let (year, month) = (2023 + random.below(3), 1 + random.below(12));
    format!("{year}-{month:02}-{:02}", 1 + random.below(28))
}

/// Coded events of general practice: one person in 25 rows, in no order.
pub(super) fn gp_event(n_rows: u64) -> String {
    let mut text = "ObservationGuid,PatientGuid,OrganisationCode,EffectiveDate,\
                    EffectiveDatePrecision,SnomedCTConceptId,Value,NumericUnit,Deleted\n"
        .to_owned();
    let mut random = Random(1);
    for row in 0..n_rows {
        let person = random.below(n_rows / 25 + 1);
        let code = 100_000_000 + random.below(3_000) * 1_237;
        let value = if random.one_in(3) {
            format!("{}.{},mmol/L", random.below(200), random.below(10))
        } else {
            ",".to_owned()
        };
        let _ = writeln!(
            text,
            "{{B0000000-0000-4000-8000-{row:012}}},{{D0000000-0000-4000-8000-{person:012}}},\
             S99{:03},{},YMD,{code},{value},{}",
            person % 100,
            day(&mut random),
            random.one_in(100),
        );
    }
    text
}

/// Hospital episodes: one person in four rows; some numbers and names are missing or misspelt.
pub(super) fn apc(n_rows: u64) -> String {
    const DIAGNOSES: [&str; 6] = ["J181", "I251", "E119", "N390", "S720", "I10X"];
    let mut text = "EPIKEY,NHSNO,NHSNOIND,LOPATID,FORENAME,SURNAME,DOB,SEX,ETHNOS,HOMEADD,GPPRAC,\
                    PROCODE3,SUSSPELLID,ADMIDATE,DISDATE,EPISTART,EPIEND,EPIORDER,EPISTAT,CLASSPAT,\
                    ADMIMETH,ADMISORC,DISDEST,DISMETH,TRETSPEF,DIAG_01,DIAG_02,DIAG_03,DIAG_04,\
                    DIAG_05,DIAG_06,OPERTN_01,SUSHRG\n"
        .to_owned();
    let mut random = Random(2);
    let numbers: Vec<String> = (0..n_rows / 4 + 1).map(nhs_number).collect();
    for row in 0..n_rows {
        let at = random.below(numbers.len() as u64);
        let number = if random.one_in(20) { "" } else { &numbers[at as usize] };
        let status = if random.one_in(15) { "03" } else { "01" };
        let slip = if random.one_in(50) { "X" } else { "" };
        let (forename, surname) = (at.wrapping_mul(7) % 997, at.wrapping_mul(31) % 4_999);
        let (year, month, born) = (1930 + at % 90, 1 + at % 12, 1 + at % 28);
        let (sex, provider) = (1 + at % 2, if random.one_in(10) { "RAE" } else { "RR8" });
        let admitted = day(&mut random);
        let diagnosis = |random: &mut Random| DIAGNOSES[random.below(6) as usize];
        let (first, second) = (diagnosis(&mut random), diagnosis(&mut random));
        let _ = writeln!(
            text,
            "{row:020},{number},{status},H{at},F{forename},S{surname}{slip},\
             {year}-{month:02}-{born:02},{sex},A,XL{} {}AA,S99{:03},{provider},{row:019},\
             {admitted},{admitted},{admitted},{admitted},1,3,1,21,19,19,1,300,{first},{second},,,,,\
             -,DZ11S",
            1 + at % 9,
            at % 10,
            at % 100,
        );
    }
    text
}
