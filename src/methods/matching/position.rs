//! Where cases and controls lie: on the line of a score's log odds, or in a space of features whose
//! axes are uncorrelated and of one spread.

use super::nearest::Subject;
use crate::methods::descriptive;
use crate::methods::logistic;
use crate::methods::symmetric::Symmetric;

/// What two persons are near or far by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Distance {
    /// The log odds of being a case, by logistic regression on the features.
    #[default]
    Propensity,
    /// The log odds of the one feature, a probability above 0 and below 1.
    Score,
    /// Mahalanobis distance, by the covariance within cases and within controls.
    Mahalanobis,
}

/// Places of subjects, in the order they were given, of so many numbers each.
#[derive(Debug)]
pub(super) struct Positions {
    pub(super) of: Vec<f64>,
    pub(super) width: usize,
    /// What a caliper of 1 is in these numbers; `None` where a group has one row.
    pub(super) deviation: Option<f64>,
}

impl Positions {
    pub(super) fn at(&self, subject: usize) -> &[f64] {
        &self.of[subject * self.width..(subject + 1) * self.width]
    }
}

/// The places of subjects, whose features are finite and of one number.
pub(super) fn positions(
    subjects: &[Subject],
    distance: Distance,
) -> Result<Positions, &'static str> {
    let line = match distance {
        Distance::Propensity => propensity(subjects)?,
        Distance::Score => score(subjects)?,
        Distance::Mahalanobis => return whitened(subjects),
    };
    if !line.iter().all(|place| place.is_finite()) {
        return Err("the log odds of a score are not finite");
    }
    let deviation = deviation(subjects, &line);
    if deviation.is_some_and(|deviation| !deviation.is_finite()) {
        return Err("the log odds of a score are too large");
    }
    Ok(Positions { of: line, width: 1, deviation })
}

fn propensity(subjects: &[Subject]) -> Result<Vec<f64>, &'static str> {
    let width = subjects.first().map_or(0, |subject| subject.features.len());
    let y: Vec<f64> = subjects.iter().map(|one| f64::from(u8::from(one.is_case))).collect();
    let features: Vec<f64> = subjects.iter().flat_map(|one| one.features.iter().copied()).collect();
    let model = logistic(&y, &features, width);
    if let (true, reason) = (model.terms.is_empty(), model.reason) {
        return Err(reason.unwrap_or("the propensity score did not settle"));
    }
    let coefficients = model.coefficients();
    let line = |one: &Subject| {
        let slopes = coefficients[1..].iter().zip(&one.features);
        coefficients[0] + slopes.map(|(b, x)| b * x).sum::<f64>()
    };
    Ok(subjects.iter().map(line).collect())
}

fn score(subjects: &[Subject]) -> Result<Vec<f64>, &'static str> {
    let log_odds = |one: &Subject| match one.features[..] {
        [score] if score > 0.0 && score < 1.0 => Ok((score / (1.0 - score)).ln()),
        _ => Err("a score is not one number above 0 and below 1"),
    };
    subjects.iter().map(log_odds).collect()
}

/// Root of the mean of the variances of cases and of controls (Rosenbaum and Rubin 1985).
fn deviation(subjects: &[Subject], line: &[f64]) -> Option<f64> {
    let variance = |is_case: bool| {
        let places = subjects.iter().zip(line).filter(|(one, _)| one.is_case == is_case);
        let places: Vec<f64> = places.map(|(_, place)| *place).collect();
        descriptive::variance(&places)
    };
    Some(((variance(true)? + variance(false)?) / 2.0).sqrt())
}

/// Features turned so that the distance of Mahalanobis is that of Euclid, from the controls' mean.
fn whitened(subjects: &[Subject]) -> Result<Positions, &'static str> {
    let width = subjects[0].features.len();
    if width == 0 || subjects.len() < 3 {
        return Err("a covariance needs a feature and three rows");
    }
    let mut covariance = Symmetric::zero(width);
    let mut centre = vec![0.0; width];
    for is_case in [true, false] {
        let group = || subjects.iter().filter(move |one| one.is_case == is_case);
        let n = group().count() as f64;
        centre = vec![0.0; width];
        for one in group() {
            centre.iter_mut().zip(&one.features).for_each(|(mean, x)| *mean += x / n);
        }
        for one in group() {
            covariance.add_outer(&less(&one.features, &centre), 1.0 / (subjects.len() - 2) as f64);
        }
    }
    let cells = (0..width).flat_map(|row| (0..=row).map(move |column| (row, column)));
    if !cells.into_iter().all(|(row, column)| covariance.cell(row, column).is_finite()) {
        return Err("a feature is too large");
    }
    let factor = covariance.factor().ok_or("features are collinear or do not vary")?;
    let of: Vec<f64> =
        subjects.iter().flat_map(|one| factor.half_solved(&less(&one.features, &centre))).collect();
    if !of.iter().all(|place| place.is_finite()) {
        return Err("a feature is too large");
    }
    Ok(Positions { of, width, deviation: Some(1.0) })
}

fn less(left: &[f64], right: &[f64]) -> Vec<f64> {
    left.iter().zip(right).map(|(a, b)| a - b).collect()
}
