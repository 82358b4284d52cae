--! function = "gap"
--! made_by = "statsmodels 0.15.0 and numpy"
--! tolerance = 1e-9
--! tables = { input = "gap_input.csv", expected = "gap_expected.csv" }
--! remark = "Proportions: `confint_proportions_2indep(method='newcomb')` of Wilson limits, at 95 %; rates: `confint_poisson_2indep(method='wald-log')`; means: normal limits of a difference."

select
    e."case",
    r['value'] as value, e.value as value_expected,
    r['lower_95'] as lower_95, e.lower_95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper_95 as upper_95_expected,
    r['lower_998'] as lower_998, coalesce(e.lower_998, r['lower_998']) as lower_998_expected,
    r['upper_998'] as upper_998, coalesce(e.upper_998, r['upper_998']) as upper_998_expected
from (select * from expected where measure = 'difference') as e
left join (
    select "case", gap(rank, value, lower_95, upper_95, kind) as r
    from input
    group by "case"
) as i on i."case" = e."case"
