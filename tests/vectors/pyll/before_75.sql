--! function = "pyll"
--! made_by = "formulas in numpy"
--! tolerance = 1e-9
--! tables = { input = "pyll/input.csv", expected = "pyll/expected.csv" }

select
    e.area,
    r['value'] as value, e.dsr_pyll_per_100000 as value_expected,
    r['lower_95'] as lower_95, e.lower95 as lower_95_expected,
    r['upper_95'] as upper_95, e.upper95 as upper_95_expected,
    r['crude'] as crude, e.crude_per_100000 as crude_expected,
    r['years_lost'] as years_lost, e.years_lost as years_lost_expected,
    r['n_deaths'] as n_deaths, e.deaths as n_deaths_expected
from expected as e
left join (
    select area, pyll(deaths, 75 - midpoint, population, stdpop, 100000) as r
    from input
    group by area
) as d on d.area = e.area
