//! A coefficient with what is known of its error.

use crate::methods::confidence::{Confidence, normal_cdf, z_value};
use crate::methods::estimate::Limits;
use crate::methods::student::{t_p_value, t_value};

/// A coefficient, or a combination of some.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Term {
    /// The coefficient.
    pub estimate: f64,
    /// Its standard error; `None` where nothing is known of it.
    pub standard_error: Option<f64>,
    /// The coefficient over its standard error.
    pub statistic: Option<f64>,
    /// Two-sided p value of a coefficient of nothing.
    pub p_value: Option<f64>,
    /// Limits around the coefficient.
    pub limits: Limits,
    /// Degrees of freedom where limits are Student's; `None` where they are normal.
    pub df: Option<f64>,
}

impl Term {
    /// A term of this variance; by Student's t where degrees of freedom are given, else normal.
    pub(crate) fn of(estimate: f64, variance: Option<f64>, df: Option<f64>) -> Self {
        let known = variance.filter(|variance| variance.is_finite() && *variance > 0.0);
        let error = known.map(f64::sqrt);
        let statistic = error.map(|error| estimate / error);
        let p_value = statistic.and_then(|statistic| match df {
            Some(df) => t_p_value(statistic, df),
            None => Some(2.0 * normal_cdf(-statistic.abs())),
        });
        let limits = Limits::default();
        let bare = Self { estimate, standard_error: error, statistic, p_value, limits, df };
        bare.at(Confidence::P95)
    }

    /// The term with its third pair of limits at this confidence.
    #[must_use]
    pub fn at(self, confidence: Confidence) -> Self {
        let multiplier = |confidence| match self.df {
            Some(df) => t_value(confidence, df),
            None => Some(z_value(confidence)),
        };
        let limits = Limits::at(confidence, |confidence| {
            let error = self.standard_error;
            let reach = error.and_then(|error| multiplier(confidence).map(|times| times * error));
            let estimate = self.estimate;
            (reach.map(|reach| estimate - reach), reach.map(|reach| estimate + reach))
        });
        Self { limits, ..self }
    }

    /// The coefficient alone, nothing being known of its error.
    pub(crate) fn without_error(self) -> Self {
        Self::of(self.estimate, None, None)
    }
}
