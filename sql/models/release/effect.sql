--! summary = "What each programme did to emergency admissions by several designs, beside the naive before and after."
--! grain = ["evaluation", "design"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation, design)", "not_null(label)", "not_null(sort_order)"]
--! [release]
--! title = "Effect of each change on emergency admissions"
--! unit = "persons"
--! needs = ["gp_registration", "apc"]
--! dimensions = ["evaluation", "design"]
--! attributes = ["label", "method", "sort_order"]
--! persons = "n_fewest_with_event"
--! counts = ["n_cases", "n_controls"]
--! estimates = [
--!     { columns = ["rate_ratio", "lower_95", "upper_95"], step = 0.01 },
--!     { columns = ["p_value", "p_value_before"], step = 0.001 },
--! ]

-- Matched controls are left to the analysts' table: whom a tie is given to is decided by pseudonyms, so nobody
-- without them could work the figure out again.

with

shown as (
    select design, sort_order
    from (
        values ('all_controls', 1), ('weighted_controls', 2), ('synthetic_control', 3), ('before_after', 4)
    ) as place (design, sort_order)
),

effect as (
    select evaluation, design, method, n_cases, n_controls, n_fewest_with_event, rate_ratio, lower_95, upper_95, p_value from outcomes.effect
),

before as (
    select evaluation, max(p_value_before) as p_value from outcomes.event_study group by evaluation
)

select
    effect.evaluation,                                      -- the evaluation
    effect.design,                                          -- against whom
    evaluation.label,                                       -- the evaluation's name
    effect.method,                                          -- how it was computed
    evaluation.position * 10 + shown.sort_order as sort_order, -- place in the report
    effect.n_cases,                                         -- cases
    effect.n_controls,                                      -- controls
    effect.n_fewest_with_event,                             -- persons with an event in the arm and time that has fewest: a ratio of few would give them away
    effect.rate_ratio,                                      -- (cases after over before) over (controls after over before)
    effect.lower_95,                                        -- lower 95 % limit; none of a synthetic control
    effect.upper_95,                                        -- upper 95 % limit
    effect.p_value,                                         -- two-sided, against a ratio of 1
    before.p_value as p_value_before                        -- of cases and all controls not parting before the index date; small where they were anyway
from effect
inner join shown on effect.design = shown.design -- many to one
inner join reference.evaluation as evaluation on effect.evaluation = evaluation.evaluation -- many to one
left join before -- many to one
    on effect.evaluation = before.evaluation and effect.design = 'all_controls'
