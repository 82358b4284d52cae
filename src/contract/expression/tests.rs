//! Expressions over small tables, with what they should come to worked out by hand.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, BooleanArray, Date32Array, Float64Array, Int64Array, StringArray,
    TimestampSecondArray,
};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use proptest::prelude::*;

use super::*;
use crate::contract::days_of;

fn scope() -> Scope<'static> {
    let columns = vec![
        ("admitted_on", 0, Type::Date),
        ("discharged_on", 1, Type::Date),
        ("arrived_at", 2, Type::DateTime),
        ("outcome", 3, Type::Text),
        ("n_bed_days", 4, Type::Whole),
        ("score", 5, Type::Decimal),
        ("is_test", 6, Type::Flag),
        ("birth_date", 7, Type::Date),
        ("absent", 8, Type::Text),
    ];
    Scope { columns, refused: vec![("nhs_number", "must not be in a record")] }
}

/// Three rows: a plain one, one of edges, one of nulls.
fn table() -> Vec<Option<ArrayRef>> {
    let day = days_of;
    let at = i64::from(day(2023, 4, 1).unwrap()) * 86_400 + 15 * 3_600;
    vec![
        Some(Arc::new(Date32Array::from(vec![day(2023, 4, 1), day(2023, 4, 10), None]))),
        Some(Arc::new(Date32Array::from(vec![day(2023, 4, 8), day(2023, 4, 9), None]))),
        Some(Arc::new(TimestampSecondArray::from(vec![Some(at), Some(at + 5_400), None]))),
        Some(Arc::new(StringArray::from(vec![Some("Admitted"), Some("LS1 4AP"), None]))),
        Some(Arc::new(Int64Array::from(vec![Some(7), Some(i64::MAX), None]))),
        Some(Arc::new(Float64Array::from(vec![Some(1.5), Some(0.0), None]))),
        Some(Arc::new(BooleanArray::from(vec![Some(true), Some(false), None]))),
        Some(Arc::new(Date32Array::from(vec![day(1960, 2, 29), day(2023, 4, 11), None]))),
        None,
    ]
}

/// What an expression comes to in the three rows; empty for null.
fn values(text: &str) -> [String; 3] {
    let expression = Expression::read(text, &scope()).unwrap_or_else(|e| panic!("{text}: {e:?}"));
    let facts = Facts { delivered_on: days_of(2023, 4, 8) };
    let array = expression.values(&table(), 3, facts);
    let options = FormatOptions::default();
    let shown = ArrayFormatter::try_new(&array, &options).unwrap();
    [0, 1, 2]
        .map(|row| if array.is_null(row) { String::new() } else { shown.value(row).to_string() })
}

fn check(text: &str, expected: [&str; 3]) {
    assert_eq!(values(text), expected.map(str::to_owned), "{text}");
}

#[test]
fn comparisons_hold_fail_or_are_unknown() {
    check("discharged_on >= admitted_on", ["true", "false", ""]);
    check("discharged_on <= admitted_on + 7 days", ["true", "true", ""]);
    check("discharged_on < admitted_on + 1 week", ["false", "true", ""]);
    check("discharged_on - 7 days = admitted_on", ["true", "false", ""]);
    check("admitted_on = 2023-04-01", ["true", "false", ""]);
    check("outcome != 'Admitted'", ["false", "true", ""]);
    check("n_bed_days >= 7.5", ["false", "true", ""]);
    check("score = 0", ["false", "true", ""]);
    check("is_test = true", ["true", "false", ""]);
    // A date and time falls on its day, where the other side has no more.
    check("arrived_at <= 2023-04-01", ["true", "true", ""]);
    check("arrived_at + 9 hours < admitted_on", ["false", "true", ""]);
    check("arrived_at + 90 minutes > arrived_at", ["true", "true", ""]);
}

#[test]
fn logic_has_three_values() {
    check("is_test and absent = 'x'", ["", "false", ""]);
    check("is_test or absent = 'x'", ["true", "", ""]);
    check("not is_test", ["false", "true", ""]);
    check("not (is_test or score = 0) or outcome is null", ["false", "false", "true"]);
    check("absent is null and admitted_on is not null", ["true", "true", "false"]);
    check("if is_test then n_bed_days < 5", ["false", "true", ""]);
    check("if outcome = 'Admitted' then absent is not null", ["false", "true", ""]);
    // `and` binds closer than `or`.
    check("true or false and false", ["true", "true", "true"]);
    check("(true or false) and false", ["false", "false", "false"]);
}

