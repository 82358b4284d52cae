--! function = "auc"
--! made_by = "scikit-learn 1.9.1 and numpy"
--! tolerance = 1e-9
--! tables = { input = "risk_model_metrics/input.csv", expected = "risk_model_metrics/expected.csv" }

select
    r['value'] as value,
        max(value) filter (where metric = 'auc') as value_expected,
    r['standard_error'] as standard_error,
        max(value) filter (where metric = 'auc_delong_se') as standard_error_expected,
    r['lower_95'] as lower_95,
        max(value) filter (where metric = 'auc_lower95') as lower_95_expected,
    r['upper_95'] as upper_95,
        max(value) filter (where metric = 'auc_upper95') as upper_95_expected
from expected
cross join (select auc(p, y) as r from input) as i
group by r
