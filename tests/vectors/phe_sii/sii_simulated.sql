--! function = "sii"
--! made_by = "PHEindicatormethods 2.1.0, 200,000 draws"
--! tolerance = 0.015
--! tables = { input = "phe_sii/input.csv", expected = "phe_sii/expected.csv" }
--! remark = "Seeded draws against the peer's: the difference as a share of the interval's width. Those of transformed values are compared with numpy's (`sii_numpy`), since the peer's are not the percentiles of the index over its draws."

with

given as (
    select
        e."case",
        e.multiplier,
        e.transform,
        sii(
            i.quantile, i.population, i.value, i.lower, i.upper,
            case i.value_type when 0 then 'mean' when 1 then 'rate' else 'proportion' end,
            e.transform = 'True', e.multiplier, 200000, 1
        ) as r
    from input as i
    inner join expected as e on e."case" = i."case"
    group by e."case", e.multiplier, e.transform
)

select
    e."case",
    e.multiplier,
    e.transform,
    (r['lower_95'] - e.sii_lower95_0cl) / (e.sii_upper95_0cl - e.sii_lower95_0cl) as lower_95,
        0.0 as lower_95_expected,
    (r['upper_95'] - e.sii_upper95_0cl) / (e.sii_upper95_0cl - e.sii_lower95_0cl) as upper_95,
        0.0 as upper_95_expected
from expected as e
left join given as g
    on g."case" = e."case" and g.multiplier = e.multiplier and g.transform = e.transform
where e.transform = 'False'
