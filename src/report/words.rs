//! How numbers, dates and columns are written for readers.

use jiff::civil::Date;

use crate::disclosure::Released;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A number with thousands separated and no more decimals than it has (three at most).
pub(super) fn number(value: f64) -> String {
    let text = format!("{:.3}", value.abs());
    let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
    let decimals = decimals.trim_end_matches('0');
    let is_zero = decimals.is_empty() && whole == "0";
    let mut out = if value < 0.0 && !is_zero { "\u{2212}".to_owned() } else { String::new() };
    for (i, digit) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if !decimals.is_empty() {
        out.push('.');
        out.push_str(decimals);
    }
    out
}

/// A share in per cent with one decimal: what is not all is never written as 100, what is not nothing
/// never as 0.
pub(super) fn percent(n: i64, of: i64) -> String {
    let tenths = (n as f64 / of.max(1) as f64 * 1000.0).round();
    let tenths = if n < of { tenths.min(999.0) } else { tenths };
    let tenths = if n > 0 { tenths.max(1.0) } else { tenths };
    format!("{:.1}", tenths / 10.0)
}

/// Pence as pounds: whole pounds where there are no odd pence.
pub(super) fn pounds(pence: f64) -> String {
    let sign = if pence < 0.0 { "\u{2212}" } else { "" };
    let pounds = number((pence.abs() / 100.0 * 100.0).round() / 100.0);
    match pounds.split_once('.') {
        Some((_, decimals)) if decimals.len() == 1 => format!("{sign}£{pounds}0"),
        _ => format!("{sign}£{pounds}"),
    }
}

/// A column's value with its unit, as the column's name says it.
pub(super) fn value(column: &str, value: f64) -> String {
    if column.ends_with("_pence") { pounds(value) } else { number(value) }
}

/// A day in words: 1 April 2026.
pub(super) fn day(date: Date) -> String {
    format!(
        "{} {} {}",
        date.day(),
        MONTHS[usize::from(date.month().unsigned_abs()) - 1],
        date.year()
    )
}

/// A month in words from `2025-04-01` or `2025-04`; anything else as it is.
pub(super) fn month(text: &str) -> String {
    month_parts(text)
        .map_or_else(|| text.to_owned(), |(year, month)| format!("{} {year}", MONTHS[month - 1]))
}

/// Months since year 0, and back as a short label: Apr 2025.
pub(super) fn month_number(text: &str) -> Option<i32> {
    month_parts(text).map(|(year, month)| year * 12 + month as i32 - 1)
}

/// The short label of a month's number: Apr 2025.
pub(super) fn short_month(number: i32) -> String {
    let name = MONTHS[number.rem_euclid(12) as usize];
    format!("{} {}", &name[..3], number.div_euclid(12))
}

fn month_parts(text: &str) -> Option<(i32, usize)> {
    let mut parts = text.split('-');
    let year: i32 = parts.next()?.parse().ok()?;
    let month: usize = parts.next()?.parse().ok()?;
    (1..=12).contains(&month).then_some((year, month))
}

/// A code as words: `long_term_care` becomes `Long term care`.
pub(super) fn sentence(code: &str) -> String {
    if code == "nhs111" {
        return "NHS 111".to_owned();
    }
    let words = code.replace('_', " ");
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A feed's name for readers: `gp_event` becomes `GP event`, `apc` `APC`, `ae_trust` `A&E trust`.
pub(super) fn feed(name: &str) -> String {
    const SHORT: [&str; 11] =
        ["apc", "asc", "csc", "csds", "ecds", "epd", "gp", "iapt", "mhsds", "ons", "op"];
    let (first, rest) = name.split_at(name.find('_').unwrap_or(name.len()));
    let first = match first {
        "ae" => "A&E".to_owned(),
        short if SHORT.contains(&short) => short.to_uppercase(),
        _ => return sentence(name),
    };
    first + &rest.replace('_', " ")
}

/// A label of a released row in words.
pub(super) fn label(text: &str) -> String {
    match text {
        "high_998" => "Above 99.8 %".to_owned(),
        "high_95" => "Above 95 %".to_owned(),
        "low_95" => "Below 95 %".to_owned(),
        "low_998" => "Below 99.8 %".to_owned(),
        _ => sentence(text),
    }
}

/// The column with the fifth of deprivation.
pub(super) fn fifth_column(released: &Released) -> &'static str {
    if released.has("imd_quintile_england") { "imd_quintile_england" } else { "imd_quintile_city" }
}

