--! function = "life_expectancy"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { input = "phe_life_expectancy/input_edge.csv", expected = "phe_life_expectancy/expected_edge.csv" }
--! remark = "Without deaths in the last band the peer's upper limits are infinite; ours are missing, with the reason."

with

band as (
    select
        area,
        startage,
        case startage when 0 then 1 when 1 then 5 when 90 then null else startage + 5 end as next_age,
        deaths,
        pops
    from input
),

life as (
    select
        b.area,
        a.startage,
        life_expectancy(b.startage, b.next_age, b.deaths, b.pops, a.startage) as r
    from band as b
    inner join band as a on a.area = b.area
    group by b.area, a.startage
)

select
    life.area,
    life.startage,
    r['value'] as value, e.value as value_expected,
    r['lower'] as lower, e.lowercl as lower_expected,
    r['upper'] as upper, cast(nullif(e.uppercl, 'Inf') as double) as upper_expected,
    r['reason'] is null as is_whole, e.value is not null as is_whole_expected
from life
left join expected as e on e.area = life.area and e.startage = life.startage
