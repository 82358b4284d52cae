--! function = "poisson"
--! made_by = "statsmodels 0.15.0, twelve clusters by Student's t"
--! tolerance = 1e-6
--! tables = { input = "difference_in_differences/input.csv", expected = "regression_levels_expected.csv" }
--! remark = "Limits at 90 %."

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
    select unnest(poisson(events, [treated, post, did], null, 'cluster', unit, null, 90, ['treated', 'post', 'did'])['terms']) as r
    from input
    where cast(substr(unit, 2) as bigint) between 7 and 18
) as i on i.r['term'] = e.at
where e.model = 'poisson_clusters'
