--! function = "ets"
--! made_by = "statsmodels 0.15.0 ETSModel"
--! tolerance = 0.02
--! tables = { input = "ets_input.csv", expected = "ets_expected.csv" }
--! remark = "Fits of one likelihood forecast alike; others are not compared."

with

training as (
    select "case", t, y
    from (select *, max(t) over (partition by "case") as last from input) as i
    where t <= last - 12
),

fit as (
    select t."case", m.model, ets(t.t, t.y, 12, m.model) as r
    from training as t
    cross join (select distinct model from expected) as m
    group by t."case", m.model
)

select
    e."case",
    e.model,
    r['steps'][1]['value'] as first, e.first as first_expected,
    r['steps'][12]['value'] as last, e.last as last_expected
from expected as e
left join fit on fit."case" = e."case" and fit.model = e.model
where abs(r['log_likelihood'] - e.log_likelihood) < 0.1
