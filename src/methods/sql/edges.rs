//! Every registered function at the edges of what it may be given: nothing, nought, less than
//! nothing, one row, rows all equal, huge and tiny numbers. Whatever is asked, it ends, does not
//! panic, gives no number that is none, and says why something is missing.

use std::collections::BTreeSet;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Float64Builder, Int64Array, ListBuilder,
    RecordBatch, StringArray, StringBuilder, StructArray,
};
use arrow::compute::concat_batches;
use arrow::datatypes::{DataType, Float64Type};
use datafusion::prelude::SessionContext;
use rayon::prelude::*;

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

const N_NUMBERED: f64 = 30.0;
const GROUPINGS: [Grouping; 5] = [
    Grouping::Alike(1),
    Grouping::Alike(3),
    Grouping::Alike(30),
    Grouping::Mixed(4),
    Grouping::Numbered(N_NUMBERED as usize),
];

/// Rows of one group, each by the places of its arguments' values.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    rows: Vec<Vec<usize>>,
    /// Each row comes so many times.
    n_alike: usize,
    /// Whether the first argument counts up from one instead.
    is_numbered: bool,
}

/// The different groups that the cases make of so many of their arguments, in every grouping.
fn groups(page: &Page, cases: &[Vec<usize>], groupings: &[Grouping], n: usize) -> Vec<Group> {
    let rows: Vec<Vec<usize>> = cases.iter().map(|case| case[..n].to_vec()).collect();
    let can_count = [Kind::Integer, Kind::Period, Kind::Key, Kind::Number];
    let can_count = page.inputs.first().is_some_and(|input| can_count.contains(&input.kind));
    let alike = |row: &Vec<usize>, n_alike, is_numbered| {
        let mut row = row.clone();
        if is_numbered && n > 0 {
            row[0] = 0;
        }
        Group { rows: vec![row], n_alike, is_numbered }
    };
    let of = |grouping: &Grouping| -> Vec<Group> {
        match *grouping {
            Grouping::Alike(n_alike) => rows.iter().map(|row| alike(row, n_alike, false)).collect(),
            Grouping::Numbered(n_alike) => {
                rows.iter().map(|row| alike(row, n_alike, can_count)).collect()
            }
            Grouping::Mixed(n_mixed) => {
                let group = |rows: &[Vec<usize>]| Group {
                    rows: rows.to_vec(),
                    n_alike: 1,
                    is_numbered: false,
                };
                rows.chunks(n_mixed).map(group).collect()
            }
        }
    };
    let different: BTreeSet<Group> = groupings.iter().flat_map(of).collect();
    different.into_iter().collect()
}

