//! The functions as analysts call them.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::concat_batches;
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use datafusion::datasource::MemTable;
use datafusion::logical_expr::AggregateUDF;
use datafusion::prelude::{SessionConfig, SessionContext};
use datafusion::sql::parser::DFParser;

use super::aggregate::AggregateMethod;
use super::page::{Kind, Page, Shape, input};
use super::value::Value;
use super::{reference_markdown, register};

pub(super) fn context_with(n_partitions: usize) -> SessionContext {
    let config = SessionConfig::new().with_target_partitions(n_partitions).with_batch_size(7);
    let ctx = SessionContext::new_with_config(config);
    register(&ctx).expect("a fresh session takes every function");
    ctx
}

pub(super) fn context() -> SessionContext {
    context_with(2)
}

/// A table of vectors, in one batch.
pub(super) fn vectors(name: &str) -> RecordBatch {
    let path = format!("{}/tests/vectors/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).expect("the vector file exists");
    let format = Format::default().with_header(true);
    let (schema, _) = format.infer_schema(text.as_bytes(), None).expect("a header");
    let reader = ReaderBuilder::new(Arc::new(schema)).with_header(true).with_batch_size(100_000);
    let mut batches = reader.build(text.as_bytes()).expect("a reader");
    batches.next().expect("rows").expect("rows that fit their header")
}

/// `batch` as a table in `n_pieces` partitions, each row of it given once.
pub(super) fn add_table(ctx: &SessionContext, name: &str, batch: &RecordBatch, n_pieces: usize) {
    let n_rows = batch.num_rows();
    let piece = |at: usize| {
        let (from, to) = (at * n_rows / n_pieces, (at + 1) * n_rows / n_pieces);
        vec![batch.slice(from, to - from)]
    };
    let pieces = (0..n_pieces).rev().map(piece).collect();
    let table = MemTable::try_new(batch.schema(), pieces).expect("pieces of one schema");
    ctx.register_table(name, Arc::new(table)).expect("a new table");
}

pub(super) async fn run(ctx: &SessionContext, sql: &str) -> RecordBatch {
    let frame = ctx.sql(sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let batches = frame.collect().await.unwrap_or_else(|error| panic!("{sql}: {error}"));
    let schema = batches.first().expect("rows").schema();
    concat_batches(&schema, &batches).expect("batches of one schema")
}

async fn fault(ctx: &SessionContext, sql: &str) -> String {
    match ctx.sql(sql).await {
        Err(error) => error.to_string(),
        Ok(frame) => frame.collect().await.expect_err("a fault").to_string(),
    }
}

pub(super) fn numbers(column: &ArrayRef) -> Vec<Option<f64>> {
    match column.data_type() {
        DataType::Int64 => {
            column.as_primitive::<Int64Type>().iter().map(|n| n.map(|n| n as f64)).collect()
        }
        DataType::Null => vec![None; column.len()],
        _ => column.as_primitive::<Float64Type>().iter().collect(),
    }
}

fn texts(column: &ArrayRef) -> Vec<Option<String>> {
    if let Some(texts) = column.as_string_view_opt() {
        return texts.iter().map(|text| text.map(str::to_owned)).collect();
    }
    column.as_string::<i32>().iter().map(|text| text.map(str::to_owned)).collect()
}

/// The single text that a query gives.
pub(super) async fn text(sql: &str) -> Option<String> {
    texts(run(&context(), sql).await.column(0)).remove(0)
}

/// The single number that a query gives.
async fn number(sql: &str) -> Option<f64> {
    numbers(run(&context(), sql).await.column(0)).remove(0)
}

/// Every pair of columns `x`, `x_expected` of a query agrees within `tolerance`, relatively.
pub(super) async fn check_pairs(ctx: &SessionContext, sql: &str, tolerance: f64) {
    let worst = deviation(ctx, sql).await;
    assert!(worst <= tolerance, "deviation {worst:e} in {sql}");
}

/// The largest relative deviation between columns `x` and `x_expected` of a query.
pub(super) async fn deviation(ctx: &SessionContext, sql: &str) -> f64 {
    let batch = run(ctx, sql).await;
    let schema = batch.schema();
    let (mut n_pairs, mut worst) = (0, 0.0_f64);
    for (at, field) in schema.fields().iter().enumerate() {
        let Some(expected) = batch.column_by_name(&format!("{}_expected", field.name())) else {
            continue;
        };
        n_pairs += 1;
        for (got, expected) in numbers(batch.column(at)).into_iter().zip(numbers(expected)) {
            match (got, expected) {
                (Some(got), Some(expected)) if got.is_finite() => {
                    worst = worst.max((got - expected).abs() / expected.abs().max(1e-300));
                }
                (got, expected) => {
                    assert!(got == expected, "{}: {got:?} for {expected:?}", field.name());
                }
            }
        }
    }
    assert!(n_pairs > 0, "no pair of columns in {sql}");
    worst
}

#[tokio::test]
async fn a_rate_that_cannot_be_given_is_null_with_a_reason() {
    let few = "select dsr(n, 1000, 5, 1000)['reason'] from (values (4), (5)) as t(n)";
    assert_eq!(text(few).await.as_deref(), Some("fewer than 10 events"));
    let mixed = "select dsr(n, 1000, 5, p)['reason'] from (values (40, 1), (50, 2)) as t(n, p)";
    assert_eq!(text(mixed).await.as_deref(), Some("`per` is missing or differs between rows"));
    let nothing = "select dsr(n, 1000, 5, 1)['reason'] from (values (4)) as t(n) where n > 9";
    assert_eq!(text(nothing).await.as_deref(), Some("no rows"));
    let unequal = "select dsr_repeat('a', n, 5, 1, 20, 1)['reason'] from (values (4), (5)) as t(n)";
    let reason = "population or weight differs between rows of a stratum";
    assert_eq!(text(unequal).await.as_deref(), Some(reason));
    assert_eq!(number("select crude_rate(null, 10, 1)['value']").await, None);
    assert_eq!(
        text("select byars(0)['reason']").await.as_deref(),
        Some("Byar's lower limit is below zero")
    );
}

#[tokio::test]
async fn a_group_without_strata_keeps_its_own_reason_beside_the_others() {
    let ctx = context();
    let sql = "select area, dsr(n, pop, 5, 1000)['value'] as v from (values \
               ('a', 20, 100), ('a', 30, 100), ('b', 3, 100), ('c', 40, 0)) as t(area, n, pop) \
               group by area order by area";
    let batch = run(&ctx, sql).await;
    // By hand: 50 events in 200 persons of equal weights.
    assert_eq!(numbers(batch.column(1)), [Some(250.0), None, None]);
}

#[tokio::test]
async fn a_rate_funnel_is_a_ratio_funnel_on_the_scale_of_its_rate() {
    let ctx = context();
    let areas = "(values ('a', 90, 1000), ('b', 110, 1000), ('c', 380, 4000), ('d', 20, 400), \
                 ('e', null, 10)) as t(area, n, days)";
    let sql = format!(
        "select f['baseline'] as x, 93.75 as x_expected, \
         f['upper_95'] as y, g['upper_95'] * 93.75 as y_expected, f['value'] as v, \
         n * 1000.0 / days as v_expected from (select *, funnel_rate(n, days, 1000) over () as f, \
         funnel_ratio(n, days * 600.0 / 6400) over () as g from {areas}) as r where n is not null"
    );
    check_pairs(&ctx, &sql, 1e-12).await;
    let sql = format!(
        "select funnel_rate(n, days, 1000) over ()['reason'] from {areas} order by area desc"
    );
    let reasons = texts(run(&ctx, &sql).await.column(0));
    assert_eq!(reasons[0].as_deref(), Some("no denominator, or a numerator that does not fit it"));
    assert!(reasons[1..].iter().all(Option::is_none));
}

#[tokio::test]
async fn curves_of_a_funnel_run_through_the_limits_of_its_areas() {
    let ctx = context();
    let sql = "select l['lower_998'] as a, f['lower_998'] as a_expected, l['upper_95'] as b, \
        f['upper_95'] as b_expected from (select f, \
        funnel_limits('rate', f['baseline'], days, 1000, f['tau2']) as l from (select days, \
        funnel_rate(n, days, 1000) over () as f from (values (60, 1000), (150, 1000), (380, 4000), \
        (20, 400)) as t(n, days)) as r) as s";
    check_pairs(&ctx, sql, 1e-12).await;
    assert_eq!(
        number("select count(*) from (select unnest(funnel_axis(1, 660)))").await,
        Some(100.0)
    );
    let limits = "select funnel_proportion_limits(0.338, 2, 1)['upper_998']";
    assert_eq!(number(limits).await, Some(1.0));
    let exact = number("select funnel_poisson_limits(1)['expected']['upper_998']").await;
    assert!((exact.expect("a limit") + 0.999_f64.ln()).abs() < 1e-12);
}

#[tokio::test]
async fn a_series_with_a_gap_or_too_short_is_refused_with_a_reason() {
    let of = |rows: &str| format!("select forecast(m, 5, 6)['reason'] from ({rows})");
    let short = of("select unnest(generate_series(1, 23)) as m");
    assert_eq!(text(&short).await.as_deref(), Some("fewer than 24 points"));
    let gap = of("select unnest(generate_series(1, 60, 2)) as m");
    assert_eq!(text(&gap).await.as_deref(), Some("a period is left out"));
    let dates = of("select unnest(generate_series(date '2023-04-01', date '2026-03-01', \
                    interval '1 month')) as m");
    assert_eq!(text(&dates).await, None);
    let days = of("select unnest(generate_series(date '2023-04-01', date '2023-05-01', \
                   interval '1 day')) as m");
    assert_eq!(text(&days).await.as_deref(), Some("a period occurs twice"));
}

#[tokio::test]
async fn frailty_is_null_with_a_reason_outside_its_scope() {
    let of = |arguments: &str| format!("select hfrs({arguments})['reason']");
    assert_eq!(text(&of("['F00'], 74, true")).await.as_deref(), Some("under 75"));
    let planned = text(&of("['F00'], 80, false")).await;
    assert_eq!(planned.as_deref(), Some("no emergency admission"));
    assert_eq!(text(&of("null, 80, true")).await.as_deref(), Some("codes are missing"));
    assert_eq!(text(&of("['F00', null], 80, true")).await, None);
    assert_eq!(number("select hfrs(['F00', 'f00.1'], 80, true)['score']").await, Some(7.1));
    assert_eq!(number("select charlson(cast(null as varchar[]))['score_charlson']").await, None);
}

#[tokio::test]
async fn an_outcome_that_is_neither_nought_nor_one_is_refused_with_a_reason() {
    let unknown = "select auc(p, y)['reason'] from (values (0.1, 0), (0.2, 2)) as t(p, y)";
    assert!(text(unknown).await.is_some());
}

// With a constant in the model, probabilities sum to the events.
#[tokio::test]
async fn a_model_fitted_in_sql_scores_its_rows() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("logistic_input"), 3);
    let sql = "select sum(logistic_score(m['coefficients'], [x1, x2, x3])) as n, \
        cast(sum(y_binary) as double) as n_expected from input \
        cross join (select logistic(y_binary, [x1, x2, x3]) as m from input)";
    check_pairs(&ctx, sql, 1e-9).await;
}

