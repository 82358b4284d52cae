--! function = "rii"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { input = "phe_sii/input.csv", expected = "phe_sii/expected.csv" }

with

given as (
    select
        e."case",
        e.multiplier,
        e.transform,
        rii(
            i.quantile, i.population, i.value, i.lower, i.upper,
            case i.value_type when 0 then 'mean' when 1 then 'rate' else 'proportion' end,
            e.transform = 'True', e.multiplier
        ) as r
    from input as i
    inner join expected as e on e."case" = i."case"
    group by e."case", e.multiplier, e.transform
)

select
    e."case",
    e.multiplier,
    e.transform,
    r['value'] as value, e.rii as value_expected,
    r['intercept'] as intercept, e.intercept as intercept_expected
from expected as e
left join given as g
    on g."case" = e."case" and g.multiplier = e.multiplier and g.transform = e.transform
