//! Every registered function at the edges of what it may be given: nothing, nought, less than
//! nothing, one row, rows all equal, huge and tiny numbers. Whatever is asked, it ends, does not
//! panic, gives no number that is none, and says why something is missing.

use std::sync::{Arc, mpsc};
use std::time::Duration;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Float64Builder, Int64Array, ListBuilder,
    RecordBatch, StringArray, StringBuilder, StructArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::prelude::SessionContext;

use super::gate::REASON;
use super::page::{Kind, Page};
use super::register::{methods, register};

/// More combinations of arguments than this are thinned, each value of each argument staying.
const MOST_CASES: usize = 8_000;
/// A function that has not answered by then never will.
const LONGEST: Duration = Duration::from_mins(3);

const NUMBERS: [Option<f64>; 12] = [
    None,
    Some(0.0),
    Some(1.0),
    Some(10.0),
    Some(-1.0),
    Some(0.5),
    Some(1e18),
    Some(1e308),
    Some(1e-320),
    Some(1e-9),
    Some(f64::INFINITY),
    Some(f64::NAN),
];
const INTEGERS: [Option<i64>; 7] =
    [None, Some(0), Some(1), Some(20), Some(-1), Some(i64::MAX), Some(i64::MIN)];
const TEXTS: [Option<&str>; 9] = [
    None,
    Some(""),
    Some("nothing known"),
    Some("40-44"),
    Some("rate"),
    Some("ratio"),
    Some("proportion"),
    Some("cqc"),
    Some("shmi"),
];
const FLAGS: [Option<bool>; 3] = [None, Some(true), Some(false)];
const LISTS: [Option<&[Option<f64>]>; 6] = [
    None,
    Some(&[]),
    Some(&[None]),
    Some(&[Some(1.0), Some(-1.0)]),
    Some(&[Some(1e308), Some(1e308)]),
    Some(&[Some(f64::NAN), Some(1e-320)]),
];
const CODES: [Option<&[Option<&str>]>; 5] =
    [None, Some(&[]), Some(&[None]), Some(&[Some("F00"), Some("?")]), Some(&[Some("I21"); 3])];

fn n_values(kind: Kind) -> usize {
    match kind {
        Kind::Number => NUMBERS.len(),
        Kind::Integer | Kind::Period | Kind::Key => INTEGERS.len(),
        Kind::Text => TEXTS.len(),
        Kind::Flag => FLAGS.len(),
        Kind::Numbers => LISTS.len(),
        Kind::Texts => CODES.len(),
    }
}

/// The values at these places of the kind's edges, as a column.
fn column(kind: Kind, at: &[usize]) -> ArrayRef {
    let at = at.iter().copied();
    match kind {
        Kind::Number => Arc::new(at.map(|at| NUMBERS[at]).collect::<Float64Array>()),
        Kind::Integer | Kind::Period | Kind::Key => {
            Arc::new(at.map(|at| INTEGERS[at]).collect::<Int64Array>())
        }
        Kind::Text => Arc::new(at.map(|at| TEXTS[at]).collect::<StringArray>()),
        Kind::Flag => Arc::new(at.map(|at| FLAGS[at]).collect::<BooleanArray>()),
        Kind::Numbers => {
            let mut lists = ListBuilder::new(Float64Builder::new());
            at.for_each(|at| lists.append_option(LISTS[at].map(|list| list.iter().copied())));
            Arc::new(lists.finish())
        }
        Kind::Texts => {
            let mut lists = ListBuilder::new(StringBuilder::new());
            at.for_each(|at| lists.append_option(CODES[at].map(|list| list.iter().copied())));
            Arc::new(lists.finish())
        }
    }
}

/// Combinations of the arguments' edges, each argument's by their places.
fn cases(page: &Page) -> Vec<Vec<usize>> {
    let sizes: Vec<usize> = page.inputs.iter().map(|input| n_values(input.kind)).collect();
    let n_all: usize = sizes.iter().product();
    // A step that has no factor in common with any size goes through every value of each.
    let step = n_all.div_ceil(MOST_CASES);
    let step = (step..).find(|step| [2, 3, 5, 7].iter().all(|prime| step % prime != 0));
    let step = if n_all <= MOST_CASES { 1 } else { step.expect("primes go on") };
    let case = |mut at: usize| {
        let place = |size: &usize| {
            let place = at % size;
            at /= size;
            place
        };
        sizes.iter().map(place).collect()
    };
    (0..n_all).step_by(step).map(case).collect()
}

