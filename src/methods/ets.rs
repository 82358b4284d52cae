//! Exponential smoothing by maximum likelihood: additive errors, with or without a trend, damped or
//! not, and a season, the model chosen by the corrected Akaike criterion.

use super::confidence::{CONFIDENCE_95, z_value};
use super::estimate::NOT_FINITE;
use super::forecast::{Forecast, ForecastStep, SEASON, fault};
use super::nelder_mead::least_in_box;
use super::symmetric::Symmetric;

/// Residual sum of squares, of values scaled to at most 1, that rounding alone may leave.
const ROUNDING: f64 = 1e-24;
const DAMPING: (f64, f64) = (0.8, 0.98);
const NO_ERROR: &str = "the model fits without error: it has no likelihood and no interval";

/// What a model is made of besides a level and additive errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EtsForm {
    /// Its name after Hyndman: error, trend, season.
    pub name: &'static str,
    has_trend: bool,
    is_damped: bool,
    has_season: bool,
}

const fn form(name: &'static str, trend: bool, damped: bool, season: bool) -> EtsForm {
    EtsForm { name, has_trend: trend, is_damped: damped, has_season: season }
}

/// The models to choose from, those of fewer parameters first.
pub const ETS_FORMS: [EtsForm; 6] = [
    form("ETS(A,N,N)", false, false, false),
    form("ETS(A,A,N)", true, false, false),
    form("ETS(A,Ad,N)", true, true, false),
    form("ETS(A,N,A)", false, false, true),
    form("ETS(A,A,A)", true, false, true),
    form("ETS(A,Ad,A)", true, true, true),
];

/// How fast a model learns.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Smoothing {
    /// Of the level.
    pub alpha: f64,
    /// Of the trend; 0 without one.
    pub beta: f64,
    /// Of the season; 0 without one.
    pub gamma: f64,
    /// What is left of the trend after each period; 1 undamped or without one.
    pub phi: f64,
}

/// A fitted model and its forecast.
#[derive(Debug, Clone, PartialEq)]
pub struct Ets {
    /// The steps ahead; its method is the model's name.
    pub forecast: Forecast,
    /// How fast the model learns.
    pub smoothing: Option<Smoothing>,
    /// Of the series under the model, at its maximum.
    pub log_likelihood: Option<f64>,
    /// `-2 log L + 2k + 2k(k + 1)/(n - k - 1)`, `k` counting smoothing, start and variance.
    pub aicc: Option<f64>,
}

/// The name of the method while no model is chosen.
const ETS: &str = "exponential smoothing by maximum likelihood";

impl Ets {
    pub(crate) fn missing(n_points: usize, reason: &'static str) -> Self {
        let forecast = Forecast::missing(ETS, n_points, reason);
        Self { forecast, smoothing: None, log_likelihood: None, aicc: None }
    }
}

/// The forecast of the model among `forms` with the least corrected Akaike criterion.
///
/// `y = l' + phi b' + s' + e`, `l = l' + phi b' + alpha e`, `b = phi b' + beta e`,
/// `s = s' + gamma e`; `0 < beta < alpha < 1`, `0 < gamma < 1 - alpha`, `.8 <= phi <= .98`.
/// Given the smoothing, the errors are linear in the start (level, trend, eleven of twelve seasons
/// that sum to nothing), which is therefore found by least squares; smoothing by a simplex method.
/// `sigma^2` is the residual sum of squares over `n` less smoothing and start parameters; interval
/// `-/+ 1.96 sigma sqrt(1 + sum_{j<h} c_j^2)`, `c_j = alpha + beta (phi + .. + phi^j) + gamma [12
/// divides j]`. Source: Hyndman RJ and others, Forecasting with Exponential Smoothing, 2008,
/// chapters 5 to 7. A model that fits without error is taken before any of more parameters.
#[must_use]
pub fn ets(series: &[f64], horizon: usize, forms: &[EtsForm]) -> Ets {
    if let Some(reason) = fault(series) {
        return Ets::missing(series.len(), reason);
    }
    let scaled = Scaled::of(series);
    let mut best: Option<Fit> = None;
    for form in forms {
        let Some(fit) = Fit::of(*form, &scaled) else { continue };
        let is_exact = fit.residual <= ROUNDING * scaled.values.len() as f64;
        if is_exact || best.as_ref().is_none_or(|best| fit.aicc(&scaled) < best.aicc(&scaled)) {
            best = Some(fit);
        }
        if is_exact {
            break;
        }
    }
    best.map_or_else(|| Ets::missing(series.len(), NOT_FINITE), |fit| fit.ahead(&scaled, horizon))
}

