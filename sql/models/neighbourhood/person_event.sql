--! summary = "Each person's counted events in each neighbourhood, age band and practice over the period that the indicator's rates are about."
--! grain = ["indicator", "person_id", "neighbourhood_code", "practice_code", "age_band"]
--! sensitivity = "person"
--! checks = ["unique(indicator, person_id, neighbourhood_code, practice_code, age_band)", "accepted_range(n_events, 1, 100000)", "select event.person_id from neighbourhood.person_event as event where not exists (select 1 from neighbourhood.person_time as time where time.period = event.period and time.person_id = event.person_id and time.neighbourhood_code = event.neighbourhood_code and time.practice_code = event.practice_code and time.age_band = event.age_band)"]

-- An event falls where its person's month falls, and in a month that is counted, so that numerator and
-- denominator pass the same filter.

with

activity as (
    select person_id, counts_as, cast(date_trunc('month', started_on) as date) as month
    from core.activity
    where person_id is not null
        and in_scope_registered
),

person_month as (
    select person_id, month, neighbourhood_code, practice_code, age_band
    from core.person_month
    where neighbourhood_code is not null
        and age_band is not null
),

counted as (
    select indicator.indicator, indicator.counts_as, indicator_period.rate_period as period, indicator_month.month
    from core.indicator as indicator
    inner join core.indicator_period as indicator_period on indicator.indicator = indicator_period.indicator -- one to one
    inner join core.indicator_month as indicator_month on indicator.indicator = indicator_month.indicator -- one to many
    where indicator_month.is_rate_month
)

select
    counted.indicator,               -- what is counted
    counted.period,                  -- over which months, in words
    person_month.person_id,          -- pseudonym
    person_month.neighbourhood_code, -- where the person lived
    person_month.practice_code,      -- whose list the person was on
    person_month.age_band,           -- five-year band of the European Standard Population 2013
    count(*) as n_events             -- events
from activity
inner join counted on activity.counts_as = counted.counts_as and activity.month = counted.month -- many to one: each count is one indicator
inner join person_month -- many to one: one row per person and month
    on activity.person_id = person_month.person_id and activity.month = person_month.month
group by counted.indicator, counted.period, person_month.person_id, person_month.neighbourhood_code,
    person_month.practice_code, person_month.age_band
