--! summary = "How many are registered by sex and five-year band, and the rates of today at which they are born, die, come and leave."
--! grain = ["sex", "age_from"]
--! sensitivity = "aggregate"
--! checks = ["unique(sex, age_from)", "accepted_range(n_persons, 0, 100000000)", "accepted_range(birth_rate, 0, 1)", "select count(*) from needs.population_rate having sum(n_persons) + sum(n_sex_unknown) / 2 <> (select count(*) from risk.population where as_of_on = $as_at)"]

-- The level of fertility is that of newborns on the lists, so that births outside hospital are not lost;
-- its pattern by age is that of hospital deliveries. Net migration is a number, not a rate: who came less
-- who left in the counted months, brought to five years. Where lists name nobody who left, or nobody who
-- came, they say nothing of migration, and it is null; so it is where a month of the counted years is missing,
-- since people come in one season and leave in another.

with

present as (
    select sex, least(cast(age_years as bigint), 90) / 5 * 5 as age_from
    from risk.population
    where as_of_on = $as_at
),

person as (
    select sex, age_from, count(*) as n_persons
    from present
    where sex in ('female', 'male')
    group by sex, age_from
),

unknown as (
    select age_from, count(*) as n_sex_unknown
    from present
    where sex is null or sex not in ('female', 'male')
    group by age_from
),

happened as (
    select
        sex, age_from, count(*) filter (where event = 'birth') as n_births,
        count(*) filter (where event = 'delivery') as n_deliveries, count(*) filter (where event = 'came') as n_came,
        count(*) filter (where event = 'left') as n_left
    from needs.population_event
    group by sex, age_from
),

-- women's time in the months whose births are known
fertile as (
    select least(cast(person_month.age_years as bigint), 90) / 5 * 5 as age_from, sum(person_month.days_at_risk) as person_days
    from core.person_month as person_month
    inner join needs.counted_month as counted on person_month.month = counted.month -- many to one
    where counted.is_birth_month
        and person_month.sex = 'female'
        and person_month.age_years >= 0
    group by least(cast(person_month.age_years as bigint), 90) / 5 * 5
),

counted as (
    select sum(n_days) as n_days, count(*) % 12 = 0 as is_whole from needs.counted_month
),

joined as (
    select
        rate.sex, rate.age_from, rate.age_band, rate.person_days, rate.n_deaths, rate.death_rate, counted.n_days, counted.is_whole,
        coalesce(person.n_persons, 0) as n_persons, coalesce(unknown.n_sex_unknown, 0) as n_sex_unknown,
        coalesce(happened.n_births, 0) as n_births, coalesce(happened.n_deliveries, 0) as n_deliveries,
        coalesce(happened.n_came, 0) as n_came, coalesce(happened.n_left, 0) as n_left, fertile.person_days as fertile_days
    from needs.death_rate as rate
    cross join counted -- many to one
    left join person on rate.sex = person.sex and rate.age_from = person.age_from -- one to one
    left join unknown on rate.age_from = unknown.age_from -- many to one
    left join happened on rate.sex = happened.sex and rate.age_from = happened.age_from -- one to one
    left join fertile on rate.age_from = fertile.age_from and rate.sex = 'female' -- one to one
),

summed as (
    select
        sex, age_from, age_band, n_persons, n_sex_unknown, person_days, fertile_days, n_deaths, death_rate, n_births,
        n_deliveries, n_came, n_left, n_days, is_whole, sum(n_births) over () as n_all_births,
        sum(n_deliveries) over () as n_all_deliveries, sum(n_came) over () as n_all_came, sum(n_left) over () as n_all_left
    from joined
)

select
    sex,           -- female or male
    age_from,      -- first age of the band, in completed years
    age_band,      -- five-year band of the European Standard Population 2013
    n_persons,     -- registered on the as-at date
    n_sex_unknown, -- registered then at this age whose sex is neither, in no row: the same in the band's two rows
    person_days,   -- days registered and alive in the counted months
    n_deaths,      -- deaths in the counted months
    death_rate,    -- deaths per person-year, those of needs.death_rate
    n_births,      -- newborns who joined a list, by their own sex, of the months whose births are known
    n_deliveries,  -- deliveries in hospital
    case
        when sex = 'male' or (n_deliveries = 0 and n_all_deliveries > 0) then 0.0
        else n_all_births * (n_deliveries / cast(nullif(n_all_deliveries, 0) as double)) / (nullif(fertile_days, 0) / 365.25)
    end as birth_rate, -- live births per woman and year; 0 of men; null where no delivery is known
    n_came,        -- people who joined from outside in the counted months
    n_left,        -- people who left in the counted months
    case
        when is_whole and n_all_came > 0 and n_all_left > 0 then (n_came - n_left) * 5 * 365.25 / n_days
    end as net_migration -- who come less who leave, in five years; null where lists do not say
from summed