const FOLLOWED: &str = "(values (1, 1, 3, 365, 1, 365), (2, 1, 2, 365, 2, 200), \
    (3, 1, 4, 365, 0, 365), (4, 1, 0, 180, 1, 365), (5, 1, 5, 365, 2, 300), \
    (6, 0, 1, 365, 2, 365), (7, 0, 3, 365, 2, 365), (8, 0, 0, 365, 1, 120), \
    (9, 0, 2, 300, 2, 365), (10, 0, 4, 365, 5, 365), (11, 0, 1, 365, 0, 365)) \
    as t(person, is_case, eb, db, ea, da)";

// Expected: statsmodels 0.15.0, as beside the pure function.
#[tokio::test]
async fn a_ratio_of_rate_ratios_agrees_with_a_clustered_regression_in_sql() {
    let sql = format!(
        "select r['rate_ratio'] as a, 0.3697247174731948 as a_expected, \
         r['lower_95'] as b, 0.1399358118230485 as b_expected, \
         r['naive_upper_95'] as c, 0.9964102996198987 as c_expected, \
         r['n_controls'] as n, 6 as n_expected \
         from (select did_rate_ratio(person, is_case = 1, eb, db, ea, da) as r from {FOLLOWED})"
    );
    check_pairs(&context(), &sql, 1e-6).await;
    let sql =
        format!("select did_rate_ratio(person, null, eb, db, ea, da)['reason'] from {FOLLOWED}");
    assert_eq!(text(&sql).await.as_deref(), Some("a value is missing"));
}

