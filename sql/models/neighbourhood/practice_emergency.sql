--! summary = "Each practice's emergency admissions against the number that the ages and sexes of its list lead one to expect; limits adjusted for over-dispersion."
--! grain = ["practice_code"]
--! sensitivity = "aggregate"
--! checks = ["unique(practice_code)", "accepted_range(n_events, 0, 10000000)", "one_of(funnel_class, 'low_998', 'low_95', 'within', 'high_95', 'high_998')"]

with

-- the months for which emergency admissions are complete
counted as (
    select rate_period as period from core.indicator_period where indicator = 'emergency_admission'
),

person_time as (
    select time.person_id, time.practice_code, time.age_band, time.sex, sum(time.person_days) as person_days
    from neighbourhood.person_time as time
    inner join counted on time.period = counted.period -- many to one
    group by time.person_id, time.practice_code, time.age_band, time.sex
),

person_event as (
    select person_id, practice_code, age_band, sum(n_events) as n_events
    from neighbourhood.person_event
    where indicator = 'emergency_admission'
    group by person_id, practice_code, age_band
),

person as (
    select
        person_time.person_id, person_time.practice_code, person_time.age_band, person_time.sex, person_time.person_days,
        coalesce(person_event.n_events, 0) as n_events
    from person_time
    left join person_event -- one to one: a person has one sex
        on person_time.person_id = person_event.person_id
        and person_time.practice_code = person_event.practice_code and person_time.age_band = person_event.age_band
),

city as (
    select age_band, sex, sum(n_events) as n_events, sum(person_days) as person_days
    from person
    group by age_band, sex
),

practice as (
    select practice_code, age_band, sex, sum(n_events) as n_events, sum(person_days) as person_days
    from person
    group by practice_code, age_band, sex
),

expected as (
    select
        practice.practice_code, sum(practice.n_events) as n_events, sum(practice.person_days) as person_days,
        sum(cast(practice.person_days * city.n_events as decimal(38, 6)) / city.person_days) as n_expected
    from practice
    inner join city -- many to one
        on practice.age_band = city.age_band and practice.sex is not distinct from city.sex
    group by practice.practice_code
),

affected as (
    select practice_code, count(distinct person_id) as n_persons
    from person_event
    group by practice_code
),

placed as (
    select
        practice_code, n_events, person_days, cast(n_expected as double) as n_expected,
        funnel_ratio(n_events, cast(n_expected as double), 1, $funnel_trim) over () as place
    from expected
)

select
    placed.practice_code,                         -- the practice
    counted.period,                               -- over which months, in words
    coalesce(affected.n_persons, 0) as n_persons, -- persons with an emergency admission
    placed.n_events,                              -- emergency admissions
    placed.person_days,                           -- days registered and alive
    placed.n_expected,                            -- admissions expected by age and sex at the city's rates
    placed.place['value'] as ratio,               -- observed over expected
    placed.place['lower_95'] as lower_limit_95,   -- lower 95 % control limit of the ratio
    placed.place['upper_95'] as upper_limit_95,   -- upper 95 % control limit
    placed.place['lower_998'] as lower_limit_998, -- lower 99.8 % control limit
    placed.place['upper_998'] as upper_limit_998, -- upper 99.8 % control limit
    placed.place['phi'] as phi,                   -- over-dispersion: 1 when chance explains the spread
    placed.place['tau2'] as tau2,                 -- variance between practices beyond chance
    placed.place['class'] as funnel_class         -- low_998, low_95, within, high_95 or high_998
from placed
cross join counted -- many to one
left join affected on placed.practice_code = affected.practice_code -- one to one: affected is grouped by practice
