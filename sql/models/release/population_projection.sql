--! summary = "How many people are registered by broad age group, and how many there will be in 5, 10, 15 and 20 years if the rates of today stay what they are."
--! grain = ["age_group"]
--! sensitivity = "aggregate"
--! checks = ["unique(age_group)", "accepted_range(n_persons, 0, 100000000)"]
--! [release]
--! title = "People by age, today and to come"
--! unit = "persons"
--! needs = ["gp_registration", "apc"]
--! dimensions = ["age_group"]
--! attributes = ["basis", "sort_order"]
--! persons = "n_persons"
--! counts = ["n_persons"]
--! estimates = [
--!     { columns = ["in_5_years", "in_10_years", "in_15_years", "in_20_years"] },
--!     { columns = ["change_in_10_years", "change_in_20_years"], step = 1 },
--! ]
--! totals = [{ dimension = "age_group", value = "All ages" }]

-- What is to come follows from today's counts, so a group whose count is hidden shows neither.

with

grouped as (
    select
        age_group.age_group, age_group.position, future.years, future.basis, sum(future.n_persons) as n_persons,
        -- a band that nothing is known of leaves no sum
        case when count(future.persons) = count(*) then cast(sum(cast(future.persons as decimal(38, 6))) as double) end as persons
    from needs.population_projection as future
    inner join reference.broad_age_group as age_group -- one to many: each band is in its group and in all ages
        on future.age_from >= age_group.from_age and future.age_from < age_group.to_age
    group by age_group.age_group, age_group.position, future.years, future.basis
),

wide as (
    select
        age_group, position, basis, max(n_persons) as n_persons, max(persons) filter (where years = 5) as in_5_years,
        max(persons) filter (where years = 10) as in_10_years, max(persons) filter (where years = 15) as in_15_years,
        max(persons) filter (where years = 20) as in_20_years
    from grouped
    group by age_group, position, basis
)

select
    age_group,              -- broad age group, or all ages
    basis,                  -- what the years to come follow from, or why nothing can be said of them
    position as sort_order, -- place in the report
    n_persons,              -- registered persons on the as-at date whose sex and age are known
    in_5_years,             -- persons then; null where nothing can be said
    in_10_years,            -- the same
    in_15_years,            -- the same
    in_20_years,            -- the same
    100 * (in_10_years / nullif(n_persons, 0) - 1) as change_in_10_years, -- per cent of today's
    100 * (in_20_years / nullif(n_persons, 0) - 1) as change_in_20_years  -- the same
from wide
