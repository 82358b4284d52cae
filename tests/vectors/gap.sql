--! function = "gap"
--! made_by = "statsmodels 0.15.0 and numpy"
--! tolerance = 1e-9
--! tables = { input = "gap_input.csv", expected = "gap_expected.csv" }
--! remark = "Proportions: `confint_proportions_2indep(method='newcomb')` of Wilson limits; means: normal limits of a difference."

select
    e."case",
    r['value'] as value, e.value as value_expected,
    r['lower_95'] as lower_95, e.lower_95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper_95 as upper_95_expected
from (select * from expected where measure = 'difference') as e
left join (
    select "case", gap(rank, value, lower_95, upper_95, kind) as r
    from input
    group by "case"
) as i on i."case" = e."case"
