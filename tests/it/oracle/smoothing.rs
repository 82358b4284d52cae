//! Exponential smoothing, by another way than a recursion of states: as a regression whose errors
//! echo in later months.
//!
//! Of a model with additive errors `y_t = x_t' b + e_t + sum over j < t of c_{t-j} e_j`, where `x_t`
//! holds what the start is worth in month `t` and `c_j` is the echo of an error after `j` months
//! (Hyndman RJ and others. Forecasting with Exponential Smoothing. 2008, chapters 3 and 6). So the
//! errors come of a triangular system, the start of a regression of filtered values on filtered
//! columns, and the smoothing of a search along the axes.

use super::formulas::{Ahead, solve, z};

/// Trend, damping, season.
const FORMS: [(bool, bool, bool); 6] = [
    (false, false, false),
    (true, false, false),
    (true, true, false),
    (false, false, true),
    (true, false, true),
    (true, true, true),
];

/// A model with its smoothing: of level, trend and season, and what is left of the trend.
struct Model {
    has_trend: bool,
    has_season: bool,
    alpha: f64,
    beta: f64,
    gamma: f64,
    phi: f64,
}

impl Model {
    /// The smoothing at a place between 0 and 1 in each dimension.
    fn at(form: (bool, bool, bool), place: &[f64]) -> Self {
        let (has_trend, is_damped, has_season) = form;
        let mut rest = place.iter().copied();
        let mut share = |is_there: bool| is_there.then(|| rest.next().expect("a dimension"));
        // Between .0001 and .9999 of what is allowed.
        let inside = |share: Option<f64>| share.map_or(0.0, |share| 0.0001 + 0.9998 * share);
        let alpha = inside(share(true));
        let beta = alpha * inside(share(has_trend));
        let gamma = (1.0 - alpha) * inside(share(has_season));
        let phi = share(is_damped).map_or(1.0, |share| 0.8 + 0.18 * share);
        Self { has_trend, has_season, alpha, beta, gamma, phi }
    }

    /// `phi + phi^2 + ... + phi^j`.
    fn trend_sum(&self, j: usize) -> f64 {
        if self.phi == 1.0 {
            return j as f64;
        }
        self.phi * (1.0 - self.phi.powi(j as i32)) / (1.0 - self.phi)
    }

    /// What an error is still worth `j` months on.
    fn echo(&self, j: usize) -> f64 {
        let season = if j.is_multiple_of(12) { self.gamma } else { 0.0 };
        self.alpha + self.beta * self.trend_sum(j) + season
    }

    /// What the start is worth in month `t`, counted from 1: a level, a trend, eleven seasons
    /// against the first.
    fn columns(&self, t: usize) -> Vec<f64> {
        let mut columns = vec![1.0];
        if self.has_trend {
            columns.push(self.trend_sum(t));
        }
        if self.has_season {
            columns.extend((1..12).map(|month| f64::from(u8::from((t - 1) % 12 == month))));
        }
        columns
    }

    /// The errors of which these values are the echoes.
    fn filtered(&self, values: &[f64]) -> Vec<f64> {
        let echoes: Vec<f64> = (0..values.len()).map(|j| self.echo(j)).collect();
        let mut errors: Vec<f64> = Vec::with_capacity(values.len());
        for (t, value) in values.iter().enumerate() {
            let earlier: f64 = errors.iter().enumerate().map(|(j, e)| echoes[t - j] * e).sum();
            errors.push(value - earlier);
        }
        errors
    }

    /// Start and errors with the least sum of squares.
    fn fit(&self, series: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let rows: Vec<Vec<f64>> = (1..=series.len()).map(|t| self.columns(t)).collect();
        let column = |at: usize| rows.iter().map(|row| row[at]).collect::<Vec<f64>>();
        let filtered: Vec<Vec<f64>> =
            (0..rows[0].len()).map(|at| self.filtered(&column(at))).collect();
        let values = self.filtered(series);
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>();
        let equation = |of: &Vec<f64>| {
            let left = filtered.iter().map(|other| product(of, other));
            left.chain([product(of, &values)]).collect::<Vec<f64>>()
        };
        let start = solve(filtered.iter().map(equation).collect());
        let error = |t: usize| {
            let explained: f64 = filtered.iter().zip(&start).map(|(x, b)| x[t] * b).sum();
            values[t] - explained
        };
        let errors = (0..series.len()).map(error).collect();
        (start, errors)
    }

