--! function = "negative_binomial"
--! made_by = "statsmodels 0.15.0"
--! tolerance = 1e-6
--! tables = { input = "interrupted_time_series/input.csv", expected = "regression_robust_expected.csv" }
--! remark = "Three periods back; limits at 90 %."

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
        "case",
        unnest(negative_binomial(
            y, [t, post, time_since], population, 'newey_west', t, 3, 90, ['t', 'post', 'time_since']
        )['terms']) as r
    from input
    group by "case"
) as i on i."case" = e.model and i.r['term'] = e.at
where e.model like 'its%'
