--! function = "poorest_fastest"
--! made_by = "statsmodels 0.15.0 OLS"
--! tolerance = 1e-9
--! tables = { input = "poorest_fastest_input.csv", expected = "poorest_fastest_expected.csv" }

select
    e.is_relative,
    r['value'] as value, e.difference as value_expected,
    r['standard_error'] as standard_error, e.standard_error as standard_error_expected,
    r['lower_95'] as lower_95, e.lower_95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper_95 as upper_95_expected,
    r['lower_998'] as lower_998, e.lower_998 as lower_998_expected,
    r['upper_998'] as upper_998, e.upper_998 as upper_998_expected,
    r['p_value'] as p_value, e.p_value as p_value_expected,
    r['slope_rest'] as slope_rest, e.slope_rest as slope_rest_expected
from expected as e
left join (
    select
        e.is_relative,
        poorest_fastest(year, fifth = 1, value, e.is_relative = 'true') as r
    from input
    cross join (select is_relative from expected) as e
    group by e.is_relative
) as i on i.is_relative = e.is_relative