/// A series as shares of its largest value, about their mean: no sum of squares overflows, and the
/// start has little left to explain.
struct Scaled {
    values: Vec<f64>,
    scale: f64,
    mean: f64,
}

impl Scaled {
    fn of(series: &[f64]) -> Self {
        let scale = series.iter().map(|value| value.abs()).fold(0.0, f64::max);
        let scale = if scale > 0.0 { scale } else { 1.0 };
        let shares: Vec<f64> = series.iter().map(|value| value / scale).collect();
        let mean = shares.iter().sum::<f64>() / shares.len() as f64;
        Self { values: shares.iter().map(|share| share - mean).collect(), scale, mean }
    }
}

/// Level, trend and seasons.
#[derive(Debug, Clone)]
struct State {
    level: f64,
    trend: f64,
    seasons: [f64; SEASON],
}

impl State {
    /// Learn from a value; gives the error made.
    fn learn(&mut self, at: usize, value: f64, by: &Smoothing) -> f64 {
        let expected = self.level + by.phi * self.trend;
        let season = &mut self.seasons[at % SEASON];
        let error = value - expected - *season;
        *season += by.gamma * error;
        self.level = expected + by.alpha * error;
        self.trend = by.phi * self.trend + by.beta * error;
        error
    }
}

impl EtsForm {
    fn n_smoothing(self) -> usize {
        1 + usize::from(self.has_trend) + usize::from(self.is_damped) + usize::from(self.has_season)
    }

    fn n_start(self) -> usize {
        1 + usize::from(self.has_trend) + if self.has_season { SEASON - 1 } else { 0 }
    }

    /// The smoothing at a place in the unit box.
    fn smoothing(self, place: &[f64]) -> Smoothing {
        let mut places = place.iter();
        let mut next = |is_there: bool| if is_there { places.next().copied() } else { None };
        let inside = |share: f64| 1e-4 + share * (1.0 - 2e-4);
        let alpha = next(true).map_or(0.0, inside);
        let beta = next(self.has_trend).map_or(0.0, |share| alpha * inside(share));
        let gamma = next(self.has_season).map_or(0.0, |share| (1.0 - alpha) * inside(share));
        let (least, most) = DAMPING;
        let phi = next(self.is_damped).map_or(1.0, |share| least + share * (most - least));
        Smoothing { alpha, beta, gamma, phi }
    }

    fn state(self, start: &[f64]) -> State {
        let mut seasons = [0.0; SEASON];
        if self.has_season {
            let free = &start[start.len() - (SEASON - 1)..];
            seasons[..SEASON - 1].copy_from_slice(free);
            seasons[SEASON - 1] = -free.iter().sum::<f64>();
        }
        State { level: start[0], trend: if self.has_trend { start[1] } else { 0.0 }, seasons }
    }

    /// The start with the least residual sum of squares; `None` when it is not to be told.
    fn start(self, smoothing: &Smoothing, values: &[f64]) -> Option<Vec<f64>> {
        let n_start = self.n_start();
        let mut states: Vec<State> = (0..n_start)
            .map(|at| {
                let mut unit = vec![0.0; n_start];
                unit[at] = 1.0;
                self.state(&unit)
            })
            .collect();
        let mut from_nothing = self.state(&vec![0.0; n_start]);
        let mut squares = Symmetric::zero(n_start);
        let mut products = vec![0.0; n_start];
        let mut row = vec![0.0; n_start];
        for (at, value) in values.iter().enumerate() {
            let error = from_nothing.learn(at, *value, smoothing);
            for (cell, state) in row.iter_mut().zip(&mut states) {
                *cell = -state.learn(at, 0.0, smoothing);
            }
            squares.add_outer(&row, 1.0);
            products.iter_mut().zip(&row).for_each(|(product, cell)| *product += cell * error);
        }
        Some(squares.factor()?.solve(&products))
    }
}

/// A model fitted to a scaled series.
struct Fit {
    form: EtsForm,
    smoothing: Smoothing,
    /// After the last value.
    state: State,
    /// Residual sum of squares.
    residual: f64,
}

impl Fit {
    fn of(form: EtsForm, series: &Scaled) -> Option<Self> {
        let at = |place: &[f64]| Self::with(form, form.smoothing(place), &series.values);
        let first = at(&vec![0.5; form.n_smoothing()]);
        if first.as_ref().is_some_and(|fit| fit.residual <= ROUNDING * series.values.len() as f64) {
            return first;
        }
        let residual = |place: &[f64]| at(place).map_or(f64::INFINITY, |fit| fit.residual);
        at(&least_in_box(form.n_smoothing(), residual)).filter(|fit| fit.residual.is_finite())
    }