/// What stands over a column.
pub(super) fn column(name: &str) -> String {
    let known = match name {
        "n_persons" => "Persons",
        "n_events" => "Events",
        "n_emergency" => "Emergency admissions",
        "n_cases" => "Cohort",
        "n_controls" => "Controls",
        "n_registered" => "Registered",
        "person_years" => "Person-years",
        "person_months" => "Person-months",
        "crude_per_1000" => "Crude rate per 1,000",
        "dsr_per_1000" => "Standardised rate per 1,000",
        "crude_lower_95" => "Crude, lower 95 %",
        "crude_upper_95" => "Crude, upper 95 %",
        "dsr_lower_95" => "Standardised, lower 95 %",
        "dsr_upper_95" => "Standardised, upper 95 %",
        "lower_95" => "Lower 95 %",
        "upper_95" => "Upper 95 %",
        "lower_limit_95" => "Funnel, lower 95 %",
        "upper_limit_95" => "Funnel, upper 95 %",
        "lower_limit_998" => "Funnel, lower 99.8 %",
        "upper_limit_998" => "Funnel, upper 99.8 %",
        "baseline_per_1000" => "City",
        "funnel_class" | "class" => "Against the funnel",
        "events_per_1000_person_months" => "Events per 1,000 person-months",
        "cost_pence" => "Cost",
        "cost_per_person_pence" => "Cost per person",
        "rate_ratio" => "Rate ratio",
        "mase" => "Scaled error (MASE)",
        "naive_mase" => "Scaled error of last year's values",
        "coverage" => "Share of months in the interval",
        "p_value" => "p",
        "p_value_before" => "p of not parting before",
        "imd_quintile_city" => "Deprivation fifth (city)",
        "imd_quintile_england" => "Deprivation fifth (England)",
        "month_from_index" => "Months from index",
        "change_in_10_years" => "Change in 10 years, %",
        "change_in_20_years" => "Change in 20 years, %",
        _ => return sentence(name.strip_prefix("n_").unwrap_or(name)),
    };
    known.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_readers_expect() {
        assert_eq!(number(1_234_567.0), "1,234,567");
        assert_eq!(number(123.0), "123");
        assert_eq!(number(1234.5), "1,234.5");
        assert_eq!(number(-0.04), "\u{2212}0.04");
        assert_eq!(number(0.0), "0");
        assert_eq!(pounds(123_450.0), "£1,234.50");
        assert_eq!(pounds(500_000.0), "£5,000");
        assert_eq!(value("cost_pence", 20_000.0), "£200");
    }

    #[test]
    fn dates_are_written_in_words() {
        assert_eq!(day(jiff::civil::date(2026, 4, 1)), "1 April 2026");
        assert_eq!(month("2025-04-01"), "April 2025");
        assert_eq!(month("all"), "all");
        assert_eq!(short_month(month_number("2025-12-01").expect("a month")), "Dec 2025");
    }

    #[test]
    fn codes_become_words() {
        assert_eq!(sentence("long_term_care"), "Long term care");
        assert_eq!(column("n_persons"), "Persons");
        assert_eq!(column("n_delayed_days"), "Delayed days");
        assert_eq!(feed("gp_event"), "GP event");
        assert_eq!(feed("epd"), "EPD");
        assert_eq!(feed("ae_attendances"), "A&E attendances");
        assert_eq!(feed("third_sector"), "Third sector");
    }
}
