--! summary = "Crude and directly age-standardised rates per 1,000 person-years, by neighbourhood and for the city, on person-time of the registered population."
--! grain = ["neighbourhood_code", "indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(neighbourhood_code, indicator)", "accepted_range(crude_per_1000, 0, 1000000)", "select neighbourhood_code from neighbourhood.rate where dsr_lower_95 > dsr_per_1000 or dsr_upper_95 < dsr_per_1000"]

with

indicator as (
    select
        neighbourhood_code, indicator, period, age_band, frequency, n_persons, n_events, person_days, standard_population
    from neighbourhood.indicator
),

counted as (
    select neighbourhood_code, indicator, period, sum(n_events) as n_events
    from indicator
    group by neighbourhood_code, indicator, period
),

population as (
    select period, neighbourhood_code, sum(person_days) as person_days
    from neighbourhood.population
    group by period, neighbourhood_code
),

place as (
    select indicator, person_id, neighbourhood_code from neighbourhood.person_event
    union all
    select indicator, person_id, 'CITY' as neighbourhood_code from neighbourhood.person_event
),

person as (
    select neighbourhood_code, indicator, count(distinct person_id) as n_persons
    from place
    group by neighbourhood_code, indicator
),

standardised as (
    select
        neighbourhood_code, indicator,
        dsr_repeat(age_band, person_days / 365.25, standard_population, frequency, n_persons, 1000) as dsr
    from indicator
    group by neighbourhood_code, indicator
),

rated as (
    select
        counted.neighbourhood_code, counted.indicator, counted.period, coalesce(person.n_persons, 0) as n_persons,
        counted.n_events, population.person_days, crude_rate(counted.n_events, population.person_days / 365.25, 1000) as crude,
        standardised.dsr
    from counted
    inner join population -- many to one
        on counted.period = population.period and counted.neighbourhood_code = population.neighbourhood_code
    inner join standardised -- one to one
        on counted.neighbourhood_code = standardised.neighbourhood_code and counted.indicator = standardised.indicator
    left join person -- one to one
        on counted.neighbourhood_code = person.neighbourhood_code and counted.indicator = person.indicator
)

select
    neighbourhood_code,                   -- the neighbourhood, or CITY
    indicator,                            -- what is counted
    period,                               -- over which months, in words
    n_persons,                            -- persons with an event
    n_events,                             -- events
    person_days,                          -- days registered and alive
    person_days / 365.25 as person_years, -- the same in years
    crude['value'] as crude_per_1000,     -- events per 1,000 person-years
    crude['lower_95'] as crude_lower_95,  -- lower 95 % limit
    crude['upper_95'] as crude_upper_95,  -- upper 95 % limit
    dsr['value'] as dsr_per_1000,         -- the same, age-standardised; null below 10 events
    dsr['lower_95'] as dsr_lower_95,      -- lower 95 % limit, repeat events in persons accounted for
    dsr['upper_95'] as dsr_upper_95,      -- upper 95 % limit, repeat events in persons accounted for
    dsr['reason'] as dsr_reason           -- why there is no standardised rate
from rated