/// A table of a group number `g` and so many arguments `a0`, `a1` and so on.
fn table(page: &Page, groups: &[Group], n_arguments: usize) -> RecordBatch {
    let mut group_of: Vec<i64> = Vec::new();
    let mut rows: Vec<(&Vec<usize>, Option<usize>)> = Vec::new();
    for (at, group) in groups.iter().enumerate() {
        for row in &group.rows {
            let number = |number| group.is_numbered.then_some(number);
            rows.extend((0..group.n_alike).map(|alike| (row, number(alike))));
        }
        group_of.resize(rows.len(), at as i64);
    }
    let mut columns: Vec<(String, ArrayRef)> =
        vec![("g".to_owned(), Arc::new(Int64Array::from(group_of)))];
    for (at, input) in page.inputs[..n_arguments].iter().enumerate() {
        let places: Vec<usize> = rows.iter().map(|(row, _)| row[at]).collect();
        let numbers = rows.iter().map(|(_, number)| *number);
        let values: ArrayRef = match input.kind {
            Kind::Integer | Kind::Period | Kind::Key if at == 0 => {
                let number = |(place, number): (usize, Option<usize>)| {
                    number.map_or(INTEGERS[place], |number| Some(1 + number as i64))
                };
                Arc::new(places.into_iter().zip(numbers).map(number).collect::<Int64Array>())
            }
            Kind::Number if at == 0 => {
                let number = |(place, number): (usize, Option<usize>)| {
                    number.map_or(NUMBERS[place], |number| Some(number as f64 / N_NUMBERED))
                };
                Arc::new(places.into_iter().zip(numbers).map(number).collect::<Float64Array>())
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
    let missing = missing_fields(results);
    let limits = limits(results);
    for row in 0..results.len() {
        if missing[row].is_none() == reason.is_valid(row) {
            let (missing, reason) = (missing[row], reason.value(row));
            faults.push(format!("row {row}: missing {missing:?}, reason {reason:?}"));
        }
        faults.extend(disorder(&limits, row).map(|what| format!("row {row}: {what}")));
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

/// Of each result a field, inner ones too, that is null though it is no reason. A model that has
/// not settled is missing as a whole.
fn missing_fields(results: &StructArray) -> Vec<Option<&str>> {
    let mut missing = vec![None; results.len()];
    for (name, column) in results.column_names().into_iter().zip(results.columns()) {
        let is_missing: Box<dyn Fn(usize) -> bool> = if name == REASON {
            continue;
        } else if let Some(inner) = column.as_struct_opt() {
            let inner = missing_fields(inner);
            Box::new(move |row| inner[row].is_some())
        } else if let Some(list) = column.as_list_opt::<i32>()
            && let Some(records) = list.values().as_struct_opt()
        {
            let records = missing_fields(records);
            let ends = list.offsets();
            Box::new(move |row| {
                let records = &records[ends[row] as usize..ends[row + 1] as usize];
                records.iter().any(Option::is_some)
            })
        } else {
            Box::new(|_| false)
        };
        for (row, missing) in missing.iter_mut().enumerate().filter(|(_, known)| known.is_none()) {
            *missing = (column.is_null(row) || is_missing(row)).then_some(name);
        }
    }
    missing
}

/// The limits that a result has, from the lowest to the highest.
fn limits(results: &StructArray) -> Vec<&Float64Array> {
    let names = ["lower_998", "lower_95", "upper_95", "upper_998"];
    let limit = |name: &&str| results.column_by_name(name).map(AsArray::as_primitive);
    names.iter().filter_map(limit).collect()
}

/// Limits that do not lie in order, wider ones outside narrower ones.
fn disorder(limits: &[&Float64Array], row: usize) -> Option<String> {
    let given = limits.iter().filter(|limit| limit.is_valid(row));
    let limits: Vec<f64> = given.map(|limit| limit.value(row)).collect();
    let slack = |pair: &[f64]| 1e-12 * pair[0].abs();
    let in_order = limits.windows(2).all(|pair| pair[0] <= pair[1] + slack(pair));
    (!in_order).then(|| format!("limits {limits:?}"))
}

/// What is wrong with a function that is given so many of its arguments.
fn found(page: &Page, usage: &str, cases: &[Vec<usize>], n_arguments: usize) -> Option<String> {
    let groupings = if usage == "Functions of one row" { &GROUPINGS[..1] } else { &GROUPINGS };
    let groups = groups(page, cases, groupings, n_arguments);
    let (sql, table) = (sql(page, usage, n_arguments), table(page, &groups, n_arguments));
    let (send, receive) = mpsc::channel();
    let query = sql.clone();
    std::thread::spawn(move || drop(send.send(answer(&query, table))));
    let found = match receive.recv_timeout(LONGEST) {
        Ok(results) => faults(&results),
        Err(mpsc::RecvTimeoutError::Disconnected) => vec!["a panic".to_owned()],
        Err(mpsc::RecvTimeoutError::Timeout) => vec!["no end".to_owned()],
    };
    found.first().map(|first| format!("{sql}: {} faults, {first}", found.len()))
}

#[test]
fn every_function_gives_a_number_or_a_reason_whatever_it_is_given() {
    let methods = methods();
    let all = methods.par_iter().flat_map(|method| {
        let (page, usage) = (method.page, method.usage());
        let cases = cases(page);
        let arguments = page.n_required..=page.inputs.len();
        arguments.filter_map(|n| found(page, usage, &cases, n)).collect::<Vec<String>>()
    });
    let all: Vec<String> = all.collect();
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
        disorder(&self::limits(&limits), 0)
    };
    assert!(limits(1.0, 2.0).is_none() && limits(2.0, 1.0).is_some());
}