#[test]
fn lists_ranges_and_patterns_fit_whole_values() {
    check("outcome in ('Admitted', 'Home')", ["true", "false", ""]);
    check("outcome not in ('Admitted')", ["false", "true", ""]);
    check("n_bed_days in (1, 7)", ["true", "false", ""]);
    check("score in (0, 1.5)", ["true", "true", ""]);
    check("admitted_on in (2023-04-10, discharged_on)", ["false", "true", ""]);
    check("n_bed_days between 1 and 7", ["true", "false", ""]);
    check("n_bed_days not between 1 and 7", ["false", "true", ""]);
    check("outcome like 'LS%'", ["false", "true", ""]);
    check("outcome like 'LS_ 4AP'", ["false", "true", ""]);
    check("outcome like 'Admit'", ["false", "false", ""]);
    check("outcome not like '%.%'", ["true", "true", ""]);
    check("outcome matches '[A-Z]{1,2}[0-9] [0-9][A-Z]{2}'", ["false", "true", ""]);
    check("outcome matches 'A|B'", ["false", "false", ""]);
}

#[test]
fn functions_give_what_their_names_say() {
    check("length(outcome)", ["8", "7", ""]);
    check("concat(left(outcome, 2), '-', right(outcome, 3))", ["Ad-ted", "LS-4AP", ""]);
    check("substring(outcome, 2, 3)", ["dmi", "S1 ", ""]);
    check("upper(outcome)", ["ADMITTED", "LS1 4AP", ""]);
    check("days_between(admitted_on, discharged_on)", ["7", "-1", ""]);
    check("days_between(arrived_at, discharged_on)", ["7", "8", ""]);
    check("minutes_between(arrived_at, arrived_at + 4 hours)", ["240", "240", ""]);
    check("year(birth_date) * 100 + month(birth_date)", ["196002", "202304", ""]);
    check("date(arrived_at)", ["2023-04-01", "2023-04-01", ""]);
    check("coalesce(absent, outcome, 'none')", ["Admitted", "LS1 4AP", "none"]);
    check("number(concat('1', '.5')) + score", ["3.0", "1.5", ""]);
    check("text(admitted_on)", ["2023-04-01", "2023-04-10", ""]);
    check("abs(0 - n_bed_days)", ["7", "9223372036854775807", ""]);
    check("is_nhs_number('943-476-5919')", ["true", "true", "true"]);
    check("is_nhs_number(outcome)", ["false", "false", ""]);
    check("nhs_number_class('9990000018')", ["test", "test", "test"]);
    check("nhs_number_class(outcome) is null", ["true", "true", "true"]);
    check("score / 0", ["", "", ""]);
    check("n_bed_days + 1", ["8", "", ""]);
    check("-n_bed_days", ["-7", "-9223372036854775807", ""]);
    check("if score > 1 then 'high' else 'low'", ["high", "low", "low"]);
    check("case when score > 1 then 1 when score = 0 then 0 end", ["1", "0", ""]);
}

#[test]
fn ready_made_checks_hold_where_nothing_is_known() {
    check("in_order(admitted_on, discharged_on)", ["true", "false", ""]);
    check("in_order(birth_date, admitted_on, discharged_on)", ["true", "false", ""]);
    check("after_birth(admitted_on)", ["true", "false", ""]);
    check("by_delivery(discharged_on)", ["true", "false", ""]);
    check("by_delivery(arrived_at)", ["true", "true", ""]);
    // A death on 1 February 2023: 42 days later is 15 March.
    check("before_death(2023-03-15, 2023-02-01)", ["true", "true", "true"]);
    check("before_death(2023-03-16, 2023-02-01)", ["false", "false", "false"]);
    check("before_death(2023-02-02, 2023-02-01, 0)", ["false", "false", "false"]);
    let undated = Expression::read("by_delivery(admitted_on)", &scope()).unwrap();
    let broken = undated.broken(&table(), 3, Facts::default());
    assert_eq!(broken.count_set_bits(), 0, "an unknown day of delivery breaks nothing");
}

#[test]
fn a_rule_is_broken_only_where_it_is_false() {
    let rule = Expression::read("discharged_on >= admitted_on", &scope()).unwrap();
    let broken = rule.broken(&table(), 3, Facts::default());
    assert_eq!(broken.set_indices().collect::<Vec<_>>(), [1]);
    assert_eq!(rule.columns(), [1, 0]);
}

