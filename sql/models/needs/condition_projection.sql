--! summary = "How many people will have each long-term condition on record in 5, 10, 15 and 20 years, if its share of each sex and age stays what it is."
--! grain = ["condition", "years"]
--! sensitivity = "aggregate"
--! checks = ["unique(condition, years)", "accepted_range(persons, 0, 1000000000)", "select condition from needs.condition_projection where years = 0 and persons <> n_persons"]

-- Only the number and the ages of people change: no condition becomes more common at an age, or is
-- found earlier. Where a band has nobody of a sex today, it takes the share of the other's.

with

person as (
    select person_id, sex, least(cast(age_years as bigint), 90) / 5 * 5 as age_from
    from risk.population
    where as_of_on = $as_at
        and sex in ('female', 'male')
),

condition as (
    select condition, label, position from reference.condition where is_long_term or condition = 'frailty'
),

with_it as (
    select recorded.condition, person.sex, person.age_from, count(*) as n_with
    from core.condition as recorded
    inner join person on recorded.person_id = person.person_id -- many to one
    inner join condition on recorded.condition = condition.condition -- many to one
    group by recorded.condition, person.sex, person.age_from
),

future as (
    select years, sex, age_from, n_persons, persons, basis from needs.population_projection
),

cell as (
    select
        condition.condition, condition.label, condition.position, future.years, future.age_from, future.n_persons,
        future.persons, future.basis, coalesce(with_it.n_with, 0) as n_with
    from condition
    cross join future -- every condition has every band of every year
    left join with_it -- many to one: the same count in every year
        on condition.condition = with_it.condition and future.sex = with_it.sex and future.age_from = with_it.age_from
),

shared as (
    select
        condition, label, position, years, basis, n_persons, persons, n_with,
        sum(n_with) over (partition by condition, years, age_from) as n_with_of_both,
        sum(n_persons) over (partition by condition, years, age_from) as n_persons_of_both
    from cell
),

expected as (
    select
        condition, label, position, years, basis, n_with,
        -- today's ratio of persons is exactly 1, so that today's number is exactly the count
        case
            when persons = 0 then 0.0
            when n_persons > 0 then n_with * (persons / n_persons)
            else persons * (n_with_of_both / cast(nullif(n_persons_of_both, 0) as double))
        end as persons
    from shared
)

select
    condition,                 -- the condition
    years,                     -- years from the as-at date
    label,                     -- its name
    position,                  -- its place among the conditions
    basis,                     -- what the numbers of people follow from
    sum(n_with) as n_persons,  -- registered people with it on the as-at date, whose sex is known
    case
        when count(persons) = count(*) then cast(sum(cast(persons as decimal(38, 6))) as double)
    end as persons             -- people expected to have it then, not rounded; null where a band's number or share is not known
from expected
group by condition, years, label, position, basis
