//! Scores from lists of ICD-10 codes.

use super::arguments::Arguments;
use super::method::Method;
use super::page::{Kind, METHOD, Output, Page, Shape, input, output};
use super::value::Value;
use crate::methods;

const CHARLSON_RESULT: &[Output] = &[
    output("mi", Shape::Flag, "myocardial infarction"),
    output("chf", Shape::Flag, "congestive heart failure"),
    output("pvd", Shape::Flag, "peripheral vascular disease"),
    output("cevd", Shape::Flag, "cerebrovascular disease"),
    output("dementia", Shape::Flag, "dementia"),
    output("cpd", Shape::Flag, "chronic pulmonary disease"),
    output("rheumd", Shape::Flag, "rheumatic disease"),
    output("pud", Shape::Flag, "peptic ulcer disease"),
    output("mld", Shape::Flag, "mild liver disease"),
    output("diab", Shape::Flag, "diabetes without chronic complication"),
    output("diabwc", Shape::Flag, "diabetes with chronic complication"),
    output("hp", Shape::Flag, "hemiplegia or paraplegia"),
    output("rend", Shape::Flag, "renal disease"),
    output("canc", Shape::Flag, "any malignancy, with leukaemia and lymphoma"),
    output("msld", Shape::Flag, "moderate or severe liver disease"),
    output("metacanc", Shape::Flag, "metastatic solid tumour"),
    output("aids", Shape::Flag, "AIDS or HIV"),
    output("n_conditions", Shape::Integer, "how many of the 17"),
    output("score_charlson", Shape::Integer, "score with the weights of 1987"),
    output("score_quan2011", Shape::Integer, "score with the weights of 2011"),
    METHOD,
    output("reason", Shape::Text, "why there is no score, else null"),
];

const HFRS_RESULT: &[Output] = &[
    output("score", Shape::Number, "sum of points"),
    output("category", Shape::Text, "`Low` below 5, `Intermediate` 5 to 15, `High` above 15"),
    METHOD,
    output("reason", Shape::Text, "why there is no score, else null"),
];

static CHARLSON: Page = Page {
    name: "charlson",
    summary: "Charlson comorbidity of a list of ICD-10 codes, dotted or not, in either case, with \
              or without filler. Null with a reason for a null list; the look-back is what the list covers.",
    formula: "Each condition counts once; where both are coded, only the severe form of diabetes, \
              liver disease and cancer is scored.",
    source: "Codes: Quan H and others. Med Care 2005;43:1130-9. Weights: Charlson ME and others. J \
             Chronic Dis 1987;40:373-83; Quan H and others. Am J Epidemiol 2011;173:676-82.",
    inputs: &[input("codes", Kind::Texts, "ICD-10 codes of one person")],
    n_required: 1,
    result: Shape::Record(CHARLSON_RESULT),
    example: "select c['score_charlson'] as charlson, c['score_quan2011'] as quan, c['mi'] as mi, c['dementia'] as dementia\n\
              from (select charlson(['I21.4', 'F00.1', 'I21.9']) as c)",
};

static HFRS: Page = Page {
    name: "hfrs",
    summary: "Hospital Frailty Risk Score of a list of ICD-10 codes, each three-character category \
              counted once. With age and emergency admission given, null with a reason under 75 \
              or without one.",
    formula: "Sum of the points of 109 categories.",
    source: "Gilbert T and others. Lancet 2018;391:1775-82.",
    inputs: &[
        input("codes", Kind::Texts, "ICD-10 codes of the admission and the two years before"),
        input("age_years", Kind::Integer, "age in completed years"),
        input("is_emergency", Kind::Flag, "whether there was an emergency admission"),
    ],
    n_required: 1,
    result: Shape::Record(HFRS_RESULT),
    example: "select h['score'] as score, h['category'] as category, hfrs(['F00'], 70, true)['reason'] as if_younger\n\
              from (select hfrs(['F00', 'f00.1'], 80, true) as h)",
};

