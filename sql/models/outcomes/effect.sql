--! summary = "What each programme did to emergency admissions: the ratio of rate ratios against controls, beside the naive before and after."
--! grain = ["evaluation"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation)", "select evaluation from outcomes.effect where rate_ratio is null and reason is null", "select evaluation from outcomes.effect where lower_95 > rate_ratio or upper_95 < rate_ratio"]

with

follow_up as (
    select evaluation, person_id, arm, events_before, days_before, events_after, days_after from outcomes.follow_up
),

compared as (
    select
        evaluation,
        did_rate_ratio(person_id, arm = 'case', events_before, days_before, events_after, days_after) as effect
    from follow_up
    group by evaluation
)

select
    evaluation,                                 -- the evaluation
    effect['n_cases'] as n_cases,               -- cases
    effect['n_controls'] as n_controls,         -- controls
    effect['rate_ratio'] as rate_ratio,         -- (cases after over before) over (controls after over before)
    effect['lower_95'] as lower_95,             -- lower 95 % limit, clustered by person
    effect['upper_95'] as upper_95,             -- upper 95 % limit
    effect['p_value'] as p_value,               -- two-sided, against a ratio of 1
    effect['naive_ratio'] as naive_ratio,       -- cases after over before: what a look without controls would claim
    effect['naive_lower_95'] as naive_lower_95, -- its lower 95 % limit
    effect['naive_upper_95'] as naive_upper_95, -- its upper 95 % limit
    effect['method'] as method,                 -- how it was computed
    effect['reason'] as reason                  -- why something is missing
from compared