    fn squares(&self, series: &[f64]) -> f64 {
        let squares: f64 = self.fit(series).1.iter().map(|error| error * error).sum();
        if squares.is_nan() { f64::INFINITY } else { squares }
    }
}

/// The forecast of the model with the least corrected Akaike criterion: smoothing, start and
/// variance are its parameters.
pub(crate) fn smoothed(series: &[f64], n_ahead: usize) -> Vec<Ahead> {
    let n = series.len() as f64;
    let mut best: Option<(f64, Model, usize)> = None;
    for form in FORMS {
        let n_smoothing = 1 + [form.0, form.1, form.2].iter().filter(|has| **has).count();
        let place = least(n_smoothing, &|place| Model::at(form, place).squares(series));
        let model = Model::at(form, &place);
        let n_mean = n_smoothing + model.columns(1).len();
        let k = (n_mean + 1) as f64;
        let deviance = n * ((std::f64::consts::TAU * model.squares(series) / n).ln() + 1.0);
        let criterion = deviance + 2.0 * k * n / (n - k - 1.0);
        if best.as_ref().is_none_or(|(least, ..)| criterion < *least) {
            best = Some((criterion, model, n_mean));
        }
    }
    let (_, model, n_mean) = best.expect("a model");
    let (start, errors) = model.fit(series);
    let squares: f64 = errors.iter().map(|error| error * error).sum();
    let variance = squares / (n - n_mean as f64);
    let ahead = |h: usize| {
        let t = series.len() + h;
        let level: f64 = model.columns(t).iter().zip(&start).map(|(x, b)| x * b).sum();
        let echoes = errors.iter().enumerate().map(|(j, e)| model.echo(t - 1 - j) * e);
        let value = level + echoes.sum::<f64>();
        let spread = 1.0 + (1..h).map(|j| model.echo(j).powi(2)).sum::<f64>();
        let reach = z(0.975) * (variance * spread).sqrt();
        (value, value - reach, value + reach)
    };
    (1..=n_ahead).map(ahead).collect()
}

/// Places of the grid in each dimension; sums of squares have more than one low point.
const PLACES: [f64; 5] = [0.0, 0.1, 0.3, 0.6, 0.95];

/// Where `of` is least between 0 and 1: from the best places of a grid along each axis in turn, and
/// from one place to the next along the last way, with shorter steps when none goes down.
fn least(n_dimensions: usize, of: &dyn Fn(&[f64]) -> f64) -> Vec<f64> {
    let place = |at: usize| {
        let along = |d: usize| PLACES[at / PLACES.len().pow(d as u32) % PLACES.len()];
        let place: Vec<f64> = (0..n_dimensions).map(along).collect();
        (of(&place), place)
    };
    let mut grid: Vec<_> = (0..PLACES.len().pow(n_dimensions as u32)).map(place).collect();
    grid.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ends = grid.into_iter().take(4).map(|(mut value, mut place)| {
        let mut step = 0.1;
        while step > 1e-8 {
            let before = place.clone();
            for d in 0..n_dimensions {
                for way in [step, -step] {
                    let mut next = place.clone();
                    next[d] = (next[d] + way).clamp(0.0, 1.0);
                    let reached = of(&next);
                    if reached < value {
                        (place, value) = (next, reached);
                        break;
                    }
                }
            }
            if place == before {
                step /= 2.0;
                continue;
            }
            let on = place.iter().zip(&before).map(|(now, was)| (2.0 * now - was).clamp(0.0, 1.0));
            let on: Vec<f64> = on.collect();
            let reached = of(&on);
            if reached < value {
                (place, value) = (on, reached);
            }
        }
        (value, place)
    });
    ends.min_by(|a, b| a.0.total_cmp(&b.0)).expect("a start").1
}
