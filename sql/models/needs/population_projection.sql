--! summary = "How many people will be registered by sex and five-year band in 5, 10, 15 and 20 years, if the rates of today stay what they are."
--! grain = ["years", "sex", "age_from"]
--! sensitivity = "aggregate"
--! checks = ["unique(years, sex, age_from)", "accepted_range(persons, 0, 1000000000)", "select age_from from needs.population_projection where years = 0 and persons <> n_persons", "select age_from from needs.population_projection where (persons is null) <> (years > 0 and basis like 'not known%')"]

-- It says what follows from rates that stay, and is no forecast of what will be. Moves stay what they are in
-- number. Where they cannot, because lists do not tell of them or more people would leave than there are,
-- nobody comes or leaves: what becomes of who lives here now, and of their children. `basis` says which.

with

rate as (
    select sex, age_from, age_band, n_persons, death_rate, birth_rate, net_migration from needs.population_rate
),

projected as (
    -- four steps of five years
    select
        project_population(sex = 'female', age_from, n_persons, death_rate, birth_rate, net_migration, 4) as with_moves,
        project_population(sex = 'female', age_from, n_persons, death_rate, birth_rate, 0.0, 4) as without_moves
    from rate
),

chosen as (
    select
        case when with_moves['reason'] is null then with_moves['bands'] else without_moves['bands'] end as bands,
        case
            when with_moves['reason'] is null then 'births, deaths and moves as today'
            when without_moves['reason'] is null then concat('births and deaths as today, no moves: ', with_moves['reason'])
            else concat('not known: ', without_moves['reason'])
        end as basis
    from projected
),

listed as (
    select unnest(bands) as band from chosen
),

band as (
    select
        band['years'] as years, case when band['is_female'] then 'female' else 'male' end as sex,
        band['age_from'] as age_from, band['population'] as persons
    from listed
),

horizon as (
    select unnest(range(0, 21, 5)) as years
),

known as (
    select basis from chosen
)

select
    horizon.years,   -- years from the as-at date
    rate.sex,        -- female or male
    rate.age_from,   -- first age of the band, in completed years
    rate.age_band,   -- five-year band of the European Standard Population 2013
    rate.n_persons,  -- registered on the as-at date
    case when horizon.years = 0 then cast(rate.n_persons as double) else band.persons end as persons, -- persons then, not rounded; null where it is not known
    known.basis      -- what the years to come follow from, or why nothing can be said of them
from rate
cross join horizon -- every band has every year
cross join known -- many to one
left join band -- one to one
    on horizon.years = band.years and rate.sex = band.sex and rate.age_from = band.age_from
