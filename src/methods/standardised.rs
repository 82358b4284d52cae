//! Directly age-standardised rates, for events that are independent and for events that repeat
//! in persons.

use super::confidence::Confidence;
use super::estimate::{Estimate, Limits, NOT_FINITE, fault_of_base};
use super::exact_sum::ExactSum;
use super::poisson::byars_interval;

/// Name of [`dsr`] in results.
pub(crate) const METHOD_DOBSON: &str = "Dobson";
/// Name of [`dsr_repeat`] in results.
pub(crate) const METHOD_REPEAT: &str =
    "Dobson, with confidence adjusted for non-independent events";

/// Fewer events than this give no standardised rate.
pub(crate) const FEWEST_EVENTS: f64 = 10.0;
/// Why they give none.
pub(crate) const FEW_EVENTS: &str = "fewer than 10 events";

/// Above this not every whole number has a number of its own, so that events cannot be counted.
pub(crate) const MOST_EVENTS: f64 = 9_007_199_254_740_992.0;

const IMPOSSIBLE_SQUARES: &str = "the events squared of a band do not fit its events";

/// One stratum (age band) of an area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Events in the band.
    pub n_events: f64,
    /// Persons or person-time in the band.
    pub population: f64,
    /// The band's weight in the standard population.
    pub standard_population: f64,
}

/// One stratum with what repeat events need.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RepeatBand {
    /// Events, population and standard weight.
    pub band: Band,
    /// Sum over persons of (events of the person) squared; equals the events when nobody repeats.
    pub squared_events: f64,
}

/// Why a band gives its area no rate; of several the first is told.
pub(crate) const BAND_FAULTS: [&str; 4] = [
    "events of a band are missing or negative",
    IMPOSSIBLE_SQUARES,
    "standard population of a band is missing or negative",
    "population of a band is missing or not above zero",
];

/// How many sums over its bands a rate is made of.
pub(crate) const N_BAND_SUMS: usize = 5;

/// What a band adds to the sums that its area's rate is made of: events, population, weight `s`,
/// `s x / n` and `s^2 q / n^2`, `q` the sum over persons of their events squared.
///
/// # Errors
/// The place in [`BAND_FAULTS`] of what is wrong with it.
pub(crate) fn band_terms(band: &Band, squared_events: f64) -> Result<[f64; N_BAND_SUMS], usize> {
    let Band { n_events, population, standard_population } = *band;
    let is_amount = |amount: f64| amount.is_finite() && amount >= 0.0;
    if !(is_amount(n_events) && is_amount(squared_events)) {
        return Err(0);
    }
    if squared_events < n_events || (squared_events > 0.0 && n_events == 0.0) {
        return Err(1);
    }
    if !is_amount(standard_population) {
        return Err(2);
    }
    if !(population.is_finite() && population > 0.0) {
        return Err(3);
    }
    // A band without events adds nothing, however small its population.
    let weight = if n_events > 0.0 { standard_population / population } else { 0.0 };
    Ok([
        n_events,
        population,
        standard_population,
        weight * n_events,
        weight * weight * squared_events,
    ])
}

/// The rate of an area from the sums of its bands' terms.
///
/// `DSR = m sum(w_i x_i / n_i)`, `w_i = s_i / sum s`; `var = sum(w_i^2 q_i / n_i^2)`;
/// limits `DSR + m sqrt(var / O) (Byar(O) - O)` (Dobson and others 1991).
pub(crate) fn rate_of_sums(
    sums: [f64; N_BAND_SUMS],
    per: f64,
    confidence: Confidence,
    method: &'static str,
) -> Estimate {
    let [n_events, _, weight, weighted, squares] = sums;
    if let Some(reason) = fault_of_base(per) {
        return Estimate::missing(method, reason);
    }
    if weight <= 0.0 {
        return Estimate::missing(method, "no standard population");
    }
    if !weight.is_finite() || n_events > MOST_EVENTS {
        return Estimate::missing(method, NOT_FINITE);
    }
    if n_events < FEWEST_EVENTS {
        return Estimate::missing(method, FEW_EVENTS);
    }
    let rate = weighted / weight;
    let spread = (squares / n_events).sqrt() / weight;
    let limits = Limits::at(confidence, |confidence| {
        let (lower, upper) = byars_interval(n_events, confidence);
        let limit = |count: f64| (rate + spread * (count - n_events)) * per;
        (lower.map(limit), upper.map(limit))
    });
    if !(rate * per).is_finite() || !(spread * per).is_finite() {
        return Estimate::missing(method, NOT_FINITE);
    }
    Estimate { value: Some(rate * per), limits, method, reason: None }
}

/// Directly standardised rate with Dobson's limits, of events that do not repeat in persons. Missing
/// below 10 events, and when a band or the base cannot be one.
#[must_use]
pub fn dsr(bands: &[Band], per: f64, confidence: Confidence) -> Estimate {
    standardise(bands.iter().map(|band| (*band, band.n_events)), per, confidence, METHOD_DOBSON)
}

