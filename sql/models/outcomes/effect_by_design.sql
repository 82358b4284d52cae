--! summary = "What each programme did to emergency admissions by two designs: against all controls, and against matched ones."
--! grain = ["evaluation", "design"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation, design)", "one_of(design, 'all_controls', 'matched_controls')", "select evaluation from outcomes.effect_by_design where rate_ratio is null and reason is null"]

-- Designs that disagree say that the choice of controls makes the effect.

with

follow_up as (
    select evaluation, person_id, arm, events_before, days_before, events_after, days_after from outcomes.follow_up
),

matched as (
    select evaluation, person_id from outcomes.matched
    union
    select evaluation, case_person_id as person_id from outcomes.matched
),

member as (
    select 'all_controls' as design, evaluation, person_id, arm, events_before, days_before, events_after, days_after
    from follow_up
    union all
    select
        'matched_controls' as design, follow_up.evaluation, follow_up.person_id, follow_up.arm,
        follow_up.events_before, follow_up.days_before, follow_up.events_after, follow_up.days_after
    from follow_up
    inner join matched on follow_up.evaluation = matched.evaluation and follow_up.person_id = matched.person_id -- one to one
),

compared as (
    select
        evaluation, design,
        did_rate_ratio(person_id, arm = 'case', events_before, days_before, events_after, days_after) as effect
    from member
    group by evaluation, design
)

select
    evaluation,                           -- the evaluation
    design,                               -- all_controls; matched_controls: up to three of each case (outcomes.matched)
    effect['n_cases'] as n_cases,         -- cases
    effect['n_controls'] as n_controls,   -- controls
    effect['rate_ratio'] as rate_ratio,   -- (cases after over before) over (controls after over before)
    effect['lower_95'] as lower_95,       -- lower 95 % limit, clustered by person
    effect['upper_95'] as upper_95,       -- upper 95 % limit
    effect['p_value'] as p_value,         -- two-sided, against a ratio of 1
    effect['method'] as method,           -- how it was computed
    effect['reason'] as reason            -- why something is missing
from compared
