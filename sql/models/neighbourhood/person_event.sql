--! summary = "Each person's counted events in each neighbourhood, age band and practice over the period that rates are about."
--! grain = ["indicator", "person_id", "neighbourhood_code", "practice_code", "age_band"]
--! sensitivity = "person"
--! checks = ["unique(indicator, person_id, neighbourhood_code, practice_code, age_band)", "accepted_range(n_events, 1, 100000)", "select event.person_id from neighbourhood.person_event as event where not exists (select 1 from neighbourhood.person_time as time where time.person_id = event.person_id and time.neighbourhood_code = event.neighbourhood_code and time.practice_code = event.practice_code and time.age_band = event.age_band)"]

-- An event falls where its person's month falls, so that numerator and denominator pass the same filter.

with

activity as (
    select person_id, counts_as, cast(date_trunc('month', started_on) as date) as month
    from core.activity
    where person_id is not null
        and in_scope_registered
        and started_on >= $rate_from
        and started_on < $as_at
),

person_month as (
    select person_id, month, neighbourhood_code, practice_code, age_band
    from core.person_month
    where neighbourhood_code is not null
        and age_band is not null
),

indicator as (
    select indicator, counts_as from core.indicator
)

select
    indicator.indicator,             -- what is counted
    person_month.person_id,          -- pseudonym
    person_month.neighbourhood_code, -- where the person lived
    person_month.practice_code,      -- whose list the person was on
    person_month.age_band,           -- five-year band of the European Standard Population 2013
    count(*) as n_events             -- events
from activity
inner join indicator on activity.counts_as = indicator.counts_as -- many to one: each count is one indicator
inner join person_month -- many to one: one row per person and month
    on activity.person_id = person_month.person_id and activity.month = person_month.month
group by indicator.indicator, person_month.person_id, person_month.neighbourhood_code, person_month.practice_code,
    person_month.age_band