// Expected: scipy 1.17.1 `chi2.isf(0.025, 2e14 + 2) / 2`; -ln(.025) and -ln(.001) by hand.
#[tokio::test]
async fn limits_of_counts_hold_from_none_to_very_many() {
    let upper = number("select poisson_exact(1e14)['upper_95']").await.expect("a limit");
    assert!((upper / 100_000_019_599_641.8 - 1.0).abs() < 1e-14, "{upper}");
    let none = "(select funnel_poisson_limits(0) as l)";
    let most = number(&format!("select l['expected']['lower_998'] from {none}")).await;
    assert!((most.expect("a limit") + 0.001_f64.ln()).abs() < 1e-12);
    assert_eq!(number(&format!("select l['ratio']['upper_95'] from {none}")).await, None);
    let reason = text(&format!("select l['reason'] from {none}")).await;
    assert_eq!(reason.as_deref(), Some("no events: a ratio of none has no upper limit"));
}

#[tokio::test]
async fn what_cannot_be_is_refused_with_a_reason() {
    for sql in [
        "select crude_rate(3, 10, null)['reason']",
        "select wilson(1, 2, -100)['reason']",
        "select dsr(n, 100, 5, -1000)['reason'] from (values (20), (30)) as t(n)",
        "select funnel_limits('rate', 0, 100, 1000, 0)['reason']",
        "select funnel_limits('proportion', 2, 100, 1, 0)['reason']",
        "select funnel_proportion_limits(-0.5, 100, -1)['reason']",
        "select charlson(cast(null as varchar[]))['reason']",
        "select dsr_repeat('a', 100, 5, f, n, 1)['reason'] from (values (-2, -20), (3, 20)) as t(f, n)",
        "select dsr_squares(20, 5, 100, 5, 1)['reason']",
        "select funnel_count_ratio(n, d) over ()['reason'] from (values (0, 10), (0, 20), (0, 30)) \
         as t(n, d)",
        "select funnel_ratio(n, 9, 1, 0.1, s) over ()['reason'] from (values (7, 'cqc'), (8, 'cqc'), \
         (9, 'shmi')) as t(n, s)",
        "select did_rate_ratio(k, c, a, 100, e, 100)['reason'] from (values (1, true, 1, 2), \
         (2, false, 1, 1)) as t(k, c, a, e)",
    ] {
        assert!(text(sql).await.is_some(), "{sql}");
    }
    let axis = "select count(*) from (select unnest(funnel_axis(1, 9223372036854775807)))";
    assert_eq!(number(axis).await, Some(0.0));
}

