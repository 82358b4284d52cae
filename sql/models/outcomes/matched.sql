--! summary = "Controls matched to the cases of each evaluation: up to three each, alike on its first day in age, sex, deprivation and urgent care in the year before."
--! grain = ["evaluation", "person_id"]
--! sensitivity = "person"
--! checks = ["unique(evaluation, person_id)", "accepted_range(n_rank, 1, 3)"]

with

described as (
    select evaluation, person_id, arm = 'case' as is_case, age_years, is_female, imd_quintile_city, n_urgent
    from outcomes.covariate
),

paired as (
    select
        evaluation,
        unnest(matched_controls(person_id, is_case, [age_years, is_female, imd_quintile_city, n_urgent], 'propensity', 0.2, 3)['pairs']) as pair
    from described
    group by evaluation
)

select
    evaluation,                               -- the evaluation
    pair['control_key'] as person_id,         -- pseudonym of the control
    pair['case_key'] as case_person_id,       -- pseudonym of the case
    pair['rank'] as n_rank,                   -- first, second or third control of the case
    pair['distance'] as distance              -- of log odds of the propensity score
from paired
