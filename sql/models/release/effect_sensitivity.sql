--! summary = "The effect of each programme against all controls, by how many months are looked at and how many after the index date are left out."
--! grain = ["evaluation", "choice", "months"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation, choice, months)", "not_null(label)"]
--! [release]
--! title = "The effect when other months are looked at"
--! unit = "persons"
--! needs = ["gp_registration", "apc"]
--! dimensions = ["evaluation", "choice", "months"]
--! attributes = ["label", "sort_order"]
--! persons = "n_fewest_with_event"
--! counts = ["n_cases", "n_controls"]
--! estimates = [
--!     { columns = ["rate_ratio", "lower_95", "upper_95"], step = 0.01 },
--!     { columns = ["p_value"], step = 0.001 },
--! ]

-- Calipers are left to the analysts' table, as matched controls are (release.effect).

with

effect as (
    select evaluation, choice, cast(setting as bigint) as months, n_cases, n_controls, n_fewest_with_event, rate_ratio, lower_95, upper_95, p_value
    from outcomes.effect_sensitivity
    where choice in ('window', 'lag')
)

select
    effect.evaluation,     -- the evaluation
    case effect.choice when 'window' then 'months_before_and_after' else 'months_after_left_out' end as choice, -- what is chosen
    effect.months,         -- how many months
    evaluation.label,      -- the evaluation's name
    evaluation.position * 1000 + case effect.choice when 'window' then 0 else 500 end + effect.months as sort_order, -- place in the report
    effect.n_cases,        -- cases
    effect.n_controls,     -- controls
    effect.n_fewest_with_event, -- persons with an event in the arm and time that has fewest: a ratio of few would give them away
    effect.rate_ratio,     -- (cases after over before) over (controls after over before)
    effect.lower_95,       -- lower 95 % limit
    effect.upper_95,       -- upper 95 % limit
    effect.p_value         -- two-sided, against a ratio of 1
from effect
inner join reference.evaluation as evaluation on effect.evaluation = evaluation.evaluation -- many to one