/// How the rows of a table are put into groups.
#[derive(Debug, Clone, Copy)]
enum Grouping {
    /// Each case is a group of so many equal rows.
    Alike(usize),
    /// Each group holds so many cases that follow each other.
    Mixed(usize),
    /// Equal rows but for the first argument, which counts up from one.
    Numbered(usize),
}

const GROUPINGS: [Grouping; 5] = [
    Grouping::Alike(1),
    Grouping::Alike(3),
    Grouping::Alike(30),
    Grouping::Mixed(4),
    Grouping::Numbered(30),
];

/// A table of a group number `g` and the arguments `a0`, `a1` and so on.
fn table(page: &Page, cases: &[Vec<usize>], grouping: Grouping) -> RecordBatch {
    let (n_alike, n_mixed) = match grouping {
        Grouping::Alike(n) | Grouping::Numbered(n) => (n, 1),
        Grouping::Mixed(n) => (1, n),
    };
    let rows: Vec<(usize, &Vec<usize>)> = cases
        .iter()
        .enumerate()
        .flat_map(|(at, case)| std::iter::repeat_n((at / n_mixed, case), n_alike))
        .collect();
    let group = rows.iter().map(|(group, _)| *group as i64).collect::<Int64Array>();
    let mut columns: Vec<(String, ArrayRef)> = vec![("g".to_owned(), Arc::new(group))];
    for (at, input) in page.inputs.iter().enumerate() {
        let places: Vec<usize> = rows.iter().map(|(_, case)| case[at]).collect();
        let is_numbered = matches!(grouping, Grouping::Numbered(_)) && at == 0;
        let values: ArrayRef = match input.kind {
            Kind::Integer | Kind::Period | Kind::Key if is_numbered => {
                let number = |at| 1 + (at % n_alike) as i64;
                Arc::new((0..rows.len()).map(number).collect::<Int64Array>())
            }
            Kind::Number if is_numbered => {
                let number = |at| (at % n_alike) as f64 / n_alike as f64;
                Arc::new((0..rows.len()).map(|at| Some(number(at))).collect::<Float64Array>())
            }
            kind => column(kind, &places),
        };
        columns.push((format!("a{at}"), values));
    }
    RecordBatch::try_from_iter(columns).expect("columns of one length")
}

/// The function over every row, group or window of the table, with so many of its arguments.
fn sql(page: &Page, usage: &str, n_arguments: usize) -> String {
    let arguments: Vec<String> = (0..n_arguments).map(|at| format!("a{at}")).collect();
    let call = format!("{}({})", page.name, arguments.join(", "));
    match usage {
        "Functions of one row" => format!("select {call} as r from t"),
        "Functions of a group of rows" => format!("select {call} as r from t group by g"),
        _ => format!("select {call} over (partition by g) as r from t"),
    }
}

fn answer(sql: &str, table: RecordBatch) -> ArrayRef {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(async {
        let ctx = SessionContext::new();
        register(&ctx).expect("a fresh session takes every function");
        ctx.register_batch("t", table).expect("a new table");
        let frame = ctx.sql(sql).await.expect("a query that can be planned");
        let batches = frame.collect().await.expect("a query that can be run");
        let schema = batches.first().expect("rows").schema();
        let whole = concat_batches(&schema, &batches).expect("batches of one schema");
        Arc::clone(whole.column(0))
    })
}

/// What is wrong with the results in a column.
fn faults(results: &ArrayRef) -> Vec<String> {
    let mut faults = Vec::new();
    if !are_finite(results) {
        faults.push("a number that is none".to_owned());
    }
    let Some(results) = results.as_struct_opt() else { return faults };
    if results.null_count() > 0 {
        faults.push("a struct that is null".to_owned());
    }
    let reason = results.column_by_name(REASON).map(|reason| reason.as_string::<i32>());
    let Some(reason) = reason else { return vec!["no field for a reason".to_owned()] };
    for row in 0..results.len() {
        let missing: Vec<&str> = missing_fields(results, row);
        if missing.is_empty() == reason.is_valid(row) {
            faults.push(format!("row {row}: missing {missing:?}, reason {:?}", reason.value(row)));
        }
        faults.extend(disorder(results, row).map(|what| format!("row {row}: {what}")));
    }
    faults
}

fn are_finite(column: &ArrayRef) -> bool {
    match column.data_type() {
        DataType::Float64 => {
            column.as_primitive::<Float64Type>().iter().flatten().all(f64::is_finite)
        }
        DataType::Struct(_) => column.as_struct().columns().iter().all(are_finite),
        DataType::List(_) => are_finite(column.as_list::<i32>().values()),
        _ => true,
    }
}

