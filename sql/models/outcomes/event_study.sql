--! summary = "How much more emergency admissions each programme's cases had than its controls, quarter by quarter against the last one before the index date, and whether they were parting before it."
--! grain = ["evaluation", "quarter_from_index"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation, quarter_from_index)", "select evaluation from outcomes.event_study where estimate is null and reason is null"]

-- Of a quarter those who were at risk through all of it: fewer days would read as fewer admissions.

with

quarter as (
    select
        evaluation, person_id, arm,
        cast(floor(month_from_index / 3.0) as bigint) as quarter_from_index, sum(n_events) as n_events,
        sum(days_at_risk) as days_at_risk
    from outcomes.member_month
    group by evaluation, person_id, arm, cast(floor(month_from_index / 3.0) as bigint)
),

whole as (
    select evaluation, quarter_from_index, max(days_at_risk) as n_days from quarter group by evaluation, quarter_from_index
),

studied as (
    select
        quarter.evaluation,
        did_event_study(quarter.person_id, quarter.quarter_from_index, quarter.n_events, quarter.arm = 'case', -1) as study
    from quarter
    inner join whole -- many to one
        on quarter.evaluation = whole.evaluation and quarter.quarter_from_index = whole.quarter_from_index
        and quarter.days_at_risk = whole.n_days
    group by quarter.evaluation
),

effect as (
    select evaluation, unnest(study['effects']) as effect from studied
)

select
    studied.evaluation,                                          -- the evaluation
    coalesce(effect.effect['from_reference'], 0) - 1 as quarter_from_index, -- quarters from the index date; 0 is the first after it
    effect.effect['estimate'] as estimate,                       -- emergency admissions per case and quarter beyond those of controls, less the same of the quarter before the index date
    effect.effect['lower_95'] as lower_95,                       -- lower 95 % limit, clustered by person
    effect.effect['upper_95'] as upper_95,                       -- upper 95 % limit
    studied.study['pre_trend']['p_value'] as p_value_before,     -- of no difference in any quarter before the index date: small where cases and controls were parting anyway
    studied.study['n_units'] as n_persons,                       -- persons
    studied.study['reason'] as reason                            -- why something is missing
from studied
left join effect on studied.evaluation = effect.evaluation -- one to many: every quarter but the last before the index date
