--! function = "spc_g"
--! made_by = "formulas and rules in numpy"
--! tolerance = 1e-9
--! tables = { e = "attribute_charts.csv" }

select
    series,
    period,
    r['value'] as value, e.value as value_expected,
    r['centre'] as centre, e.centre as centre_expected,
    r['lower_limit'] as lower_limit, e.lower_limit as lower_limit_expected,
    r['upper_limit'] as upper_limit, e.upper_limit as upper_limit_expected,
    r['lower_near'] as lower_near, e.lower_near as lower_near_expected,
    r['upper_near'] as upper_near, e.upper_near as upper_near_expected,
    r['special_cause'] as special_cause, e.special_cause as special_cause_expected
from (
    select *, spc_g(period, numerator) over (partition by series) as r
    from e
    where chart = 'g'
) as e
