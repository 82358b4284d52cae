//! Hand-made tables in, protected tables out.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use proptest::prelude::*;

use super::*;

fn texts(cells: &[&str]) -> ArrayRef {
    Arc::new(StringArray::from(cells.to_vec()))
}

fn whole(cells: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(cells.to_vec()))
}

fn some(cells: &[Option<i64>]) -> ArrayRef {
    Arc::new(Int64Array::from(cells.to_vec()))
}

fn numbers(cells: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(cells.to_vec()))
}

fn spec(toml: &str) -> ReleaseSpec {
    toml::from_str(&format!("title = \"a table\"\nunit = \"events\"\n{toml}"))
        .expect("a declaration")
}

fn table(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true)))
        .expect("a table")
}

fn released(toml: &str, columns: Vec<(&str, ArrayRef)>) -> Released {
    release("release.test", &[table(columns)], &spec(toml), &RulePack::hes()).expect("released")
}

fn column(table: &Released, column: &str) -> Vec<Option<f64>> {
    (0..table.n_rows()).map(|row| table.number(row, column)).collect()
}

fn letters(table: &Released, column: &str) -> String {
    (0..table.n_rows())
        .map(|row| table.text(row, column).unwrap_or_else(|| "-".to_owned()))
        .collect()
}

const BY_AREA: &str = "dimensions = [\"area\"]\npersons = \"n_persons\"\n\
                       counts = [\"n_persons\", \"n_events\"]\n";

#[test]
fn one_to_seven_are_hidden_zero_is_shown_and_the_rest_is_rounded() {
    let areas = ["a", "b", "c", "d", "e", "f"];
    let table = released(
        BY_AREA,
        vec![
            ("area", texts(&areas)),
            ("n_persons", whole(&[0, 1, 7, 8, 12, 103])),
            ("n_events", whole(&[0, 9, 40, 11, 13, 148])),
        ],
    );
    let shown = |n| Some(f64::from(n));
    assert_eq!(
        column(&table, "n_persons"),
        [shown(0), None, None, shown(10), shown(10), shown(105)]
    );
    // Few persons hide their events, however many these are.
    assert_eq!(
        column(&table, "n_events"),
        [shown(0), None, None, shown(10), shown(15), shown(150)]
    );
    assert_eq!(letters(&table, "status"), "rccrrr");
    assert_eq!(table.status(1, "n_events"), Some(Status::Confidential));
    assert_eq!(table.notes().n_confidential, 2);
    assert_eq!(table.notes().hide_up_to, 7);
}

#[test]
fn what_is_not_there_was_not_rounded() {
    let class: ArrayRef = Arc::new(StringArray::from(vec![Some("within"), None]));
    let limit: ArrayRef = Arc::new(Float64Array::from(vec![Some(3.0), None]));
    let table = released(
        &format!(
            "{BY_AREA}labels = [\"class\"]\n\
             estimates = [{{ columns = [\"baseline\", \"limit\"], step = 1 }}]"
        ),
        vec![
            ("area", texts(&["a", "b"])),
            ("n_persons", whole(&[50, 50])),
            ("n_events", whole(&[60, 60])),
            ("baseline", numbers(&[2.0, 2.0])),
            ("limit", limit),
            ("class", class),
        ],
    );
    for column in ["class", "limit"] {
        assert_eq!(table.status(0, column), Some(Status::Rounded), "{column}");
        assert_eq!(table.status(1, column), Some(Status::NotAvailable), "{column}");
    }
    assert_eq!(table.status(1, "baseline"), Some(Status::Rounded));
}

#[test]
fn few_events_hide_the_row_even_if_they_are_of_many() {
    let table = released(
        BY_AREA,
        vec![("area", texts(&["a"])), ("n_persons", whole(&[900])), ("n_events", whole(&[4]))],
    );
    assert_eq!(column(&table, "n_persons"), [None]);
    assert_eq!(letters(&table, "status"), "c");
}

