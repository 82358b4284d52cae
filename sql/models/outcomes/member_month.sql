--! summary = "Each member's emergency admissions and days at risk by month from the index date; death or deregistration ends follow-up, and months whose admissions are not complete count for nobody."
--! grain = ["evaluation", "person_id", "month_from_index"]
--! sensitivity = "person"
--! checks = ["unique(evaluation, person_id, month_from_index)", "accepted_range(days_at_risk, 1, 31)", "one_of(arm, 'case', 'control')"]

with

cohort as (
    select evaluation, person_id, arm, index_on from outcomes.cohort
),

complete as (
    select indicator_month.month
    from core.indicator_month as indicator_month
    inner join core.indicator as indicator on indicator_month.indicator = indicator.indicator -- many to one
    where indicator.counts_as = 'emergency_admission'
),

at_risk as (
    select person_month.person_id, person_month.month, person_month.days_at_risk
    from core.person_month as person_month
    inner join complete on person_month.month = complete.month -- many to one
),

admission as (
    select person_id, cast(date_trunc('month', started_on) as date) as month, count(*) as n_events
    from core.activity
    where counts_as = 'emergency_admission'
        and in_scope_registered
        and person_id is not null
    group by person_id, cast(date_trunc('month', started_on) as date)
)

select
    cohort.evaluation,                            -- the evaluation
    cohort.person_id,                             -- pseudonym
    cohort.arm,                                   -- case or control
    cast((date_part('year', at_risk.month) - date_part('year', cohort.index_on)) * 12
        + date_part('month', at_risk.month) - date_part('month', cohort.index_on) as bigint) as month_from_index, -- months from the index date; 0 is the first month after it
    coalesce(admission.n_events, 0) as n_events,  -- emergency admissions
    at_risk.days_at_risk                          -- days registered in the city and alive
from cohort
inner join at_risk -- one to many: a member has a row per month at risk
    on cohort.person_id = at_risk.person_id
    and at_risk.month >= cohort.index_on - cast(concat($evaluation_months, ' months') as interval)
    and at_risk.month < cohort.index_on + cast(concat($evaluation_months, ' months') as interval)
left join admission on at_risk.person_id = admission.person_id and at_risk.month = admission.month -- one to one
