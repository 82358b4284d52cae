--! function = "log_loss"
--! made_by = "scikit-learn 1.9.1 and numpy"
--! tolerance = 1e-9
--! tables = { input = "risk_model_metrics/input.csv", expected = "risk_model_metrics/expected.csv" }

select
    r['value'] as value,
        max(value) filter (where metric = 'log_loss') as value_expected
from expected
cross join (select log_loss(p, y) as r from input) as i
group by r
