--! function = "gap_ratio"
--! made_by = "statsmodels 0.15.0 and numpy"
--! tolerance = 1e-9
--! tables = { input = "gap_input.csv", expected = "gap_expected.csv" }
--! remark = "`confint_poisson_2indep(method='wald-log')` of rates with log-normal limits."

select
    e."case",
    r['value'] as value, e.value as value_expected,
    r['lower_95'] as lower_95, e.lower_95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper_95 as upper_95_expected
from (select * from expected where measure = 'ratio') as e
left join (
    select "case", gap_ratio(rank, value, lower_95, upper_95, kind) as r
    from input
    group by "case"
) as i on i."case" = e."case"
