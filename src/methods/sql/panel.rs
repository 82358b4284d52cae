//! Difference in differences in SQL.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{CONFIDENCE, Input, Kind, METHOD, Output, Page, Shape, WHY, input, output};
use super::regression::{ESTIMATED, estimated, places, term_of};
use super::value::Value;
use crate::methods::{self, BeforeAfter, Confidence, JointTest, ModelKind};
use crate::methods::{PanelEffects, PanelRow, Term};

const EFFECT: &[Output] = &[
    output("effect", Shape::Record(&ESTIMATED), "the effect of the treatment; a log where Poisson"),
    output("n", Shape::Integer, "rows"),
    output("n_units", Shape::Integer, "distinct units, which are the clusters"),
    METHOD,
    WHY,
];

const EFFECT_OF_PERIOD: [Output; 11] = term_of(output(
    "from_reference",
    Shape::Integer,
    "periods from the reference, before it below 0",
));

const JOINT: &[Output] = &[
    output("statistic", Shape::Number, "F: Wald's statistic over how many effects there are"),
    output("df_first", Shape::Integer, "effects of periods before the reference"),
    output("df_second", Shape::Integer, "units less one"),
    output("p_value", Shape::Number, "of no effect in any of those periods"),
];

const STUDY: &[Output] = &[
    output("effects", Shape::Records(&EFFECT_OF_PERIOD), "all periods but the reference"),
    output(
        "pre_trend",
        Shape::Record(JOINT),
        "joint test of all effects before the reference: a small p value says that the groups were \
         parting anyway",
    ),
    output("n", Shape::Integer, "rows"),
    output("n_units", Shape::Integer, "distinct units, which are the clusters"),
    METHOD,
    WHY,
];

const UNIT: Input =
    input("unit_key", Kind::Key, "area or practice: rows of one unit are one cluster");
const PERIOD: Input = input("period", Kind::Period, "any date in the month, or a running number");
const Y: Input = input("y", Kind::Number, "the outcome");

const CLUSTERED: &str = "difference in differences, errors by unit, Student's t below 30 units";
const TWO_WAY: &str = "two-way fixed effects, errors by unit, Student's t below 30 units";
const EVENTS: &str =
    "event study with two-way fixed effects, errors by unit, Student's t below 30 units";
const UNKNOWN: &str = "whether a row is of the treated, or after, is missing";

static DID: Page = Page {
    name: "did",
    summary: "Difference in differences of two groups over two periods (each may have many rows): how \
              much more those treated changed than the others, errors by unit. Where rows are \
              persons with their days, `did_rate_ratio` does this beside the naive ratio.",
    formula: "`y = b0 + b1 treated + b2 after + b3 treated after`; the effect is `b3`; of counts \
              `ln(mean / exposure)` in place of `y`. Limits by Student's t, degrees of freedom one \
              fewer than units, below 30 of those; none where one unit is alone in its group.",
    source: "Angrist JD, Pischke JS. Mostly Harmless Econometrics. 2009, chapter 5; Liang KY, Zeger \
             SL. Biometrika 1986;73:13-22.",
    inputs: &[
        UNIT,
        Y,
        input("is_treated", Kind::Flag, "whether the unit is of those treated, before and after"),
        input("is_after", Kind::Flag, "whether the row is from the change on"),
        input("model", Kind::Text, "`ols` (the default) or `poisson`"),
        input(
            "exposure",
            Kind::Number,
            "what counts are of, above zero, 1 if null; null for `ols`",
        ),
        CONFIDENCE,
    ],
    n_required: 4,
    result: Shape::Record(EFFECT),
    example: "select round(e['estimate'], 4) as effect, round(e['standard_error'], 4) as standard_error,\n       \
              round(e['lower_95'], 4) as lower_95, round(e['upper_95'], 4) as upper_95\n\
              from (\n    \
              select did(unit, y, is_treated, period > 2)['effect'] as e\n    \
              from (\n        \
              values ('A', true, 1, 10), ('A', true, 2, 12), ('A', true, 3, 8), ('A', true, 4, 7),\n               \
              ('B', true, 1, 12), ('B', true, 2, 12), ('B', true, 3, 10), ('B', true, 4, 9),\n               \
              ('C', false, 1, 9), ('C', false, 2, 10), ('C', false, 3, 10), ('C', false, 4, 10),\n               \
              ('D', false, 1, 11), ('D', false, 2, 10), ('D', false, 3, 12), ('D', false, 4, 11)\n    \
              ) as t(unit, is_treated, period, y)\n\
              )",
};