/// Directly standardised rate of events that repeat in persons.
///
/// As [`dsr`], with `var = sum_f f^2 var(persons with f events)`, which is
/// `sum(w_i^2 q_i / n_i^2)` with `q_i` the sum over persons of their events squared.
#[must_use]
pub fn dsr_repeat(bands: &[RepeatBand], per: f64, confidence: Confidence) -> Estimate {
    let bands = bands.iter().map(|repeat| (repeat.band, repeat.squared_events));
    standardise(bands, per, confidence, METHOD_REPEAT)
}

fn standardise(
    bands: impl Iterator<Item = (Band, f64)>,
    per: f64,
    confidence: Confidence,
    method: &'static str,
) -> Estimate {
    let mut sums = [const { ExactSum::new() }; N_BAND_SUMS];
    let mut fault = None;
    for (band, squares) in bands {
        match band_terms(&band, squares) {
            Ok(terms) => sums.iter_mut().zip(terms).for_each(|(sum, term)| sum.add(term)),
            Err(own) => fault = Some(fault.map_or(own, |other: usize| other.min(own))),
        }
    }
    match fault {
        Some(fault) => Estimate::missing(method, BAND_FAULTS[fault]),
        None => rate_of_sums(sums.map(|sum| sum.value()), per, confidence, method),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn band(n_events: f64) -> Band {
        Band { n_events, population: 1000.0, standard_population: 5.0 }
    }

    #[test]
    fn fewer_than_ten_events_give_no_rate() {
        let result = dsr(&[band(4.0), band(5.0)], 1000.0, Confidence::P95);
        assert_eq!(result.value, None);
        assert_eq!(result.reason, Some("fewer than 10 events"));
    }

    // Whole numbers squared are never less: a person with e events adds e^2 >= e, and 0 if e is 0.
    #[test]
    fn squares_that_cannot_be_of_the_events_give_no_rate() {
        for (n_events, squared_events) in [(20.0, 5.0), (0.0, 4.0)] {
            let impossible = RepeatBand { band: band(n_events), squared_events };
            let possible = RepeatBand { band: band(20.0), squared_events: 20.0 };
            let result = dsr_repeat(&[possible, impossible], 1000.0, Confidence::P95);
            assert_eq!((result.value, result.reason), (None, Some(IMPOSSIBLE_SQUARES)));
        }
    }

    #[test]
    fn a_base_that_is_none_gives_no_rate() {
        for per in [f64::NAN, 0.0, -1000.0, f64::INFINITY] {
            let result = dsr(&[band(20.0), band(40.0)], per, Confidence::P95);
            assert_eq!((result.value, result.limits), (None, Limits::default()));
            assert!(result.reason.is_some());
        }
    }

    #[test]
    fn weights_or_rates_beyond_any_number_give_no_rate_but_a_reason() {
        let heavy = Band { standard_population: 1e308, ..band(20.0) };
        let tiny = Band { population: 1e-300, ..band(20.0) };
        for bands in [[heavy, heavy], [tiny, tiny]] {
            let result = dsr(&bands, 1000.0, Confidence::P95);
            assert_eq!((result.value, result.limits), (None, Limits::default()));
            assert_eq!(result.reason, Some(NOT_FINITE));
        }
    }

    // By hand: half the weight has 20 events in 100, half has none: 100 per 1,000.
    #[test]
    fn a_band_without_events_may_be_as_small_as_it_likes() {
        let most = Band { population: 100.0, ..band(20.0) };
        let least = Band { population: 1e-200, ..band(0.0) };
        let result = dsr(&[most, least], 1000.0, Confidence::P95);
        assert_eq!(result.value, Some(100.0));
        let usual = dsr(&[most, Band { population: 50.0, ..least }], 1000.0, Confidence::P95);
        assert_eq!(result, usual);
    }

    #[test]
    fn a_band_without_population_gives_no_rate() {
        let empty = Band { population: 0.0, ..band(3.0) };
        assert_eq!(dsr(&[band(40.0), empty], 1.0, Confidence::P95).value, None);
    }

    // By hand: 60 events in 2,000 persons of equal weights are 30 per 1,000.
    #[test]
    fn the_rate_of_equal_weights_is_the_mean_of_the_bands_rates() {
        let value = dsr(&[band(20.0), band(40.0)], 1000.0, Confidence::P95).value;
        assert!((value.expect("a rate") - 30.0).abs() < 1e-12);
    }

    #[test]
    fn events_that_repeat_in_persons_widen_the_limits_and_leave_the_rate() {
        let independent = dsr(&[band(20.0), band(40.0)], 1000.0, Confidence::P95);
        let repeat = |n: f64, squares: f64| RepeatBand { band: band(n), squared_events: squares };
        let same = dsr_repeat(&[repeat(20.0, 20.0), repeat(40.0, 40.0)], 1000.0, Confidence::P95);
        assert_eq!(same.limits, independent.limits);
        let wider = dsr_repeat(&[repeat(20.0, 60.0), repeat(40.0, 90.0)], 1000.0, Confidence::P95);
        assert_eq!(wider.value, independent.value);
        assert!(wider.limits.upper_95 > independent.limits.upper_95);
        assert!(wider.limits.lower_998 < independent.limits.lower_998);
    }
}