#[tokio::test]
async fn rows_that_a_filter_leaves_out_do_not_count() {
    let sql = "select proportion(n, 10) filter (where n < 5)['value'] as v, e as v_expected from \
               (values (1, 0.2), (3, 0.2), (9, 0.2)) as t(n, e) group by e";
    check_pairs(&context(), sql, 1e-15).await;
}

#[tokio::test]
async fn an_aggregate_may_stand_in_a_window() {
    let ctx = context();
    let sql = "select dsr(n, 100, 5, 1000) over (partition by area)['value'] as v, \
               x as v_expected from (values ('a', 20, 250.0), ('a', 30, 250.0), \
               ('b', 40, 400.0)) as t(area, n, x)";
    check_pairs(&ctx, sql, 1e-12).await;
}

#[tokio::test]
async fn arguments_that_do_not_fit_are_refused_by_name() {
    let ctx = context();
    let sql = "select dsr(1.5, 2, 3, 4)";
    assert!(fault(&ctx, sql).await.contains("dsr: argument `n_events` takes integer"));
    let sql = "select wilson(1)";
    assert!(
        fault(&ctx, sql)
            .await
            .contains("wilson(numerator, denominator [, multiplier] [, confidence])")
    );
    let sql = "select brier(distinct p, 1) from (values (0.5)) as t(p)";
    assert!(fault(&ctx, sql).await.contains("distinct"));
}

