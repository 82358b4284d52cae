--! function = "top_share"
--! made_by = "scikit-learn 1.9.1 and numpy"
--! tolerance = 1e-9
--! tables = { input = "risk_model_metrics/input.csv", expected = "risk_model_metrics/expected.csv" }

with

share as (
    select split_part(metric, '_', 2) as share, value as n_flagged
    from expected
    where metric like 'top_%_k'
),

flagged as (
    select share, n_flagged, top_share(p, y, cast(share as double)) as r
    from input
    cross join share
    group by share, n_flagged
)

select
    flagged.share,
    r['n_flagged'] as n_flagged, flagged.n_flagged as n_flagged_expected,
    r['ppv'] as ppv, ppv.value as ppv_expected,
    r['sensitivity'] as sensitivity, s.value as sensitivity_expected,
    r['lift'] as lift, lift.value as lift_expected
from flagged
left join expected as ppv on ppv.metric = 'top_' || flagged.share || '_ppv'
left join expected as s on s.metric = 'top_' || flagged.share || '_sensitivity'
left join expected as lift on lift.metric = 'top_' || flagged.share || '_lift'