static DID_TWO_WAY: Page = Page {
    name: "did_two_way",
    summary: "Effect of being treated with an effect of every unit and every period beside it \
              (two-way fixed effects). Units that start at different times, with effects that \
              change as they age, are compared with each other as they ought not to be: see \
              `did_event_study`.",
    formula: "`y = unit + period + b treated now`, least squares; the units' effects count among the \
              terms of the cluster factor; limits as of `did`.",
    source: "Angrist JD, Pischke JS. Mostly Harmless Econometrics. 2009, chapter 5; Goodman-Bacon A. J \
             Econometrics 2021;225:254-77.",
    inputs: &[
        UNIT,
        PERIOD,
        Y,
        input("is_treated_now", Kind::Flag, "treated in this period"),
        CONFIDENCE,
    ],
    n_required: 4,
    result: Shape::Record(EFFECT),
    example: "select round(e['estimate'], 4) as effect, round(e['standard_error'], 4) as standard_error,\n       \
              round(e['lower_95'], 4) as lower_95, round(e['upper_95'], 4) as upper_95\n\
              from (\n    \
              select did_two_way(unit, period, y, is_treated and period > 2)['effect'] as e\n    \
              from (\n        \
              values ('A', true, 1, 10), ('A', true, 2, 12), ('A', true, 3, 8), ('A', true, 4, 7),\n               \
              ('B', true, 1, 12), ('B', true, 2, 12), ('B', true, 3, 10), ('B', true, 4, 9),\n               \
              ('C', false, 1, 9), ('C', false, 2, 10), ('C', false, 3, 10), ('C', false, 4, 10),\n               \
              ('D', false, 1, 11), ('D', false, 2, 10), ('D', false, 3, 12), ('D', false, 4, 11)\n    \
              ) as t(unit, is_treated, period, y)\n\
              )",
};

static DID_EVENT_STUDY: Page = Page {
    name: "did_event_study",
    summary: "Effect of belonging to the treated units in each period, against a reference period: \
              those before the treatment began ought to be nothing, or the groups were parting \
              anyway.",
    formula: "`y = unit + period + sum over periods but the reference of b_p treated`, least squares, \
              errors by unit, limits as of `did`; `pre_trend`: `F = b' V^-1 b / q` of the `q` effects \
              before the reference, `q` and units less one degrees of freedom.",
    source: "Angrist JD, Pischke JS. Mostly Harmless Econometrics. 2009, chapter 5; Wooldridge JM. \
             Econometric Analysis of Cross Section and Panel Data. 2010, 4.2.",
    inputs: &[
        UNIT,
        PERIOD,
        Y,
        input("is_treated", Kind::Flag, "whether the unit is of those treated, in all its rows"),
        input("reference", Kind::Period, "the period before the treatment began"),
        CONFIDENCE,
    ],
    n_required: 5,
    result: Shape::Record(STUDY),
    example: "select e['from_reference'] as from_reference, round(e['estimate'], 4) as effect,\n       \
              round(e['standard_error'], 4) as standard_error\n\
              from (\n    \
              select unnest(did_event_study(unit, period, y, is_treated, 2)['effects']) as e\n    \
              from (\n        \
              values ('A', true, 1, 10), ('A', true, 2, 12), ('A', true, 3, 8), ('A', true, 4, 7),\n               \
              ('B', true, 1, 12), ('B', true, 2, 12), ('B', true, 3, 10), ('B', true, 4, 9),\n               \
              ('C', false, 1, 9), ('C', false, 2, 10), ('C', false, 3, 10), ('C', false, 4, 10),\n               \
              ('D', false, 1, 11), ('D', false, 2, 10), ('D', false, 3, 12), ('D', false, 4, 11)\n    \
              ) as t(unit, is_treated, period, y)\n\
              )\n\
              order by from_reference",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::aggregate(&DID, |given| one(given, CLUSTERED, 6, did(given))),
        Method::aggregate(&DID_TWO_WAY, |given| {
            let effects = panel(given).map(|rows| methods::two_way_effect(&rows));
            one(given, TWO_WAY, 4, effects)
        }),
        Method::aggregate(&DID_EVENT_STUDY, |given| many(given, study(given))),
    ]
}

