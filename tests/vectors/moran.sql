--! function = "moran"
--! made_by = "formula in numpy"
--! tolerance = 1e-9
--! tables = { input = "moran_input.csv", expected = "moran_expected.csv" }

with

area as (
    select map, area, value, array_agg(neighbour) as neighbours
    from input
    group by map, area, value
)

select
    e.map,
    r['value'] as value, e.value as value_expected,
    r['expected'] as average, e.expected as average_expected
from expected as e
left join (select map, moran(area, value, neighbours) as r from area group by map) as m on m.map = e.map
