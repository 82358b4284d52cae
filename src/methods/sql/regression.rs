//! Regression in SQL.

use super::arguments::{Arguments, Key};
use super::method::Method;
use super::page::{
    CONFIDENCE, Input, Kind, LOWER, METHOD, Output, Page, Shape, UPPER, WHY, input, output,
};
use super::value::{Value, all_limit_values};
use crate::methods::{self, Confidence, Errors, ModelKind, Observation, Regression, Term};

/// What is known of a coefficient, beside its name.
pub(super) const ESTIMATED: [Output; 10] = [
    output("estimate", Shape::Number, "the coefficient"),
    output("standard_error", Shape::Number, "its standard error"),
    output("statistic", Shape::Number, "the coefficient over its standard error"),
    output("p_value", Shape::Number, "two-sided p value of a coefficient of nothing"),
    output("lower_95", Shape::Number, "lower 95 % limit"),
    output("upper_95", Shape::Number, "upper 95 % limit"),
    output("lower_998", Shape::Number, "lower 99.8 % limit"),
    output("upper_998", Shape::Number, "upper 99.8 % limit"),
    LOWER,
    UPPER,
];

/// The fields of a coefficient behind what names it.
pub(super) const fn term_of(name: Output) -> [Output; 11] {
    let [a, b, c, d, e, f, g, h, i, j] = ESTIMATED;
    [name, a, b, c, d, e, f, g, h, i, j]
}

/// The fields of a coefficient behind its number and its name.
const TERM: [Output; 12] = {
    let number = "0 for the constant, then 1 for the first feature and so on";
    let name = "`constant`, the names given, and `alpha`; without names `x1` and so on";
    let [a, b, c, d, e, f, g, h, i, j] = ESTIMATED;
    let number = output("term", Shape::Integer, number);
    [number, output("name", Shape::Text, name), a, b, c, d, e, f, g, h, i, j]
};

const FIT: &[Output] = &[
    output("terms", Shape::Records(&TERM), "the constant, one per feature; null with a reason"),
    output("coefficients", Shape::Numbers, "the estimates alone, the constant first"),
    output("standard_errors", Shape::Numbers, "in the same order"),
    output("n", Shape::Integer, "rows given"),
    output(
        "dispersion",
        Shape::Number,
        "residual variance (`ols`), Pearson's statistic over its degrees of freedom, or alpha",
    ),
    output("log_likelihood", Shape::Number, "log likelihood; that of Poisson for `quasi_poisson`"),
    output("iterations", Shape::Integer, "Newton steps"),
    output("converged", Shape::Flag, "whether the coefficients settled"),
    output("errors", Shape::Text, "what the errors were taken to be, and limits if by Student's t"),
    METHOD,
    WHY,
];

const FEATURES: Input = input("features", Kind::Numbers, "list of the same length in every row");
const COUNT: Input = input("y", Kind::Number, "a count of events");
const EXPOSURE: Input =
    input("exposure", Kind::Number, "what the count is of, above zero; 1 if not given");
const ERRORS: Input =
    input("errors", Kind::Text, "`model` (the default), `hc0` to `hc3`, `newey_west` or `cluster`");
const KEY: Input =
    input("key", Kind::Key, "the row's period for `newey_west`, its cluster for `cluster`");
const LAG: Input = input("lag", Kind::Integer, "how many periods back `newey_west` looks");
const NAMES: Input = input("names", Kind::Texts, "of the features, one each, the same in all rows");

const LOG_LINK: &str = "`ln mu = ln exposure + b0 + sum b x`, by iteratively reweighted least squares; robust errors, \
     and limits under errors by cluster, as of `ols`.";

