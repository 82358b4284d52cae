--! summary = "What each programme did to emergency admissions, beside the naive before and after."
--! grain = ["evaluation"]
--! sensitivity = "aggregate"
--! checks = ["unique(evaluation)", "not_null(label)"]
--! [release]
--! title = "Effect of each change on emergency admissions"
--! unit = "persons"
--! needs = ["gp_registration", "apc"]
--! dimensions = ["evaluation"]
--! attributes = ["label", "method"]
--! persons = "n_cases"
--! counts = ["n_cases", "n_controls"]
--! estimates = [
--!     { columns = ["rate_ratio", "lower_95", "upper_95", "naive_ratio", "naive_lower_95", "naive_upper_95"], step = 0.01 },
--!     { columns = ["p_value"], step = 0.001 },
--! ]

with

effect as (
    select
        evaluation, method, n_cases, n_controls, rate_ratio, lower_95, upper_95, naive_ratio, naive_lower_95,
        naive_upper_95, p_value
    from outcomes.effect
)

select
    effect.evaluation,     -- the evaluation
    evaluation.label,      -- its name
    effect.method,         -- how it was computed
    effect.n_cases,        -- cases
    effect.n_controls,     -- controls
    effect.rate_ratio,     -- (cases after over before) over (controls after over before)
    effect.lower_95,       -- lower 95 % limit
    effect.upper_95,       -- upper 95 % limit
    effect.naive_ratio,    -- cases after over before
    effect.naive_lower_95, -- lower 95 % limit
    effect.naive_upper_95, -- upper 95 % limit
    effect.p_value         -- two-sided, against a ratio of 1
from effect
inner join reference.evaluation as evaluation on effect.evaluation = evaluation.evaluation -- many to one
