--! summary = "Death rates of the registered population by sex and five-year band, those of bands with few deaths by a line through all."
--! grain = ["sex", "age_from"]
--! sensitivity = "aggregate"
--! checks = ["unique(sex, age_from)", "accepted_range(death_rate, 0, 5)", "accepted_range(age_from, 0, 90)", "one_of(basis, 'own', 'line', 'young')"]

-- A band with `least_deaths` deaths has its own rate. One with fewer would have a rate by chance, or none:
-- from `gompertz_age` on, where rates rise exponentially with age (Gompertz's law), it has the rate of the
-- line `ln rate = a + b age + c female` that is fitted to the deaths of all such bands; below, the deaths of
-- all younger bands without a rate of their own, both sexes, over all their time. Where no line can be fitted there is no rate.

with

band as (
    select age_band, cast(split_part(replace(age_band, '+', '-'), '-', 1) as bigint) as age_from from reference.esp2013
),

sex as (
    select 'female' as sex
    union all
    select 'male' as sex
),

lived as (
    select
        person_month.sex, least(cast(person_month.age_years as bigint), 90) / 5 * 5 as age_from,
        sum(person_month.days_at_risk) as person_days
    from core.person_month as person_month
    inner join needs.counted_month as counted on person_month.month = counted.month -- many to one
    where person_month.age_years >= 0
    group by person_month.sex, least(cast(person_month.age_years as bigint), 90) / 5 * 5
),

died as (
    select sex, age_from, count(*) as n_deaths from needs.population_event where event = 'death' group by sex, age_from
),

cell as (
    select
        sex.sex, band.age_band, band.age_from, coalesce(died.n_deaths, 0) as n_deaths,
        coalesce(lived.person_days, 0) as person_days, coalesce(lived.person_days, 0) / 365.25 as person_years,
        band.age_from / 10.0 as decades, case sex.sex when 'female' then 1 else 0 end as is_female
    from sex
    cross join band -- each sex has every band
    left join lived on sex.sex = lived.sex and band.age_from = lived.age_from -- one to one
    left join died on sex.sex = died.sex and band.age_from = died.age_from -- one to one
),

line as (
    select poisson(n_deaths, make_array(decades, is_female), person_years)['coefficients'] as b
    from cell
    where age_from >= $gompertz_age
        and person_days > 0
),

young as (
    select sum(n_deaths) / nullif(sum(person_days) / 365.25, 0) as death_rate
    from cell
    where age_from < $gompertz_age
        and n_deaths < $least_deaths
),

placed as (
    select
        sex, age_band, age_from, n_deaths, person_days, person_years, decades, is_female,
        case when n_deaths >= $least_deaths then 'own' when age_from >= $gompertz_age then 'line' else 'young' end as basis
    from cell
)

select
    placed.sex,         -- female or male
    placed.age_from,    -- first age of the band, in completed years
    placed.age_band,    -- five-year band of the European Standard Population 2013
    placed.person_days, -- days registered and alive in the counted months
    placed.n_deaths,    -- deaths in the same months
    case placed.basis
        when 'own' then placed.n_deaths / placed.person_years
        when 'line' then exp(line.b[1] + line.b[2] * placed.decades + line.b[3] * placed.is_female)
        else young.death_rate
    end as death_rate,  -- deaths per person-year; null where nothing gives one
    placed.basis        -- own, line, or young: where the rate comes from
from placed
cross join line -- many to one
cross join young -- many to one
