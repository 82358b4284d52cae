//! Difference in differences of event rates: did cases change more than their controls?

use std::cmp::Ordering;

use super::confidence::{Confidence, normal_cdf, z_value};
use super::estimate::Limits;

const DAYS_PER_1000_YEARS: f64 = 365_250.0;
pub(crate) const METHOD: &str = "Ratio of rate ratios, log scale, variance clustered by person";

/// A variance that is rounding and nothing else: influences are shares of a cell's events, each
/// right to about 1e-16.
const NO_VARIANCE: f64 = 1e-28;
const NO_LIMITS: &str = "no limits: one person in a group, or all alike";
const NO_LIMITS_OF_CASES: &str = "no limits of the cases alone: all alike";

/// One person's events and days at risk before and after the index date.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PersonPeriods {
    /// Whom the row is about; rows of one person are one cluster.
    pub person_key: i64,
    /// Case or control.
    pub is_case: bool,
    /// Events before.
    pub events_before: i64,
    /// Days at risk before.
    pub days_before: i64,
    /// Events after.
    pub events_after: i64,
    /// Days at risk after.
    pub days_after: i64,
    /// What the row weighs: 1, or as controls were weighted to be like the cases.
    pub weight: f64,
}

/// A ratio with its limits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RatioWithLimits {
    /// The ratio.
    pub ratio: f64,
    /// Limits and test; `None` where nothing between persons tells how sure the ratio is.
    pub certainty: Option<Certainty>,
}

/// How sure a ratio is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Certainty {
    /// Its limits.
    pub limits: Limits,
    /// Two-sided p-value against a ratio of 1 (normal approximation on the log scale).
    pub p_value: f64,
}

/// Rates of the four cells and the ratios made of them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DidResult {
    /// (case after / before) / (control after / before); missing with a reason.
    pub rate_ratio: Option<RatioWithLimits>,
    /// Case after / before alone: what a comparison without controls would claim.
    pub naive: Option<RatioWithLimits>,
    /// Events per 1,000 person-years: case before, case after, control before, control after.
    pub rates: [Option<f64>; 4],
    /// Distinct persons among the cases.
    pub n_cases: usize,
    /// Distinct persons among the controls.
    pub n_controls: usize,
    /// Why something is missing.
    pub reason: Option<&'static str>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Cell {
    events: f64,
    days: f64,
}

impl Cell {
    fn rate(self) -> f64 {
        self.events / self.days
    }

    fn per_1000_years(self) -> Option<f64> {
        (self.days > 0.0).then(|| self.rate() * DAYS_PER_1000_YEARS)
    }

    /// A row's part in the log of this cell's rate: (events - rate x days) / all events.
    fn influence(self, events: i64, days: i64) -> f64 {
        (events as f64 - self.rate() * days as f64) / self.events
    }

    fn add(&mut self, weight: f64, events: i64, days: i64) {
        self.events += weight * events as f64;
        self.days += weight * days as f64;
    }
}

/// Ratio of rate ratios with a person-clustered robust variance.
///
/// `RRR = (r11 / r10) / (r01 / r00)`, `r = events / days`. Each person's influence on `ln RRR` is
/// `psi = sum +/- (events - r days) / events of the cell`, and `var(ln RRR) = sum psi^2`: the
/// sandwich variance, without a small-sample factor, of a Poisson regression on group, period and
/// their product with log days as offset (Liang and Zeger 1986). A row that weighs `w` counts `w`
/// times in the rates and in its person's influence; how sure the weights are is not part of the
/// variance. Rows are sorted first, so their order changes nothing. A cell without events gives no ratio; a group of one person gives no
/// limits, since that person's influence is zero whatever they did, and nor do persons who are all
/// alike.
#[must_use]
pub fn did_rate_ratio(rows: &[PersonPeriods], confidence: Confidence) -> DidResult {
    let mut sorted = rows.to_vec();
    sorted.sort_unstable_by(in_order);
    let [cells_control, cells_case] = [false, true].map(|is_case| totals(&sorted, is_case));
    let cells = [cells_case.0, cells_case.1, cells_control.0, cells_control.1];
    let mut result = DidResult {
        rate_ratio: None,
        naive: None,
        rates: cells.map(Cell::per_1000_years),
        n_cases: n_persons(&sorted, true),
        n_controls: n_persons(&sorted, false),
        reason: fault(&sorted, &cells),
    };
    let has_limits = [result.n_cases > 1, result.n_controls > 1];
    let is_valid = sorted.iter().all(|row| is_plausible(row) && row.weight >= 0.0);
    if is_valid && has_rates(&cells[..2]) {
        result.naive = Some(case_ratio(&sorted, &cells, has_limits[0], confidence));
    }
    if result.reason.is_none() {
        let ratio = ratio_of_ratios(&sorted, &cells, has_limits == [true, true], confidence);
        result.reason = ratio.certainty.is_none().then_some(NO_LIMITS);
        result.rate_ratio = Some(ratio);
    }
    if result.reason.is_none() && result.naive.is_none_or(|naive| naive.certainty.is_none()) {
        result.reason = Some(NO_LIMITS_OF_CASES);
    }
    result
}

