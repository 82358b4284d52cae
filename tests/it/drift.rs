//! A night on which linkage gets worse says so.

use crate::review::{city, deliver};
use crate::support::write;

/// The trial of everybody, as the model of the same name has it for every group.
const TRIAL: &str = "--! summary = \"The nightly trial of everybody.\"
--! grain = [\"dimension\", \"category\"]
--! sensitivity = \"aggregate\"
--! checks = [\"unique(dimension, category)\"]

with

counted as (
    select
        count(*) as n_identities,
        count(*) filter (where holdout = 'too_little_data') as n_too_little_data,
        count(*) filter (where holdout = 'found') as n_found,
        count(*) filter (where holdout in ('wrong', 'mistaken')) as n_wrong,
        count(*) filter (where holdout in ('wrong', 'missed')) as n_missed
    from link.person_index
    where holdout is not null
),

judged as (
    select
        n_identities, n_too_little_data,
        wilson(n_found, n_found + n_wrong) as found_of_linked,
        wilson(n_found, n_found + n_missed) as found_of_sought
    from counted
)

select
    'all' as dimension,                                -- everybody
    'all' as category,                                 -- everybody
    n_identities,                                      -- identities with records whose number was hidden
    n_too_little_data,                                 -- of these, too little was left to link
    found_of_linked['value'] as precision_value,       -- precision
    found_of_linked['lower_95'] as precision_lower_95, -- its lower limit
    found_of_linked['upper_95'] as precision_upper_95, -- its upper limit
    found_of_sought['value'] as recall_value,          -- recall
    found_of_sought['lower_95'] as recall_lower_95,    -- its lower limit
    found_of_sought['upper_95'] as recall_upper_95     -- its upper limit
from judged
";

/// NHS numbers of the test range, by the rule of their check digit.
fn number(n: usize) -> Option<String> {
    let first = format!("999{n:06}");
    let sum: u32 =
        first.chars().zip((2..=10).rev()).filter_map(|(d, w)| Some(d.to_digit(10)? * w)).sum();
    match 11 - sum % 11 {
        11 => Some(format!("{first}0")),
        10 => None,
        check => Some(format!("{first}{check}")),
    }
}

/// Three forms of each of many people, of which the last has no number. On a bad day the second of
/// every second person has another name and home, and the third is of nobody who is known.
fn forms(is_bad: bool) -> Vec<String> {
    let name = |n: usize| {
        let letter = |n: usize| char::from(b'a' + (n % 26) as u8);
        format!("{}{}{}o", letter(n), letter(n / 26 + 3), letter(n * 7))
    };
    let numbers = (0..900).filter_map(|n| Some((n, number(n)?)));
    let of_person = |(n, number): (usize, String)| {
        let born = |n: usize| format!("{}-{:02}-{:02}", 1930 + n % 83, 1 + n % 12, 1 + n % 28);
        let home = |n: usize| format!("LS{} {}AB", 1 + n % 20, n / 20 % 10);
        let form = |key: &str, number: &str, name_of: usize, born_of: usize| {
            let (family, given) = (name(name_of), name(name_of * 3 + 1));
            format!(
                "{n}{key},{number},{family},{given},{},{},{}",
                born(born_of),
                1 + n % 2,
                home(name_of)
            )
        };
        let is_bad = is_bad && n % 2 == 0;
        let (second, third) = if is_bad { (n + 4_000, n + 2_000) } else { (n, n) };
        [
            form("a", &number, n, n),
            form("b", &number, second, n).replace("AB", "CD"),
            form("c", "", third, third),
        ]
    };
    numbers.flat_map(of_person).collect()
}

#[test]
fn a_night_with_worse_data_is_told_again_when_it_is_run_again_and_not_when_nobody_asks() {
    let city = city(&forms(false), "");
    std::fs::create_dir_all(city.path().join("models/quality")).expect("a folder");
    write(&city.path().join("models/quality/linkage_holdout.sql"), TRIAL);
    assert!(!city.run().contains("warning "), "the first night has nothing before it");
    assert!(!city.run().contains("warning "), "nothing changed");
    deliver(&city, "b.csv", &forms(true));
    let told = city.run_with(&["--as-at", "2025-08-02"]);
    let recall = told.lines().find(|line| line.starts_with("warning   recall of the trial fell"));
    assert!(recall.is_some_and(|line| line.ends_with(": all")), "{told}");
    let linked = "warning   the share that is linked fell from 100.0 % to ";
    assert!(
        told.lines().any(|line| line.starts_with(linked) && line.ends_with(": feed visit")),
        "{told}"
    );
    let again = city.run_with(&["--as-at", "2025-08-02"]);
    assert_eq!(again.matches("warning ").count(), told.matches("warning ").count(), "{again}");
    crate::review::set(&city, "[link.drift]\ntrial_points = 100.0\nlinked_points = 100.0\n");
    let hushed = city.run_with(&["--as-at", "2025-08-02"]);
    assert!(!hushed.contains("warning "), "{hushed}");
}
