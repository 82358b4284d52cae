--! function = "did_rate_ratio"
--! made_by = "statsmodels 0.15.0 GLM with weights, sandwich in numpy"
--! tolerance = 1e-6
--! tables = { input = "did_rate_ratio_weighted_input.csv", e = "did_rate_ratio_weighted_expected.csv" }
--! remark = "Controls weighted; `lower` and `upper` at 99 %."

select
    r['rate_ratio'] as rate_ratio, e.rate_ratio as rate_ratio_expected,
    r['lower_95'] as lower_95, e.lower_95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper_95 as upper_95_expected,
    r['lower_998'] as lower_998, e.lower_998 as lower_998_expected,
    r['upper_998'] as upper_998, e.upper_998 as upper_998_expected,
    r['lower'] as lower, e.lower_99 as lower_expected,
    r['upper'] as upper, e.upper_99 as upper_expected,
    r['p_value'] as p_value, e.p_value as p_value_expected
from e
cross join (
    select did_rate_ratio(
        person, is_case = 1, events_before, days_before, events_after, days_after, 99, weight
    ) as r
    from input
) as i