fn in_order(a: &PersonPeriods, b: &PersonPeriods) -> Ordering {
    let whole = |row: &PersonPeriods| {
        let before = (row.events_before, row.days_before);
        (row.person_key, row.is_case, before, row.events_after, row.days_after)
    };
    whole(a).cmp(&whole(b)).then(a.weight.total_cmp(&b.weight))
}

/// Sums of the rows that weigh something; sums of whole numbers are exact up to 2^53.
fn totals(rows: &[PersonPeriods], is_case: bool) -> (Cell, Cell) {
    let (mut before, mut after) = (Cell::default(), Cell::default());
    for row in rows.iter().filter(|row| row.is_case == is_case) {
        before.add(row.weight, row.events_before, row.days_before);
        after.add(row.weight, row.events_after, row.days_after);
    }
    (before, after)
}

fn n_persons(sorted: &[PersonPeriods], is_case: bool) -> usize {
    let rows = sorted.chunk_by(|a, b| a.person_key == b.person_key);
    rows.filter(|rows| rows.iter().any(|row| row.is_case == is_case)).count()
}

fn is_plausible(row: &PersonPeriods) -> bool {
    let is_cell = |events: i64, days: i64| days >= 0 && events >= 0 && (days > 0 || events == 0);
    is_cell(row.events_before, row.days_before) && is_cell(row.events_after, row.days_after)
}

fn has_rates(cells: &[Cell]) -> bool {
    cells.iter().all(|cell| cell.events > 0.0 && cell.days > 0.0)
}

fn fault(rows: &[PersonPeriods], cells: &[Cell; 4]) -> Option<&'static str> {
    if !rows.iter().all(|row| row.weight.is_finite() && row.weight >= 0.0) {
        Some("a weight is below zero or not finite")
    } else if !rows.iter().all(is_plausible) {
        Some("negative events or days, or events without days")
    } else if !rows.iter().any(|row| row.is_case) {
        Some("no cases")
    } else if rows.iter().all(|row| row.is_case) {
        Some("no controls")
    } else if !has_rates(cells) {
        Some("no events in a group before or after")
    } else {
        None
    }
}

fn ratio_of_ratios(
    sorted: &[PersonPeriods],
    cells: &[Cell; 4],
    has_limits: bool,
    confidence: Confidence,
) -> RatioWithLimits {
    let [case_before, case_after, control_before, control_after] = *cells;
    let ratio =
        (case_after.rate() / case_before.rate()) / (control_after.rate() / control_before.rate());
    let variance = has_limits.then(|| clustered_variance(sorted, |row| influence(row, cells)));
    with_limits(ratio, variance, confidence)
}

fn case_ratio(
    sorted: &[PersonPeriods],
    cells: &[Cell; 4],
    has_limits: bool,
    confidence: Confidence,
) -> RatioWithLimits {
    let ratio = cells[1].rate() / cells[0].rate();
    let psi = |row: &PersonPeriods| if row.is_case { influence(row, cells) } else { 0.0 };
    with_limits(ratio, has_limits.then(|| clustered_variance(sorted, psi)), confidence)
}

fn influence(row: &PersonPeriods, cells: &[Cell; 4]) -> f64 {
    let (before, after, sign) =
        if row.is_case { (cells[0], cells[1], 1.0) } else { (cells[2], cells[3], -1.0) };
    let after = after.influence(row.events_after, row.days_after);
    sign * row.weight * (after - before.influence(row.events_before, row.days_before))
}

