--! function = "concentration_index"
--! made_by = "statsmodels 0.15.0 WLS"
--! tolerance = 1e-9
--! tables = { input = "concentration_input.csv", expected = "concentration_expected.csv" }

select
    e."case",
    r['value'] as value, e.index as value_expected,
    r['standard_error'] as standard_error, e.standard_error as standard_error_expected,
    r['lower_95'] as lower_95, e.lower_95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper_95 as upper_95_expected,
    r['lower_998'] as lower_998, e.lower_998 as lower_998_expected,
    r['upper_998'] as upper_998, e.upper_998 as upper_998_expected
from expected as e
left join (
    select "case", concentration_index(rank, population, value) as r from input group by "case"
) as i on i."case" = e."case"