#[test]
fn each_mistake_is_named_with_its_place() {
    for (text, at, what) in [
        ("", 0..0, "the expression ends where"),
        ("admitted_on >=", 14..14, "the expression ends where"),
        ("admitted_on >= dischargedon", 15..27, "did you mean `discharged_on`?"),
        ("admitted_on >= 5", 0..16, "a date and a whole number"),
        ("admitted_on >= '2023-04-01'", 0..27, "a date and a text"),
        ("admitted_on + 1 month < discharged_on", 16..21, "several lengths"),
        ("admitted_on + 2 hours < discharged_on", 14..21, "no hours"),
        ("discharged_on - admitted_on > 3", 0..27, "`days_between(a, b)`"),
        ("outcome = null", 0..14, "`is null`"),
        ("outcome in ('a', null)", 17..21, "null is in no list"),
        ("outcome and is_test", 0..7, "`and` needs a yes or no"),
        ("1 < n_bed_days < 5", 0..14, "join them by `and`"),
        ("outcome like 'a' 'b'", 17..20, "where the end"),
        ("outcome matches '('", 16..19, "not a regular expression"),
        ("n_bed_days like '1%'", 0..10, "a pattern is for a text"),
        ("lenght(outcome) = 3", 0..15, "did you mean `length`?"),
        ("length(outcome, 3) = 3", 0..18, "takes 1, not 2"),
        ("length(n_bed_days) = 3", 7..17, "takes a text here, not a whole number"),
        ("nhs_number = 'x'", 0..10, "must not be in a record"),
        ("outcome = \"x\"", 10..11, "single quotes"),
        ("outcome = 'x", 10..12, "not closed"),
        ("admitted_on = 2023-02-29", 14..24, "no day of the calendar"),
        ("n_bed_days > 5x", 13..14, "a space between"),
        ("outcome = ü", 10..12, "means nothing"),
    ] {
        let (span, found) = Expression::read(text, &scope()).unwrap_err();
        assert!(found.contains(what), "{text}: {found}");
        assert_eq!(span, at, "{text}: {found}");
    }
}

#[test]
fn what_is_too_deep_or_long_is_refused() {
    for text in [
        format!("{}1{} = 1", "(".repeat(5_000), ")".repeat(5_000)),
        format!("{}1{} = 1", "(".repeat(900), ")".repeat(900)),
        format!("{} is_test", "not ".repeat(900)),
        format!("{}1 = 1", "-".repeat(900)),
        format!("1{} = 1", "*1".repeat(900)),
        format!("n_bed_days{} = 1", " + n_bed_days".repeat(200)),
        "if ".repeat(900),
        "case when ".repeat(390),
    ] {
        assert!(Expression::read(&text, &scope()).is_err(), "{}", &text[..20]);
    }
    let wide = vec!["is_test"; 300].join(" or ");
    assert!(Expression::read(&wide, &scope()).is_ok());
}

/// Texts that are often expressions.
fn scrap() -> impl Strategy<Value = String> {
    let words = proptest::sample::select(vec![
        "admitted_on",
        "discharged_on",
        "arrived_at",
        "outcome",
        "n_bed_days",
        "score",
        "is_test",
        "absent",
        "delivered_on",
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "like",
        "matches",
        "between",
        "if",
        "then",
        "else",
        "case",
        "when",
        "end",
        "(",
        ")",
        ",",
        "+",
        "-",
        "*",
        "/",
        "=",
        "!=",
        "<",
        "<=",
        ">",
        ">=",
        "'A%'",
        "'[a-z]+'",
        "2023-04-01",
        "9223372036854775807",
        "0",
        "3",
        "1.5",
        "days",
        "hours",
        "true",
        "length(",
        "left(",
        "right(",
        "substring(",
        "concat(",
        "coalesce(",
        "days_between(",
        "minutes_between(",
        "year(",
        "abs(",
        "text(",
        "number(",
        "in_order(",
        "before_death(",
        "after_birth(",
        "by_delivery(",
    ]);
    proptest::collection::vec(words, 0..14).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_reading_or_evaluating_panic(text in prop_oneof![scrap(), ".{0,40}"]) {
        match Expression::read(&text, &scope()) {
            Ok(expression) => {
                let rows = expression.values(&table(), 3, Facts::default());
                prop_assert_eq!(rows.len(), 3);
                prop_assert_eq!(expression.broken(&table(), 3, Facts::default()).len(), 3);
                prop_assert_eq!(expression.values(&[], 0, Facts::default()).len(), 0);
            }
            Err((span, _)) => {
                prop_assert!(span.start <= span.end && span.end <= text.len());
                prop_assert!(text.get(span).is_some(), "a place between characters");
            }
        }
    }
}
