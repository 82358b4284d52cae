--! summary = "Counted events and known cost of each member's care by month and sector; the cost of a package of care is spread over its days."
--! grain = ["person_id", "month", "sector"]
--! sensitivity = "person"
--! checks = ["unique(person_id, month, sector)", "accepted_range(n_events, 0, 100000)"]

-- Only what began while its person was on a city list is counted, as in every rate. A package's cost
-- falls on its days, whenever it began.

with

member as (
    select distinct person_id from outcomes.cohort
),

activity as (
    select
        activity.person_id, activity.sector, activity.unit, activity.started_on, activity.counts_as, activity.cost_pence,
        activity.in_scope_registered,
        -- a package runs to its end or the as-at date, at least a day
        greatest(activity.started_on + 1, least(coalesce(activity.ended_on, $as_at), $as_at)) as to_on
    from core.activity as activity
    inner join member on activity.person_id = member.person_id -- many to one
    where activity.started_on < $as_at
),

event as (
    select
        person_id, sector, cast(date_trunc('month', started_on) as date) as month,
        case when counts_as is not null then 1 else 0 end as n_events,
        case when unit = 'package' then null else cost_pence end as cost_pence
    from activity
    where in_scope_registered
),

package_month as (
    select
        person_id, sector, started_on, to_on, cost_pence,
        unnest(generate_series(cast(date_trunc('month', started_on) as date), to_on - 1, interval '1 month')) as month
    from activity
    where unit = 'package'
        and cost_pence is not null
),

package as (
    select
        person_id, sector, month, 0 as n_events,
        cost_pence * (least(to_on, cast(month + interval '1 month' as date)) - greatest(started_on, month))
            / (to_on - started_on) as cost_pence
    from package_month
),

combined as (
    select person_id, sector, month, n_events, cost_pence from event
    union all
    select person_id, sector, month, n_events, cost_pence from package
)

select
    person_id,                    -- pseudonym
    month,                        -- first day of the month
    sector,                       -- sector of care
    sum(n_events) as n_events,    -- counted events that began in the month
    sum(cost_pence) as cost_pence -- known cost of the month's care; null if none of it is known
from combined
where month >= $data_from
group by person_id, month, sector