static OLS: Page = Page {
    name: "ols",
    summary: "Ordinary (or weighted) least squares; a constant is added. Rows with something missing \
              are refused, not dropped: filter them first. Limits by Student's t under the model's \
              own errors (`n - k` degrees of freedom) and under errors by fewer than 30 clusters \
              (`G - 1`), else by the normal distribution.",
    formula: "`b = (X'WX)^-1 X'Wy`; errors `model`: `s^2 (X'WX)^-1`; `hc0` to `hc3`: `A (sum e^2 \
              c x x') A`, `c` 1, `n / (n - k)`, `1 / (1 - h)`, `1 / (1 - h)^2`; `newey_west`: \
              Bartlett weights `1 - l / (lag + 1)`; `cluster`: `G / (G - 1) (n - 1) / (n - k)`.",
    source: "White H. Econometrica 1980;48:817-38; MacKinnon JG, White H. J Econometrics \
             1985;29:305-25; Newey WK, West KD. Econometrica 1987;55:703-8; Liang KY, Zeger SL. \
             Biometrika 1986;73:13-22.",
    inputs: &[
        input("y", Kind::Number, "the outcome"),
        FEATURES,
        input("weight", Kind::Number, "above zero; 1 if null in all rows"),
        ERRORS,
        KEY,
        LAG,
        CONFIDENCE,
        NAMES,
    ],
    n_required: 2,
    result: Shape::Record(FIT),
    example: "select t['term'] as term, t['name'] as name, round(t['estimate'], 4) as estimate,\n       \
              round(t['standard_error'], 4) as standard_error,\n       \
              round(t['lower'], 4) as lower_90, round(t['upper'], 4) as upper_90\n\
              from (\n    \
              select unnest(ols(y, [x], null, 'hc3', null, null, 90, ['age_band'])['terms']) as t\n    \
              from (\n        \
              values (1, 12), (2, 15), (3, 14), (4, 19), (5, 22), (6, 21)\n    \
              ) as t(x, y)\n\
              )\n\
              order by term",
};

static POISSON: Page = Page {
    name: "poisson",
    summary: "Poisson regression of counts, of an exposure if given; a constant is added. A \
              `dispersion` far above 1 says that its own errors are too small.",
    formula: LOG_LINK,
    source: "McCullagh P, Nelder JA. Generalized Linear Models. 1989.",
    inputs: &[COUNT, FEATURES, EXPOSURE, ERRORS, KEY, LAG, CONFIDENCE, NAMES],
    n_required: 2,
    result: Shape::Record(FIT),
    example: "select round(exp(t['estimate']), 4) as rate_ratio, round(exp(t['lower_95']), 4) as lower_95,\n       \
              round(exp(t['upper_95']), 4) as upper_95\n\
              from (\n    \
              select poisson(n, [score], persons)['terms'][2] as t\n    \
              from (\n        \
              values (14, 1, 1000), (18, 2, 1200), (33, 3, 1500), (31, 4, 1100), (52, 5, 1300)\n    \
              ) as t(n, score, persons)\n\
              )",
};

static QUASI_POISSON: Page = Page {
    name: "quasi_poisson",
    summary: "Poisson regression whose errors are widened by how far counts spread beyond it.",
    formula: "As `poisson`; variance times `sum (y - mu)^2 / mu / (n - k)`.",
    source: "McCullagh P, Nelder JA. Generalized Linear Models. 1989.",
    inputs: &[COUNT, FEATURES, EXPOSURE, ERRORS, KEY, LAG, CONFIDENCE, NAMES],
    n_required: 2,
    result: Shape::Record(FIT),
    example: "select round(m['coefficients'][2], 4) as log_rate_ratio,\n       \
              round(m['standard_errors'][2], 4) as standard_error, round(m['dispersion'], 4) as dispersion\n\
              from (\n    \
              select quasi_poisson(n, [score], persons) as m\n    \
              from (\n        \
              values (14, 1, 1000), (12, 2, 1200), (39, 3, 1500), (27, 4, 1100), (58, 5, 1300)\n    \
              ) as t(n, score, persons)\n\
              )",
};

