--! function = "ets"
--! made_by = "statsmodels 0.15.0 ETSModel"
--! tolerance = 0.02
--! tables = { input = "forecast/input.csv", expected = "forecast/expected.csv" }

with

training as (
    select "case", t, y
    from (select *, max(t) over (partition by "case") as last from input) as i
    where t <= last - 12
),

fit as (
    select t."case",  ets(t.t, t.y, 12, 'ETS(A,A,A)') as r
    from training as t
    group by t."case"
),

step as (
    select "case", unnest(r['steps']) as step from fit
)

select
    e."case",
    e.h,
    step.step['value'] as value, e.forecast as value_expected
from expected as e
left join step on step."case" = e."case" and step.step['step'] = e.h
where e.method = 'ets_AAA_mle'
