--! function = "quantile"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 0.0
--! tables = { input = "phe_quantile/input.csv", expected = "phe_quantile/expected.csv" }

with

kind as (
    select distinct nquantiles, invert from expected
),

placed as (
    select
        i.region,
        i.area,
        k.nquantiles,
        k.invert,
        quantile(i.value, k.nquantiles, k.invert = 'TRUE')
            over (partition by i.region, k.nquantiles, k.invert) as r
    from input as i
    cross join kind as k
)

select
    e.region,
    e.area,
    e.nquantiles,
    e.invert,
    r['value'] as value, e.quantile as value_expected
from expected as e
left join placed as p
    on p.region = e.region
    and p.area = e.area
    and p.nquantiles = e.nquantiles
    and p.invert = e.invert
