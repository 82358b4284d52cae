--! summary = "What each programme did to emergency admissions by several designs, beside the naive before and after."
--! grain = ["evaluation", "design"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation, design)", "one_of(design, 'all_controls', 'matched_controls', 'weighted_controls', 'synthetic_control', 'before_after')", "select evaluation from outcomes.effect where rate_ratio is null and reason is null", "select evaluation from outcomes.effect where lower_95 > rate_ratio or upper_95 < rate_ratio"]

-- Designs that disagree say that the choice of controls makes the effect. Weights are taken as they are: how
-- sure they are of themselves is not in the limits.

with

follow_up as (
    select evaluation, person_id, arm, events_before, days_before, events_after, days_after from outcomes.follow_up
),

matched as (
    select evaluation, person_id from outcomes.matched
    union
    select evaluation, case_person_id as person_id from outcomes.matched
),

weighted as (
    select evaluation, person_id, weight from outcomes.weighted
    union all
    select evaluation, person_id, 1.0 as weight from outcomes.covariate where arm = 'case'
),

member as (
    select 'all_controls' as design, evaluation, person_id, 1.0 as weight from follow_up
    union all
    select 'matched_controls' as design, evaluation, person_id, 1.0 as weight from matched
    union all
    select 'weighted_controls' as design, evaluation, person_id, weight from weighted
),

followed as (
    select
        member.evaluation, member.design, member.person_id, member.weight, follow_up.arm = 'case' as is_case,
        follow_up.events_before, follow_up.days_before, follow_up.events_after, follow_up.days_after
    from member
    inner join follow_up on member.evaluation = follow_up.evaluation and member.person_id = follow_up.person_id -- many to one
),

compared as (
    select
        evaluation, design, did_rate_ratio(person_id, is_case, events_before, days_before, events_after, days_after, 95, weight) as effect,
        least(
            count(*) filter (where is_case and events_before > 0), count(*) filter (where is_case and events_after > 0)
        ) as n_cases_with,
        least(
            count(*) filter (where not is_case and events_before > 0), count(*) filter (where not is_case and events_after > 0)
        ) as n_controls_with
    from followed
    group by evaluation, design
),

-- without controls, or without persons to compare
other as (
    select
        evaluation, 'before_after' as design, effect['n_cases'] as n_cases, null as n_controls, n_cases_with as n_fewest_with_event, effect['naive_ratio'] as rate_ratio,
        effect['naive_lower_95'] as lower_95, effect['naive_upper_95'] as upper_95, null as p_value,
        'Ratio of rates after over before, variance clustered by person' as method, effect['reason'] as reason
    from compared
    where design = 'all_controls'
    union all
    select
        evaluation, 'synthetic_control' as design, n_cases, n_controls, n_fewest_with_event, rate_ratio, null as lower_95,
        null as upper_95, p_value, method,
        coalesce(reason, case when rate_ratio is null then 'the mixture has no rate above zero' end) as reason
    from outcomes.synthetic
)

select
    evaluation,                           -- the evaluation
    design,                               -- all_controls; matched_controls: up to three of each case; weighted_controls: to the cases' means; synthetic_control: a mixture of groups of controls; before_after: none
    effect['n_cases'] as n_cases,         -- cases
    effect['n_controls'] as n_controls,   -- controls; null where there are none
    least(n_cases_with, n_controls_with) as n_fewest_with_event, -- persons with an event in the arm and time that has fewest: what a ratio gives away of small numbers
    effect['rate_ratio'] as rate_ratio,   -- (cases after over before) over (controls after over before)
    effect['lower_95'] as lower_95,       -- lower 95 % limit, clustered by person
    effect['upper_95'] as upper_95,       -- upper 95 % limit
    effect['p_value'] as p_value,         -- two-sided, against a ratio of 1; of a synthetic control by permutation
    effect['method'] as method,           -- how it was computed
    effect['reason'] as reason            -- why something is missing
from compared
union all
select evaluation, design, n_cases, n_controls, n_fewest_with_event, rate_ratio, lower_95, upper_95, p_value, method, reason from other
