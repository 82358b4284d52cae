--! summary = "How many persons had how many events, by neighbourhood, indicator and age band: what rates of repeat events are made of."
--! grain = ["neighbourhood_code", "indicator", "age_band", "frequency"]
--! sensitivity = "aggregate"
--! checks = ["unique(neighbourhood_code, indicator, age_band, frequency)", "accepted_range(n_persons, 1, 1000000000)", "select neighbourhood_code from neighbourhood.indicator where n_events <> n_persons * frequency"]

with

place as (
    select indicator, person_id, neighbourhood_code, age_band, n_events from neighbourhood.person_event
    union all
    select indicator, person_id, 'CITY' as neighbourhood_code, age_band, n_events from neighbourhood.person_event
),

person as (
    select neighbourhood_code, indicator, age_band, person_id, sum(n_events) as frequency
    from place
    group by neighbourhood_code, indicator, age_band, person_id
),

counted as (
    select neighbourhood_code, indicator, age_band, frequency, count(*) as n_persons
    from person
    group by neighbourhood_code, indicator, age_band, frequency
),

with_events as (
    select neighbourhood_code, indicator, age_band, sum(n_persons) as n_persons
    from counted
    group by neighbourhood_code, indicator, age_band
),

population as (
    select period, neighbourhood_code, age_band, n_persons, person_days from neighbourhood.population
),

indicator as (
    select indicator.indicator, indicator_period.rate_period as period
    from core.indicator as indicator
    inner join core.indicator_period as indicator_period on indicator.indicator = indicator_period.indicator -- one to one
),

stratum as (
    select
        population.neighbourhood_code, indicator.indicator, population.period, population.age_band,
        population.n_persons, population.person_days, cast(standard.standard_population as bigint) as standard_population
    from population
    inner join indicator on population.period = indicator.period -- many to many: every stratum has every indicator of the period, events or not
    inner join reference.esp2013 as standard on population.age_band = standard.age_band -- many to one
),

completed as (
    select neighbourhood_code, indicator, age_band, frequency, n_persons from counted
    union all
    -- persons without an event
    select
        stratum.neighbourhood_code, stratum.indicator, stratum.age_band, 0 as frequency,
        stratum.n_persons - coalesce(with_events.n_persons, 0) as n_persons
    from stratum
    left join with_events -- one to one
        on stratum.neighbourhood_code = with_events.neighbourhood_code
        and stratum.indicator = with_events.indicator and stratum.age_band = with_events.age_band
)

select
    completed.neighbourhood_code,                          -- the neighbourhood, or CITY
    completed.indicator,                                   -- what is counted
    stratum.period,                                        -- over which months, in words
    completed.age_band,                                    -- five-year band of the European Standard Population 2013
    completed.frequency,                                   -- events per person
    completed.n_persons,                                   -- persons with so many
    completed.n_persons * completed.frequency as n_events, -- their events
    stratum.person_days,                                   -- days at risk of the whole band
    stratum.standard_population                            -- weight of the band
from completed
inner join stratum -- many to one
    on completed.neighbourhood_code = stratum.neighbourhood_code
    and completed.indicator = stratum.indicator and completed.age_band = stratum.age_band
where completed.n_persons > 0
