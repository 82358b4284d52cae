--! function = "moran"
--! made_by = "numpy, all 40,320 permutations"
--! tolerance = 5e-2
--! tables = { input = "moran_input.csv", expected = "moran_expected.csv" }
--! remark = "100,000 seeded permutations against all there are; their standard deviation is 1.2 % of it."

with

area as (
    select area, value, array_agg(neighbour) as neighbours
    from input
    where map = 'ring'
    group by area, value
)

select
    e.map,
    r['p_value'] as p_value, e.p_value as p_value_expected
from expected as e
cross join (select moran(area, value, neighbours, 100000) as r from area) as m
where e.map = 'ring'
