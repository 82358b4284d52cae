--! function = "net_benefit"
--! made_by = "numpy"
--! tolerance = 1e-9
--! tables = { input = "risk_model_metrics/input.csv", expected = "risk_model_metrics/expected.csv" }

with

threshold as (
    select split_part(metric, '_', 2) as threshold, value as n_flagged
    from expected
    where metric like 'threshold_%_flagged'
),

flagged as (
    select threshold, n_flagged, net_benefit(p, y, cast(threshold as double)) as r
    from input
    cross join threshold
    group by threshold, n_flagged
)

select
    f.threshold,
    r['n_flagged'] as n_flagged, f.n_flagged as n_flagged_expected,
    r['ppv'] as ppv, ppv.value as ppv_expected,
    r['sensitivity'] as sensitivity, s.value as sensitivity_expected,
    r['specificity'] as specificity, c.value as specificity_expected,
    r['net_benefit'] as net_benefit, b.value as net_benefit_expected
from flagged as f
left join expected as ppv on ppv.metric = 'threshold_' || f.threshold || '_ppv'
left join expected as s on s.metric = 'threshold_' || f.threshold || '_sensitivity'
left join expected as c on c.metric = 'threshold_' || f.threshold || '_specificity'
left join expected as b on b.metric = 'threshold_' || f.threshold || '_net_benefit'