/// The fields of a result, inner ones too, that are null though they are no reason. A model that
/// has not settled is missing as a whole.
fn missing_fields(results: &StructArray, row: usize) -> Vec<&str> {
    let mut missing = Vec::new();
    for (name, column) in results.column_names().into_iter().zip(results.columns()) {
        if name == REASON {
        } else if column.is_null(row) {
            missing.push(name);
        } else if let Some(inner) = column.as_struct_opt() {
            missing.extend(missing_fields(inner, row));
        } else if let Some(list) = column.as_list_opt::<i32>() {
            let items = list.value(row);
            if let Some(records) = items.as_struct_opt() {
                missing.extend((0..records.len()).flat_map(|at| {
                    let has_gap = !missing_fields(records, at).is_empty();
                    has_gap.then_some(name)
                }));
            }
        }
    }
    missing
}

/// Limits that do not lie in order, wider ones outside narrower ones.
fn disorder(results: &StructArray, row: usize) -> Option<String> {
    let limit = |name: &str| {
        let column = results.column_by_name(name)?;
        column.is_valid(row).then(|| column.as_primitive::<Float64Type>().value(row))
    };
    let names = ["lower_998", "lower_95", "upper_95", "upper_998"];
    let limits: Vec<f64> = names.iter().filter_map(|name| limit(name)).collect();
    let slack = |pair: &[f64]| 1e-12 * pair[0].abs();
    let in_order = limits.windows(2).all(|pair| pair[0] <= pair[1] + slack(pair));
    (!in_order).then(|| format!("limits {limits:?}"))
}

#[test]
fn every_function_gives_a_number_or_a_reason_whatever_it_is_given() {
    let mut all = Vec::new();
    for method in methods() {
        let (page, usage) = (method.page, method.usage());
        let cases = cases(page);
        for grouping in GROUPINGS {
            if usage == "Functions of one row" && !matches!(grouping, Grouping::Alike(1)) {
                continue;
            }
            let table = table(page, &cases, grouping);
            for n_arguments in page.n_required..=page.inputs.len() {
                let (sql, table) = (sql(page, usage, n_arguments), table.clone());
                let (send, receive) = mpsc::channel();
                let query = sql.clone();
                std::thread::spawn(move || drop(send.send(answer(&query, table))));
                let found = match receive.recv_timeout(LONGEST) {
                    Ok(results) => faults(&results),
                    Err(mpsc::RecvTimeoutError::Disconnected) => vec!["a panic".to_owned()],
                    Err(mpsc::RecvTimeoutError::Timeout) => vec!["no end".to_owned()],
                };
                if let Some(first) = found.first() {
                    all.push(format!("{sql}, {grouping:?}: {} faults, {first}", found.len()));
                }
            }
        }
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

// The cases themselves: every value of every argument of every function is among them.
#[test]
fn the_cases_leave_no_edge_out() {
    for method in methods() {
        let cases = cases(method.page);
        assert!(cases.len() <= MOST_CASES, "{}: {}", method.page.name, cases.len());
        for (at, input) in method.page.inputs.iter().enumerate() {
            for value in 0..n_values(input.kind) {
                assert!(cases.iter().any(|case| case[at] == value), "{} {}", method.page.name, at);
            }
        }
    }
}

#[test]
fn a_number_that_is_none_or_a_reason_that_lacks_is_a_fault() {
    let of = |value: Option<f64>, reason: Option<&str>| {
        let value: ArrayRef = Arc::new(Float64Array::from(vec![value]));
        let reason: ArrayRef = Arc::new(StringArray::from(vec![reason]));
        let pair = StructArray::try_from(vec![("value", value), (REASON, reason)]).expect("a pair");
        let results: ArrayRef = Arc::new(pair);
        faults(&results).len()
    };
    assert_eq!((of(Some(1.0), None), of(None, Some("why"))), (0, 0));
    assert_eq!((of(Some(f64::NAN), None), of(None, None), of(Some(1.0), Some("why"))), (1, 1, 1));
    let limits = |lower: f64, upper: f64| {
        let column = |value: f64| -> ArrayRef { Arc::new(Float64Array::from(vec![value])) };
        let pair = [("lower_95", column(lower)), ("upper_95", column(upper))];
        let limits = StructArray::try_from(pair.to_vec()).expect("a pair");
        disorder(&limits, 0)
    };
    assert!(limits(1.0, 2.0).is_none() && limits(2.0, 1.0).is_some());
}