#[tokio::test]
async fn a_group_above_the_limit_is_an_error() {
    static PAGE: Page = Page {
        name: "small",
        summary: "",
        formula: "",
        source: "",
        inputs: &[input("x", Kind::Integer, "")],
        n_required: 1,
        result: Shape::Integer,
        example: "select 1",
    };
    let ctx = context();
    let method = AggregateMethod::with_limit(&PAGE, |given| Value::from(given.n_rows()), 5);
    ctx.register_udaf(AggregateUDF::from(method));
    let of =
        |n: usize| format!("select small(x) from (select unnest(generate_series(1, {n})) as x)");
    assert_eq!(numbers(run(&ctx, &of(5)).await.column(0)), [Some(5.0)]);
    assert!(fault(&ctx, &of(6)).await.contains("small: more than 5 rows in a group"));
}

/// Persons one by one are what they are by how many events each had.
#[tokio::test]
async fn rows_that_are_alike_but_for_their_count_are_one_row_with_all_of_them() {
    let persons = "(select x % 7 as band, case when x % 7 = 3 then 0 else x % 5 end as f, 1 as n \
                   from (select unnest(generate_series(1, 20000)) as x))";
    let counted = format!("(select band, f, count(*) as n from {persons} group by band, f)");
    let rate = |rows: &str| {
        format!("(select dsr_repeat(band, 3000, band + 1, f, n, 1000) as r from {rows})")
    };
    let fields = ["value", "lower_95", "upper_998", "n_events", "population"];
    let pairs = fields
        .map(|field| format!("p.r['{field}'] as {field}, c.r['{field}'] as {field}_expected"));
    let (persons, counted) = (rate(persons), rate(&counted));
    let sql = format!("select {} from {persons} as p cross join {counted} as c", pairs.join(", "));
    check_pairs(&context_with(1), &sql, 0.0).await;
    check_pairs(&context_with(4), &sql, 0.0).await;
}

#[test]
fn every_function_is_on_the_reference_page_with_an_example_that_parses() {
    let page = reference_markdown(&|_| String::new());
    for method in register::methods() {
        let (name, example) = (method.page.name, method.page.example);
        assert!(page.contains(&format!("### `{}`", method.page.call())), "{name}");
        assert!(example.contains(name), "{name}");
        assert!(DFParser::parse_sql(example).is_ok(), "{example}");
        assert!(method.page.n_required <= method.page.inputs.len(), "{name}");
    }
}
