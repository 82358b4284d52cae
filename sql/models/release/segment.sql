--! summary = "Registered people by segment of need, with their emergency admissions of the twelve months to where these are complete, and the known cost of the year before the as-at date."
--! grain = ["segment"]
--! sensitivity = "aggregate"
--! checks = ["unique(segment)", "select count(*) from release.segment having sum(n_persons) <> (select count(*) from risk.segment)"]
--! [release]
--! title = "People, emergency admissions and cost by segment"
--! unit = "persons"
--! needs = ["gp_registration", "apc", "gp_event"]
--! dimensions = ["segment"]
--! attributes = ["label", "emergency_period", "sort_order"]
--! persons = "n_persons"
--! counts = ["n_persons"]
--! amounts = [{ columns = ["cost_pence"] }]
--! groups = [{ name = "emergency", persons = "n_admitted", counts = ["n_emergency"] }]

with

counted as (
    select indicator.counts_as, indicator_month.month
    from core.indicator_month as indicator_month
    inner join core.indicator as indicator on indicator_month.indicator = indicator.indicator -- many to one
    where indicator.indicator = 'emergency_admission'
        and indicator_month.is_year_month
),

admission as (
    select activity.person_id, count(*) as n_emergency
    from core.activity as activity
    inner join counted -- many to one
        on activity.counts_as = counted.counts_as and cast(date_trunc('month', activity.started_on) as date) = counted.month
    where activity.person_id is not null
    group by activity.person_id
),

used as (
    select segment.segment, coalesce(admission.n_emergency, 0) as n_emergency, use.cost_pence
    from risk.segment as segment
    inner join risk.use as use on segment.person_id = use.person_id -- one to one: the rows of the as-at date
    left join admission on segment.person_id = admission.person_id -- one to one
    where use.as_of_on = $as_at
),

summed as (
    select
        segment, count(*) as n_persons, count(*) filter (where n_emergency > 0) as n_admitted,
        sum(n_emergency) as n_emergency, sum(cost_pence) as cost_pence
    from used
    group by segment
),

period as (
    select year_period from core.indicator_period where indicator = 'emergency_admission'
)

select
    segment.segment,                                -- segment of need
    segment.label,                                  -- its name
    period.year_period as emergency_period,         -- the months that emergency admissions are of; null if none is complete
    segment.position as sort_order,                 -- place in the order of precedence
    coalesce(summed.n_persons, 0) as n_persons,     -- registered persons on the as-at date
    coalesce(summed.n_admitted, 0) as n_admitted,   -- those with an emergency admission in those months
    case when period.year_period is not null then coalesce(summed.n_emergency, 0) end as n_emergency, -- their emergency admissions; null if no month is complete
    coalesce(summed.cost_pence, 0) as cost_pence    -- known cost of the year before the as-at date
from reference.segment as segment
left join period on true -- many to one: a single row, or none
left join summed on segment.segment = summed.segment -- one to one: summed is grouped by segment