static NEGATIVE_BINOMIAL: Page = Page {
    name: "negative_binomial",
    summary: "Regression of counts that spread more than Poisson (NB2), alpha estimated along with \
              the coefficients and given as the last term. Refused where they do not.",
    formula: "`var = mu + alpha mu^2`, `ln mu = ln exposure + b0 + sum b x`, by maximum likelihood; \
              errors from the observed information of coefficients and alpha together, or robust \
              as of `ols`, alpha counting as a term, as are limits under errors by cluster.",
    source: "Cameron AC, Trivedi PK. Regression Analysis of Count Data. 2013, 3.3.",
    inputs: &[
        input("y", Kind::Number, "a whole number of events"),
        FEATURES,
        EXPOSURE,
        input(
            "errors",
            Kind::Text,
            "`model` (the default), `hc0`, `hc1`, `newey_west` or `cluster`; a row has no leverage \
             on alpha, so there is no `hc2` or `hc3`",
        ),
        KEY,
        LAG,
        CONFIDENCE,
        NAMES,
    ],
    n_required: 2,
    result: Shape::Record(FIT),
    example: "select t['term'] as term, round(t['estimate'], 3) as estimate,\n       \
              round(t['standard_error'], 3) as standard_error\n\
              from (\n    \
              select unnest(negative_binomial(n, [is_exposed])['terms']) as t\n    \
              from (\n        \
              values (0, 0), (0, 0), (1, 0), (9, 0), (1, 0), (2, 1), (14, 1), (1, 1), (5, 1), (22, 1)\n    \
              ) as t(n, is_exposed)\n\
              )\n\
              order by term",
};

static LOGISTIC: Page = Page {
    name: "logistic",
    summary: "Logistic regression over rows of an outcome and its features; a constant is added. \
              Rows with something missing are refused, not dropped: filter them first.",
    formula: "Maximum likelihood by iteratively reweighted least squares; standard errors from the \
              information matrix, or robust as of `ols`, as are limits under errors by cluster.",
    source: "McCullagh P, Nelder JA. Generalized Linear Models. 1989.",
    inputs: &[input("y", Kind::Number, "0 or 1"), FEATURES, ERRORS, KEY, LAG, CONFIDENCE, NAMES],
    n_required: 2,
    result: Shape::Record(FIT),
    example: "select round(m['coefficients'][1], 4) as constant, round(m['coefficients'][2], 4) as log_odds_ratio,\n       \
              round(m['standard_errors'][2], 4) as standard_error\n\
              from (\n    \
              select logistic(y, [x]) as m\n    \
              from (values (0, 0), (0, 0), (0, 0), (1, 0), (0, 1), (1, 1), (1, 1), (1, 1)) as t(y, x)\n\
              )",
};

static LOGISTIC_SCORE: Page = Page {
    name: "logistic_score",
    summary: "Probability of a row under coefficients that `logistic` gave; null when the lengths do \
              not fit.",
    formula: "`1 / (1 + exp(-(b0 + sum b x)))`.",
    source: "McCullagh P, Nelder JA. Generalized Linear Models. 1989.",
    inputs: &[
        input("coefficients", Kind::Numbers, "the constant first"),
        input("features", Kind::Numbers, "in the order of the fit"),
    ],
    n_required: 2,
    result: Shape::Number,
    example: "select round(logistic_score([ln(1.0 / 3), ln(9.0)], [1]), 4) as probability",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&OLS, |given| model(given, ModelKind::Ols, 3)),
        Method::aggregate(&POISSON, |given| model(given, ModelKind::Poisson, 3)),
        Method::aggregate(&QUASI_POISSON, |given| model(given, ModelKind::QuasiPoisson, 3)),
        Method::aggregate(&NEGATIVE_BINOMIAL, negative_binomial),
        Method::aggregate(&LOGISTIC, |given| model(given, ModelKind::Logistic, 2)),
        Method::scalar(&LOGISTIC_SCORE, logistic_score),
    ]
}