#[test]
fn a_group_with_its_own_persons_is_hidden_by_itself() {
    let table = released(
        "dimensions = [\"area\"]\npersons = \"n_persons\"\ncounts = [\"n_persons\"]\n\
         groups = [{ name = \"emergency\", persons = \"n_admitted\", counts = [\"n_admissions\"] }]",
        vec![
            ("area", texts(&["a", "b", "c"])),
            ("n_persons", whole(&[900, 900, 5])),
            ("n_admitted", whole(&[3, 50, 9])),
            ("n_admissions", whole(&[12, 66, 9])),
        ],
    );
    assert_eq!(column(&table, "n_persons"), [Some(900.0), Some(900.0), None]);
    assert_eq!(column(&table, "n_admissions"), [None, Some(65.0), None]);
    assert_eq!(letters(&table, "emergency_status"), "crc");
    // Only decides, so it is not shown.
    assert!(!table.has("n_admitted"));
}

#[test]
fn few_people_outside_a_group_hide_it_too() {
    let table = released(
        "dimensions = [\"area\"]\npersons = \"n_persons\"\ncounts = [\"n_persons\"]\n\
         out_of = \"n_registered\"\npublic = [\"n_registered\"]",
        vec![
            ("area", texts(&["a", "b", "c", "d"])),
            ("n_persons", whole(&[96, 92, 100, 0])),
            ("n_registered", whole(&[100, 100, 100, 100])),
        ],
    );
    assert_eq!(column(&table, "n_persons"), [None, Some(90.0), Some(100.0), Some(0.0)]);
    assert_eq!(letters(&table, "status"), "crrr");
    // Everybody, and nobody, is worth a look.
    assert_eq!(table.notes().n_none_or_all, 2);
}

const WITH_RATE: &str = "dimensions = [\"area\"]\npersons = \"n_persons\"\ncounts = [\"n_events\"]\n\
     rates = [{ columns = [\"rate\", \"lower_95\", \"upper_95\"], per = 1000, \
     denominator = \"person_years\" }]\npublic = [\"person_years\"]";

#[test]
fn rates_are_rounded_to_a_step_that_five_numerators_fit_into() {
    let table = released(
        WITH_RATE,
        vec![
            ("area", texts(&["a", "b"])),
            ("n_persons", whole(&[60, 5])),
            ("n_events", whole(&[83, 9])),
            ("rate", numbers(&[83.0 / 0.9125, 9.0 / 0.9])),
            ("lower_95", numbers(&[72.4, 4.5])),
            ("upper_95", numbers(&[112.7, 19.0])),
            ("person_years", numbers(&[912.5, 900.0])),
        ],
    );
    // 5 * 1000 / 912.5 is 5.5, so the step is 10; limits go outwards.
    assert_eq!(column(&table, "rate"), [Some(90.0), None]);
    assert_eq!(column(&table, "lower_95"), [Some(70.0), None]);
    assert_eq!(column(&table, "upper_95"), [Some(120.0), None]);
    assert_eq!(letters(&table, "rate_status"), "rc");
    assert_eq!(column(&table, "person_years"), [Some(912.5), Some(900.0)]);
}

#[test]
fn a_rate_with_its_numerator_says_no_more_than_the_rounded_count() {
    let toml = WITH_RATE.replace("per = 1000", "numerator = \"n_events\", per = 1000");
    let shown = |n: i64| {
        let rate = n as f64 / 2.0;
        let table = released(
            &toml,
            vec![
                ("area", texts(&["a"])),
                ("n_persons", whole(&[60])),
                ("n_events", whole(&[n])),
                ("rate", numbers(&[rate])),
                ("lower_95", numbers(&[rate * 0.8])),
                ("upper_95", numbers(&[rate * 1.2])),
                ("person_years", numbers(&[2000.0])),
            ],
        );
        ["n_events", "rate", "lower_95", "upper_95"].map(|c| table.number(0, c).expect("shown"))
    };
    for n in 88..=92 {
        assert_eq!(shown(n), [90.0, 45.0, 35.0, 55.0]);
    }
}

