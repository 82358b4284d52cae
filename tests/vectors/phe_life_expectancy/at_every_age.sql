--! function = "life_expectancy"
--! made_by = "PHEindicatormethods 2.1.0"
--! tolerance = 1e-9
--! tables = { input = "phe_life_expectancy/input.csv", expected = "phe_life_expectancy/expected.csv" }

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
    cross join (select distinct startage from input) as a
    group by b.area, a.startage
)

select
    e.area,
    e.startage,
    r['value'] as value, e.value as value_expected,
    r['lower_95'] as lower_95, e.lower95_0cl as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95_0cl as upper_95_expected,
    r['lower_998'] as lower_998, e.lower99_8cl as lower_998_expected,
    r['upper_998'] as upper_998, e.upper99_8cl as upper_998_expected,
    r['n_deaths'] as n_deaths, e.dths_used as n_deaths_expected,
    r['population'] as population, e.pops_used as population_expected
from expected as e
left join life on life.area = e.area and life.startage = e.startage