fn did(given: &Arguments) -> Result<PanelEffects, &'static str> {
    let kind = match given.option(|given, row| given.text(4, row))? {
        None | Some("ols") => ModelKind::Ols,
        Some("poisson") => ModelKind::Poisson,
        Some(_) => return Err("model is neither `ols` nor `poisson`"),
    };
    let has_exposure = given.option(|given, row| given.number(5, row).map(|_| ()))?.is_some();
    let units = places(given, 0)?;
    let row = |row: usize| {
        Some(BeforeAfter {
            unit: units[row],
            y: given.number_or_nan(1, row),
            exposure: if has_exposure { given.number_or_nan(5, row) } else { 1.0 },
            is_treated: given.flag(2, row)?,
            is_after: given.flag(3, row)?,
        })
    };
    let rows: Option<Vec<BeforeAfter>> = given.rows().map(row).collect();
    Ok(methods::difference_in_differences(kind, &rows.ok_or(UNKNOWN)?))
}

fn panel(given: &Arguments) -> Result<Vec<PanelRow>, &'static str> {
    let units = places(given, 0)?;
    let row = |row: usize| {
        Ok(PanelRow {
            unit: units[row],
            period: given.period(1, row).ok_or("a period is missing")?,
            y: given.number_or_nan(2, row),
            is_treated: given.flag(3, row).ok_or(UNKNOWN)?,
        })
    };
    given.rows().map(row).collect()
}

fn study(given: &Arguments) -> Result<(PanelEffects, i64, Confidence), &'static str> {
    let confidence = given.one_confidence(5).ok_or(methods::NO_CONFIDENCE)?;
    let reference = given.option(|given, row| given.period(4, row))?;
    let reference = reference.ok_or("no rows, or the reference is missing")?;
    let rows = panel(given)?;
    let mut treated: Vec<(usize, bool)> =
        rows.iter().map(|row| (row.unit, row.is_treated)).collect();
    treated.sort_unstable();
    treated.dedup();
    if treated.windows(2).any(|pair| pair[0].0 == pair[1].0) {
        return Err("a unit is treated in some rows and not in others");
    }
    Ok((methods::event_study(&rows, reference), reference, confidence))
}

fn one(
    given: &Arguments,
    method: &'static str,
    confidence_at: usize,
    effects: Result<PanelEffects, &'static str>,
) -> Value {
    let confidence = given.one_confidence(confidence_at);
    let effects = match confidence {
        Some(_) => effects.unwrap_or_else(PanelEffects::missing),
        None => PanelEffects::missing(methods::NO_CONFIDENCE),
    };
    let confidence = confidence.unwrap_or(Confidence::P95);
    let term = effects.effects.first().map(|(_, term)| term.at(confidence));
    Value::Record(vec![
        Value::Record(estimated(term.as_ref())),
        given.n_rows().into(),
        effects.n_units.into(),
        method.into(),
        effects.reason.into(),
    ])
}

fn many(given: &Arguments, study: Result<(PanelEffects, i64, Confidence), &'static str>) -> Value {
    let missing = |reason| (PanelEffects::missing(reason), 0, Confidence::P95);
    let (effects, reference, confidence) = study.unwrap_or_else(missing);
    let effect = |(period, term): &(i64, Term)| {
        let from = Value::from(period.checked_sub(reference));
        [from].into_iter().chain(estimated(Some(&term.at(confidence)))).collect()
    };
    let is_known = !effects.effects.is_empty();
    let records = effects.effects.iter().map(effect).collect();
    Value::Record(vec![
        if is_known { Value::Records(records) } else { Value::Null },
        Value::Record(joint(effects.pre_trend)),
        given.n_rows().into(),
        effects.n_units.into(),
        EVENTS.into(),
        effects.reason.into(),
    ])
}

fn joint(test: Option<JointTest>) -> Vec<Value> {
    let Some(test) = test else { return vec![Value::Null; JOINT.len()] };
    let JointTest { statistic, df_first, df_second, p_value } = test;
    vec![statistic.into(), df_first.into(), df_second.into(), p_value.into()]
}
