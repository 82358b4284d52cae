--! function = "negative_binomial"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-4
--! tables = { input = "regression/input.csv", expected = "regression_levels_expected.csv" }
--! remark = "Limits at 99 %."

select
    e.model,
    e.at,
    r['name'] as name, e.term as name_expected,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['standard_error'] as standard_error, e.std_error as standard_error_expected,
    r['lower'] as lower, e.lower as lower_expected,
    r['upper'] as upper, e.upper as upper_expected
from expected as e
left join (
    select unnest(negative_binomial(y_nb, [x1, x2, x3], exposure, 'model', null, null, 99, ['x1', 'x2', 'x3'])['terms']) as r
    from input
) as i on i.r['term'] = e.at
where e.model = 'negative_binomial'
