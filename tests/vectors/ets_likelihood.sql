--! function = "ets"
--! made_by = "statsmodels 0.15.0 ETSModel"
--! tolerance = 0.05
--! tables = { input = "ets_input.csv", expected = "ets_expected.csv" }
--! remark = "By how much our likelihood is lower. The peer searches for the start together with the smoothing and often stops early; where the two differ, ours is the higher."

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
    -- `greatest` passes over what is missing: a fit that there is not must be missing here.
    case when r['log_likelihood'] is not null
        then greatest(e.log_likelihood - r['log_likelihood'], 0.0) end as shortfall, 0.0 as shortfall_expected
from expected as e
left join fit on fit."case" = e."case" and fit.model = e.model
