--! function = "negative_binomial"
--! made_by = "statsmodels 0.15.0, clusters by Student's t"
--! tolerance = 1e-6
--! tables = { input = "regression/input.csv", expected = "regression_robust_expected.csv" }
--! remark = "Limits at 90 %; statsmodels' factor of HC1, which it leaves out of such models unless asked."

select
    e.model,
    e.at,
    r['name'] as name, e.term as name_expected,
    r['estimate'] as estimate, e.estimate as estimate_expected,
    r['standard_error'] as standard_error, e.std_error as standard_error_expected,
    r['p_value'] as p_value, e.p_value as p_value_expected,
    r['lower'] as lower, e.lower as lower_expected,
    r['upper'] as upper, e.upper as upper_expected
from expected as e
left join (
    select
        o.errors,
        unnest(negative_binomial(
            y_nb, [x1, x2, x3], exposure, o.errors, cast(floor(x1 * 4) as bigint), null, 90, ['x1', 'x2', 'x3']
        )['terms']) as r
    from input
    cross join (values ('hc0'), ('hc1'), ('cluster')) as o(errors)
    group by o.errors
) as i on i.errors = e.model and i.r['term'] = e.at
where e.model not like 'its%'
