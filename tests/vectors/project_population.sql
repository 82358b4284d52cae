--! function = "project_population"
--! made_by = "a Leslie matrix in numpy"
--! tolerance = 1e-9
--! remark = "Bands of five years and of one, each after each step."
--! tables = { input = "projection_input.csv", expected = "projection_bands.csv" }

with

projected as (
    select
        "case",
        unnest(project_population(is_female, age_from, population, m, f, net, n_steps, female_share)['bands']) as b
    from input
    group by "case"
)

select
    e."case",
    e.years,
    e.is_female,
    e.age_from,
    b['population'] as population, e.population as population_expected
from expected as e
left join projected as p
    on p."case" = e."case"
    and b['years'] = e.years
    and b['is_female'] = (e.is_female = 1)
    and b['age_from'] = e.age_from
