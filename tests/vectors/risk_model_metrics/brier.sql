--! function = "brier"
--! made_by = "scikit-learn 1.9.1 and numpy"
--! tolerance = 1e-9
--! tables = { input = "risk_model_metrics/input.csv", expected = "risk_model_metrics/expected.csv" }

select
    r as value,
        max(value) filter (where metric = 'brier') as value_expected
from expected
cross join (select brier(p, y) as r from input) as i
group by r
