--! function = "forecast"
--! made_by = "textbook recursion, equal to statsmodels 0.15.0 ETSModel"
--! tolerance = 1e-9
--! tables = { input = "forecast/input.csv", expected = "forecast/expected.csv" }

with

known as (
    select "case", t, y
    from (select *, max(t) over (partition by "case") as last from input) as i
    where t <= last - 12
),

step as (
    select "case", unnest(forecast(t, y, 12)['steps']) as step
    from known
    group by "case"
)

select
    e."case",
    e.h,
    step.step['value'] as value, e.forecast as value_expected
from expected as e
left join step on step."case" = e."case" and step.step['step'] = e.h
where e.method = 'holt_winters_additive_fixed_0.3_0.05_0.2'