#[test]
fn a_denominator_that_is_not_public_is_rounded_before_it_is_used() {
    let table = released(
        "dimensions = [\"area\"]\npersons = \"n_events\"\ncounts = [\"n_events\"]\n\
         rates = [{ columns = [\"percent\"], per = 100, denominator = \"n_persons\", \
         numerator = \"n_events\" }]",
        vec![
            ("area", texts(&["a", "b"])),
            ("n_events", whole(&[61, 0])),
            ("n_persons", whole(&[1003, 2])),
            ("percent", numbers(&[61.0 / 10.03, 0.0])),
        ],
    );
    assert_eq!(column(&table, "n_persons"), [Some(1005.0), Some(0.0)]);
    // 60 of 1,005 is 5.97.
    assert_eq!(column(&table, "percent"), [Some(5.95), None]);
    assert_eq!(letters(&table, "percent_status"), "rz");
}

#[test]
fn labels_and_amounts_go_with_their_row() {
    let table = released(
        "dimensions = [\"area\"]\npersons = \"n_persons\"\ncounts = [\"n_persons\"]\n\
         amounts = [{ columns = [\"cost_pence\"] }]\nlabels = [\"class\"]",
        vec![
            ("area", texts(&["a", "b"])),
            ("n_persons", whole(&[100, 6])),
            ("cost_pence", whole(&[1_234_567, 99])),
            ("class", texts(&["high", "low"])),
        ],
    );
    // Five of a hundred persons' share of 1.2 million is 61,728: to the nearest 100,000.
    assert_eq!(column(&table, "cost_pence"), [Some(1_200_000.0), None]);
    assert_eq!(table.text(0, "class").as_deref(), Some("high"));
    assert_eq!(table.text(1, "class"), None);
}

#[test]
fn an_amount_with_its_events_says_no_more_about_them_than_their_rounded_number() {
    let shown = |n: i64| {
        let table = released(
            "dimensions = [\"area\"]\npersons = \"n_persons\"\ncounts = [\"n_events\"]\n\
             amounts = [{ columns = [\"cost_pence\"], numerator = \"n_events\" }]",
            vec![
                ("area", texts(&["a"])),
                ("n_persons", whole(&[20])),
                ("n_events", whole(&[n])),
                ("cost_pence", whole(&[n * 210_000])),
            ],
        );
        table.number(0, "cost_pence")
    };
    // 30 events cost 6.3 million: to the nearest 200,000, upwards.
    for n in 28..=32 {
        assert_eq!(shown(n), Some(6_400_000.0), "{n} events at one tariff");
    }
}

#[test]
fn a_forecast_is_shown_for_a_month_that_has_no_count_yet() {
    let table = released(
        "dimensions = [\"month\"]\npersons = \"n_persons\"\ncounts = [\"n_events\"]\n\
         estimates = [{ columns = [\"forecast\"] }, { columns = [\"ratio\"], step = 0.01 }, \
         { columns = [\"upper_95\"], persons = \"n_baseline\" }]",
        vec![
            ("n_baseline", whole(&[900, 900, 900])),
            ("upper_95", numbers(&[61.0, 62.0, 63.0])),
            ("month", texts(&["1", "2", "3"])),
            ("n_persons", some(&[Some(40), None, Some(3)])),
            ("n_events", some(&[Some(44), None, Some(3)])),
            ("forecast", numbers(&[43.2, 47.9, 12.0])),
            ("ratio", numbers(&[1.0234, f64::NAN, 1.0])),
        ],
    );
    assert_eq!(column(&table, "n_events"), [Some(45.0), None, None]);
    assert_eq!(column(&table, "forecast"), [Some(45.0), Some(50.0), None]);
    assert_eq!(column(&table, "ratio"), [Some(1.02), None, None]);
    assert_eq!(letters(&table, "status"), "rxc");
    assert_eq!(letters(&table, "ratio_status"), "rxc");
    // It rests on its baseline's persons, not on the month's.
    assert_eq!(column(&table, "upper_95"), [Some(60.0), Some(60.0), Some(65.0)]);
    assert!(!table.has("n_baseline"));
}

