--! summary = "What the registered population used in the twelve months to where each indicator is complete, and the person-time of the same months."
--! grain = ["indicator"]
--! sensitivity = "aggregate"
--! checks = ["unique(indicator)", "not_null(period)", "select indicator from core.indicator_year where n_persons > n_events"]

with

year_month as (
    select indicator, month from core.indicator_month where is_year_month
),

event as (
    select indicator.indicator, activity.person_id, cast(date_trunc('month', activity.started_on) as date) as month
    from core.activity as activity
    inner join reference.indicator as indicator on activity.counts_as = indicator.counts_as -- many to one: each count is one indicator
    where activity.person_id is not null
        and activity.in_scope_registered
    union all
    select 'death' as indicator, person.person_id, cast(date_trunc('month', person.died_on) as date) as month
    from core.person as person
    inner join core.registration as registration -- one to one: a person's registrations do not overlap
        on person.person_id = registration.person_id and registration.from_on <= person.died_on
        and (registration.to_on is null or registration.to_on > person.died_on)
    where registration.is_city_practice
),

counted as (
    select event.indicator, count(distinct event.person_id) as n_persons, count(*) as n_events
    from event
    inner join year_month on event.indicator = year_month.indicator and event.month = year_month.month -- many to one
    group by event.indicator
),

month_day as (
    select month, sum(days_at_risk) as person_days from core.person_month group by month
),

person_time as (
    select year_month.indicator, sum(month_day.person_days) as person_days
    from year_month
    inner join month_day on year_month.month = month_day.month -- many to one
    group by year_month.indicator
)

select
    period.indicator,                            -- what is counted
    period.year_period as period,                -- the months that it is about, in words
    coalesce(counted.n_persons, 0) as n_persons, -- distinct persons with an event
    coalesce(counted.n_events, 0) as n_events,   -- events; of deaths, persons
    person_time.person_days                      -- days registered and alive in the same months
from core.indicator_period as period
left join counted on period.indicator = counted.indicator -- one to one
left join person_time on period.indicator = person_time.indicator -- one to one
