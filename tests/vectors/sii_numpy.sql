--! function = "sii"
--! made_by = "numpy, 400,000 draws"
--! tolerance = 0.015
--! tables = { input = "sii_input.csv", expected = "sii_expected.csv" }
--! remark = "Seeded draws against numpy's: the difference as a share of the interval's width."

with

given as (
    select
        e."case",
        e.multiplier,
        e.is_transformed,
        sii(
            i.quantile, i.population, i.value, i.lower, i.upper, e.kind,
            e.is_transformed = 'true', e.multiplier, 200000, 1
        ) as r
    from input as i
    inner join expected as e on e."case" = i."case"
    group by e."case", e.multiplier, e.is_transformed, e.kind
)

select
    e."case",
    e.multiplier,
    e.is_transformed,
    (r['lower_95'] - e.numpy_sii_lower) / (e.numpy_sii_upper - e.numpy_sii_lower) as lower_95,
        0.0 as lower_95_expected,
    (r['upper_95'] - e.numpy_sii_upper) / (e.numpy_sii_upper - e.numpy_sii_lower) as upper_95,
        0.0 as upper_95_expected
from expected as e
left join given as g
    on g."case" = e."case"
    and g.multiplier = e.multiplier
    and g.is_transformed = e.is_transformed
