//! Exponential smoothing against statsmodels, and accuracy against its formulas, through SQL.

use super::super::tests::{
    add_table, check_pairs, context, context_with, numbers, run, text, vectors,
};

const TRAINING: &str = "(select i.* from input as i join (select \"case\" as c, max(t) - 12 as last \
                        from input group by c) as l on l.c = i.\"case\" where t <= last)";

/// Each of the peer's fits beside ours: `excess` of our likelihood, and forecasts in relation.
fn sql_of_fits() -> String {
    format!(
        "select e.\"case\" as c, e.model, r['log_likelihood'] - e.log_likelihood as excess, \
         e.aicc, r['aicc'] as own_aicc, abs(r['steps'][1]['value'] / e.first - 1) as first, \
         abs(r['steps'][12]['value'] / e.last - 1) as last, r['reason'] is null as is_whole \
         from expected as e join (select \"case\" as c, model as m, ets(t, y, 12, model) as r \
         from {TRAINING} cross join (select distinct model from expected) group by c, m) as f \
         on f.c = e.\"case\" and f.m = e.model"
    )
}

// The marks of the shared vectors: a likelihood not lower by more than .5, forecasts within 2 %.
// Where the likelihoods differ ours is the higher, so only those fits forecast alike that agree.
#[tokio::test]
async fn likelihoods_are_no_lower_than_those_of_statsmodels_and_forecasts_are_alike() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("ets_input"), 3);
    add_table(&ctx, "expected", &vectors("ets_expected"), 1);
    let fits = sql_of_fits();
    let sql = format!(
        "select count(*) * 1.0, min(excess), \
         max(case when abs(excess) < 0.1 then greatest(first, last) end), \
         sum(case when abs(excess) < 0.1 then 1.0 else 0.0 end), \
         sum(case when is_whole then 0.0 else 1.0 end) from ({fits})"
    );
    let result = run(&ctx, &sql).await;
    let [n_fits, lowest, farthest, n_alike, n_missing] =
        [0, 1, 2, 3, 4].map(|at| numbers(result.column(at))[0].expect("a number"));
    assert_eq!((n_fits, n_missing), (24.0, 0.0));
    assert!(lowest > -0.05, "a likelihood lower by {lowest}");
    assert!(n_alike >= 8.0 && farthest < 0.02, "{n_alike} alike, {farthest}");
}

#[tokio::test]
async fn the_model_of_the_least_criterion_is_chosen() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("ets_input"), 3);
    add_table(&ctx, "expected", &vectors("ets_expected"), 1);
    let sql = format!(
        "select sum(case when e.model = f.model then 1.0 else 0.0 end), count(*) * 1.0 \
         from (select \"case\" as c, ets(t, y, 12)['method'] as model from {TRAINING} group by c) as f \
         join (select \"case\" as c, first_value(model order by aicc) as model from expected \
         group by c) as e on e.c = f.c"
    );
    let result = run(&ctx, &sql).await;
    assert_eq!([0, 1].map(|at| numbers(result.column(at))[0]), [Some(4.0); 2]);
}

#[tokio::test]
async fn accuracy_of_the_seasonal_naive_forecast_agrees_with_its_formulas() {
    let ctx = context();
    add_table(&ctx, "input", &vectors("ets_input"), 3);
    add_table(&ctx, "expected", &vectors("ets_expected"), 1);
    let sql = "select r['mase'] as mase, e.naive_mase as mase_expected, \
               r['mape'] as mape, e.naive_mape as mape_expected, \
               r['coverage'] as coverage, 1.0 as coverage_expected \
               from expected as e join (select \"case\" as c, \
               forecast_accuracy(t, y, naive, naive - 1e6, naive + 1e6) as r from input group by c) \
               as f on f.c = e.\"case\"";
    check_pairs(&ctx, sql, 1e-9).await;
}

#[tokio::test]
async fn order_partitions_and_threads_change_no_bit_of_a_fit() {
    let batch = vectors("forecast_input");
    let mut results = Vec::new();
    for (n_partitions, n_pieces) in [(1, 1), (4, 5), (2, 17)] {
        let ctx = context_with(n_partitions);
        add_table(&ctx, "t", &batch, n_pieces);
        results.push(run(&ctx, "select ets(t, y, 12) as r from t").await);
    }
    let first = results[0].column(0).to_data();
    assert!(results.iter().all(|result| result.column(0).to_data() == first));
}

#[tokio::test]
async fn what_cannot_be_measured_says_why() {
    let of = |rows: &str| {
        format!("select forecast_accuracy(t, y, f, f - 1, f + 1)['reason'] from ({rows})")
    };
    let alike = of("select t, 5 as y, case when t > 24 then 6 end as f \
                    from (select unnest(generate_series(1, 30)) as t)");
    let reason = "the periods before the forecast are too few or alike to scale by";
    assert_eq!(text(&alike).await.as_deref(), Some(reason));
    let none = of("select t, t as y, null as f from (select unnest(generate_series(1, 30)) as t)");
    assert_eq!(text(&none).await.as_deref(), Some("no period has a forecast"));
    let model = "select ets(t, t * t % 7, 3, 'ETS(M,N,N)')['reason'] \
                 from (select unnest(generate_series(1, 30)) as t)";
    assert_eq!(text(model).await.as_deref(), Some("no such model, or it differs between rows"));
}
