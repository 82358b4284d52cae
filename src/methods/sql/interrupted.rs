//! Interrupted time series in SQL.

use super::arguments::Arguments;
use super::forecasts::follows_on;
use super::method::Method;
use super::page::{
    CONFIDENCE, Kind, LOWER, METHOD, Output, Page, Shape, UPPER, WHY, input, output,
};
use super::regression::{ESTIMATED, errors, estimated, term_of};
use super::value::{Value, all_limit_values};
use crate::methods::{self, Errors, FittedPoint, InterruptedSeries, ModelKind, SeriesModel};
use crate::methods::{SeriesPoint, Term};

const TERM: [Output; 11] = term_of(output(
    "term",
    Shape::Text,
    "`constant`, `trend`, `level_change`, `slope_change`, then `cos_1`, `sin_1` and so on",
));

const POINT: &[Output] = &[
    output("step", Shape::Integer, "periods of the series, from 1"),
    output("observed", Shape::Number, "what was observed"),
    output("fitted", Shape::Number, "what the model gives"),
    output("counterfactual", Shape::Number, "what it gives without the change; the same before it"),
    output("lower_95", Shape::Number, "lower 95 % limit of that, of the coefficients alone"),
    output("upper_95", Shape::Number, "upper 95 % limit"),
    output("lower_998", Shape::Number, "lower 99.8 % limit"),
    output("upper_998", Shape::Number, "upper 99.8 % limit"),
    LOWER,
    UPPER,
];

const RESULT: &[Output] = &[
    output("level_change", Shape::Record(&ESTIMATED), "step at the change; a log where Poisson"),
    output("slope_change", Shape::Record(&ESTIMATED), "change of the trend, per period"),
    output("observed", Shape::Number, "sum of what was observed after the change"),
    output("counterfactual", Shape::Number, "sum of what would have been without it"),
    output("averted", Shape::Record(&ESTIMATED), "counterfactual less observed"),
    output("percent_change", Shape::Number, "100 (observed - counterfactual) / counterfactual"),
    output("terms", Shape::Records(&TERM), "every coefficient; null with a reason"),
    output("points", Shape::Records(POINT), "every period; null with a reason"),
    output("dispersion", Shape::Number, "residual variance, or Pearson's statistic over its df"),
    output("durbin_watson", Shape::Number, "near 2 when what is left of periods is unrelated"),
    output("n_before", Shape::Integer, "periods before the change"),
    output("n_after", Shape::Integer, "periods after it"),
    output("errors", Shape::Text, "what the errors were taken to be"),
    METHOD,
    WHY,
];

const NAMES: [&str; 14] = [
    "constant",
    "trend",
    "level_change",
    "slope_change",
    "cos_1",
    "sin_1",
    "cos_2",
    "sin_2",
    "cos_3",
    "sin_3",
    "cos_4",
    "sin_4",
    "cos_5",
    "sin_5",
];

static ITS: Page = Page {
    name: "its",
    summary: "Interrupted time series by segmented regression: how level and trend changed at a \
              point in time, what would have been without the change, and how many events that \
              averted. Limits are those of the model's coefficients; periods that are related to \
              each other (`durbin_watson` far from 2) want `newey_west`.",
    formula: "`g(mean) = b0 + b1 t + b2 after + b3 since + waves`, `t` from 1, `since` from 1 in the \
              first period after; waves `cos` and `sin` of `2 pi j t / 12`; `averted = sum over the \
              periods after of (mean without b2 and b3) - observed`, limits by the delta method from \
              the difference of both means.",
    source: "Wagner AK and others. J Clin Pharm Ther 2002;27:299-309; Bernal JL and others. Int J \
             Epidemiol 2017;46:348-55.",
    inputs: &[
        input("period", Kind::Period, "any date in the month, or its running number; no gaps"),
        input("value", Kind::Number, "a rate or mean (`ols`), or a count of events"),
        input("is_after", Kind::Flag, "true from the change on"),
        input("model", Kind::Text, "`ols`, `poisson` or `quasi_poisson`, the same in all rows"),
        input(
            "exposure",
            Kind::Number,
            "what counts are of, above zero, 1 if null; null for `ols`",
        ),
        input("n_harmonics", Kind::Integer, "pairs of waves in a season of 12, 0 to 5; 0 if null"),
        input("errors", Kind::Text, "as of `ols`, without `cluster`; `model` if null"),
        input("lag", Kind::Integer, "how many periods back `newey_west` looks"),
        CONFIDENCE,
    ],
    n_required: 4,
    result: Shape::Record(RESULT),
    example: "select round(r['level_change']['estimate'], 3) as level_change,\n       \
              round(r['slope_change']['estimate'], 3) as slope_change,\n       \
              round(r['averted']['estimate'], 2) as averted,\n       \
              round(r['averted']['lower_95'], 2) as lower_95, round(r['averted']['upper_95'], 2) as upper_95\n\
              from (\n    \
              select its(month, value, month > 6, 'ols') as r\n    \
              from (\n        \
              values (1, 50), (2, 52), (3, 51), (4, 54), (5, 53), (6, 55),\n               \
              (7, 46), (8, 47), (9, 45), (10, 46), (11, 44), (12, 45)\n    \
              ) as t(month, value)\n\
              )",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![Method::aggregate(&ITS, its)]
}