/// Sum over persons of the square of the sum over their rows.
fn clustered_variance(sorted: &[PersonPeriods], psi: impl Fn(&PersonPeriods) -> f64) -> f64 {
    let persons = sorted.chunk_by(|a, b| a.person_key == b.person_key);
    persons.map(|rows| rows.iter().map(&psi).sum::<f64>().powi(2)).sum()
}

fn with_limits(ratio: f64, variance: Option<f64>, confidence: Confidence) -> RatioWithLimits {
    let certainty = |variance: f64| {
        let error = variance.sqrt();
        let limits = Limits::at(confidence, |confidence| {
            let reach = z_value(confidence) * error;
            (Some((ratio.ln() - reach).exp()), Some((ratio.ln() + reach).exp()))
        });
        Certainty { limits, p_value: 2.0 * normal_cdf(-(ratio.ln() / error).abs()) }
    };
    let certainty = variance.filter(|variance| *variance > NO_VARIANCE).map(certainty);
    RatioWithLimits { ratio, certainty }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(person_key: i64, is_case: bool, before: (i64, i64), after: (i64, i64)) -> PersonPeriods {
        let ((events_before, days_before), (events_after, days_after)) = (before, after);
        PersonPeriods {
            person_key,
            is_case,
            events_before,
            days_before,
            events_after,
            days_after,
            weight: 1.0,
        }
    }

    fn table() -> Vec<PersonPeriods> {
        vec![
            row(1, true, (3, 365), (1, 365)),
            row(2, true, (2, 365), (2, 200)),
            row(3, true, (4, 365), (0, 365)),
            row(4, true, (0, 180), (1, 365)),
            row(5, true, (5, 365), (2, 300)),
            row(6, false, (1, 365), (2, 365)),
            row(7, false, (3, 365), (2, 365)),
            row(8, false, (0, 365), (1, 120)),
            row(9, false, (2, 300), (2, 365)),
            row(10, false, (4, 365), (5, 365)),
            row(11, false, (1, 365), (0, 365)),
        ]
    }

    // Expected: statsmodels 0.15.0, GLM Poisson with log-days offset on group, period and product,
    // cov_type cluster by person, use_correction and df_correction off; cases alone for the naive.
    #[test]
    fn the_ratio_and_its_limits_agree_with_a_clustered_poisson_regression() {
        let result = did_rate_ratio(&table(), Confidence::P95);
        let ratio = result.rate_ratio.expect("events in every cell");
        let close = |got: f64, expected: f64| {
            assert!((got / expected - 1.0).abs() < 1e-6, "{got} for {expected}");
        };
        close(ratio.ratio, 0.369_724_717_473_194_8);
        let certainty = ratio.certainty.expect("persons who differ");
        close(certainty.limits.lower_95.expect("a limit"), 0.139_935_811_823_048_5);
        close(certainty.limits.upper_95.expect("a limit"), 0.976_850_492_592_195_8);
        close(certainty.p_value, 0.044_727_024_786_466_66);
        let naive = result.naive.expect("events in every cell");
        close(naive.ratio, 0.440_662_785_490_371_4);
        let certainty = naive.certainty.expect("persons who differ");
        close(certainty.limits.lower_95.expect("a limit"), 0.194_883_263_039_541_54);
        close(certainty.limits.upper_95.expect("a limit"), 0.996_410_299_619_898_7);
        assert_eq!((result.n_cases, result.n_controls), (5, 6));
    }

    // By hand: a row that weighs 2 is as two such rows in the ratio, and its person as one in the
    // variance, which is that of events and days twice as many.
    #[test]
    fn a_weight_multiplies_events_and_days() {
        let mut weighted = table();
        let mut doubled = table();
        for at in [1, 7] {
            weighted[at].weight = 2.0;
            let row = &mut doubled[at];
            (row.events_before, row.days_before) = (2 * row.events_before, 2 * row.days_before);
            (row.events_after, row.days_after) = (2 * row.events_after, 2 * row.days_after);
        }
        let [found, expected] =
            [weighted, doubled].map(|rows| did_rate_ratio(&rows, Confidence::P95));
        assert_eq!(found, expected);
        assert_ne!(found, did_rate_ratio(&table(), Confidence::P95));
    }

    #[test]
    fn a_weight_that_is_none_is_refused_and_one_of_nought_counts_nothing() {
        for weight in [-1.0, f64::NAN, f64::INFINITY] {
            let mut wrong = table();
            wrong[3].weight = weight;
            let reason = did_rate_ratio(&wrong, Confidence::P95).reason;
            assert_eq!(reason, Some("a weight is below zero or not finite"));
        }
        let mut without = table();
        without[3].weight = 0.0;
        let ratio = |rows: &[PersonPeriods]| {
            did_rate_ratio(rows, Confidence::P95).rate_ratio.expect("a ratio").ratio
        };
        let (found, expected) = (ratio(&without), {
            without.remove(3);
            ratio(&without)
        });
        assert_eq!(found, expected);
    }

    // By hand: 14 events in 1,640 days.
    #[test]
    fn rates_are_per_thousand_person_years() {
        let rate = did_rate_ratio(&table(), Confidence::P95).rates[0].expect("days at risk");
        assert!((rate - 14.0 / 1640.0 * 365_250.0).abs() < 1e-9);
    }

    #[test]
    fn the_order_of_rows_changes_no_bit() {
        let mut turned = table();
        turned.reverse();
        turned.swap(1, 7);
        assert_eq!(
            did_rate_ratio(&turned, Confidence::P95),
            did_rate_ratio(&table(), Confidence::P95)
        );
    }

    #[test]
    fn a_group_without_events_has_no_ratio_but_a_reason() {
        let mut quiet = table();
        quiet.iter_mut().filter(|row| !row.is_case).for_each(|row| row.events_after = 0);
        let result = did_rate_ratio(&quiet, Confidence::P95);
        assert_eq!(result.rate_ratio, None);
        assert_eq!(result.reason, Some("no events in a group before or after"));
        assert!(result.naive.is_some());
    }

    // By hand: cases double (2 in 100 days after 1), controls stay at 1 in 100.
    #[test]
    fn one_case_and_one_control_have_a_ratio_without_limits() {
        let pair = [row(1, true, (1, 100), (2, 100)), row(2, false, (1, 100), (1, 100))];
        let result = did_rate_ratio(&pair, Confidence::P95);
        let unsure = |ratio| Some(RatioWithLimits { ratio, certainty: None });
        assert_eq!((result.rate_ratio, result.naive), (unsure(2.0), unsure(2.0)));
        assert_eq!(result.reason, Some(NO_LIMITS));
    }

    #[test]
    fn persons_who_are_all_alike_have_a_ratio_without_limits() {
        let alike: Vec<_> = (0..7).map(|at| row(at, at % 2 == 0, (3, 365), (3, 365))).collect();
        let result = did_rate_ratio(&alike, Confidence::P95);
        assert_eq!(result.rate_ratio, Some(RatioWithLimits { ratio: 1.0, certainty: None }));
        assert_eq!(result.reason, Some(NO_LIMITS));
    }

    // By hand: twice the largest integer in twice 365 days is the largest integer in 365.
    #[test]
    fn events_that_no_integer_can_sum_are_summed() {
        let most = i64::MAX;
        let huge = [row(1, true, (most, 365), (1, 365)), row(2, true, (most, 365), (1, 365))];
        let rate = did_rate_ratio(&huge, Confidence::P95).rates[0].expect("days at risk");
        assert!((rate / (most as f64 / 365.0 * 365_250.0) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn no_controls_is_said() {
        let cases: Vec<_> = table().into_iter().filter(|row| row.is_case).collect();
        assert_eq!(did_rate_ratio(&cases, Confidence::P95).reason, Some("no controls"));
        assert_eq!(did_rate_ratio(&[], Confidence::P95).reason, Some("no cases"));
    }

    #[test]
    fn events_without_days_are_refused() {
        let mut wrong = table();
        wrong[0].days_after = 0;
        assert!(did_rate_ratio(&wrong, Confidence::P95).reason.is_some());
        assert_eq!(did_rate_ratio(&wrong, Confidence::P95).naive, None);
    }
}
