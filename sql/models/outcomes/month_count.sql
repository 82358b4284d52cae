--! summary = "The city's counted events by month: registered people, every indicator, months for which its feeds are complete."
--! grain = ["indicator", "month"]
--! sensitivity = "aggregate"
--! checks = ["unique(indicator, month)", "select indicator from outcomes.month_count where n_persons > n_events"]

with

activity as (
    select person_id, counts_as, cast(date_trunc('month', started_on) as date) as month
    from core.activity
    where in_scope_registered
        and person_id is not null
        and started_on >= $data_from
        and started_on < $as_at
),

counted as (
    select counts_as, month, count(*) as n_events, count(distinct person_id) as n_persons
    from activity
    group by counts_as, month
),

complete as (
    select indicator, month from core.indicator_month
),

indicator as (
    select indicator, counts_as from core.indicator
)

select
    indicator.indicator,                         -- what is counted
    complete.month,                              -- first day of the month
    coalesce(counted.n_persons, 0) as n_persons, -- persons with an event
    coalesce(counted.n_events, 0) as n_events    -- events
from indicator
inner join complete on indicator.indicator = complete.indicator -- one to many: every complete month, events or not
left join counted on complete.month = counted.month and indicator.counts_as = counted.counts_as -- one to one
