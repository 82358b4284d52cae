--! summary = "Each member's emergency admissions and days at risk in the months before and after the index date; death or deregistration ends follow-up, and months whose admissions are not complete count for nobody."
--! grain = ["evaluation", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(evaluation, person_id)", "accepted_range(days_before, 0, 2000)", "select person_id from outcomes.follow_up where events_before > 0 and days_before = 0 or events_after > 0 and days_after = 0"]

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
),

followed as (
    select
        cohort.evaluation, cohort.person_id, cohort.arm, at_risk.days_at_risk, at_risk.month >= cohort.index_on as is_after,
        coalesce(admission.n_events, 0) as n_events
    from cohort
    inner join at_risk -- one to many: a member has a row per month at risk
        on cohort.person_id = at_risk.person_id
        and at_risk.month >= cohort.index_on - cast(concat($evaluation_months, ' months') as interval)
        and at_risk.month < cohort.index_on + cast(concat($evaluation_months, ' months') as interval)
    left join admission on at_risk.person_id = admission.person_id and at_risk.month = admission.month -- one to one
)

select
    evaluation,                                                                -- the evaluation
    person_id,                                                                 -- pseudonym
    arm,                                                                       -- case or control
    coalesce(sum(n_events) filter (where not is_after), 0) as events_before,   -- emergency admissions before the index date
    coalesce(sum(days_at_risk) filter (where not is_after), 0) as days_before, -- days at risk before
    coalesce(sum(n_events) filter (where is_after), 0) as events_after,        -- emergency admissions from the index date on
    coalesce(sum(days_at_risk) filter (where is_after), 0) as days_after       -- days at risk from then on
from followed
group by evaluation, person_id, arm
