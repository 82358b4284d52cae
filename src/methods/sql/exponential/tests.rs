//! Exponential smoothing through SQL; its vectors are in `tests/vectors`.

use super::super::tests::text;

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
