--! function = "project_population"
--! made_by = "a Leslie matrix in numpy"
--! tolerance = 1e-9
--! remark = "Births and deaths of each step."
--! tables = { input = "projection_input.csv", expected = "projection_steps.csv" }

with

projected as (
    select
        "case",
        unnest(project_population(is_female, age_from, population, m, f, net, n_steps, female_share)['steps']) as s
    from input
    group by "case"
)

select
    e."case",
    e.years,
    s['population'] as population, e.population as population_expected,
    s['births'] as births, e.births as births_expected,
    s['deaths'] as deaths, e.deaths as deaths_expected
from expected as e
left join projected as p on p."case" = e."case" and s['years'] = e.years
