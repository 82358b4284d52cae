//! What a model takes its outcomes to be.

use statrs::function::gamma::ln_gamma;

use super::counts::ln_rising;

/// A distribution with its link.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Family {
    /// Normal, identity.
    Normal,
    /// Counts with a variance of `mu`, log.
    Poisson,
    /// 0 or 1, logit.
    Binary,
    /// Counts with a variance of `mu + alpha mu^2`, log.
    NegativeBinomial {
        /// How far they spread.
        alpha: f64,
    },
}

impl Family {
    pub(super) fn mean(self, linear: f64) -> f64 {
        match self {
            Self::Normal => linear,
            Self::Poisson | Self::NegativeBinomial { .. } => linear.exp(),
            Self::Binary => sigmoid(linear),
        }
    }

    /// Derivative of a row's log likelihood by its linear predictor (with a variance of 1 where
    /// normal).
    pub(super) fn score(self, y: f64, mean: f64) -> f64 {
        match self {
            Self::NegativeBinomial { alpha } => (y - mean) / (1.0 + alpha * mean),
            _ => y - mean,
        }
    }

    /// Expected second derivative, its sign changed.
    pub(super) fn information(self, mean: f64) -> f64 {
        match self {
            Self::Normal => 1.0,
            Self::Poisson => mean,
            Self::Binary => mean * (1.0 - mean),
            Self::NegativeBinomial { alpha } => mean / (1.0 + alpha * mean),
        }
    }

    /// Variance of an outcome of this mean (1 where normal).
    pub(super) fn variance(self, mean: f64) -> f64 {
        match self {
            Self::NegativeBinomial { alpha } => mean + alpha * mean * mean,
            _ => self.information(mean),
        }
    }

    /// Log likelihood of a row; of a normal one, minus half its square.
    pub(super) fn log_likelihood(self, y: f64, linear: f64) -> f64 {
        let mean = self.mean(linear);
        match self {
            Self::Normal => -(y - mean).powi(2) / 2.0,
            Self::Poisson => y * linear - mean - ln_gamma(y + 1.0),
            Self::Binary => {
                let against = if y > 0.5 { -linear } else { linear };
                -(against.max(0.0) + (-against.abs()).exp().ln_1p())
            }
            Self::NegativeBinomial { alpha } => {
                let r = 1.0 / alpha;
                ln_rising(y, r) - ln_gamma(y + 1.0) + y * linear - (y + r) * (alpha * mean).ln_1p()
            }
        }
    }

    /// Where the search for coefficients starts: an outcome on the scale of the linear predictor,
    /// and its weight; `None` where it starts from nothing.
    pub(super) fn start(self, y: f64) -> Option<(f64, f64)> {
        match self {
            Self::Poisson | Self::NegativeBinomial { .. } => Some(((y + 0.5).ln(), y + 0.5)),
            Self::Normal | Self::Binary => None,
        }
    }
}

/// `1 / (1 + exp(-linear))`.
pub(crate) fn sigmoid(linear: f64) -> f64 {
    if linear >= 0.0 {
        1.0 / (1.0 + (-linear).exp())
    } else {
        let e = linear.exp();
        e / (1.0 + e)
    }
}