const WITH_TOTAL: &str = "dimensions = [\"area\", \"sex\"]\npersons = \"n\"\ncounts = [\"n\"]\n\
                          totals = [{ dimension = \"sex\", value = \"all\" }]";

fn by_sex(n: &[i64]) -> Released {
    let areas: Vec<&str> = ["a", "b", "c"].into_iter().flat_map(|a| [a; 4]).take(n.len()).collect();
    let sexes: Vec<&str> =
        ["female", "male", "other", "all"].into_iter().cycle().take(n.len()).collect();
    released(WITH_TOTAL, vec![("area", texts(&areas)), ("sex", texts(&sexes)), ("n", whole(n))])
}

#[test]
fn a_cell_hidden_alone_beside_its_total_takes_the_smallest_other_with_it() {
    let table = by_sex(&[40, 31, 4, 75, 22, 20, 9, 51]);
    assert_eq!(letters(&table, "status"), "rscrrrrr");
    assert_eq!(table.notes().n_secondary, 1);
}

#[test]
fn an_empty_cell_protects_nothing_so_the_total_goes() {
    assert_eq!(letters(&by_sex(&[0, 0, 4, 12]), "status"), "rrcs");
}

#[test]
fn two_hidden_cells_or_a_hidden_total_need_no_third() {
    assert_eq!(letters(&by_sex(&[3, 31, 4, 38]), "status"), "crcr");
    assert_eq!(letters(&by_sex(&[3, 0, 4, 7]), "status"), "crcc");
}

#[test]
fn secondary_cells_are_followed_through_both_dimensions() {
    let toml = "dimensions = [\"area\", \"sex\"]\npersons = \"n\"\ncounts = [\"n\"]\n\
                totals = [{ dimension = \"sex\", value = \"all\" }, \
                { dimension = \"area\", value = \"all\" }]";
    let table = released(
        toml,
        vec![
            ("area", texts(&["a", "a", "a", "b", "b", "b", "all", "all", "all"])),
            ("sex", texts(&["f", "m", "all", "f", "m", "all", "f", "m", "all"])),
            ("n", whole(&[3, 40, 43, 30, 50, 80, 33, 90, 123])),
        ],
    );
    assert_eq!(letters(&table, "status"), "csrssrrrr");
}

#[test]
fn what_nobody_declared_is_not_released() {
    let columns =
        || vec![("area", texts(&["a"])), ("n", whole(&[9])), ("mean_age", numbers(&[41.5]))];
    let refused = |toml: &str, columns| {
        release("release.test", &[table(columns)], &spec(toml), &RulePack::hes())
            .expect_err("refused")
            .to_string()
    };
    let base = "dimensions = [\"area\"]\npersons = \"n\"\ncounts = [\"n\"]";
    assert_eq!(
        refused(base, columns()),
        "release `release.test`: column `mean_age` is not declared"
    );
    let missing = format!("{base}\nlabels = [\"class\"]\nattributes = [\"mean_age\"]");
    assert_eq!(refused(&missing, columns()), "release `release.test`: no column `class`");
    let twice = format!("{base}\nattributes = [\"mean_age\", \"n\"]");
    assert_eq!(
        refused(&twice, columns()),
        "release `release.test`: column `n` is declared as attribute and as count"
    );
    let fraction = "dimensions = [\"area\"]\npersons = \"n\"\ncounts = [\"n\", \"mean_age\"]";
    assert!(refused(fraction, columns()).contains("not whole numbers"));
    let negative = vec![("area", texts(&["a"])), ("n", whole(&[-9]))];
    assert!(refused(base, negative).contains("negative count"));
    let repeated = vec![("area", texts(&["a", "a"])), ("n", whole(&[9, 10]))];
    assert!(refused(base, repeated).contains("same dimensions"));
}