/// What the third argument is, where it is no option of the errors.
#[derive(Clone, Copy, PartialEq)]
enum Third {
    Weight,
    Exposure,
}

fn model(given: &Arguments, kind: ModelKind, errors_at: usize) -> Value {
    let third = match kind {
        ModelKind::Ols => Some(Third::Weight),
        ModelKind::Poisson | ModelKind::QuasiPoisson => Some(Third::Exposure),
        ModelKind::Logistic => None,
    };
    fitted(given, kind.name(), third, errors_at, |rows, errors| {
        methods::regression(kind, rows, errors)
    })
}

fn negative_binomial(given: &Arguments) -> Value {
    let third = Some(Third::Exposure);
    fitted(given, methods::METHOD_NB, third, 3, methods::negative_binomial)
}

/// A model of the rows, or why there is none; the errors' options lie from `errors_at` on.
fn fitted(
    given: &Arguments,
    method: &'static str,
    third: Option<Third>,
    errors_at: usize,
    fit: impl Fn(&[Observation<'_>], Errors) -> Regression,
) -> Value {
    let asked = errors(given, errors_at, errors_at + 2).and_then(|errors| {
        let keys = matches!(errors, Errors::Cluster | Errors::NeweyWest { .. });
        let shown = Shown::of(given, errors_at + 3)?;
        Ok((rows(given, third, keys.then_some(errors_at + 1))?, errors, shown))
    });
    match asked {
        Ok((rows, errors, shown)) => record(&fit(&rows, errors), given.n_rows(), errors, &shown),
        Err(reason) => refused(method, given.n_rows(), reason),
    }
}

fn refused(method: &'static str, n: usize, reason: &'static str) -> Value {
    let shown = Shown { confidence: Confidence::P95, names: Vec::new() };
    record(&Regression::missing(method, n, 0, reason), n, Errors::Model, &shown)
}

/// What of a model's terms is asked for.
struct Shown {
    confidence: Confidence,
    /// Of every term but the constant and alpha.
    names: Vec<String>,
}

impl Shown {
    /// The confidence at `at`, the names behind it.
    fn of(given: &Arguments, at: usize) -> Result<Self, &'static str> {
        let confidence = given.one_confidence(at).ok_or(methods::NO_CONFIDENCE)?;
        let names = given.option(|given, row| given.texts(at + 1, row))?;
        let n_features = given.rows().next().and_then(|row| given.numbers(1, row));
        let n_features = n_features.map_or(0, |features| features.len());
        let names = match names {
            Some(names) if names.len() != n_features => {
                return Err("names are not as many as features");
            }
            Some(names) => names.into_iter().map(str::to_owned).collect(),
            None => (1..=n_features).map(|at| format!("x{at}")).collect(),
        };
        Ok(Self { confidence, names })
    }

    fn name(&self, at: usize) -> Value {
        match at.checked_sub(1) {
            None => "constant".into(),
            Some(at) => self.names.get(at).map_or("alpha".into(), |name| Value::from(name.clone())),
        }
    }
}

/// What the errors are to be: a word at `at`, the lag at `lag_at`.
pub(super) fn errors(given: &Arguments, at: usize, lag_at: usize) -> Result<Errors, &'static str> {
    let lag = given.option(|given, row| given.integer(lag_at, row))?;
    let errors = match given.option(|given, row| given.text(at, row))? {
        None | Some("model") => Errors::Model,
        Some("hc0") => Errors::Hc0,
        Some("hc1") => Errors::Hc1,
        Some("hc2") => Errors::Hc2,
        Some("hc3") => Errors::Hc3,
        Some("cluster") => Errors::Cluster,
        Some("newey_west") => {
            let lag = lag.and_then(|lag| usize::try_from(lag).ok());
            Errors::NeweyWest { lag: lag.ok_or("`newey_west` needs a lag of 0 or more")? }
        }
        Some(_) => return Err("errors of no known kind"),
    };
    Ok(errors)
}

