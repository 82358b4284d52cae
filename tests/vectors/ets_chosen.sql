--! function = "ets"
--! made_by = "statsmodels 0.15.0 ETSModel"
--! tolerance = 0.0
--! tables = { input = "ets_input.csv", expected = "ets_expected.csv" }

with

training as (
    select "case", t, y
    from (select *, max(t) over (partition by "case") as last from input) as i
    where t <= last - 12
)

select
    e."case",
    f.r['method'] as model, e.model as model_expected
from (
    select "case", first_value(model order by aicc) as model from expected group by "case"
) as e
left join (select "case", ets(t, y, 12) as r from training group by "case") as f
    on f."case" = e."case"