static CAMBRIDGE: Page = Page {
    name: "cambridge_multimorbidity",
    summary: "Cambridge Multimorbidity Score (general outcome, 20 conditions) of a list of conditions \
              by name, as `sql/reference/cambridge_weights.csv` names them; an empty list scores 0. \
              Null with a reason for a null list or a name that is none of the 20. Which codes make \
              a condition is the caller's to say.",
    formula: "Sum of the weights of the conditions, each counted once.",
    source: "Payne RA and others. CMAJ 2020;192:E107-14.",
    inputs: &[input("conditions", Kind::Texts, "such as `copd`, `heart_failure`, `dementia`")],
    n_required: 1,
    result: Shape::Record(&[
        output("score", Shape::Number, "sum of the weights"),
        output("n_conditions", Shape::Integer, "how many of the 20"),
        METHOD,
        output("reason", Shape::Text, "why there is no score, else null"),
    ]),
    example: "select c['score'] as score, c['n_conditions'] as n_conditions\n\
              from (select cambridge_multimorbidity(['copd', 'dementia', 'copd']) as c)",
};

/// The functions of this file.
pub(crate) fn methods() -> Vec<Method> {
    vec![
        Method::scalar(&CHARLSON, charlson),
        Method::scalar(&HFRS, hfrs),
        Method::scalar(&CAMBRIDGE, cambridge_multimorbidity),
    ]
}

fn cambridge_multimorbidity(given: &Arguments, row: usize) -> Value {
    let conditions = given.texts(0, row).ok_or("conditions are missing");
    let result = conditions.and_then(methods::cambridge_multimorbidity);
    let (score, n_conditions, reason) = match result {
        Ok(result) => (Some(result.score()), Some(result.n_conditions), None),
        Err(reason) => (None, None, Some(reason)),
    };
    Value::Record(vec![score.into(), n_conditions.into(), METHOD_CAMBRIDGE.into(), reason.into()])
}

const NO_CODES: &str = "codes are missing";
const METHOD_CHARLSON: &str = "ICD-10 codes of Quan 2005; weights of Charlson 1987 and Quan 2011";
const METHOD_HFRS: &str = "ICD-10 codes and points of Gilbert 2018, each code once";
const METHOD_CAMBRIDGE: &str = "weights of the general outcome, 20 conditions";

fn charlson(given: &Arguments, row: usize) -> Value {
    let Some(codes) = given.texts(0, row) else {
        let mut record = vec![Value::Null; CHARLSON_RESULT.len() - 2];
        record.extend([METHOD_CHARLSON, NO_CODES].map(Value::from));
        return Value::Record(record);
    };
    let result = methods::charlson(codes);
    let n_conditions = result.has_condition.iter().filter(|has| **has).count();
    let mut record: Vec<Value> = result.has_condition.map(Value::from).into();
    record.push(n_conditions.into());
    record.extend([result.score_charlson, result.score_quan2011].map(Value::from));
    record.extend([METHOD_CHARLSON.into(), Value::Null]);
    Value::Record(record)
}

fn hfrs(given: &Arguments, row: usize) -> Value {
    let result = match given.texts(0, row) {
        None => {
            let text = [METHOD_HFRS, NO_CODES].map(Value::from);
            return Value::Record([Value::Null, Value::Null].into_iter().chain(text).collect());
        }
        Some(codes) if given.has(1) => {
            methods::frailty_of(codes, given.integer(1, row), given.flag(2, row))
        }
        Some(codes) => methods::frailty(codes),
    };
    let (score, category) = (result.score().into(), result.category().into());
    Value::Record(vec![score, category, METHOD_HFRS.into(), result.reason.into()])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_stand_in_the_order_of_the_table_of_weights() {
        let names = CHARLSON_RESULT.iter().map(|output| output.name);
        let conditions = methods::charlson_conditions();
        assert!(names.zip(&conditions).all(|(name, condition)| name == *condition));
        assert_eq!(conditions.len() + 5, CHARLSON_RESULT.len());
    }
}
