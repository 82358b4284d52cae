--! function = "ets"
--! made_by = "statsmodels 0.15.0 ETSModel"
--! tolerance = 0.5
--! tables = { input = "forecast/input.csv", expected = "forecast/expected.csv" }
--! remark = "By how much our likelihood is lower."

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
)

select
    e."case",
    -- `greatest` passes over what is missing: a fit that there is not must be missing here.
    case when r['log_likelihood'] is not null
        then greatest(e.forecast - r['log_likelihood'], 0.0) end as shortfall, 0.0 as shortfall_expected
from expected as e
left join fit on fit."case" = e."case"
where e.method = 'ets_AAA_mle:loglik'