fn its(given: &Arguments) -> Value {
    let model = match model(given) {
        Ok(model) => model,
        Err(reason) => return refused("segmented regression", Errors::Model, reason),
    };
    let series = points(given).and_then(|points| {
        let series = methods::interrupted_series(&points, &model)?;
        Ok((points, series))
    });
    match series {
        Ok((points, series)) => record(&points, &series, &model),
        Err(reason) => refused(model.kind.name(), model.errors, reason),
    }
}

fn model(given: &Arguments) -> Result<SeriesModel, &'static str> {
    let kind = match given.option(|given, row| given.text(3, row))? {
        Some("ols") => ModelKind::Ols,
        Some("poisson") => ModelKind::Poisson,
        Some("quasi_poisson") => ModelKind::QuasiPoisson,
        _ => return Err("model is neither `ols`, `poisson` nor `quasi_poisson`"),
    };
    let n_harmonics = given.option(|given, row| given.integer(5, row))?.unwrap_or(0);
    let n_harmonics = usize::try_from(n_harmonics).unwrap_or(usize::MAX);
    let errors = errors(given, 6, 7)?;
    if errors == Errors::Cluster {
        return Err("a series has no clusters");
    }
    let confidence = given.one_confidence(8).ok_or(methods::NO_CONFIDENCE)?;
    Ok(SeriesModel { kind, n_harmonics, errors, confidence })
}

fn points(given: &Arguments) -> Result<Vec<SeriesPoint>, &'static str> {
    follows_on(given)?;
    let has_exposure = given.option(|given, row| given.number(4, row).map(|_| ()))?.is_some();
    let point = |row| SeriesPoint {
        value: given.number_or_nan(1, row),
        exposure: if has_exposure { given.number_or_nan(4, row) } else { 1.0 },
        is_after: given.flag(2, row),
    };
    Ok(given.rows().map(point).collect())
}

fn refused(method: &'static str, errors: Errors, reason: &'static str) -> Value {
    let mut record = vec![Value::Null; RESULT.len() - 3];
    record.extend([errors.name().into(), method.into(), reason.into()]);
    Value::Record(record)
}

fn record(points: &[SeriesPoint], series: &InterruptedSeries, model: &SeriesModel) -> Value {
    let term = |(name, term): (&&'static str, &Term)| {
        [Value::from(*name)].into_iter().chain(estimated(Some(term))).collect()
    };
    let point = |(at, point): (usize, &FittedPoint)| {
        let numbers = [point.observed, point.fitted, point.counterfactual].map(Value::from);
        [Value::from(at + 1)]
            .into_iter()
            .chain(numbers)
            .chain(all_limit_values(&point.limits))
            .collect()
    };
    let n_after = points.iter().filter(|point| point.is_after == Some(true)).count();
    Value::Record(vec![
        Value::Record(estimated(series.terms.get(2))),
        Value::Record(estimated(series.terms.get(3))),
        series.observed.into(),
        series.counterfactual.into(),
        Value::Record(estimated(Some(&series.averted))),
        series.percent_change.into(),
        Value::Records(NAMES.iter().zip(&series.terms).map(term).collect()),
        Value::Records(series.points.iter().enumerate().map(point).collect()),
        series.dispersion.into(),
        series.durbin_watson.into(),
        (points.len() - n_after).into(),
        n_after.into(),
        model.errors.name().into(),
        model.kind.name().into(),
        series.reason.into(),
    ])
}