fn rows<'a>(
    given: &Arguments<'a>,
    third: Option<Third>,
    keys_at: Option<usize>,
) -> Result<Vec<Observation<'a>>, &'static str> {
    let keys = keys_at.map(|at| places(given, at)).transpose()?;
    let third = match third {
        Some(third) => given.option(|given, row| given.number(2, row).map(|_| third))?,
        None => None,
    };
    let row = |row: usize| {
        // Of `logistic` the third argument is no number.
        let (weight, exposure) = match third {
            Some(Third::Weight) => (given.number_or_nan(2, row), 1.0),
            Some(Third::Exposure) => (1.0, given.number_or_nan(2, row)),
            None => (1.0, 1.0),
        };
        let offset = exposure.ln();
        let features = given.numbers(1, row).ok_or("features are missing")?;
        let key = keys.as_ref().map_or(0, |keys| keys[row]);
        Ok(Observation { y: given.number_or_nan(0, row), features, offset, weight, key })
    };
    given.rows().map(row).collect()
}

/// The place of each row's key among all distinct ones.
///
/// # Errors
/// When a key is missing.
pub(super) fn places(given: &Arguments, at: usize) -> Result<Vec<usize>, &'static str> {
    let keys: Option<Vec<Key>> = given.rows().map(|row| given.key(at, row)).collect();
    let keys = keys.ok_or("a key is missing")?;
    let mut distinct = keys.clone();
    distinct.sort_unstable();
    distinct.dedup();
    // Every key is among the distinct ones; either answer is its place.
    let place = |key| distinct.binary_search(key).unwrap_or_else(|at| at);
    Ok(keys.iter().map(place).collect())
}

/// The fields of a coefficient, or nulls where there is none.
pub(super) fn estimated(term: Option<&Term>) -> Vec<Value> {
    let Some(term) = term else { return vec![Value::Null; ESTIMATED.len()] };
    let mut fields: Vec<Value> = vec![term.estimate.into(), term.standard_error.into()];
    fields.extend([Value::from(term.statistic), term.p_value.into()]);
    fields.extend(all_limit_values(&term.limits));
    fields
}

fn record(fit: &Regression, n: usize, errors: Errors, shown: &Shown) -> Value {
    let errors_known: Option<Vec<f64>> = fit.terms.iter().map(|term| term.standard_error).collect();
    let has_model = !fit.terms.is_empty();
    let numbers = |numbers: Option<Vec<f64>>| {
        numbers.filter(|_| has_model).map_or(Value::Null, Value::Numbers)
    };
    let term = |(at, term): (usize, &Term)| {
        let estimated = estimated(Some(&term.at(shown.confidence)));
        [Value::from(at), shown.name(at)].into_iter().chain(estimated).collect()
    };
    let is_students = fit.terms.iter().any(|term| term.df.is_some());
    let errors = match errors {
        Errors::Cluster if is_students => "by cluster, Student's t below 30 of them",
        errors => errors.name(),
    };
    let terms = fit.terms.iter().enumerate().map(term).collect();
    Value::Record(vec![
        if has_model { Value::Records(terms) } else { Value::Null },
        numbers(Some(fit.coefficients())),
        numbers(errors_known),
        n.into(),
        fit.dispersion.into(),
        fit.log_likelihood.into(),
        fit.iterations.into(),
        has_model.into(),
        errors.into(),
        fit.method.into(),
        fit.reason.into(),
    ])
}

fn logistic_score(given: &Arguments, row: usize) -> Value {
    let (Some(coefficients), Some(features)) = (given.numbers(0, row), given.numbers(1, row))
    else {
        return Value::Null;
    };
    methods::logistic_score(&coefficients, &features).filter(|score| !score.is_nan()).into()
}
