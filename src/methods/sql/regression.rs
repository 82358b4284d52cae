//! Logistic regression in SQL.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Kind, METHOD, Output, Page, Shape, input, output};
use super::value::Value;
use crate::methods::{self, LogisticFit};

const FIT: &[Output] = &[
    output("coefficients", Shape::Numbers, "the constant, then one per feature"),
    output("standard_errors", Shape::Numbers, "in the same order"),
    output("n", Shape::Integer, "rows fitted"),
    output("iterations", Shape::Integer, "Newton steps"),
    output("converged", Shape::Flag, "whether the coefficients settled"),
    METHOD,
    output("reason", Shape::Text, "why there is no model, else null"),
];

static LOGISTIC: Page = Page {
    name: "logistic",
    summary: "Logistic regression over rows of an outcome and its features; a constant is added. \
              Rows with something missing are refused, not dropped: filter them first.",
    formula: "Maximum likelihood by iteratively reweighted least squares; standard errors from the \
              information matrix.",
    source: "McCullagh P, Nelder JA. Generalized Linear Models. 1989.",
    inputs: &[
        input("y", Kind::Number, "0 or 1"),
        input("features", Kind::Numbers, "list of the same length in every row"),
    ],
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
    vec![Method::aggregate(&LOGISTIC, logistic), Method::scalar(&LOGISTIC_SCORE, logistic_score)]
}

fn logistic(given: &Arguments) -> Value {
    let n = given.n_rows();
    let width = if n > 0 { given.numbers(1, 0).map_or(0, |first| first.len()) } else { 0 };
    let (mut y, mut features) = (Vec::with_capacity(n), Vec::with_capacity(n * width));
    for row in given.rows() {
        let Some(own) = given.numbers(1, row).filter(|own| own.len() == width) else {
            return record(&LogisticFit::refused(n, 0, "features are missing or differ in number"));
        };
        features.extend(own);
        y.push(given.number_or_nan(0, row));
    }
    record(&methods::logistic(&y, &features, width))
}

fn record(fit: &LogisticFit) -> Value {
    let numbers = |numbers: &[f64]| match fit.reason {
        Some(_) => Value::Null,
        None => Value::Numbers(numbers.to_vec()),
    };
    Value::Record(vec![
        numbers(&fit.coefficients),
        numbers(&fit.standard_errors),
        fit.n.into(),
        fit.iterations.into(),
        fit.converged.into(),
        "maximum likelihood, errors from the information matrix".into(),
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
