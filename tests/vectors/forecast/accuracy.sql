--! function = "forecast_accuracy"
--! made_by = "formulas in numpy"
--! tolerance = 1e-9
--! tables = { input = "forecast/input.csv", expected = "forecast/expected.csv" }

with

forecast as (
    select "case", h, method, forecast, actual
    from expected
    where h is not null and method in ('seasonal_naive', 'holt_winters_additive_fixed_0.3_0.05_0.2')
),

point as (
    select m.method, i."case", i.t, i.y, f.forecast
    from (select *, max(t) over (partition by "case") as last from input) as i
    cross join (select distinct method from forecast) as m
    left join forecast as f
        on f."case" = i."case" and f.h = i.t - (i.last - 12) and f.method = m.method
),

measured as (
    select
        "case",
        method,
        forecast_accuracy(t, y, forecast, cast(null as double), cast(null as double)) as r
    from point
    group by "case", method
)

select
    m."case",
    m.method,
    r['mase'] as mase, e.forecast as mase_expected,
    r['mape'] as mape, p.forecast as mape_expected
from measured as m
left join expected as e on e."case" = m."case" and e.method = m.method || ':MASE'
left join expected as p on p."case" = m."case" and p.method = m.method || ':MAPE'