#[test]
fn a_declaration_can_be_tried_on_a_table_without_rows() {
    let none =
        table(vec![("area", texts(&[])), ("n_persons", whole(&[])), ("n_events", whole(&[]))]);
    let released = release("release.test", &[none], &spec(BY_AREA), &RulePack::hes());
    assert_eq!(released.expect("released").n_rows(), 0);
}

#[test]
fn the_inside_pack_changes_nothing_and_says_so() {
    let pack = RulePack::named("internal").expect("built in");
    let columns = vec![
        ("area", texts(&["a"])),
        ("n_persons", whole(&[3])),
        ("n_events", whole(&[3])),
        ("rate", numbers(&[3.25])),
        ("lower_95", numbers(&[1.0])),
        ("upper_95", numbers(&[9.0])),
        ("person_years", numbers(&[923.0])),
    ];
    let table =
        release("release.test", &[table(columns)], &spec(WITH_RATE), &pack).expect("released");
    assert_eq!(column(&table, "n_events"), [Some(3.0)]);
    assert_eq!(column(&table, "rate"), [Some(3.25)]);
    assert_eq!(letters(&table, "status"), "-");
    assert_eq!(table.notes().audience, Audience::Inside);
}

proptest! {
    #[test]
    fn no_released_count_is_small_or_off_the_fives(
        rows in prop::collection::vec((0..60_i64, 0..90_i64, 1..4_000_i64), 1..40),
    ) {
        let keys: Vec<String> = (0..rows.len()).map(|i| i.to_string()).collect();
        let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
        let persons: Vec<i64> = rows.iter().map(|r| r.0).collect();
        let events: Vec<i64> = rows.iter().map(|r| r.0 + r.1).collect();
        let years: Vec<f64> = rows.iter().map(|r| r.2 as f64 * 0.37).collect();
        let rates: Vec<f64> = events.iter().zip(&years).map(|(n, y)| *n as f64 / y).collect();
        let table = released(
            &WITH_RATE.replace("counts = [", "counts = [\"n_persons\", "),
            vec![
                ("area", texts(&keys)),
                ("n_persons", whole(&persons)),
                ("n_events", whole(&events)),
                ("rate", numbers(&rates)),
                ("lower_95", numbers(&rates)),
                ("upper_95", numbers(&rates)),
                ("person_years", numbers(&years)),
            ],
        );
        for row in 0..table.n_rows() {
            let is_hidden = (1..=7).contains(&persons[row]) || (1..=7).contains(&events[row]);
            for column in ["n_persons", "n_events"] {
                match table.number(row, column) {
                    Some(n) => prop_assert!(!is_hidden && n % 5.0 == 0.0 && (n == 0.0 || n > 7.0)),
                    None => prop_assert!(is_hidden),
                }
            }
            prop_assert_eq!(table.number(row, "rate").is_none(), is_hidden);
            prop_assert_eq!(table.status(row, "rate").is_some_and(Status::is_hidden), is_hidden);
        }
    }

    #[test]
    fn no_total_is_left_with_one_hidden_part(n in prop::collection::vec(0..30_i64, 12)) {
        let mut n = n;
        for area in 0..3 {
            n[area * 4 + 3] = n[area * 4] + n[area * 4 + 1] + n[area * 4 + 2];
        }
        let table = by_sex(&n);
        for area in 0..3 {
            let hidden = (0..4)
                .filter(|i| table.status(area * 4 + i, "n").is_some_and(Status::is_hidden))
                .count();
            prop_assert!(hidden != 1, "{:?}", letters(&table, "status"));
        }
    }
}
