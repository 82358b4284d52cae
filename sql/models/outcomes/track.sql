--! summary = "The care track: events and known cost by month from the index date, sector and arm of each evaluation, of months for which the sector is complete."
--! grain = ["evaluation", "arm", "month_from_index", "sector"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation, arm, month_from_index, sector)", "accepted_range(n_persons, 0, 100000000)", "select evaluation from outcomes.track where n_active_persons > n_persons"]

with

cohort as (
    select evaluation, person_id, arm, index_on from outcomes.cohort
),

at_risk as (
    select
        cohort.evaluation, cohort.arm, cohort.person_id, person_month.month, person_month.days_at_risk,
        cast((date_part('year', person_month.month) - date_part('year', cohort.index_on)) * 12
            + date_part('month', person_month.month) - date_part('month', cohort.index_on) as bigint) as month_from_index
    from cohort
    inner join core.person_month as person_month -- one to many: a member has a row per month at risk
        on cohort.person_id = person_month.person_id
        and person_month.month >= cohort.index_on - cast(concat($evaluation_months, ' months') as interval)
        and person_month.month < cohort.index_on + cast(concat($evaluation_months, ' months') as interval)
),

denominator as (
    select evaluation, arm, month, month_from_index, count(*) as n_persons, sum(days_at_risk) as person_days
    from at_risk
    group by evaluation, arm, month, month_from_index
),

activity as (
    select person_id, month, sector, n_events, cost_pence from outcomes.activity_month
),

sector as (
    select sector, count(cost_pence) as n_costed from activity group by sector
),

numerator as (
    select
        at_risk.evaluation, at_risk.arm, at_risk.month_from_index, activity.sector, sum(activity.n_events) as n_events,
        count(*) filter (where activity.n_events > 0 or activity.cost_pence > 0) as n_active_persons, sum(activity.cost_pence) as cost_pence
    from at_risk
    inner join activity on at_risk.person_id = activity.person_id and at_risk.month = activity.month -- one to many: a row per sector
    group by at_risk.evaluation, at_risk.arm, at_risk.month_from_index, activity.sector
)

select
    denominator.evaluation,                                      -- the evaluation
    denominator.arm,                                             -- case or control
    denominator.month_from_index,                                -- months from the index date; 0 is the first month after it
    sector.sector,                                               -- sector of care
    denominator.n_persons,                                       -- members at risk in the month
    denominator.person_days,                                     -- their days at risk
    coalesce(numerator.n_active_persons, 0) as n_active_persons, -- members with an event or a cost in the month
    coalesce(numerator.n_events, 0) as n_events,                 -- events
    case when sector.n_costed > 0 then coalesce(numerator.cost_pence, 0) end as cost_pence -- known cost; null in a sector without any
from denominator
inner join outcomes.sector_month as drawn on denominator.month = drawn.month -- many to many: every month has every sector that is complete, events or not
inner join sector on drawn.sector = sector.sector -- many to one
left join numerator -- one to one
    on denominator.evaluation = numerator.evaluation and denominator.arm = numerator.arm
    and denominator.month_from_index = numerator.month_from_index and sector.sector = numerator.sector