    fn with(form: EtsForm, smoothing: Smoothing, values: &[f64]) -> Option<Self> {
        let mut state = form.state(&form.start(&smoothing, values)?);
        let errors = values.iter().enumerate().map(|(at, y)| state.learn(at, *y, &smoothing));
        let residual = errors.map(|error| error * error).sum();
        Some(Self { form, smoothing, state, residual })
    }

    fn log_likelihood(&self, series: &Scaled) -> f64 {
        let n = series.values.len() as f64;
        let variance_log = (self.residual / n).ln() + 2.0 * series.scale.ln();
        -n / 2.0 * (std::f64::consts::TAU.ln() + variance_log + 1.0)
    }

    fn aicc(&self, series: &Scaled) -> f64 {
        let n = series.values.len() as f64;
        let k = (self.form.n_smoothing() + self.form.n_start() + 1) as f64;
        2.0 * k - 2.0 * self.log_likelihood(series) + 2.0 * k * (k + 1.0) / (n - k - 1.0)
    }

    fn ahead(&self, series: &Scaled, horizon: usize) -> Ets {
        let Self { form, smoothing, state, residual } = self;
        let n_points = series.values.len();
        let is_exact = *residual <= ROUNDING * n_points as f64;
        let n_free = n_points - form.n_smoothing() - form.n_start();
        let sigma = if is_exact { 0.0 } else { series.scale * (residual / n_free as f64).sqrt() };
        let (mut variance, mut trend_share): (f64, f64) = (1.0, 0.0);
        let mut steps = Vec::with_capacity(horizon);
        for step in 1..=horizon {
            trend_share += smoothing.phi.powi(i32::try_from(step).unwrap_or(i32::MAX));
            let season = state.seasons[(n_points + step - 1) % SEASON];
            let scaled = state.level + trend_share * state.trend + season + series.mean;
            let value = scaled * series.scale;
            let reach = z_value(CONFIDENCE_95) * sigma * variance.sqrt();
            let (lower_95, upper_95) = (value - reach, value + reach);
            steps.push(ForecastStep { step, value, lower_95, upper_95 });
            let season_echo = if step % SEASON == 0 { smoothing.gamma } else { 0.0 };
            variance += (smoothing.alpha + smoothing.beta * trend_share + season_echo).powi(2);
        }
        let mut forecast = Forecast::made(form.name, n_points, steps, sigma);
        if forecast.reason.is_some() {
            return Ets::missing(n_points, NOT_FINITE);
        }
        forecast.reason = is_exact.then_some(NO_ERROR);
        let given = |value: f64| (!is_exact).then_some(value);
        Ets {
            forecast,
            smoothing: Some(*smoothing),
            log_likelihood: given(self.log_likelihood(series)),
            aicc: given(self.aicc(series)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_constant_series_is_a_level_without_error() {
        let result = ets(&[7.0; 24], 14, &ETS_FORMS);
        assert_eq!(
            (result.forecast.method, result.forecast.reason),
            ("ETS(A,N,N)", Some(NO_ERROR))
        );
        assert!(result.forecast.steps.iter().all(|step| step.value == 7.0 && step.upper_95 == 7.0));
    }

    #[test]
    fn a_straight_line_goes_on_and_a_season_comes_back() {
        let line: Vec<f64> = (0..30).map(|t| 5.0 + 2.0 * f64::from(t)).collect();
        let result = ets(&line, 3, &ETS_FORMS);
        assert_eq!(result.forecast.method, "ETS(A,A,N)");
        assert!((result.forecast.steps[2].value - 69.0).abs() < 1e-9);
        let season: Vec<f64> =
            (0..24).map(|t| f64::from((t % 12) * (t % 5) % 12 + t % 12)).collect();
        let season: Vec<f64> = (0..24).map(|t| season[t % 12]).collect();
        let result = ets(&season, 14, &ETS_FORMS);
        assert_eq!(result.forecast.method, "ETS(A,N,A)");
        let steps = &result.forecast.steps;
        assert!(steps.iter().all(|step| (step.value - season[(step.step - 1) % 12]).abs() < 1e-9));
    }

    #[test]
    fn the_unit_changes_nothing_but_the_unit() {
        let series: Vec<f64> = (0..36).map(|t| 40.0 + f64::from(t * t % 17)).collect();
        let large: Vec<f64> = series.iter().map(|y| y * 1024.0).collect();
        let (one, other) = (ets(&series, 6, &ETS_FORMS), ets(&large, 6, &ETS_FORMS));
        assert_eq!(one.smoothing, other.smoothing);
        for (step, large) in one.forecast.steps.iter().zip(&other.forecast.steps) {
            assert_eq!(step.upper_95 * 1024.0, large.upper_95);
        }
    }
}
