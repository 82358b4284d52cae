--! function = "calibration"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "risk_model_metrics/input.csv", expected = "risk_model_metrics/expected.csv" }

select
    r['slope'] as slope,
        max(value) filter (where metric = 'calibration_slope') as slope_expected,
    r['intercept'] as intercept,
        max(value) filter (where metric = 'calibration_intercept_joint') as intercept_expected,
    r['in_the_large'] as in_the_large,
        max(value) filter (where metric = 'calibration_in_the_large') as in_the_large_expected,
    r['observed_expected'] as ratio,
        max(value) filter (where metric = 'observed_expected_ratio') as ratio_expected
from expected
cross join (select calibration(p, y) as r from input) as i
group by r
